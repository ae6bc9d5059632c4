/* Transactions: blocks and calls over a stack of frames. The outermost frame is the database's
 * transaction, every other one a savepoint; all have one name, since the innermost is meant. */
#include "engine/transaction.h"

#include "engine/orm.h"
#include "engine/trace.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static qc_tx_frame *top(const qc_db *db)
{
    return db->tx.depth ? &db->tx.frames[db->tx.depth - 1] : NULL;
}

/* ---- What fails a transaction. ---- */

/* The statement was carried out, and it is about what it found; or nothing was sent, since a text from
 * outside is no cursor of a page: the first page may follow. */
static bool fails_nothing(enum qc_code code)
{
    return code == QC_ERROR_NOT_FOUND || code == QC_ERROR_NOT_UNIQUE ||
           code == QC_ERROR_NULL_RESULT || code == QC_ERROR_DECODE || code == QC_ERROR_CURSOR;
}

bool qc_tx_is_failing(const qc_db *db)
{
    const enum qc_code code = db->error.error.code;
    return db->tx.depth && !db->tx.failed && !db->tx.settled && code != QC_ERROR_OK &&
           !fails_nothing(code);
}

void qc_tx_note(qc_db *db)
{
    qc_tx_frame *frame = top(db);
    if (!qc_tx_is_failing(db))
        return;
    frame->failed = db->tx.failed = true;
    frame->error = db->error;
    db->error = (qc_error_record){0};
}

static void fail_with_state(qc_db *db, const qc_site *site, const char *message)
{
    qc_fail(db, site, QC_ERROR_SERVER, "%s", message);
    memcpy(db->error.error.sqlstate, "25P02", 6);
}

void qc_tx_refuse(qc_db *db, const qc_site *site)
{
    const qc_tx_frame *frame = top(db);
    const struct qc_error *why = &frame->error.error;
    qc_arena *arena = qc_current_arena();
    const qc_mark mark = qc_arena_mark(arena);
    const bool lost = why->code == QC_ERROR_DISCONNECTED;
    const char *place = why->file ? qc_arena_printf(arena, "at %s:%d", why->file, why->line) : NULL;
    const char *text =
        qc_arena_printf(arena,
                        lost ? "the connection was lost %s, and the transaction of %s:%d with it; "
                               "nothing was sent"
                             : "a statement %s failed the transaction of %s:%d, which must be "
                               "rolled back first; nothing was sent",
                        place ? place : "earlier", frame->site.file, frame->site.line);
    if (lost)
        qc_fail(db, site, QC_ERROR_DISCONNECTED, "%s", text ? text : "the connection was lost");
    else
        fail_with_state(db, site, text ? text : "the transaction has failed");
    qc_arena_release(arena, mark);
}

/* ---- The stack. ---- */

static bool reserve(qc_db *db, const qc_site *site)
{
    qc_tx_state *tx = &db->tx;
    if (tx->depth < tx->capacity)
        return true;
    const size_t capacity = tx->capacity ? 2 * tx->capacity : 4;
    qc_tx_frame *frames = realloc(tx->frames, capacity * sizeof(*frames));
    if (!frames) {
        qc_fail(db, site, QC_ERROR_NOMEM, "out of memory");
        return false;
    }
    tx->frames = frames;
    tx->capacity = capacity;
    return true;
}

/* Back to `depth` frames. */
static void drop_to(qc_tx_state *tx, size_t depth)
{
    while (tx->depth > depth)
        qc_error_free(&tx->frames[--tx->depth].error);
    tx->failed = tx->depth && tx->frames[tx->depth - 1].failed;
}

static void pop(qc_db *db, const qc_site *site)
{
    db->tx.begun_at = top(db)->site;
    db->tx.ended_at = *site;
    drop_to(&db->tx, db->tx.depth - 1);
}

void qc_tx_abandon(qc_db *db)
{
    qc_tx_state *tx = &db->tx;
    drop_to(tx, 0);
    *tx = (qc_tx_state){.frames = tx->frames,
                        .capacity = tx->capacity,
                        .serials = tx->serials,
                        .random = tx->random,
                        .due = tx->due,
                        .due_capacity = tx->due_capacity,
                        .held = tx->held};
}

