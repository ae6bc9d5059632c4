/* The tables of the goldens. */
#ifndef TESTS_RENDER_MODELS_H
#define TESTS_RENDER_MODELS_H

#include <quercus/quercus.h>

MODEL(User, "users",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(email, VARCHAR(255), UNIQUE, INDEXED),
    COLUMN(role, TEXT),
    COLUMN(nick, NULLABLE(TEXT)),
    COLUMN(is_active, BOOLEAN, DEFAULT(true)),
    COLUMN(manager_id, NULLABLE(BIGINT), REFERENCES(User, id)),
    COLUMN(created_at, TIMESTAMPTZ, SERVER_DEFAULT("now()")),
    COLUMN(updated_at, NULLABLE(TIMESTAMPTZ), ON_UPDATE("now()")),
    HAS_MANY(orders, Order, user_id, BACK(user)),
    HAS_ONE(profile, Profile, user_id),
    BELONGS_TO(manager, User, manager_id),
    MANY_TO_MANY(roles, Role, UserRole, user_id, role_id))

MODEL(Profile, "profiles",
    COLUMN(user_id, BIGINT, PRIMARY_KEY, REFERENCES(User, id)),
    COLUMN(bio, NULLABLE(TEXT)))

MODEL(Order, "orders",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(user_id, BIGINT, REFERENCES(User, id)),
    COLUMN(qty, INTEGER),
    COLUMN(amount, NUMERIC(10, 2), DEFAULT("0.00")),
    COLUMN(weight, DOUBLE),
    COLUMN(placed_on, DATE),
    BELONGS_TO(user, User, user_id, BACK(orders)),
    HAS_MANY(items, Item, order_id))

MODEL(Item, "items",
    COLUMN(order_id, BIGINT, PRIMARY_KEY, REFERENCES(Order, id)),
    COLUMN(line, INTEGER, PRIMARY_KEY),
    COLUMN(name, TEXT),
    COLUMN(price, REAL),
    HAS_MANY(remarks, Remark, KEY(order_id, item_line), BACK(item), ORDERED_BY(DESC(id))))

MODEL(Remark, "remarks",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(order_id, BIGINT),
    COLUMN(item_line, INTEGER),
    BELONGS_TO(item, Item, KEY(order_id, item_line), BACK(remarks)))

MODEL(Note, "notes",
    COLUMN(item_line, INTEGER),
    COLUMN(text, TEXT))

MODEL(Role, "roles",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(name, TEXT))

MODEL(UserRole, "user_roles",
    COLUMN(user_id, BIGINT, PRIMARY_KEY, REFERENCES(User, id)),
    COLUMN(role_id, BIGINT, PRIMARY_KEY, REFERENCES(Role, id)))

/* Names that need quotes: keywords, capitals, spaces, quotes. */
MODEL(Odd, "Odd \"table\"",
    COLUMN(select, BIGINT, PRIMARY_KEY),
    COLUMN(camelCase, TEXT),
    COLUMN(time, TIME),
    COLUMN(_under1, SMALLINT))

MODEL(Keyword, "order",
    COLUMN(user, BIGINT, PRIMARY_KEY),
    COLUMN(key, TEXT))

MODEL(Sample, "samples",
    COLUMN(a_bool, BOOLEAN),
    COLUMN(a_smallint, SMALLINT),
    COLUMN(an_int, INTEGER),
    COLUMN(a_bigint, BIGINT),
    COLUMN(a_numeric, NUMERIC(12, 4)),
    COLUMN(a_real, REAL),
    COLUMN(a_double, DOUBLE),
    COLUMN(a_text, TEXT),
    COLUMN(a_bytea, BYTEA),
    COLUMN(a_date, DATE),
    COLUMN(a_time, TIME),
    COLUMN(a_timestamp, TIMESTAMP),
    COLUMN(a_timestamptz, TIMESTAMPTZ),
    COLUMN(a_uuid, UUID),
    COLUMN(a_json, JSONB))

/* Of tenants, and soft-deleted: both, one of the two, and a tenant of another width. */
MODEL(Team, "teams",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    TENANT(org_id, BIGINT),
    COLUMN(name, TEXT),
    COLUMN(parent_id, NULLABLE(BIGINT)),
    SOFT_DELETE, TIMESTAMPS,
    HAS_MANY(players, Player, team_id, CASCADE(DELETE)),
    BELONGS_TO(parent, Team, parent_id),
    MANY_TO_MANY(tags, Tag, TeamTag, team_id, tag_id))

MODEL(Player, "players",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(team_id, BIGINT),
    COLUMN(name, TEXT),
    SOFT_DELETE,
    BELONGS_TO(team, Team, team_id))

MODEL(Tag, "tags",
    COLUMN(id, BIGINT, PRIMARY_KEY),
    COLUMN(word, TEXT),
    SOFT_DELETE)

MODEL(TeamTag, "team_tags",
    TENANT(org_id, INTEGER),
    COLUMN(team_id, BIGINT, PRIMARY_KEY),
    COLUMN(tag_id, BIGINT, PRIMARY_KEY))

/* A hierarchy: in one table (Van, Bus, and Coach, who is a Bus), and with tables of their own (Boat,
 * and Ferry, who is a Boat). */
#define VEHICLE                                                                                    \
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(kind, TEXT, DISCRIMINATOR),                  \
        COLUMN(name, TEXT), COLUMN(user_id, NULLABLE(BIGINT)), BELONGS_TO(user, User, user_id)
#define BUS VEHICLE, COLUMN(seats, INTEGER)
#define BOAT VEHICLE, COLUMN(draught, REAL)
MODEL(Vehicle, "vehicles", VEHICLE, POLYMORPHIC("vehicle", Van, Bus, Coach, Boat, Ferry))
MODEL(Van, "vehicles", IS_A(Vehicle, "van's", VEHICLE), COLUMN(load, INTEGER))
MODEL(Bus, "vehicles", IS_A(Vehicle, "bus", VEHICLE), COLUMN(seats, INTEGER))
MODEL(Coach, "vehicles", IS_A(Bus, "coach", BUS), COLUMN(toilet, BOOLEAN))
MODEL(Boat, "boats", IS_A(Vehicle, "boat", VEHICLE), COLUMN(draught, REAL))
MODEL(Ferry, "order", IS_A(Boat, "ferry", BOAT), COLUMN(cars, INTEGER))

RECORD(RoleTotal,
    COLUMN(role, TEXT),
    COLUMN(total, NUMERIC))

RECORD(OrderOfUser,
    ENTITY(order, Order),
    COLUMN(email, TEXT),
    ENTITY(user, User))

#endif
