/* Every place where a value may stand in a query. */
#ifndef TESTS_BAD_VALUES_H
#define TESTS_BAD_VALUES_H

#include <quercus/quercus.h>

typedef struct position {
    const char *name;
    /* Puts the text there. True when what the database holds or gives back is the text; a failed
     * call is the last one it makes. The row with id 1 already has it. */
    bool (*holds)(qc_db *db, const char *text);
    bool may_fail; /* the database may find no sense in the text */
} position;

extern const position positions[];
extern const int position_count;

/* Tables, one row, and a canary. */
bool values_create(qc_db *db);
/* Gives the row the text. */
bool values_store(qc_db *db, const char *text);
/* Takes away what a position left. */
bool values_clean(qc_db *db);
bool values_canary_lives(qc_db *db);

#endif
