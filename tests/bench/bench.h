/* Measuring: two ways of doing the same, in turn, in one process; ratios of medians. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bench_times {
    double wall, cpu; /* medians, nanoseconds of one repetition */
} bench_times;

typedef struct bench_pair {
    bench_times raw, ours;
} bench_pair;

/* Runs raw and ours `rounds` times in turn, `repetitions` calls a round. Either may return false,
 * which ends the program with its name. */
bench_pair bench_run(const char *name, int rounds, int repetitions, bool (*raw)(void *),
                     bool (*ours)(void *), void *data);
/* The same; `tidy` comes before each round of either, outside the measured time. */
bench_pair bench_run_tidied(const char *name, int rounds, int repetitions, bool (*tidy)(void *),
                            bool (*raw)(void *), bool (*ours)(void *), void *data);

/* A row of the table: what, raw, ours, their ratio, the figure to reach. */
void bench_title(const char *title);
/* speed: ours is as fast as raw at 1.00, faster above; a reach of 0 is none. */
void bench_speed(const char *what, const bench_pair *pair, double reach);
/* cost: ours costs `ratio` times raw; less is better. */
void bench_cost(const char *what, double raw, double ours, const char *unit, double reach);
void bench_number(const char *what, double value, const char *unit);

/* Peak resident memory of this process since bench_peak_reset, in KiB. */
long bench_peak_kib(void);
void bench_peak_reset(void);

#endif
