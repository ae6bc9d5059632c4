/* See store.h and scenarios.h. */
#include "store.h"

#include <stdarg.h>
#include <stdio.h>

void see(trial *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = sizeof(t->seen) - t->length;
    int length = vsnprintf(t->seen + t->length, room, format, arguments);
    va_end(arguments);
    t->length += (size_t)length < room ? (size_t)length : room - 1;
}

void see_text(trial *t, const char *text)
{
    see(t, "%s;", text ? text : "NULL");
}

bool seat_is_labelled(const struct Seat *seat, qc_invalid *why)
{
    return seat->label || qc_invalid_because(why, "it has no label");
}

void seat_counts(struct Seat *seat, void *context)
{
    (void)context;
    seat->writes++;
}

const char *seat_row(void)
{
    return "A";
}

bool sailor_is_named(const struct Sailor *sailor, qc_invalid *why)
{
    return sailor->name || qc_invalid_because(why, "nobody knows the name");
}

void sailor_counts(struct Sailor *sailor, void *context)
{
    (void)context;
    sailor->writes++;
}

/* ---- The database every scenario begins with. ---- */

bool scenario_create(qc_db *db)
{
    return qc_create_all(db, &store);
}

bool scenario_drop(qc_db *db)
{
    return qc_drop_all(db, &store);
}

bool scenario_fill(qc_db *db)
{
    static const char *const statements[] = {
        "DELETE FROM things",
        "DELETE FROM owners",
        "DELETE FROM tickets",
        "DELETE FROM animals",
        "DELETE FROM ships",
        "DELETE FROM sailors",
        "DELETE FROM skills",
        "DELETE FROM sailor_skills",
        ("INSERT INTO ships (id, name, captain_id) VALUES (1000001, 'argo', 1000001), "
         "(1000002, 'beagle', NULL)"),
        ("INSERT INTO sailors (id, kind, name, writes, ship_id, version) VALUES "
         "(1000001, 'sailor', 'jason', 0, 1000001, 1), (1000002, 'cook', 'tiphys', 0, 1000001, 1), "
         "(1000003, 'sailor', 'darwin', 0, 1000002, 1), (1000004, 'cook', 'syms', 0, 1000002, 1)"),
        "INSERT INTO cooks (id, dish) VALUES (1000002, 'fish'), (1000004, 'pie')",
        "INSERT INTO skills (id, name) VALUES (1, 'knots'), (2, 'stars'), (3, 'songs')",
        ("INSERT INTO sailor_skills (sailor_id, skill_id) VALUES (1000001, 1), (1000001, 2), "
         "(1000002, 3), (1000003, 2)"),
        ("INSERT INTO animals (id, kind, name, lives) VALUES (1000001, 'cat', 'tom', 9), "
         "(1000002, 'bird', 'wren', NULL)"),
        "INSERT INTO birds (id, song) VALUES (1000002, 'tweet')",
        ("INSERT INTO tickets (id, org, label, parent_id) VALUES (1000001, 'acme', 'whole', NULL), "
         "(1000002, 'acme', 'part', 1000001), (1000003, 'other', 'x', NULL)"),
        ("INSERT INTO owners (id, name, note, amount, made) VALUES (1000001, 'ada', 'x', '1.50', "
         "'2024-01-01 00:00:00')"),
        ("INSERT INTO owners (id, name, note, amount, made) VALUES (1000002, 'bob', NULL, '2.25', "
         "'2024-01-02 00:00:00')"),
        ("INSERT INTO owners (id, name, note, amount, made) VALUES (1000003, 'eve', 'y', '0.00', "
         "'2024-01-03 00:00:00')"),
        ("INSERT INTO things (id, owner_id, label, size) VALUES (1000001, 1000001, 'nail', 1), "
         "(1000002, 1000001, 'saw', 20)"),
        ("INSERT INTO things (id, owner_id, label, size) VALUES (1000003, 1000002, 'cup', 300), "
         "(1000004, 1000002, 'pen', 4000)"),
        ("INSERT INTO things (id, owner_id, label, size) VALUES (1000005, 1000003, 'key', 50000)"),
    };
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        if (!qc_execute(db, statements[i]))
            return false;
    return true;
}

static bool read_ships(qc_db *db, char *text, size_t size)
{
    const int64_t captains = SCALAR(db, SELECT(COUNT(Ship_captain_id)));
    bool good = qc_ok(db);
    const qc_opt_bigint writes = SCALAR_OR_NULL(db, SELECT(SUM(Sailor_writes)));
    good = good && qc_ok(db);
    const qc_opt_bigint versions = SCALAR_OR_NULL(db, SELECT(SUM(Sailor_version)));
    good = good && qc_ok(db);
    const int64_t dishes = SCALAR(db, SELECT(COUNT(Cook_dish)).WHERE(NE(Cook_dish, "pie")));
    good = good && qc_ok(db);
    const int64_t skills = SCALAR(db, SELECT(COUNT(SailorSkill_skill_id)));
    snprintf(text, size, "%lld captains, %lld writes (%lld), %lld dishes, %lld skills",
             (long long)captains, (long long)writes.value, (long long)versions.value,
             (long long)dishes, (long long)skills);
    return good && qc_ok(db);
}

bool scenario_state(qc_db *db, char text[SCENARIO_STATE])
{
    int64_t owners = SCALAR(db, SELECT(COUNT(Owner_id)));
    bool good = qc_ok(db);
    qc_opt_bigint names = SCALAR_OR_NULL(db, SELECT(SUM(LENGTH(Owner_name))));
    good = good && qc_ok(db);
    int64_t things = SCALAR(db, SELECT(COUNT(Thing_id)));
    good = good && qc_ok(db);
    qc_opt_bigint sizes = SCALAR_OR_NULL(db, SELECT(SUM(Thing_size)));
    good = good && qc_ok(db);
    const int64_t tickets = SCALAR(db, SELECT(COUNT(Ticket_id)).ALL_TENANTS);
    good = good && qc_ok(db);
    const int64_t animals = SCALAR(db, SELECT(COUNT(Animal_id)));
    good = good && qc_ok(db);
    const int64_t birds = SCALAR(db, SELECT(COUNT(Bird_id)));
    good = good && qc_ok(db);
    const int length = snprintf(
        text, SCENARIO_STATE,
        "%lld owners (%lld), %lld things (%lld), %lld tickets, %lld (%lld) animals, ",
        (long long)owners, (long long)names.value, (long long)things, (long long)sizes.value,
        (long long)tickets, (long long)animals, (long long)birds);
    return good && read_ships(db, text + length, SCENARIO_STATE - (size_t)length);
}
