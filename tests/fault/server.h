/* PostgreSQL servers of a test's own, which it may kill: clusters in a temporary directory,
 * standbys of them, and a PgBouncer before one. They listen on Unix sockets, and end with the
 * thread that started them. When the tests run as root, the servers run as postgres or nobody. */
#ifndef TESTS_SERVER_H
#define TESTS_SERVER_H

#include <stdbool.h>

typedef struct server server;

/* Makes and starts a cluster. NULL when that does not work; why is on stderr. */
server *server_start(void);
/* A standby that streams from it. With `sync`, the primary's commits wait for it. */
server *server_start_standby(server *primary, bool sync);
/* Ends it and removes its files; a standby before its primary. */
void server_stop(server *s);

/* "postgresql://…", valid until server_stop; the directory of its socket, and the port. */
const char *server_url(const server *s);
const char *server_directory(const server *s);
int server_port(const server *s);

/* Kills the postmaster with SIGKILL; what it has started notices. */
void server_kill(server *s);
/* Starts it again; returns when it answers, or false after 20 s. */
bool server_restart(server *s);
/* Waits until the standby takes writes; false after 20 s. */
bool server_promote(server *s);

/* A PgBouncer in transaction mode with so many connections to the server, of which it has one. */
bool server_start_pooler(server *s, int connections);
void server_kill_pooler(server *s);
const char *server_pooler_url(const server *s);

#endif
