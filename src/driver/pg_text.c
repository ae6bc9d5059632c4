/* SQL text of the program, run as it is; and what it has made of the transaction around it, which
 * the command tags tell. */
#include "driver/pg.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- What became of the transaction. ---- */

static bool is_of_word(char letter)
{
    return isalnum((unsigned char)letter) || letter == '_' || letter == '$' || (letter & 0x80);
}

/* Also where it stands in a comment or a literal. */
static bool has_word(const char *sql, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = sql; *at; at++)
        if (strncasecmp(at, word, length) == 0 && !is_of_word(at[length]) &&
            (at == sql || !is_of_word(at[-1])))
            return true;
    return false;
}

static bool may_commit(const char *sql)
{
    return has_word(sql, "commit") || has_word(sql, "end") || has_word(sql, "prepare");
}

typedef struct qc_pg_tags {
    enum qc_outcome outcome; /* of the transaction, once it is known */
    bool rolled_back;        /* it, or back to a savepoint: the tag is the same */
    bool drops_prepared;
} qc_pg_tags;

static enum qc_outcome outcome_of(const qc_pg_tags *before, const char *tag)
{
    if (strcmp(tag, "COMMIT") == 0)
        return before->rolled_back ? QC_OUTCOME_UNKNOWN : QC_OUTCOME_COMMITTED;
    if (strcmp(tag, "PREPARE TRANSACTION") == 0)
        return QC_OUTCOME_PREPARED;
    const bool begins = strcmp(tag, "BEGIN") == 0 || strcmp(tag, "START TRANSACTION") == 0;
    return begins && before->rolled_back ? QC_OUTCOME_ROLLED_BACK : QC_OUTCOME_NONE;
}

static void note_tag(qc_pg_tags *tags, const char *tag)
{
    if (tags->outcome == QC_OUTCOME_NONE)
        tags->outcome = outcome_of(tags, tag);
    tags->rolled_back |= strcmp(tag, "ROLLBACK") == 0;
    tags->drops_prepared |= strcmp(tag, "DISCARD ALL") == 0 || strcmp(tag, "DEALLOCATE ALL") == 0;
}

/* NONE: the transaction goes on, or went with the link. */
static enum qc_outcome settle(qc_connection *c, const qc_pg_tags *tags, const char *sql)
{
    if (tags->outcome != QC_OUTCOME_NONE)
        return tags->outcome;
    if (c->broken)
        return may_commit(sql) ? QC_OUTCOME_UNKNOWN : QC_OUTCOME_NONE;
    const bool chained = tags->rolled_back && has_word(sql, "chain");
    return chained || !qc_pg_in_transaction(c) ? QC_OUTCOME_ROLLED_BACK : QC_OUTCOME_NONE;
}

/* ---- Running it. ---- */

static enum qc_code collect(qc_connection *c, qc_pg_tags *tags)
{
    qc_pg_answer answer = {0};
    PGresult *result;
    while ((result = qc_pg_next(c))) {
        note_tag(tags, PQcmdStatus(result));
        qc_pg_take(c, &answer, result);
    }
    return qc_pg_settle(c, &answer, NULL);
}

enum qc_code qc_pg_run(qc_connection *c, const char *sql, enum qc_outcome *ret_ended)
{
    qc_pg_tags tags = {.outcome = QC_OUTCOME_NONE};
    enum qc_code code = qc_pg_enter_text(c);
    if (code != QC_ERROR_OK)
        return code;
    const bool was_open = qc_pg_in_transaction(c);
    code = qc_pg_send_text(c, sql);
    if (code == QC_ERROR_OK)
        code = collect(c, &tags);
    if (was_open && ret_ended)
        *ret_ended = settle(c, &tags, sql);
    if (tags.drops_prepared)
        qc_pg_cache_clear(&c->prepared);
    return code;
}
