/* See server.h. */
#define _GNU_SOURCE /* setgroups */
#include "server.h"

#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH = 200, PORT = 5432, POOLER_PORT = 6432, PATIENCE = 200 /* tenths of a second */ };

struct server {
    char directory[64], data[80], url[128], pooler_url[160];
    char programs[PATH]; /* where initdb and postgres are */
    int port;
    pid_t postmaster, pooler; /* 0: not running */
    uid_t user;
    gid_t group;
};

/* ---- Programs. ---- */

static void become_server(const server *s)
{
    if (geteuid() == 0 &&
        (setgroups(0, NULL) != 0 || setgid(s->group) != 0 || setuid(s->user) != 0))
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
}

/* What it says goes to NAME.log in the directory. */
static pid_t spawn(const server *s, const char *name, const char *const *command)
{
    char log[PATH];
    snprintf(log, sizeof(log), "%s/%s.log", s->directory, name);
    const pid_t parent = getpid(), child = fork();
    if (child != 0)
        return child;
    become_server(s);
    const int input = open("/dev/null", O_RDONLY);
    const int output = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (input < 0 || output < 0 || chdir(s->directory) != 0 || getppid() != parent)
        _exit(126);
    dup2(input, 0);
    dup2(output, 1);
    dup2(output, 2);
    execv(command[0], (char *const *)command);
    _exit(127);
}

static void show_log(const server *s, const char *name)
{
    char path[PATH], line[1000];
    snprintf(path, sizeof(path), "%s/%s.log", s->directory, name);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof(line), file))
        fputs(line, stderr);
    if (file)
        fclose(file);
}

static bool run(const server *s, const char *name, const char *const *command)
{
    int status;
    const pid_t child = spawn(s, name, command);
    if (child > 0 && waitpid(child, &status, 0) == child && status == 0)
        return true;
    show_log(s, name);
    return false;
}

static void end(pid_t *process, int signal)
{
    if (*process <= 0)
        return;
    kill(*process, signal);
    waitpid(*process, NULL, 0);
    *process = 0;
}

static bool answers(const char *url)
{
    PGconn *c = PQconnectdb(url);
    const bool good = PQstatus(c) == CONNECTION_OK;
    PQfinish(c);
    return good;
}

static bool await(const char *url)
{
    for (int i = 0; i < PATIENCE; i++) {
        if (answers(url))
            return true;
        poll(NULL, 0, 100);
    }
    return false;
}

/* ---- Clusters. ---- */

static bool find_programs(server *s)
{
    glob_t found;
    if (glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) != 0) {
        fputs("initdb is not there: install PostgreSQL's server\n", stderr);
        return false;
    }
    const char *last = found.gl_pathv[found.gl_pathc - 1];
    snprintf(s->programs, sizeof(s->programs), "%.*s", (int)(strrchr(last, '/') - last), last);
    globfree(&found);
    return true;
}

/* The path leaves room for a socket's name (sockaddr_un holds 107 bytes). */
static bool make_directory(server *s)
{
    const char *parent = getenv("TMPDIR");
    if (!parent || strlen(parent) > 30)
        parent = "/tmp";
    snprintf(s->directory, sizeof(s->directory), "%s/quercus-server.XXXXXX", parent);
    const struct passwd *user = getpwnam("postgres");
    if (!user)
        user = getpwnam("nobody");
    if (!user || !mkdtemp(s->directory))
        return false;
    s->user = user->pw_uid;
    s->group = user->pw_gid;
    return geteuid() != 0 || chown(s->directory, s->user, s->group) == 0;
}

static server *new_server(void)
{
    server *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->port = PORT;
    if (find_programs(s) && make_directory(s)) {
        snprintf(s->data, sizeof(s->data), "%s/data", s->directory);
        snprintf(s->url, sizeof(s->url), "postgresql://quercus@/postgres?host=%s", s->directory);
        return s;
    }
    free(s);
    return NULL;
}

static bool start_postmaster(server *s)
{
    char program[PATH + 20];
    snprintf(program, sizeof(program), "%s/postgres", s->programs);
    s->postmaster =
        spawn(s, "postgres",
              (const char *const[]){program, "-D", s->data, "-k", s->directory, "-c",
                                    "listen_addresses=", "-c", "max_connections=60", "-c",
                                    "fsync=off", "-c", "wal_retrieve_retry_interval=100", NULL});
    return s->postmaster > 0;
}

static bool start_cluster(server *s)
{
    char program[PATH + 20];
    snprintf(program, sizeof(program), "%s/initdb", s->programs);
    return run(s, "initdb",
               (const char *const[]){program, "-D", s->data, "-U", "quercus", "--auth=trust",
                                     "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", NULL}) &&
           server_restart(s);
}

server *server_start(void)
{
    server *s = new_server();
    if (!s || start_cluster(s))
        return s;
    server_stop(s);
    return NULL;
}

