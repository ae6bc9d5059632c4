/* Random numbers that are the same in every run. */
#ifndef QC_TESTS_UNIT_RANDOM_H
#define QC_TESTS_UNIT_RANDOM_H

#include <stdint.h>

static inline uint64_t random_bits(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/* `least` to `most`. */
static inline int64_t random_between(int64_t least, int64_t most)
{
    uint64_t span = (uint64_t)most - (uint64_t)least + 1;
    return (int64_t)((uint64_t)least + (span ? random_bits() % span : random_bits()));
}

#endif
