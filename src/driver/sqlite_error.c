/* SQLite's errors as the library's: the code, the nearest SQLSTATE, and the constraint, table and
 * column its message names. Where SQLite gives no name, the constraint has the one PostgreSQL would
 * have given it, so that a program can look at the same name on both. */
#include "driver/sqlite.h"

#include <stdlib.h>
#include <string.h>

/* By result code: the extended ones first, then what is left of each primary one. */
static const struct {
    int rc;
    enum qc_code code;
    char sqlstate[6];
} by_code[] = {
    {SQLITE_CONSTRAINT_UNIQUE, QC_ERROR_SERVER, "23505"},
    {SQLITE_CONSTRAINT_PRIMARYKEY, QC_ERROR_SERVER, "23505"},
    {SQLITE_CONSTRAINT_ROWID, QC_ERROR_SERVER, "23505"},
    {SQLITE_CONSTRAINT_FOREIGNKEY, QC_ERROR_SERVER, "23503"},
    {SQLITE_CONSTRAINT_NOTNULL, QC_ERROR_SERVER, "23502"},
    {SQLITE_CONSTRAINT_CHECK, QC_ERROR_SERVER, "23514"},
    {SQLITE_CONSTRAINT_DATATYPE, QC_ERROR_SERVER, "42804"},
    {SQLITE_CONSTRAINT, QC_ERROR_SERVER, "23000"},
    {SQLITE_BUSY_SNAPSHOT, QC_ERROR_SERVER, "40001"},
    {SQLITE_BUSY, QC_ERROR_SERVER, "55P03"},
    {SQLITE_LOCKED, QC_ERROR_SERVER, "55006"},
    {SQLITE_IOERR_NOMEM, QC_ERROR_NOMEM, "53200"},
    {SQLITE_NOMEM, QC_ERROR_NOMEM, "53200"},
    {SQLITE_INTERRUPT, QC_ERROR_SERVER, "57014"},
    {SQLITE_READONLY, QC_ERROR_SERVER, "25006"},
    {SQLITE_FULL, QC_ERROR_SERVER, "53100"},
    {SQLITE_IOERR, QC_ERROR_SERVER, "58030"},
    {SQLITE_CANTOPEN, QC_ERROR_SERVER, "58030"},
    {SQLITE_CORRUPT, QC_ERROR_SERVER, "XX001"},
    {SQLITE_NOTADB, QC_ERROR_SERVER, "XX001"},
    {SQLITE_TOOBIG, QC_ERROR_SERVER, "54000"},
    {SQLITE_MISMATCH, QC_ERROR_SERVER, "42804"},
    {SQLITE_AUTH, QC_ERROR_SERVER, "42501"},
    {SQLITE_PERM, QC_ERROR_SERVER, "42501"},
    {SQLITE_ABORT, QC_ERROR_SERVER, "25P02"},
    {SQLITE_PROTOCOL, QC_ERROR_SERVER, "55P03"},
    {SQLITE_RANGE, QC_ERROR_MISUSE, "08P01"},
    {SQLITE_MISUSE, QC_ERROR_MISUSE, "08P01"},
};

/* SQLITE_ERROR says nothing more than its message does. */
static const struct {
    const char *part;
    char sqlstate[6];
} by_message[] = {
    {"syntax error", "42601"},
    {"unrecognized token", "42601"},
    {"incomplete input", "42601"},
    {"no such table", "42P01"},
    {"no such view", "42P01"},
    {"no such index", "42704"},
    {"no such column", "42703"},
    {"has no column named", "42703"},
    {"no such function", "42883"},
    {"wrong number of arguments", "42883"},
    {"no such collation", "42704"},
    {"ambiguous column name", "42702"},
    {"duplicate column name", "42701"},
    {"already exists", "42P07"},
    {"already another table", "42P07"},
    {"already an index", "42P07"},
    {"misuse of aggregate", "42803"},
    {"foreign key mismatch", "42830"},
    {"ON CONFLICT clause does not match", "42P10"},
    {"values for", "42601"},
    {"values were supplied", "42601"},
    {"parser stack overflow", "54001"},
    {"overflow", "22003"},
    {"division by zero", "22012"},
    {"invalid input syntax for type timestamp", "22007"},
    {"invalid input syntax", "22P02"},
    {"timestamp out of range", "22008"},
    {"out of range", "22003"},
    {"not recognized", "22023"},
    {"malformed JSON", "22P02"},
    {"not supported", "0A000"},
    {"maximum depth", "54001"},
    {"too many", "54000"},
    {"within a transaction", "25001"},
    {"no transaction is active", "25P01"},
    {"no such savepoint", "3B001"},
    {"cannot VACUUM", "25001"},
};

static const char *state_of_message(const char *message)
{
    for (size_t i = 0; i < sizeof(by_message) / sizeof(by_message[0]); i++)
        if (strstr(message, by_message[i].part))
            return by_message[i].sqlstate;
    return "42000";
}

