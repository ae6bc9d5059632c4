/* Errors. The last error belongs to the handle, as in libpq and SQLite: qc_error(db). */
#ifndef QUERCUS_ERROR_H
#define QUERCUS_ERROR_H

/* The one list of error codes: code, name, what it means. */
#define QC_CODES(X)                                                                                \
    X(OK, "ok", "no error")                                                                        \
    X(NOMEM, "out of memory", "an allocation failed; only what returns rows may have run")         \
    X(MISUSE, "misuse", "a call that the library's rules forbid")                                  \
    X(QUERY, "invalid query", "the check found the query wrong; nothing was sent")                 \
    X(VALUE, "invalid value", "a value the type or the protocol cannot hold; nothing was sent")    \
    X(TOO_BIG, "too big", "a value over the limits of the protocol; nothing was sent")             \
    X(TOO_MANY, "too many", "more binds or columns than a statement can have; nothing was sent")   \
    X(TOO_DEEP, "too deep", "a query nested over the limit; nothing was sent")                     \
    X(UNSUPPORTED, "unsupported", "the database has no such construct; nothing was sent")          \
    X(CONNECT, "cannot connect", "the connection could not be opened")                             \
    X(DISCONNECTED, "disconnected", "the connection was lost; the statement may or may not have run") \
    X(TIMEOUT, "timed out", "a deadline passed")                                                   \
    X(CANCELLED, "cancelled", "qc_cancel stopped the statement")                                   \
    X(SERVER, "database error", "the database refused the statement; see sqlstate")                \
    X(NOT_FOUND, "not found", "ONE found no row")                                                  \
    X(NOT_UNIQUE, "not unique", "ONE or ONE_OR_NONE found more than one row")                      \
    X(BUDGET, "over budget", "more than the BUDGET around it allows; only a query may have run")     \
    X(STALE, "stale", "a row was changed or deleted since it was loaded; nothing was written")     \
    X(INVALID, "invalid object", "a VALIDATE of the model refused it; nothing was written")         \
    X(NULL_RESULT, "unexpected NULL", "a NULL in a result that has no place for it")               \
    X(DECODE, "undecodable", "the database sent what the column's type cannot hold")               \
    X(CURSOR, "invalid cursor", "the text is no cursor of this PAGE; nothing was sent")

enum qc_code {
#define QC_ROW(name, ...) QC_ERROR_##name,
    QC_CODES(QC_ROW)
#undef QC_ROW
        QC_CODE_COUNT
};

/* An error. Every text is owned by the handle it came from and valid until the handle's next call;
 * all may be NULL, `message` only with QC_ERROR_OK. */
struct qc_error {
    enum qc_code code;
    char sqlstate[6]; /* PostgreSQL's (manual, appendix A) or the nearest to SQLite's; "" without */
    const char *message;
    const char *detail, *hint;
    const char *constraint, *schema, *table, *column;
    int position;    /* of the error in `sql`, from 1, in characters; 0: unknown */
    const char *sql; /* the statement; NULL when none was made */
    const char *file; /* the C line of the query */
    int line;
    const char *function;
};

/* "not found" for QC_ERROR_NOT_FOUND and so on. */
const char *qc_code_name(enum qc_code code);

#endif
