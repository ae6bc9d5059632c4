/* Drivers that count how often the database is asked. */
#ifndef TESTS_LIVE_COUNTING_DRIVER_H
#define TESTS_LIVE_COUNTING_DRIVER_H

#include "driver/driver.h"

/* Since the last counting_reset: statements waited for one by one, and pipelines. Each is a round
 * trip. */
typedef struct counted {
    int alone, pipelines;
    int piped; /* statements in pipelines */
} counted;
extern counted counted_now;
void counting_reset(void);

/* The driver of a URL, counting. One at a time. */
const qc_driver *counting_driver(const char *url);

#endif
