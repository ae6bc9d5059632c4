/* A program of somebody else: it has the installed library, or Quercus as a subproject. */
#include <quercus/quercus.h>
#include <stdio.h>
#include <string.h>

MODEL(Note, "notes",
      COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
      COLUMN(body, TEXT))
SCHEMA(notebook, Note)

static bool round_trip(qc_db *db)
{
    if (!qc_create_all(db, &notebook))
        return false;
    if (EXEC(db, INSERT(Note).SET(Note_body, "acorn")) != 1)
        return false;
    struct Note *note = ONE(db, SELECT(Note).WHERE(EQ(Note_body, "acorn")));
    return note && note->id == 1 && strcmp(note->body, "acorn") == 0;
}

int main(void)
{
    qc_db *db = qc_open("sqlite::memory:");
    bool good = round_trip(db);
    if (!good)
        fprintf(stderr, "%s\n", qc_error(db)->message);
    qc_close(db);
    return good && strcmp(qc_version(), QUERCUS_VERSION) == 0 ? 0 : 1;
}