void qc_tx_free(qc_tx_state *tx)
{
    drop_to(tx, 0);
    free(tx->frames);
    free(tx->due);
}

int qc_depth(const qc_db *db)
{
    return db ? (int)db->tx.depth : 0;
}

/* ---- Beginning. ---- */

static bool in_transaction(const qc_db *db)
{
    return db->driver->in_transaction(db->connection);
}

static bool is_lost(const qc_db *db)
{
    return db->driver->link(db->connection, false) == QC_LINK_LOST;
}

bool qc_tx_start(qc_db *db, const qc_site *site, const qc_tx_options *wanted)
{
    qc_tx_options own = *wanted, *options = &own;
    own.read_only |= db->reading.depth > 0;
    char text[QC_BEGIN_SIZE] = "BEGIN";
    qc_report_of report = {.site = site, .sql = text};
    const qc_timing timing = qc_report_begin(db, &report);
    const bool good = db->driver->begin(db->connection, options, text) == QC_ERROR_OK;
    if (!good)
        qc_blame(db, site, text);
    report.rows = good ? 0 : -1;
    qc_report(db, &report, timing);
    if (!good)
        return false;
    db->tx.outcome = QC_OUTCOME_NONE;
    db->tx.identity = (qc_tx_identity){.known = false};
    db->tx.wrote = false;
    db->tx.read_only = options->read_only;
    return true;
}

static bool check_options(qc_db *db, const qc_site *site, const qc_tx_options *options)
{
    if ((unsigned)options->isolation > QC_SERIALIZABLE) {
        qc_fail(db, site, QC_ERROR_MISUSE, "there is no isolation level %d",
                (int)options->isolation);
        return false;
    }
    const bool plain = !options->isolation && !options->read_only && !options->deferrable;
    if (!plain && in_transaction(db)) {
        const qc_tx_frame *outer = top(db);
        qc_fail(db, site, QC_ERROR_MISUSE,
                "isolation, read_only and deferrable are for the outermost transaction, which was "
                "begun at %s:%d",
                outer ? outer->site.file : "text", outer ? outer->site.line : 0);
        return false;
    }
    return true;
}

/* Whatever comes of it, the outcome is no longer that of the transaction before. */
static bool begin(qc_db *db, const qc_site *site, const qc_tx_options *options, bool block)
{
    if (db && !db->tx.depth)
        db->tx.outcome = QC_OUTCOME_NONE;
    if (!qc_enter(db, site) || !check_options(db, site, options) || !reserve(db, site))
        return false;
    const bool savepoint = in_transaction(db);
    if (savepoint && db->session && !qc_orm_hooks.flush(db, site))
        return false;
    if (!(savepoint ? qc_run_text(db, site, "SAVEPOINT quercus") : qc_tx_start(db, site, options)))
        return false;
    db->tx.frames[db->tx.depth++] = (qc_tx_frame){
        .site = *site, .serial = ++db->tx.serials, .block = block, .savepoint = savepoint};
    return true;
}

/* ---- Ending. ---- */

/* Undoes the innermost one in the database. False and an error when that cannot be said. */
static bool undo(qc_db *db, const qc_site *site, bool savepoint)
{
    if (!savepoint)
        return qc_tx_rollback(db, site);
    if (!in_transaction(db))
        return true; /* the outer one will find out */
    return qc_run_undoing(db, site, "ROLLBACK TO SAVEPOINT quercus; RELEASE SAVEPOINT quercus");
}

/* Rolls the innermost one back. The connection's error is then what failed it, else what it was
 * before, else what rolling back met. True when it was rolled back. */
static bool roll_back(qc_db *db, const qc_site *site)
{
    qc_tx_frame *frame = top(db);
    qc_error_record before = frame->failed ? frame->error : db->error;
    if (frame->failed)
        qc_error_free(&db->error);
    frame->error = db->error = (qc_error_record){0};
    db->tx.settled = false;
    const bool good = undo(db, site, frame->savepoint);
    qc_orm_hooks.ended(db, qc_depth(db), frame->own);
    pop(db, site);
    if (before.error.code != QC_ERROR_OK) {
        if (!good)
            qc_tx_note(db); /* fails the outer one; when it is told, the next call does so */
        qc_error_free(&db->error);
        db->error = before;
        db->tx.settled = true;
    } else {
        qc_error_free(&before);
    }
    qc_unlock_due(db);
    return good;
}

