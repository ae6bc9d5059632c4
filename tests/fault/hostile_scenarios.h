/* What programs do with a connection whose server is hostile: every type of column, by every way
 * that rows take. */
#ifndef TESTS_HOSTILE_SCENARIOS_H
#define TESTS_HOSTILE_SCENARIOS_H

#include <quercus/quercus.h>

typedef struct hostile_trial {
    const char *url;
    qc_db *db;
    int timeout_ms;
    uint64_t seen; /* a hash over every byte of what was read */
} hostile_trial;

typedef struct hostile_scenario {
    const char *name;
    /* Whether the library called it a success; what it read is in `seen` then. */
    bool (*run)(hostile_trial *t);
    bool opens;    /* begins without a connection */
    bool prepared; /* has been run once on the connection */
    bool unnamed;  /* without prepared statements */
} hostile_scenario;

extern const hostile_scenario hostile_scenarios[];
extern const int hostile_scenario_count;

bool hostile_create(qc_db *db);

/* Those that read things, whose first row in a message of its own has these columns: a column's
 * name, and the bytes of its values (0: any number). */
extern const hostile_scenario hostile_readers[];
extern const int hostile_reader_count;
int hostile_columns(void);
const char *hostile_column(int column, int *ret_width);

#endif
