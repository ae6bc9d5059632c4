#include "trees.h"

#include "base/strbuf.h"

#include <pg_query.h>
#include <string.h>

/* Skips "location":12 and the like. */
static const char *after_place(const char *at)
{
    static const char *const places[] = {"\"location\":", "\"stmt_len\":"};
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        size_t length = strlen(places[i]);
        if (strncmp(at, places[i], length) == 0)
            return at + length + strspn(at + length, "-0123456789");
    }
    return at;
}

char *tree_of(const char *sql)
{
    PgQueryParseResult result = pg_query_parse(sql);
    qc_strbuf tree = {0};
    if (result.error)
        qc_strbuf_printf(&tree, "error: %s", result.error->message);
    else
        for (const char *at = result.parse_tree; *at;) {
            const char *after = after_place(at);
            if (after == at)
                qc_strbuf_putc(&tree, *at++);
            at = after > at ? after : at;
        }
    pg_query_free_parse_result(result);
    return tree.text;
}
