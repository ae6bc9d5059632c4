/* Seeing what happens: one hook for everything, and the trace. */
#ifndef QUERCUS_EVENTS_H
#define QUERCUS_EVENTS_H

#include <quercus/error.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct qc_db qc_db;
typedef struct qc_site qc_site;

/* The one list of events: name, word, when. */
#define QC_EVENTS(X)                                                                               \
    X(STATEMENT, "statement", "a statement was run, or failed (error)")                            \
    X(BEFORE, "before", "a statement is about to be sent")                                         \
    X(WARNING, "warning", "the check found something odd in a statement that is still run")        \
    X(NOTICE, "notice", "the server said something beside its answers")                            \
    X(N_PLUS_ONE, "n+1", "a budget ended in which like statements of a line repeated")             \
    X(COMMIT, "commit", "a transaction was committed, or not (error)")                             \
    X(ROLLBACK, "rollback", "a transaction was rolled back")                                       \
    X(CONNECT, "connect", "a connection was opened, or could not be (error)")                      \
    X(CLOSE, "close", "a connection is about to be closed")                                        \
    X(CHECKOUT, "checkout", "an engine handed a connection out")                                   \
    X(CHECKIN, "checkin", "a connection came back to its engine")

enum qc_event_kind {
#define QC_ROW(name, ...) QC_EVENT_##name,
    QC_EVENTS(QC_ROW)
#undef QC_ROW
        QC_EVENT_KIND_COUNT
};

/* Masks: QC_ON(STATEMENT) | QC_ON(WARNING). */
#define QC_ON(name) (1u << QC_EVENT_##name)
#define QC_ON_ALL ((1u << QC_EVENT_KIND_COUNT) - 1)

/* "statement" for QC_EVENT_STATEMENT and so on. */
const char *qc_event_name(enum qc_event_kind kind);

/* What a hook receives, valid during the call only. Texts are never NULL where they are told, and
 * "" where they have no meaning. */
typedef struct qc_event {
    enum qc_event_kind kind;
    qc_db *db;
    const qc_site *site;   /* the C line; its file is "" when there is none */
    const char *sql;
    const char *binds;     /* as text; "(redacted)" when binds are hidden */
    int64_t rows;          /* returned or affected; -1 on error. N_PLUS_ONE: like statements */
    int64_t microseconds;  /* STATEMENT: it took. CONNECT: opening took. CHECKOUT: was waited for */
    const struct qc_error *error; /* NULL: none */
    const char *warning;   /* WARNING, N_PLUS_ONE: a sentence; else NULL */
    const char *notice;    /* NOTICE: severity and text, control bytes escaped; else NULL */
} qc_event;

/* May not use the connection it is called for, nor look at its qc_error: event->error has it. */
typedef void qc_hook(const qc_event *event, void *data);
/* Calls the hook for the events of `mask`. NULL: none. */
void qc_set_hook(qc_db *db, unsigned mask, qc_hook *hook, void *data);

/* Prints every statement to stderr, as QC_TRACE=1 in the environment does. */
void qc_set_trace(qc_db *db, bool on);
/* Hides values in traces and hooks: the binds, and the detail of an error, which may quote them. */
void qc_set_redact(qc_db *db, bool on);
/* Sends the C line of a query to the server as a trailing SQL comment. */
void qc_set_site_comments(qc_db *db, bool on);

#endif