void server_stop(server *s)
{
    if (!s)
        return;
    end(&s->pooler, SIGKILL);
    end(&s->postmaster, SIGQUIT);
    if (run(s, "rm", (const char *const[]){"/bin/rm", "-rf", s->data, NULL}))
        run(s, "rm", (const char *const[]){"/bin/rm", "-rf", s->directory, NULL});
    rmdir(s->directory);
    free(s);
}

const char *server_url(const server *s)
{
    return s->url;
}

const char *server_directory(const server *s)
{
    return s->directory;
}

int server_port(const server *s)
{
    return s->port;
}

void server_kill(server *s)
{
    end(&s->postmaster, SIGKILL);
}

/* Until all that the last one started is gone, another refuses to start. */
bool server_restart(server *s)
{
    for (int i = 0; i < PATIENCE; i++) {
        if (s->postmaster > 0 && waitpid(s->postmaster, NULL, WNOHANG) == s->postmaster)
            s->postmaster = 0;
        if (s->postmaster == 0 && !start_postmaster(s))
            return false;
        if (answers(s->url))
            return true;
        poll(NULL, 0, 100);
    }
    show_log(s, "postgres");
    return false;
}

/* ---- Standbys. ---- */

static bool ask(const char *url, const char *sql)
{
    PGconn *c = PQconnectdb(url);
    PGresult *result = PQexec(c, sql);
    const bool good = PQresultStatus(result) == PGRES_COMMAND_OK ||
                      (PQntuples(result) == 1 && PQgetvalue(result, 0, 0)[0] == 't');
    PQclear(result);
    PQfinish(c);
    return good;
}

static bool is_asked(const char *url, const char *sql)
{
    for (int i = 0; i < PATIENCE; i++) {
        if (ask(url, sql))
            return true;
        poll(NULL, 0, 100);
    }
    return false;
}

static bool start_copy(server *s, server *primary, bool sync)
{
    char program[PATH + 20];
    snprintf(program, sizeof(program), "%s/pg_basebackup", s->programs);
    return run(s, "pg_basebackup",
               (const char *const[]){program, "-d", primary->url, "-D", s->data, "-X", "stream",
                                     "-c", "fast", "-R", "--no-sync", NULL}) &&
           server_restart(s) &&
           is_asked(primary->url, "SELECT count(*) = 1 FROM pg_stat_replication "
                                  "WHERE state = 'streaming'") &&
           (!sync || (ask(primary->url, "ALTER SYSTEM SET synchronous_standby_names = '*'") &&
                      ask(primary->url, "SELECT pg_reload_conf()")));
}

server *server_start_standby(server *primary, bool sync)
{
    server *s = new_server();
    if (!s)
        return NULL;
    if (start_copy(s, primary, sync))
        return s;
    server_stop(s);
    return NULL;
}

bool server_promote(server *s)
{
    return ask(s->url, "ALTER SYSTEM SET synchronous_standby_names = ''") &&
           ask(s->url, "SELECT pg_promote()") && is_asked(s->url, "SELECT NOT pg_is_in_recovery()");
}

/* ---- PgBouncer. ---- */

static bool write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    const bool good = file && fputs(text, file) >= 0;
    return file && fclose(file) == 0 && good && chmod(path, 0644) == 0;
}

static bool configure_pooler(const server *s, int connections, char path[PATH])
{
    char text[1000], users[PATH];
    snprintf(users, sizeof(users), "%s/users", s->directory);
    snprintf(path, PATH, "%s/pgbouncer.ini", s->directory);
    snprintf(text, sizeof(text),
             "[databases]\n* = host=%s\n[pgbouncer]\nlisten_addr =\nlisten_port = %d\n"
             "unix_socket_dir = %s\nauth_type = trust\nauth_file = %s\npool_mode = transaction\n"
             "default_pool_size = %d\nmax_client_conn = 200\nserver_login_retry = 0.2\n",
             s->directory, POOLER_PORT, s->directory, users, connections);
    return write_file(users, "\"quercus\" \"\"\n") && write_file(path, text);
}

bool server_start_pooler(server *s, int connections)
{
    char path[PATH];
    snprintf(s->pooler_url, sizeof(s->pooler_url), "%s&port=%d", s->url, POOLER_PORT);
    s->pooler =
        configure_pooler(s, connections, path)
            ? spawn(s, "pgbouncer", (const char *const[]){"/usr/sbin/pgbouncer", path, NULL})
            : 0;
    if (s->pooler > 0 && await(s->pooler_url))
        return true;
    show_log(s, "pgbouncer");
    return false;
}

void server_kill_pooler(server *s)
{
    end(&s->pooler, SIGKILL);
}

const char *server_pooler_url(const server *s)
{
    return s->pooler_url;
}