/* What a session has to write belongs to the transaction. */
static bool is_complete(qc_db *db, const qc_site *site)
{
    if (!top(db)->failed && !top(db)->own && db->session && !qc_orm_hooks.flush(db, site))
        qc_tx_note(db);
    return !top(db)->failed;
}

/* Commits the innermost one, or rolls it back when it has failed or cannot be committed. */
static bool finish(qc_db *db, const qc_site *site)
{
    if (!is_complete(db, site)) {
        roll_back(db, site);
        return false;
    }
    const qc_tx_frame *frame = top(db);
    const bool good = frame->savepoint ? qc_run_text(db, site, "RELEASE SAVEPOINT quercus")
                                       : qc_tx_commit(db, site);
    if (!good && in_transaction(db)) {
        qc_tx_note(db);
        roll_back(db, site);
        return false;
    }
    qc_orm_hooks.ended(db, qc_depth(db), good || frame->own);
    pop(db, site);
    db->tx.settled = !good;
    return good;
}

/* ---- Blocks. ---- */

qc_tx qc_tx_begin(qc_db *db, const qc_site *site, const qc_tx_options *options)
{
    if (!begin(db, site, options, true))
        return (qc_tx){.open = false};
    return (qc_tx){.db = db, .serial = db->tx.serials, .open = true};
}

static qc_tx_frame *frame_of(const qc_tx *tx)
{
    const qc_tx_state *state = &tx->db->tx;
    for (size_t i = state->depth; i-- > 0;)
        if (state->frames[i].serial == tx->serial)
            return &state->frames[i];
    return NULL;
}

/* The frame of a block that ends, as the innermost one; NULL: there is none any more. What was begun
 * inside it by hand goes with it, and a stream. */
static qc_tx_frame *unwind(const qc_tx *tx, bool complain)
{
    qc_db *db = tx->db;
    qc_tx_frame *frame = frame_of(tx);
    if (!frame)
        return NULL;
    qc_end_busy(db);
    const qc_tx_frame *inner = frame + 1;
    if (frame == top(db))
        return frame;
    if (complain)
        qc_fail(db, &frame->site, QC_ERROR_MISUSE,
                "the TRANSACTION of %s:%d ended while the one begun at %s:%d was open inside it",
                frame->site.file, frame->site.line, inner->site.file, inner->site.line);
    drop_to(&db->tx, (size_t)(inner - db->tx.frames));
    return frame;
}

void qc_tx_end(qc_tx *tx)
{
    if (!tx->open)
        return;
    tx->open = false;
    qc_clear(tx->db);
    const qc_tx_frame *frame = unwind(tx, true);
    if (!frame)
        return;
    qc_tx_note(tx->db);
    const qc_site site = frame->site;
    finish(tx->db, &site);
}

void qc_tx_leave(qc_tx *tx)
{
    if (!tx->open)
        return;
    tx->open = false;
    qc_tx_note(tx->db);
    const qc_tx_frame *frame = unwind(tx, false);
    if (!frame)
        return;
    const qc_site site = frame->site;
    roll_back(tx->db, &site);
}

/* ---- By hand. ---- */

bool qc_begin_at(qc_db *db, const qc_site *site, const qc_tx_options *options)
{
    return begin(db, site, options, false);
}

/* Whether a call may end the innermost one. Without a frame it may be one begun as text. */
static bool is_ours_to_end(qc_db *db, const qc_site *site)
{
    const qc_tx_frame *frame = top(db);
    const qc_tx_state *tx = &db->tx;
    if (frame && frame->block)
        qc_fail(db, site, QC_ERROR_MISUSE,
                "%s:%d ends the transaction of %s:%d, which its TRANSACTION block will end",
                site->file, site->line, frame->site.file, frame->site.line);
    else if (frame || in_transaction(db) || is_lost(db))
        return true;
    else if (tx->begun_at.file)
        qc_fail(db, site, QC_ERROR_MISUSE,
                "no transaction is open: the last, of %s:%d, was ended at %s:%d", tx->begun_at.file,
                tx->begun_at.line, tx->ended_at.file, tx->ended_at.line);
    else
        qc_fail(db, site, QC_ERROR_MISUSE, "no transaction is open");
    return false;
}

