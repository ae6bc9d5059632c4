/* Functions of a model: what is checked before an object is written, and what happens then.
 *
 *     struct User;
 *     bool has_at(const struct User *user, qc_invalid *why);
 *     void stamp(struct User *user, void *context);
 *
 *     MODEL(User, "users", …,
 *         VALIDATE(has_at),
 *         BEFORE(UPDATE, stamp))
 *
 * A session calls them. VALIDATE: before an INSERT or UPDATE, behind the BEFORE hooks; one that
 * says no makes the flush fail with QC_ERROR_INVALID, and nothing is written. BEFORE and AFTER take
 * INSERT, UPDATE, DELETE; AFTER also LOAD: the object came into the session, or was refreshed.
 * Several of one kind run in their order. `context` is that of qc_session_options.
 *
 * A hook may change the columns of its object, AFTER not its key: what BEFORE changes is written,
 * what AFTER changes is taken for what the database has. Texts it points to are copied when it
 * returns. It must not use the connection: such a call is refused, and the call that ran the hook
 * fails with that error.
 *
 * Model: SQLAlchemy's mapper events (docs.sqlalchemy.org, "ORM Events").
 */
#ifndef QUERCUS_HOOKS_H
#define QUERCUS_HOOKS_H

#include <quercus/detail/node.h>
#include <quercus/detail/pp.h>

/* Says why an object is not valid: a sentence as printf makes it, cut at 255 bytes. False. */
bool qc_invalid_because(qc_invalid *why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- Entries of MODEL. ---- */

#define QC_VALIDATE(fn) (HOOK, VALIDATE, fn)
#define QC_BEFORE(event, fn) (HOOK, BEFORE_##event, fn)
#define QC_AFTER(event, fn) (HOOK, AFTER_##event, fn)

/* The moments: how many arguments' types to ask for, and the member that holds the function. */
#define QC_HOOK_AT_VALIDATE , CHECK, QC_HOOK_VALIDATE
#define QC_HOOK_AT_BEFORE_INSERT , CALL, QC_HOOK_BEFORE_INSERT
#define QC_HOOK_AT_BEFORE_UPDATE , CALL, QC_HOOK_BEFORE_UPDATE
#define QC_HOOK_AT_BEFORE_DELETE , CALL, QC_HOOK_BEFORE_DELETE
#define QC_HOOK_AT_AFTER_INSERT , CALL, QC_HOOK_AFTER_INSERT
#define QC_HOOK_AT_AFTER_UPDATE , CALL, QC_HOOK_AFTER_UPDATE
#define QC_HOOK_AT_AFTER_DELETE , CALL, QC_HOOK_AFTER_DELETE
#define QC_HOOK_AT_AFTER_LOAD , CALL, QC_HOOK_AFTER_LOAD

/* A function of the model's type that calls the user's. */
#define QC_HOOK_THUNK(model, moment, fn)                                                           \
    QC_HOOK_THUNK_(QC_HOOK_AT_##moment, NONE, ~, model, moment, fn)
#define QC_HOOK_THUNK_(...) QC_HOOK_THUNK__(__VA_ARGS__)
#define QC_HOOK_THUNK__(unknown, type, ...) QC_HOOK_THUNK_##type(__VA_ARGS__)
/* Without a known moment: what was looked up stands in another place. */
#define QC_HOOK_THUNK_NONE(...)                                                                    \
    _Static_assert(0, "MODEL: the hooks are BEFORE and AFTER of INSERT, UPDATE, DELETE, and "      \
                      "AFTER(LOAD, f)");
#define QC_HOOK_THUNK_CALL(id, u, v, model, moment, fn)                                            \
    _Static_assert(_Generic(&(fn), void (*)(struct model *, void *): 1, default: 0),               \
                   "BEFORE and AFTER: " #fn " must be void " #fn "(struct " #model                 \
                   " *object, void *context), declared before the MODEL");                         \
    __attribute__((unused)) static void qc_hook_##model##_##moment##_##fn(void *object,            \
                                                                          void *context)           \
    {                                                                                              \
        fn(object, context);                                                                       \
    }
#define QC_HOOK_THUNK_CHECK(id, u, v, model, moment, fn)                                           \
    _Static_assert(_Generic(&(fn), bool (*)(const struct model *, qc_invalid *): 1, default: 0),   \
                   "VALIDATE: " #fn " must be bool " #fn "(const struct " #model                   \
                   " *object, qc_invalid *why), declared before the MODEL");                       \
    __attribute__((unused)) static bool qc_hook_##model##_##moment##_##fn(const void *object,      \
                                                                          qc_invalid *why)         \
    {                                                                                              \
        return fn(object, why);                                                                    \
    }

/* Its descriptor. */
#define QC_HOOK_ROW(model, at, fn)                                                             \
    QC_HOOK_ROW_(QC_HOOK_AT_##at, NONE, ~, model, at, fn)
#define QC_HOOK_ROW_(...) QC_HOOK_ROW__(__VA_ARGS__)
#define QC_HOOK_ROW__(unknown, type, ...) QC_HOOK_ROW_##type(__VA_ARGS__)
#define QC_HOOK_ROW_NONE(...)
#define QC_HOOK_ROW_CALL(id, u, v, model, at, fn)                                              \
    {.moment = id, .call = qc_hook_##model##_##at##_##fn},
#define QC_HOOK_ROW_CHECK(id, u, v, model, at, fn)                                             \
    {.moment = id, .check = qc_hook_##model##_##at##_##fn},

#endif
