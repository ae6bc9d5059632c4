/* Several hosts in one URL. libpq tries them in turn, but without its blocking calls it waits for a
 * silent one until the whole deadline has passed: so each is an attempt of its own here, with an
 * equal share of the time that is left. What libpq does for one host (target_session_attrs, which
 * errors end the search) is as its manual says for all of them. */
#include "driver/pg.h"

#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

enum { HOST, ADDRESS, PORT, ATTRIBUTES = QC_PG_HOST_ATTRIBUTES };
const char *const qc_pg_host_keywords[QC_PG_HOST_KEYWORDS] = {[HOST] = "host",
                                                              [ADDRESS] = "hostaddr",
                                                              [PORT] = "port",
                                                              [ATTRIBUTES] =
                                                                  "target_session_attrs"};

/* The values of the URL, or of the environment, cut at their commas in place. */
typedef struct host_list {
    PQconninfoOption *options;
    char *items[ATTRIBUTES]; /* each NUL-terminated, one behind the other; NULL: none */
    size_t counts[ATTRIBUTES];
    const char *attributes;
} host_list;

static size_t cut(char *text)
{
    size_t count = 1;
    for (; *text; text++) {
        if (*text != ',')
            continue;
        *text = '\0';
        count++;
    }
    return count;
}

/* How many hosts there are; 0: out of memory, or libpq must see the URL as it is. */
static size_t list_hosts(host_list *list, const char *url)
{
    *list = (host_list){.options = PQconninfoParse(url, NULL)};
    if (qc_pg_option(list->options, "service"))
        return 0;
    for (int i = HOST; i < ATTRIBUTES; i++) {
        list->items[i] = qc_pg_option(list->options, qc_pg_host_keywords[i]);
        list->counts[i] = list->items[i] ? cut(list->items[i]) : 0;
    }
    list->attributes = qc_pg_option(list->options, qc_pg_host_keywords[ATTRIBUTES]);
    const size_t count = list->counts[ADDRESS] > 1 ? list->counts[ADDRESS] : list->counts[HOST];
    for (int i = HOST; i < ATTRIBUTES; i++)
        if (list->counts[i] > 1 && list->counts[i] != count)
            return 0; /* libpq says what is wrong */
    return count;
}

static const char *item_of(const host_list *list, int what, size_t index)
{
    const char *item = list->items[what];
    if (list->counts[what] < 2)
        return NULL; /* the URL's serves for all */
    while (index--)
        item += strlen(item) + 1;
    return item;
}

/* ---- Trying. ---- */

/* What the hosts said, and the SQLSTATE of the last that had one. */
typedef struct refusals {
    qc_strbuf text;
    char sqlstate[6];
} refusals;

static void note(refusals *refusals, const struct qc_error *error)
{
    qc_strbuf_puts(&refusals->text, refusals->text.length ? "; " : "");
    qc_strbuf_puts(&refusals->text, error->message);
    if (*error->sqlstate)
        memcpy(refusals->sqlstate, error->sqlstate, sizeof(error->sqlstate));
}

static enum qc_code tell(qc_connection *c, refusals *refusals, enum qc_code code)
{
    if (!refusals->text.failed) {
        qc_error_set(c->error, code, "%s", refusals->text.text);
        memcpy(c->error->error.sqlstate, refusals->sqlstate, sizeof(refusals->sqlstate));
    }
    qc_strbuf_free(&refusals->text);
    return code;
}

/* Another host would not know the user any better (class 28), nor is there more memory. */
static bool ends_search(const struct qc_error *error)
{
    return error->code == QC_ERROR_NOMEM || strncmp(error->sqlstate, "28", 2) == 0;
}

static enum qc_code try_each(qc_connection *c, const char *url, const host_list *list, size_t count,
                             const char *attributes, size_t rounds_left, refusals *refusals)
{
    const int64_t end = c->deadline;
    enum qc_code code = QC_ERROR_CONNECT;
    for (size_t i = 0; i < count; i++) {
        const qc_pg_host host = {{[HOST] = item_of(list, HOST, i),
                                  [ADDRESS] = item_of(list, ADDRESS, i),
                                  [PORT] = item_of(list, PORT, i),
                                  [ATTRIBUTES] = attributes}};
        const int64_t now = qc_about_now_us();
        const int64_t parts = (int64_t)(count - i + rounds_left * count);
        c->deadline = !end ? 0 : now < end ? now + (end - now) / parts : end;
        c->late = false;
        code = qc_pg_try(c, url, &host);
        if (code == QC_ERROR_OK)
            break;
        note(refusals, &c->error->error);
        qc_waiter_close(&c->waiter);
        PQfinish(c->link);
        c->link = NULL;
        if (ends_search(&c->error->error))
            break;
    }
    c->deadline = end;
    return code;
}

enum qc_code qc_pg_try_hosts(qc_connection *c, const char *url)
{
    host_list list;
    refusals refusals = {.sqlstate = ""};
    const size_t count = list_hosts(&list, url);
    enum qc_code code;
    if (count < 2) {
        code = qc_pg_try(c, url, NULL);
    } else {
        const bool prefers = list.attributes && strcmp(list.attributes, "prefer-standby") == 0;
        code = try_each(c, url, &list, count, prefers ? "standby" : NULL, prefers, &refusals);
        if (prefers && code != QC_ERROR_OK && !ends_search(&c->error->error))
            code = try_each(c, url, &list, count, "any", 0, &refusals);
        if (code == QC_ERROR_OK)
            qc_strbuf_free(&refusals.text);
        else
            code = tell(c, &refusals, code);
    }
    PQconninfoFree(list.options);
    return code;
}
