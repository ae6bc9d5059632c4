/* PostgreSQL servers of a suite's own, in a directory that goes away with it. They are pg_ctl's, so
 * that they run on from test to test, each of which is a process; those of server.h end with the
 * thread that started them. */
#ifndef TESTS_FAULT_SERVERS_H
#define TESTS_FAULT_SERVERS_H

#include <stdbool.h>

/* Unchecked fixtures: the directory; a test that fails leaves nothing behind. */
void servers_open(void);
void servers_close(void);
/* Checked fixtures: "one", a cluster that is not started yet, alone in the directory; every server
 * stops and goes. */
void servers_begin(void);
void servers_end(void);
/* Copies "one", which must run, as a standby of it that streams. */
void servers_copy(const char *name);
/* Starts, stops at once (as a crash does), and promotes a server; `options` are of postgres. */
void servers_start(const char *name, const char *options);
void servers_kill(const char *name);
void servers_promote(const char *name);
/* "host=… port=… …"; of several servers, "one,two", all in one. `more` is added to it. Valid until
 * the next call but three. */
const char *servers_url(const char *names, const char *more);
/* The directory of a server: its cluster is "data" in it. Valid until the next call. */
const char *servers_folder(const char *name);
/* How often a server's log has this text. */
int servers_logged(const char *name, const char *text);

#endif
