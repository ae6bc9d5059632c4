/* Budgets: how much of the database a block may use, and what repeats in it.
 *
 *     BUDGET(db, .statements = 5, .rows = 1000, .bytes = 1 << 20) {
 *         …                                    everything inside counts, in functions it calls too
 *     }
 *
 * The statement that would go beyond is not sent; a query whose rows go beyond gives none of them.
 * Either fails with QC_ERROR_BUDGET, in a sentence that names both C lines, and fails the open
 * transaction as any statement does. What ran before stays done. Budgets nest: each counts all that
 * happens inside it. Rows that a write returns are counted, and it is the next statement that is
 * refused. BEGIN, COMMIT and savepoints do not count.
 */
#ifndef QUERCUS_BUDGET_H
#define QUERCUS_BUDGET_H

#include <quercus/engine.h>

enum { QC_LIMITS_VERSION = 1 };

/* 0 is no limit. */
typedef struct qc_limits {
    int version;        /* the macros set it */
    const struct qc_limits_must_be_named *unnamed; /* none: (db, 3) is refused */
    int64_t statements; /* that are sent */
    int64_t rows;       /* that come back */
    int64_t bytes;      /* of these rows: the structs, and the texts and bytes they point to */
    int64_t alike;      /* from so many on, like statements of one line are told: see below */
} qc_limits;

#define QC_BUDGET(...)                                                                             \
    QC_CAT(QC_BUDGET_, QC_IS_ONE(__VA_ARGS__))(QC_LOCAL, QC_LOCAL, __VA_ARGS__)
#define QC_BUDGET_1(...)                                                                           \
    _Static_assert(0, "BUDGET: a limit is missing, as in BUDGET(db, .statements = 5)");
#define QC_BUDGET_0(B, OPEN, db, ...)                                                              \
    for (qc_budget B __attribute__((cleanup(qc_budget_end))) = qc_budget_of(                       \
             db, QC_HERE, &(const qc_limits){.version = QC_LIMITS_VERSION, __VA_ARGS__}),          \
                     *OPEN = qc_budget_begin(&B);                                                  \
         OPEN; OPEN = NULL)

/* DETECT_N_PLUS_ONE(db, 10) { … }: a budget that refuses nothing and tells what repeats: at its end
 * the hook (QC_EVENT_N_PLUS_ONE) and the trace hear of each C line that ran so many like statements:
 * "12 statements alike from log.c:88; add .LOAD(SELECTIN(User_orders)) to the query at log.c:80".
 * All words that send statements are watched; loaders and flushes are not, nor are writes that are
 * queued in a PIPELINE. The relationship is named where a LOAD, or a query by its key, shows it. */
#define QC_DETECT_N_PLUS_ONE(db, least) QC_BUDGET(db, .alike = (least))

typedef struct qc_budget {
    qc_db *db; /* NULL: it does not count any more */
    struct qc_budget *outer;
    struct qc_budget_notes *notes; /* what repeats; NULL: nothing is watched */
    qc_limits limits;
    qc_site site;
    int64_t statements, rows, bytes; /* used */
} qc_budget;
qc_budget qc_budget_of(qc_db *db, const qc_site *site, const qc_limits *limits);
/* It stays where it is until its end. Returns it. */
qc_budget *qc_budget_begin(qc_budget *budget);
void qc_budget_end(qc_budget *budget);

#endif
