/* COPY: structs in and out, as fast as the database takes and gives them.
 *
 *     COPY_IN(db, User, writer) {
 *         while (read_line(&user))
 *             qc_copy_put(writer, &user);
 *     }                                                       all of them are stored, or none
 *     COPY_OUT(user, db, SELECT(User).ORDER_BY(User_id)) { … }                     as STREAM
 *
 * On PostgreSQL this is COPY in its binary format (manual, COPY, "Binary Format"). On SQLite the
 * same calls run one prepared INSERT inside a savepoint, and step through the query.
 */
#ifndef QUERCUS_COPY_H
#define QUERCUS_COPY_H

#include <quercus/engine.h>

typedef struct qc_copy qc_copy;

/* COPY_IN(db, User, writer) { … } takes structs into a table; COPY_IN(db, User, writer, User_email,
 * User_name) only these columns. Without a list they are those that INSERT_ROWS writes for the
 * first struct: all, but columns with IDENTITY or SERVER_DEFAULT that it leaves unset; a later
 * struct that differs in that is an error. DEFAULT values are filled in.
 *
 * The rows are stored when the block ends (or at `continue`), all of them, if every qc_copy_put was
 * true; look at qc_ok(db) then. Leaving it in another way (break, return, goto), or an error inside,
 * stores none: that is an error as well, which fails the transaction around it. A refusal by the
 * database is told at the end of the block; qc_copy_put finds bad values and a lost connection.
 * Rows are sent as they are put, in bounded memory: at most about 300 KiB wait, and the call waits
 * with them. Between, the connection serves nothing else. The block is not entered when the
 * connection is busy, or was never opened. */
#define QC_COPY_IN(...)                                                                            \
    QC_CAT(QC_COPY_IN_, QC_QUERY_3(__VA_ARGS__))(QC_LOCAL, QC_LOCAL, __VA_ARGS__)
#define QC_COPY_IN_0(S, M, db, model, ...)                                                         \
    QC_CAT(QC_COPY_IN_0_, QC_IS_ONE(__VA_ARGS__))(S, M, db, model, __VA_ARGS__)
#define QC_COPY_IN_0_1(S, M, db, model, writer) QC_COPY_IN_TO(db, model, writer, S, M, NULL)
#define QC_COPY_IN_0_0(S, M, db, model, writer, ...)                                               \
    QC_COPY_IN_TO(db, model, writer, S, M,                                                         \
                  QC_EXPRESSIONS("COPY_IN", QC_KINDS_EXPRESSION, __VA_ARGS__))
#define QC_COPY_IN_1(...) QC_COPY_IN_MISSING(~)
#define QC_COPY_IN_MISSING(...)                                                                    \
    _Static_assert(0, QC_WANTED_OF_COPY_IN);
#define QC_WANTED_OF_COPY_IN                                                                       \
    "COPY_IN: the arguments must be a qc_db *, a model and a name for the writer, as in "          \
    "COPY_IN(db, User, writer)"
#define QC_COPY_IN_TO(db, model, writer, S, M, columns)                                            \
    for (QC_WRITER_OF(model)                                                                       \
             writer __attribute__((cleanup(qc_copy_abandon))) = {__extension__({                   \
                 QC_SITE(S);                                                                       \
                 const qc_mark M = qc_begin_query();                                               \
                 QC_ASSERT_DB(db, QC_WANTED_OF_COPY_IN);                                           \
                 qc_copy_open(db, &S, M, QC_MODEL_IN(QC_WANTED_OF_COPY_IN, model), columns);       \
             })};                                                                                  \
         writer.qc_copy; qc_copy_finish(&writer.qc_copy))
union qc_no_writer {
    struct qc_copy *qc_copy;
    struct qc_row *qc_row;
};
/* The type of a writer, for functions that take one. */
#define QC_WRITER_OF(model) __typeof__(*QC_NAMED(model).qc_writer)

/* One struct, or `n` of an array. False when it cannot be stored, now or because an earlier one
 * could not: the COPY has then failed. What the structs point to is read during the call only. */
#define qc_copy_put(writer, ...) qc_copy_put_all(writer, (__VA_ARGS__), 1) /* writer, row */
#define qc_copy_put_all(writer, rows, n)                                                           \
    qc_copy_put_rows((writer).qc_copy, QC_COPIED(writer, rows), n)
#define QC_COPIED(writer, rows)                                                                    \
    ((void)__extension__({                                                                         \
         _Static_assert(_Generic((rows), __typeof__(&*(writer).qc_row): 1,                         \
                                 const __typeof__(*(writer).qc_row) *: 1, default: 0),             \
                        "qc_copy_put: the row must be a pointer to a struct of the model");        \
         0;                                                                                        \
     }),                                                                                           \
     (rows))
/* Inside of a COPY_IN the rows that were put; after it those that are stored: -1 when it failed. */
int64_t qc_copy_rows(const qc_db *db);

/* What the words call. `columns` ends with NULL; NULL: chosen by the first row. */
qc_copy *qc_copy_open(qc_db *db, const qc_site *site, qc_mark mark, const qc_node *model,
                      const qc_node *const *columns);
bool qc_copy_put_rows(qc_copy *copy, const void *rows, size_t count);
void qc_copy_finish(qc_copy **copy);
/* Takes a pointer to the writer. */
void qc_copy_abandon(void *writer);

/* COPY_OUT(user, db, SELECT(User)…) { … }: as STREAM, through COPY (…) TO STDOUT, which costs the
 * server and the network less a row. COPY takes no parameters, so the query must have no values:
 * with a WHERE(EQ(User_id, 7)) or a LIMIT use STREAM. Outside a transaction one is open meanwhile. */
#define QC_COPY_OUT(...)                                                                           \
    QC_CAT(QC_COPY_OUT_, QC_QUERY_3(__VA_ARGS__))                                                  \
    (QC_LOCAL, QC_LOCAL, QC_LOCAL, QC_LOCAL, __VA_ARGS__)
#define QC_COPY_OUT_1(stream, H, M, S, name, db, chain, head, ...)                                 \
    QC_STREAM_OPENED(stream, H, M, S, head, qc_copy_out_open(db, &S, M,                            \
                                                             QC_CHAIN_CLAUSES(H, __VA_ARGS__)))    \
        for (__typeof__(&*head.qc_row) name; (name = qc_stream_next(stream)) != NULL;)
#define QC_COPY_OUT_0(stream, H, M, S, name, db, ...)                                              \
    QC_CAT(QC_COPY_OUT_0_, QC_IS_CHAIN(db, ~))(stream, H, M, S, name, db, __VA_ARGS__)
#define QC_COPY_OUT_0_0(stream, H, M, S, name, db, q)                                              \
    QC_COPY_OUT_1(stream, H, M, S, name, db, , QC_KEPT(q), {)
#define QC_COPY_OUT_0_1(...) QC_COPY_OUT_MISSING(~)
#define QC_COPY_OUT_MISSING(...)                                                                   \
    _Static_assert(0, "COPY_OUT: the arguments must be a name for the row, a qc_db * and a "       \
                      "query, as in COPY_OUT(row, db, SELECT(...))");
qc_stream *qc_copy_out_open(qc_db *db, const qc_site *site, qc_mark mark,
                            const qc_clause *clauses);

#endif
