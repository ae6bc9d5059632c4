/* What happens to the soak's servers and links, at random. */
#ifndef TESTS_CHAOS_H
#define TESTS_CHAOS_H

#include "proxy.h"
#include "server.h"

#include <stdint.h>

/* The kinds, as they are counted: name, weight. */
#define CHAOS(X)                                                                                   \
    X(terminate, 20)      /* pg_terminate_backend of one or of all */                              \
    X(cut, 20)            /* a link, by an end or a reset */                                       \
    X(cut_commit, 25)     /* a link, around COMMIT or its answer */                                \
    X(half_open, 10)      /* a link falls silent */                                                \
    X(outage, 6)          /* nobody gets through for a while */                                    \
    X(kill_backend, 6)    /* SIGKILL: the server restarts all others */                            \
    X(kill_postmaster, 4) /* SIGKILL, and a new one */                                             \
    X(kill_pooler, 4)                                                                              \
    X(ddl, 15)                                                                                     \
    X(failover, 0) /* at its time: the primary is killed, its standby promoted */

enum chaos_kind {
#define CHAOS_ROW(name, weight) CHAOS_##name,
    CHAOS(CHAOS_ROW)
#undef CHAOS_ROW
        CHAOS_KINDS
};

typedef struct chaos {
    uint64_t random;
    server *primary;
    proxy *direct, *pooled; /* to the primary, and to its PgBouncer */
    long counts[CHAOS_KINDS];
    char broken[128]; /* what could not be undone; "": nothing */
} chaos;

/* Starts everything. False with `broken`. */
bool chaos_begin(chaos *c, uint64_t seed);
/* Does something at random, waits for its end and undoes it; which kind it was. */
enum chaos_kind chaos_do(chaos *c);
void chaos_fail_over(chaos *c);
/* The workers' connections to the server; -1: it does not answer. */
int chaos_backends(const chaos *c);
void chaos_end(chaos *c);

extern const char *const chaos_names[CHAOS_KINDS];
uint64_t chaos_random(chaos *c, uint64_t below);

#endif
