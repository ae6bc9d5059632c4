/* What a program does with the library, one piece each, for the sweep of failing allocations. */
#ifndef TESTS_SCENARIOS_H
#define TESTS_SCENARIOS_H

#include <quercus/quercus.h>

/* One run of a scenario. What the program saw is written down, so that a run that says success can
 * be compared with one in which nothing failed. */
typedef struct trial {
    int database;
    qc_db *db;
    char seen[8192];
    size_t length;
    enum qc_code code; /* why it failed, where a later call succeeded */
} trial;

typedef struct scenario {
    const char *name;
    /* True: every call said success. */
    bool (*run)(trial *t);
    bool opens;    /* begins without a connection */
    bool creates;  /* begins without tables */
    bool silent;   /* its calls leave no error on the connection */
    bool returns;  /* may have been done when it fails: then its rows could not be delivered */
} scenario;

/* Each ends with one that has no name. */
extern const scenario traffic_scenarios[], query_scenarios[], session_scenarios[], graph_scenarios[];

enum { SCENARIO_STATE = 256 };

/* Makes the tables, and puts the rows every scenario begins with into them. */
bool scenario_create(qc_db *db);
bool scenario_fill(qc_db *db);
bool scenario_drop(qc_db *db);
/* What is stored, in a few numbers; false when it could not be read. */
bool scenario_state(qc_db *db, char text[SCENARIO_STATE]);

#endif
