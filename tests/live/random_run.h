/* Random tests of sessions beside a reference: how many steps, and from which seed. */
#ifndef TESTS_LIVE_RANDOM_RUN_H
#define TESTS_LIVE_RANDOM_RUN_H

#include <stdint.h>

/* QUERCUS_TEST_SEED, or always the same; printed, with the number of steps. */
uint64_t random_run_seed(const char *suite);
/* Takes QUERCUS_TEST_STEPS steps, or 2,000, or 100,000 where long tests are asked for; *step counts
 * them. */
void random_run(void *world, long *step, void (*take)(void *world));
/* 0 to `below` - 1; `state` is not 0. */
int random_below(uint64_t *state, int below);

#endif
