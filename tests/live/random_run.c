/* See random_run.h. */
#include "random_run.h"

#include "databases.h"

#include <stdio.h>
#include <stdlib.h>

static long setting(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtol(text, NULL, 10) : otherwise;
}

static long count_steps(void)
{
    return setting("QUERCUS_TEST_STEPS", long_tests() ? 100000 : 2000);
}

uint64_t random_run_seed(const char *suite)
{
    const long seed = setting("QUERCUS_TEST_SEED", 4711);
    printf("# %s: QUERCUS_TEST_SEED=%ld, %ld steps\n", suite, seed, count_steps());
    fflush(stdout);
    return (uint64_t)seed;
}

void random_run(void *world, long *step, void (*take)(void *world))
{
    const long steps = count_steps();
    for (*step = 0; *step < steps; ++*step) {
        const qc_mark mark = qc_arena_mark(qc_current_arena());
        take(world);
        qc_arena_release(qc_current_arena(), mark);
    }
}

int random_below(uint64_t *state, int below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (int)((*state >> 11) % (uint64_t)below);
}
