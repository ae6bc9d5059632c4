/* Functions of a model that a session calls: checks, what happens before and after. */
#include "orm/hooks.h"

#include <stdarg.h>
#include <stdio.h>

bool qc_invalid_because(qc_invalid *why, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why->message, sizeof(why->message), format, arguments);
    va_end(arguments);
    return false;
}

/* ---- Calls. ---- */

/* What the function did with the connection was refused, and is an error that stays. */
static bool call(qc_session *session, const qc_model_hook *hook, qc_entity *entity)
{
    qc_db *db = session->db;
    db->in_hook = true;
    hook->call(entity->object, session->options.context);
    db->in_hook = false;
    return qc_ok(db);
}

static bool run(qc_session *session, qc_entity *entity, enum qc_hook_moment moment)
{
    for (const qc_model_hook *hook = entity->table->hooks; hook->moment; hook++)
        if (hook->moment == moment && !call(session, hook, entity))
            return false;
    return true;
}

static void refuse(qc_session *session, const qc_site *site, const qc_entity *entity,
                   const qc_invalid *why)
{
    qc_strbuf name = qc_entity_name(entity);
    qc_fail(session->db, site, QC_ERROR_INVALID, "%s is not valid: %s",
            name.text ? name.text : entity->table->model, why->message);
    qc_strbuf_free(&name);
}

static bool check(qc_session *session, const qc_site *site, qc_entity *entity)
{
    qc_db *db = session->db;
    for (const qc_model_hook *hook = entity->table->hooks; hook->moment; hook++) {
        qc_invalid why = {"a VALIDATE of the model says so"};
        if (hook->moment != QC_HOOK_VALIDATE)
            continue;
        db->in_hook = true;
        const bool valid = hook->check(entity->object, &why);
        db->in_hook = false;
        if (!qc_ok(db))
            return false;
        if (valid)
            continue;
        refuse(session, site, entity, &why);
        return false;
    }
    return true;
}

bool qc_hooks_before(qc_session *session, const qc_site *site, qc_entity *const *entities,
                     size_t count, enum qc_hook_moment moment)
{
    if (!count || !qc_has_hooks(entities[0]->table))
        return true;
    for (size_t i = 0; i < count; i++)
        if (!run(session, entities[i], moment) ||
            (moment != QC_HOOK_BEFORE_DELETE && !check(session, site, entities[i])))
            return false;
    return true;
}

bool qc_hooks_after(qc_session *session, const qc_site *site, qc_entity *const *entities,
                    size_t count, enum qc_hook_moment moment)
{
    if (!count || !qc_has_hooks(entities[0]->table))
        return true;
    for (size_t i = 0; i < count; i++) {
        const bool inserted = moment == QC_HOOK_AFTER_UPDATE && entities[i]->switched;
        if (!run(session, entities[i], inserted ? QC_HOOK_AFTER_INSERT : moment))
            return false;
        if (!qc_entity_fill(session, entities[i], entities[i]->object))
            return qc_fail_nomem(session->db, site);
    }
    return true;
}
