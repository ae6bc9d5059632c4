/* Pages by position (keyset pagination): rows behind those that were seen, however many lie before.
 *
 *     qc_page page = {.cursor = cursor, .size = 20};          cursor: a text of a page before, or NULL
 *     struct User **users = PAGE(db, &page, SELECT(User).ORDER_BY(DESC(User_created_at)));
 *     page.next, page.previous                                texts for the pages beside it
 *
 * A page is as long to fetch as the first one, and rows that come or go elsewhere shift nothing. The
 * query may be any SELECT but a UNION, INTERSECT or EXCEPT, without LIMIT and OFFSET, ordered by
 * anything; where that leaves ties, the primary keys come last. Source: Winand, "SQL Performance
 * Explained", chapter 7 ("Paging Through Results").
 */
#ifndef QUERCUS_PAGE_H
#define QUERCUS_PAGE_H

#include <quercus/engine.h>

typedef struct qc_page {
    /* Asked for: */
    const char *cursor; /* a `next` or `previous` of the same query; NULL or "": the first page */
    size_t size;        /* rows, at least 1 */
    /* Answered; of the same lifetime as the rows: */
    const char *next;     /* the page behind; NULL: there is none */
    const char *previous; /* the page before; NULL: there is none */
} qc_page;

/* The rows of one page, a list as of ALL; NULL on error. A text that is no cursor, was changed, is of
 * another query or of another key is QC_ERROR_CURSOR. A cursor holds the last row's values of what
 * the query is ordered by: they cannot be changed, but they can be read. */
#define QC_PAGE(...)                                                                               \
    QC_CAT(QC_PAGE_, QC_QUERY_3(__VA_ARGS__))(QC_LOCAL, QC_LOCAL, QC_LOCAL, __VA_ARGS__)
#define QC_PAGE_1(H, M, S, db, page, chain, head, ...)                                             \
    __extension__({                                                                                \
        _Static_assert(_Generic((page), qc_page *: 1, default: 0),                                 \
                       "PAGE: the second argument must be the address of a qc_page");              \
        QC_SITE(S);                                                                                \
        const qc_mark M = qc_begin_query();                                                        \
        __auto_type H = head;                                                                      \
        (QC_RESULT_LIST(H))                                                                        \
            qc_page_rows(db, &S, M, QC_CHAIN_CLAUSES(H, __VA_ARGS__), page);                       \
    })
#define QC_PAGE_0(H, M, S, db, page, ...)                                                          \
    QC_CAT(QC_PAGE_0_, QC_IS_CHAIN(page, ~))(H, M, S, db, page, __VA_ARGS__)
#define QC_PAGE_0_0(H, M, S, db, page, q) QC_PAGE_1(H, M, S, db, page, , QC_KEPT(q), {)
#define QC_PAGE_0_1(...) QC_PAGE_MISSING(~)
#define QC_PAGE_MISSING(...)                                                                       \
    QC_MISUSED("PAGE: the arguments must be a qc_db *, the address of a qc_page and a query, as "  \
               "in PAGE(db, &page, SELECT(...))",                                                  \
               (void *)0)
void *qc_page_rows(qc_db *db, const qc_site *site, qc_mark mark, const qc_clause *clauses,
                   qc_page *page);

/* The secret that this connection's cursors are signed with (HMAC-SHA256): at least 16 bytes, copied.
 * Without one it is a random key of the process, so that cursors last as long as that. Programs that
 * hand cursors to each other need the same. False, and an error, for less. */
bool qc_set_cursor_key(qc_db *db, const void *key, size_t length);

#endif