/* A session without a transaction has one of its own for each flush. */
static bool is_idle_session(const qc_db *db)
{
    return db && db->session && !top(db) && db->connection && !in_transaction(db);
}

bool qc_commit_at(qc_db *db, const qc_site *site)
{
    if (is_idle_session(db))
        return qc_orm_hooks.flush(db, site);
    if (!qc_enter_failed(db, site) || !is_ours_to_end(db, site))
        return false;
    return top(db) ? finish(db, site) : qc_tx_commit(db, site);
}

bool qc_rollback_at(qc_db *db, const qc_site *site)
{
    if (is_idle_session(db)) {
        qc_orm_hooks.ended(db, 0, false);
        qc_error_clear(&db->error);
        return true;
    }
    if (!qc_enter_failed(db, site) || !is_ours_to_end(db, site))
        return false;
    if (!top(db)) {
        db->tx.outcome = QC_OUTCOME_NONE;
        return qc_tx_rollback(db, site);
    }
    const bool good = roll_back(db, site);
    if (good)
        qc_error_clear(&db->error);
    return good;
}

bool qc_prepare_transaction_at(qc_db *db, const qc_site *site, const char *id)
{
    if (!qc_enter_failed(db, site) || !is_ours_to_end(db, site))
        return false;
    qc_tx_frame *frame = top(db);
    if (!frame)
        return qc_tx_prepare(db, site, id);
    if (frame->savepoint) {
        qc_fail(db, site, QC_ERROR_MISUSE,
                "%s:%d prepares a transaction whose inner one of %s:%d is open", site->file,
                site->line, frame->site.file, frame->site.line);
        return false;
    }
    if (frame->failed) {
        roll_back(db, site);
        return false;
    }
    const bool good = qc_tx_prepare(db, site, id);
    if (good || !in_transaction(db))
        pop(db, site);
    return good;
}

/* ---- Text of the program. ---- */

bool qc_tx_allows(qc_db *db, const qc_site *site, const char *sql)
{
    static const char *const words[] = {"begin", "start", "commit",    "end",    "rollback",
                                        "abort", "savepoint", "release", "prepare transaction"};
    if (!top(db))
        return true;
    sql += strspn(sql, " \t\r\n");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const size_t length = strlen(words[i]);
        if (strncasecmp(sql, words[i], length) != 0 || !strchr(" \t\r\n;", sql[length]))
            continue;
        qc_fail(db, site, QC_ERROR_MISUSE,
                "\"%.40s\" as text would end the transaction of %s:%d or split it; use qc_begin, "
                "qc_commit and qc_rollback, or a nested TRANSACTION",
                sql, top(db)->site.file, top(db)->site.line);
        return false;
    }
    return true;
}

static void fail_all(qc_db *db, const qc_site *site, const char *sql)
{
    for (size_t i = 0; i < db->tx.depth; i++) {
        qc_tx_frame *frame = &db->tx.frames[i];
        if (frame->failed)
            continue;
        frame->failed = true;
        qc_error_set(&frame->error, QC_ERROR_MISUSE,
                     "the transaction of %s:%d was ended by text: %.200s", frame->site.file,
                     frame->site.line, sql);
        qc_place_error(&frame->error, site);
    }
    db->tx.failed = true;
}

bool qc_tx_survived(qc_db *db, const qc_site *site, const char *sql, enum qc_outcome ended)
{
    if (!top(db) || ended == QC_OUTCOME_NONE)
        return true;
    db->tx.outcome = ended;
    if (ended == QC_OUTCOME_COMMITTED)
        qc_orm_hooks.ended(db, 0, true);
    if (is_lost(db))
        return false;
    if (in_transaction(db))
        qc_run_quietly(db, "ROLLBACK");
    fail_all(db, site, sql);
    qc_fail(db, site, QC_ERROR_MISUSE, "%s", top(db)->error.error.message);
    qc_blame(db, site, sql);
    return false;
}
