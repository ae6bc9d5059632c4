/* Scripts: statements one after another. */
#include "schema/schema.h"

#include <string.h>

void qc_script_end(qc_script *script, bool outside)
{
    qc_script_line *line = qc_arena_alloc(script->arena, sizeof(*line));
    const char *sql = script->text.failed
                          ? NULL
                          : qc_arena_copy(script->arena, script->text.text, script->text.length);
    qc_strbuf_clear(&script->text);
    if (!line || !sql) {
        script->failed = true;
        return;
    }
    *line = (qc_script_line){sql, outside, NULL};
    if (script->last)
        script->last->next = line;
    else
        script->first = line;
    script->last = line;
}

char *qc_script_text(const qc_script *script)
{
    qc_strbuf text = {0};
    qc_strbuf_puts(&text, "");
    for (const qc_script_line *line = script->first; line; line = line->next) {
        qc_strbuf_puts(&text, line->sql);
        qc_strbuf_puts(&text, ";\n");
    }
    if (!text.failed && !script->failed)
        return text.text;
    qc_strbuf_free(&text);
    return NULL;
}
