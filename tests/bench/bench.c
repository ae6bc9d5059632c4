#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_ROUNDS = 101 };

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_value);
    return values[count / 2];
}

static void repeat(const char *name, bool (*work)(void *), void *data, int repetitions)
{
    for (int i = 0; i < repetitions; i++) {
        if (!work(data)) {
            fprintf(stderr, "%s failed\n", name);
            exit(1);
        }
    }
}

static void measure(const char *name, bool (*tidy)(void *), bool (*work)(void *), void *data,
                    int repetitions, double *ret_wall, double *ret_cpu)
{
    if (tidy)
        repeat(name, tidy, data, 1);
    double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    repeat(name, work, data, repetitions);
    *ret_wall = (now(CLOCK_MONOTONIC) - wall) / repetitions;
    *ret_cpu = (now(CLOCK_PROCESS_CPUTIME_ID) - cpu) / repetitions;
}

bench_pair bench_run_tidied(const char *name, int rounds, int repetitions, bool (*tidy)(void *),
                            bool (*raw)(void *), bool (*ours)(void *), void *data)
{
    double times[4][MOST_ROUNDS], warm[2];
    if (rounds > MOST_ROUNDS)
        rounds = MOST_ROUNDS;
    measure(name, tidy, raw, data, 1 + repetitions / 10, &warm[0], &warm[1]);
    measure(name, tidy, ours, data, 1 + repetitions / 10, &warm[0], &warm[1]);
    for (int i = 0; i < rounds; i++) {
        measure(name, tidy, raw, data, repetitions, &times[0][i], &times[1][i]);
        measure(name, tidy, ours, data, repetitions, &times[2][i], &times[3][i]);
    }
    return (bench_pair){{median(times[0], rounds), median(times[1], rounds)},
                        {median(times[2], rounds), median(times[3], rounds)}};
}

bench_pair bench_run(const char *name, int rounds, int repetitions, bool (*raw)(void *),
                     bool (*ours)(void *), void *data)
{
    return bench_run_tidied(name, rounds, repetitions, NULL, raw, ours, data);
}

static void row(const char *what, const char *raw, const char *ours, double ratio,
                const char *reach)
{
    printf("  %-58s %14s %14s %7.2f  %s\n", what, raw, ours, ratio, reach);
    fflush(stdout);
}

static const char *time_text(double ns, char *buffer, size_t size)
{
    if (ns < 1e3)
        snprintf(buffer, size, "%.0f ns", ns);
    else if (ns < 1e6)
        snprintf(buffer, size, "%.2f us", ns / 1e3);
    else
        snprintf(buffer, size, "%.2f ms", ns / 1e6);
    return buffer;
}

void bench_title(const char *title)
{
    printf("\n%s\n  %-58s %14s %14s %7s  %s\n", title, "", "by hand", "Quercus", "ratio", "reach");
}

void bench_speed(const char *what, const bench_pair *pair, double reach)
{
    char raw[32], ours[32], target[32] = "";
    if (reach > 0)
        snprintf(target, sizeof target, ">= %.2f", reach);
    row(what, time_text(pair->raw.wall, raw, sizeof raw),
        time_text(pair->ours.wall, ours, sizeof ours), pair->raw.wall / pair->ours.wall, target);
}

void bench_cost(const char *what, double raw, double ours, const char *unit, double reach)
{
    char raw_text[32], ours_text[32], target[32];
    snprintf(target, sizeof target, "<= %.2f", reach);
    if (strcmp(unit, "ns") == 0) {
        time_text(raw, raw_text, sizeof raw_text);
        time_text(ours, ours_text, sizeof ours_text);
    } else {
        snprintf(raw_text, sizeof raw_text, "%.0f %s", raw, unit);
        snprintf(ours_text, sizeof ours_text, "%.0f %s", ours, unit);
    }
    row(what, raw_text, ours_text, ours / raw, target);
}

void bench_number(const char *what, double value, const char *unit)
{
    printf("  %-58s %29.0f %s\n", what, value, unit);
}

void bench_peak_reset(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (file) {
        fputs("5", file);
        fclose(file);
    }
}

long bench_peak_kib(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    }
    if (file)
        fclose(file);
    return kib;
}
