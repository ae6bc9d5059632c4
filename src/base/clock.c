/* Monotonic time. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include "base/base.h"

#include <time.h>

static int64_t read_us(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t qc_now_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t qc_about_now_us(void)
{
#ifdef CLOCK_MONOTONIC_COARSE
    return read_us(CLOCK_MONOTONIC_COARSE);
#else
    return qc_now_us();
#endif
}