static enum qc_code classify(qc_connection *c, int rc, const char *message, char sqlstate[6])
{
    size_t i = 0, count = sizeof(by_code) / sizeof(by_code[0]);
    while (i < count && by_code[i].rc != rc && by_code[i].rc != (rc & 0xFF))
        i++;
    memcpy(sqlstate, i < count ? by_code[i].sqlstate : state_of_message(message), 6);
    if (i == count)
        return strcmp(sqlstate, "54001") == 0 ? QC_ERROR_TOO_DEEP : QC_ERROR_SERVER;
    bool waited = rc == SQLITE_INTERRUPT || (rc & 0xFF) == SQLITE_BUSY;
    if (waited && !c->timed_out && qc_sqlite_was_cancelled(c)) {
        memcpy(sqlstate, "57014", 6);
        return QC_ERROR_CANCELLED;
    }
    return waited && c->timed_out ? QC_ERROR_TIMEOUT : by_code[i].code;
}

/* Bytes to characters, both of which SQL editors count from 1. */
static int position_of(const char *sql, int offset)
{
    int position = 1;
    for (int i = 0; i < offset && sql[i]; i++)
        position += ((unsigned char)sql[i] & 0xC0) != 0x80;
    return position;
}

/* ---- Constraints. ---- */

static const char *copy_part(qc_error_record *record, const char *text, size_t length)
{
    if (!record->texts)
        record->texts = qc_arena_new();
    return qc_arena_copy(record->texts, text, length);
}

/* "users_email_key" for "users.email" and "key"; "users_pkey" for "pkey" without columns. */
static const char *conventional_name(qc_error_record *record, const char *table,
                                     const char *columns, const char *suffix)
{
    sqlite3_str *name = sqlite3_str_new(NULL);
    sqlite3_str_appendf(name, "%s_", table);
    size_t skip = strlen(table) + 1;
    while (columns) {
        const char *next = strstr(columns, ", ");
        size_t length = next ? (size_t)(next - columns) : strlen(columns);
        if (length > skip)
            sqlite3_str_appendf(name, "%.*s_", (int)(length - skip), columns + skip);
        columns = next ? next + 2 : NULL;
    }
    sqlite3_str_appendall(name, suffix);
    char *text = sqlite3_str_finish(name);
    const char *copy = qc_error_text(record, text);
    sqlite3_free(text);
    return copy;
}

/* The name of the unique index over exactly these columns ("users.email, users.role"). */
static const char *unique_name(qc_connection *c, const char *table, const char *columns)
{
    static const char sql[] =
        "SELECT l.name FROM pragma_index_list(?1) AS l WHERE l.\"unique\" AND ?2 = (SELECT "
        "group_concat(?1 || '.' || i.name, ', ') FROM pragma_index_info(l.name) AS i)";
    sqlite3_stmt *stmt = NULL;
    const char *name = NULL;
    if (sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_bind_text(stmt, 2, columns, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        name = qc_error_text(c->error, (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    if (!name || strncmp(name, "sqlite_autoindex_", 17) == 0)
        return conventional_name(c->error, table, columns, "key");
    return name;
}

/* Reads "UNIQUE constraint failed: users.email, users.role", "CHECK constraint failed: positive"
 * and "UNIQUE constraint failed: index 'lower_email'". */
static void name_constraint(qc_connection *c, int rc)
{
    struct qc_error *error = &c->error->error;
    const char *what = strstr(error->message, "failed: ");
    if (!what)
        return;
    what += 8;
    size_t length = strlen(what);
    if (rc == SQLITE_CONSTRAINT_CHECK) {
        error->constraint = qc_error_text(c->error, what);
        return;
    }
    if (strncmp(what, "index '", 7) == 0) {
        error->constraint = copy_part(c->error, what + 7, length - 8);
        return;
    }
    const char *comma = strstr(what, ", ");
    const char *end = comma ? comma : what + length, *dot = end;
    while (dot > what && *dot != '.')
        dot--;
    if (dot == what)
        return;
    error->table = copy_part(c->error, what, (size_t)(dot - what));
    if (!comma)
        error->column = copy_part(c->error, dot + 1, (size_t)(end - dot - 1));
    if (!error->table || rc == SQLITE_CONSTRAINT_NOTNULL)
        return;
    error->constraint = rc == SQLITE_CONSTRAINT_UNIQUE
                            ? unique_name(c, error->table, what)
                            : conventional_name(c->error, error->table, NULL, "pkey");
}

enum qc_code qc_sqlite_fail(qc_connection *c, int rc, const char *sql)
{
    char sqlstate[6];
    const char *message = c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(rc);
    int offset = c->db && sql ? sqlite3_error_offset(c->db) : -1;
    enum qc_code code = classify(c, rc, message, sqlstate);
    qc_error_set(c->error, code, "%s", message);
    struct qc_error *error = &c->error->error;
    memcpy(error->sqlstate, sqlstate, sizeof(sqlstate));
    error->sql = qc_error_text(c->error, sql);
    if (offset >= 0)
        error->position = position_of(sql, offset);
    if (code == QC_ERROR_TIMEOUT)
        error->detail = "the deadline of the call passed";
    if ((rc & 0xFF) == SQLITE_CONSTRAINT)
        name_constraint(c, rc);
    qc_error_hint(c->error);
    return code;
}

enum qc_code qc_sqlite_nomem(qc_connection *c)
{
    qc_error_set(c->error, QC_ERROR_NOMEM, "out of memory");
    memcpy(c->error->error.sqlstate, "53200", 6);
    return QC_ERROR_NOMEM;
}
