/* What the scenarios work on: owners and things, tickets, seats, animals, ships and their sailors. */
#ifndef TESTS_STORE_H
#define TESTS_STORE_H

#include "scenarios.h"

MODEL(Owner, "owners",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(name, VARCHAR(60), UNIQUE),
    COLUMN(note, NULLABLE(TEXT)),
    COLUMN(amount, NUMERIC(10, 2), DEFAULT("0.00")),
    COLUMN(made, TIMESTAMPTZ, SERVER_DEFAULT("now()")),
    HAS_MANY(things, Thing, owner_id))

MODEL(Thing, "things",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(owner_id, BIGINT, REFERENCES(Owner, id)),
    COLUMN(label, TEXT),
    COLUMN(size, INTEGER),
    COLUMN(data, NULLABLE(BYTEA)),
    COLUMN(document, NULLABLE(JSONB)),
    COLUMN(uid, NULLABLE(UUID)),
    INDEX(ix_thing_label, label, DESC(size)))

/* Things that bring their owners, with all these have. */
MODEL(Piece, "things",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(owner_id, BIGINT),
    BELONGS_TO(owner, Owner, owner_id, LOAD_BY(SELECTIN)),
    HAS_MANY(fellows, Thing, owner_id, LOAD_BY(SELECTIN)))

/* Of tenants, and soft-deleted with their parts. */
MODEL(Ticket, "tickets",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    TENANT(org, TEXT),
    COLUMN(label, TEXT),
    COLUMN(parent_id, NULLABLE(BIGINT)),
    SOFT_DELETE,
    HAS_MANY(parts, Ticket, parent_id, CASCADE(DELETE)))

/* With a version and functions. */
struct Seat;
bool seat_is_labelled(const struct Seat *seat, qc_invalid *why);
void seat_counts(struct Seat *seat, void *context);
const char *seat_row(void);

MODEL(Seat, "seats",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(label, TEXT),
    COLUMN(row, TEXT, DEFAULT_BY(seat_row)),
    COLUMN(writes, INTEGER),
    COLUMN(version, INTEGER, VERSION),
    COLUMN(beside_id, NULLABLE(BIGINT)),
    BELONGS_TO(beside, Seat, beside_id),
    VALIDATE(seat_is_labelled),
    BEFORE(INSERT, seat_counts),
    BEFORE(UPDATE, seat_counts),
    AFTER(LOAD, seat_counts))

/* Some of which lie in a table of their own beside this one. */
#define ANIMAL                                                                                     \
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(kind, TEXT, DISCRIMINATOR), COLUMN(name, TEXT)
MODEL(Animal, "animals", ANIMAL, POLYMORPHIC("animal", Cat, Bird))
MODEL(Cat, "animals", IS_A(Animal, "cat", ANIMAL), COLUMN(lives, INTEGER))
MODEL(Bird, "birds", IS_A(Animal, "bird", ANIMAL), COLUMN(song, TEXT))

/* Whose captain is one of their sailors, and sails on them: two rows that need each other's keys. */
struct Sailor;
bool sailor_is_named(const struct Sailor *sailor, qc_invalid *why);
void sailor_counts(struct Sailor *sailor, void *context);
#define SAILOR                                                                                     \
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(kind, TEXT, DISCRIMINATOR),                  \
        COLUMN(name, TEXT), COLUMN(writes, INTEGER), COLUMN(ship_id, NULLABLE(BIGINT)),            \
        COLUMN(version, INTEGER, VERSION), BELONGS_TO(ship, Ship, ship_id, BACK(crew)),            \
        MANY_TO_MANY(skills, Skill, SailorSkill, sailor_id, skill_id, BACK(sailors))
MODEL(Ship, "ships",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(name, TEXT),
    COLUMN(captain_id, NULLABLE(BIGINT)),
    BELONGS_TO(captain, Sailor, captain_id),
    HAS_MANY(crew, Sailor, ship_id, BACK(ship), CASCADE(DELETE)))
MODEL(Sailor, "sailors", SAILOR, POLYMORPHIC("sailor", Cook), VALIDATE(sailor_is_named),
    BEFORE(INSERT, sailor_counts), BEFORE(UPDATE, sailor_counts), AFTER(DELETE, sailor_counts),
    AFTER(LOAD, sailor_counts))
MODEL(Cook, "cooks", IS_A(Sailor, "cook", SAILOR), COLUMN(dish, TEXT))
MODEL(Skill, "skills",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(name, TEXT),
    MANY_TO_MANY(sailors, Sailor, SailorSkill, skill_id, sailor_id, BACK(skills)))
MODEL(SailorSkill, "sailor_skills",
    COLUMN(sailor_id, BIGINT, PRIMARY_KEY),
    COLUMN(skill_id, BIGINT, PRIMARY_KEY))

RECORD(Total, COLUMN(name, TEXT), COLUMN(count, BIGINT), COLUMN(size, NULLABLE(BIGINT)),
       ENTITY(owner, Owner))

SCHEMA(store, Owner, Thing, Ticket, Seat, Animal, Cat, Bird, Ship, Sailor, Cook, Skill, SailorSkill)

/* Ids that no identity column comes to. */
enum { ADA = 1000001, BOB, EVE, MANY = 500 };

/* Writes down what the program saw. */
__attribute__((format(printf, 2, 3))) void see(trial *t, const char *format, ...);
void see_text(trial *t, const char *text);

#endif
