/* See servers.h. A server is a directory with a cluster, a socket and a log; it listens on the port
 * 5432 of its own directory only. */
#include "fault/servers.h"

#include <check.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64], programs[256];
static const char *as_user = ""; /* a server refuses to run as root */

__attribute__((format(printf, 2, 3))) static int run(bool must, const char *format, ...)
{
    char command[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    const int status = system(command);
    if (must && status != 0)
        ck_abort_msg("%s: status %d", command, status);
    return status;
}

static void find_programs(void)
{
    glob_t found;
    ck_assert_int_eq(glob("/usr/lib/postgresql/*/bin", 0, NULL, &found), 0);
    snprintf(programs, sizeof(programs), "%s", found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    if (getuid() == 0)
        as_user = "setpriv --reuid postgres --regid postgres --clear-groups ";
}

void servers_open(void)
{
    find_programs();
    strcpy(folder, "/tmp/quercus_servers.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    run(true, "chmod 777 %s", folder);
}

void servers_end(void)
{
    run(false,
        "cd %s && for s in *; do %s%s/pg_ctl -D $s/data -m immediate stop; done "
        ">/dev/null 2>&1; rm -rf %s/*",
        folder, as_user, programs, folder);
}

void servers_close(void)
{
    servers_end();
    rmdir(folder);
}

void servers_begin(void)
{
    servers_end(); /* what a test that failed has left */
    run(true,
        "cd %s && %smkdir one && cd one && %s%s/initdb -D data -U quercus --auth=trust "
        "--encoding=UTF8 --locale=C.UTF-8 --no-sync >initdb.log 2>&1",
        folder, as_user, as_user, programs);
}

void servers_copy(const char *name)
{
    run(true,
        "cd %s && %smkdir %s && %s%s/pg_basebackup -h %s/one -U quercus -D %s/data -X stream "
        "-c fast -R --no-sync >/dev/null 2>&1",
        folder, as_user, name, as_user, programs, folder, name);
}

void servers_start(const char *name, const char *options)
{
    run(true,
        "cd %s/%s && %s%s/pg_ctl -D data -w -l log -o \"-k %s/%s -c listen_addresses= "
        "-c fsync=off -c full_page_writes=off -c synchronous_commit=on %s\" start >/dev/null",
        folder, name, as_user, programs, folder, name, options);
}

void servers_kill(const char *name)
{
    run(true, "cd %s/%s && %s%s/pg_ctl -D data -m immediate -w stop >/dev/null", folder, name,
        as_user, programs);
}

void servers_promote(const char *name)
{
    run(true, "cd %s/%s && %s%s/pg_ctl -D data -w promote >/dev/null", folder, name, as_user,
        programs);
}

const char *servers_url(const char *names, const char *more)
{
    static char urls[4][1024];
    static int next;
    char *url = urls[next++ % 4];
    char list[128], *rest = NULL;
    snprintf(list, sizeof(list), "%s", names);
    int length = snprintf(url, sizeof(urls[0]), "user=quercus dbname=postgres %s host=", more);
    const char *comma = "";
    for (char *name = strtok_r(list, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        length += snprintf(url + length, sizeof(urls[0]) - (size_t)length, "%s%s/%s", comma, folder,
                           name);
        comma = ",";
    }
    return url;
}

const char *servers_folder(const char *name)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

int servers_logged(const char *name, const char *text)
{
    char path[256], line[1024];
    int count = 0;
    snprintf(path, sizeof(path), "%s/%s/log", folder, name);
    FILE *log = fopen(path, "r");
    ck_assert_ptr_nonnull(log);
    while (fgets(line, sizeof(line), log))
        count += strstr(line, text) != NULL;
    fclose(log);
    return count;
}
