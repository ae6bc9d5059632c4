/* What programs do with a connection, for the sweep of cuts. */
#ifndef TESTS_CUT_SCENARIOS_H
#define TESTS_CUT_SCENARIOS_H

#include <quercus/quercus.h>

/* What a program knows in the end of what it wanted to be stored. */
enum cut_result { CUT_DONE, CUT_FAILED, CUT_UNKNOWN };

typedef struct cut_trial {
    const char *url;
    qc_db *db;
    qc_uuid_value id;  /* of this run: what it stores carries it */
    int timeout_ms;    /* of each call from here on */
    char seen[256];    /* what it read */
    enum qc_code code; /* of the call that failed */
    char message[256];
    int64_t last_us, slowest_us; /* when the last call returned, and the longest of them */
} cut_trial;

typedef struct cut_scenario {
    const char *name;
    /* What may not be cut, on a connection that is open; NULL: nothing. */
    bool (*prepare)(cut_trial *t);
    enum cut_result (*run)(cut_trial *t);
    int stores;   /* rows of Entry, when it is done */
    bool opens;   /* begins without a connection */
    bool unnamed; /* without prepared statements */
} cut_scenario;

extern const cut_scenario cut_scenarios[];
extern const int cut_scenario_count;

bool cut_create(qc_db *db);
bool cut_drop(qc_db *db);
/* To be called after each call on the database: takes the time, and the error. Returns `good`. */
bool cut_step(cut_trial *t, bool good);

#endif
