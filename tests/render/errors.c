/* Wrong queries: one for each thing the check can say. */
#include "cases.h"

#include <stdlib.h>
#include <string.h>

/* Not part of a schema: its relationship names a column that is not there. On one line, for gcc and
 * clang count the lines of a macro's arguments differently. */
MODEL(Broken, "broken", COLUMN(id, BIGINT, PRIMARY_KEY), HAS_MANY(lost, Order, no_such_column))
MODEL(Pair, "pairs", COLUMN(a, BIGINT, PRIMARY_KEY), COLUMN(b, BIGINT, PRIMARY_KEY), HAS_MANY(lost, Order, user_id))

#define WRONG(name, ...) see(name, QC_CLAUSES_OF(__VA_ARGS__))

static void mixins(see_case *see)
{
    WRONG("the tenant of an UPDATE", UPDATE(Team).SET(Team_org_id, 2).WHERE(EQ(Team_id, 1)));
    WRONG("the tenant of an upsert", INSERT(Team).SET(Team_name, "x").ON_CONFLICT(Team_id)
                                         .SET(Team_org_id, 2));
    WRONG("the tenant of an INSERT as an expression",
          INSERT(Team).SET(Team_org_id, ADD(VALUE(1), 1)));
    WRONG("the tenant of an INSERT from a query",
          INSERT(Team).COLUMNS(Team_name, Team_org_id).FROM_QUERY(SELECT(Team_name, Team_id)));
    WRONG("the tenant of an INSERT from a query, the second part",
          INSERT(Team).COLUMNS(Team_org_id).FROM_QUERY(
              SELECT(Team_org_id).UNION(SELECT(Team_org_id).ALL_TENANTS)));
}

static void hierarchies(see_case *see)
{
    WRONG("INSERT into two tables", INSERT(Boat).SET(Boat_name, "x"));
    WRONG("UPDATE of three tables", UPDATE(Ferry).SET(Ferry_cars, 1).ALL_ROWS);
    WRONG("DELETE from two tables", DELETE(Boat).WHERE(EQ(Boat_id, 1)));
    WRONG("RETURNING of whole rows of a root",
          UPDATE(Vehicle).SET(Vehicle_name, "x").ALL_ROWS.RETURNING());
}

static void scope(see_case *see)
{
    ALIAS(User, boss);
    ALIAS(Order, users);
    WRONG("unread, with a relationship", SELECT(User).WHERE(EQ(Order_qty, 3)));
    WRONG("unread, without one", SELECT(User).WHERE(EQ(Item_name, "x")));
    WRONG("unread, of two", SELECT(User).JOIN(User_orders).WHERE(EQ(Item_name, "x")));
    WRONG("unread alias", SELECT(User).WHERE(EQ(boss.email, "x")));
    WRONG("unread, no table", SELECT(COUNT()).WHERE(EQ(User_id, 1)));
    WRONG("unread in ORDER BY", SELECT(User).ORDER_BY(Order_qty));
    WRONG("unread in UPDATE",
          UPDATE(User).SET(User_role, "x").WHERE(EQ(Order_user_id, User_id)));
    WRONG("unread in a nested query",
          SELECT(User).WHERE(EXISTS(SELECT(Order).WHERE(EQ(Item_order_id, Order_id)))));
    WRONG("two of a name", SELECT(User).JOIN(User_orders).JOIN(User_orders));
    WRONG("relationship to the table itself", SELECT(User).JOIN(User_manager));
    WRONG("two of a name, an alias", SELECT(User).JOIN(users, EQ(users.user_id, User_id)));
    WRONG("hidden by a nested query's alias",
          SELECT(User).WHERE(EXISTS(SELECT(users).WHERE(EQ(users.user_id, User_id)))));
    WRONG("joined later", SELECT(User)
                              .JOIN(Profile, EQ(Profile_user_id, Order_user_id))
                              .JOIN(User_orders));
    WRONG("JOIN to nothing", SELECT(Order_qty).JOIN(Order, EQ(Order_user_id, User_id)));
    WRONG("JOIN without a condition", SELECT(User).JOIN(Profile));
    WRONG("JOIN with a condition dropped",
          SELECT(User).JOIN(Profile, ONLY_IF(false, EQ(Profile_user_id, User_id))));
    WRONG("relationship from an unread table", SELECT(User).JOIN(Order_items));
    WRONG("relationship of a composite key", SELECT(Pair).JOIN(Pair_lost));
    WRONG("relationship whose column is missing", SELECT(Broken).JOIN(Broken_lost));
}

static void related(see_case *see)
{
    WRONG("any of a composite key", SELECT(Pair).WHERE(ANY_OF(Pair_lost)));
    WRONG("any of what names a missing column", SELECT(Broken).WHERE(ANY_OF(Broken_lost)));
    WRONG("any of a tree without an alias", SELECT(User).WHERE(ANY_OF(User_manager)));
    WRONG("count of a tree without an alias", SELECT(User_email, COUNT(User_manager)));
    WRONG("any of an unread table", SELECT(Item).WHERE(ANY_OF(User_orders)));
    WRONG("any of, a condition of another table",
          SELECT(User).WHERE(ANY_OF(User_orders, EQ(Item_name, "x"))));
    WRONG("any of, a zeroed condition", SELECT(User).WHERE(ANY_OF(User_orders, (qc_bool){NULL})));
}

static void aggregates(see_case *see)
{
    WRONG("column beside an aggregate", SELECT(User_email, COUNT()));
    WRONG("entity beside an aggregate", SELECT(User, COUNT()));
    WRONG("column that is not grouped", SELECT(User_email, COUNT()).GROUP_BY(User_role));
    WRONG("key of another table",
          SELECT(User_email, COUNT()).JOIN(User_orders).GROUP_BY(Order_id));
    WRONG("half of a composite key",
          SELECT(Item_name, COUNT()).GROUP_BY(Item_order_id));
    WRONG("grouped with another bind", SELECT(COALESCE(User_nick, "none"), COUNT())
                                           .GROUP_BY(COALESCE(User_nick, "none")));
    WRONG("ordered by what is not grouped",
          SELECT(User_role).GROUP_BY(User_role).ORDER_BY(User_email));
    WRONG("HAVING of what is not grouped",
          SELECT(User_role).GROUP_BY(User_role).HAVING(EQ(User_email, "x")));
    WRONG("aggregate in WHERE", SELECT(User_email).WHERE(GT(COUNT(), 3)));
    WRONG("aggregate in ON", SELECT(User_email).JOIN(Profile, EQ(MAX(Profile_user_id), User_id)));
    WRONG("aggregate in GROUP BY", SELECT(COUNT(User_id)).GROUP_BY(COUNT(User_email)));
    WRONG("aggregate in an aggregate", SELECT(SUM(MAX(Order_qty))));
    WRONG("aggregate in FILTER", SELECT(FILTER(SUM(Order_qty), GT(COUNT(), 3))));
    WRONG("aggregate in SET", UPDATE(User).SET(User_id, COUNT()).ALL_ROWS);
    WRONG("DISTINCT outside an aggregate", SELECT(DISTINCT(User_email)));
    WRONG("DISTINCT deep in an aggregate", SELECT(SUM(ADD(DISTINCT(Order_qty), 1))));
}

static void shapes(see_case *see)
{
    WRONG("record with too few items", SELECT_AS(RoleTotal, User_role));
    WRONG("record with another type",
          SELECT_AS(RoleTotal, User_role, COUNT(User_id)).GROUP_BY(User_role));
    WRONG("record: a value for an entity", SELECT_AS(OrderOfUser, Order_id, User_email, User));
    WRONG("record: an entity for a value", SELECT_AS(RoleTotal, User, SUM(Order_amount)));
    WRONG("record: another entity", SELECT_AS(OrderOfUser, User, User_email, User));
    WRONG("UNION of other numbers", SELECT(User_id, User_email).UNION(SELECT(Role_name)));
    WRONG("UNION of other types", SELECT(User_id).UNION_ALL(SELECT(Role_name)));
    WRONG("UNION: the third part",
          SELECT(User_email).UNION(SELECT(Role_name)).EXCEPT(SELECT(Role_id)));
    WRONG("UNION with a DELETE", SELECT(Role).UNION(DELETE(Role).ALL_ROWS));
    WRONG("UNION ordered by what it does not select",
          SELECT(User_email).UNION(SELECT(Role_name)).ORDER_BY(User_id));
    WRONG("DISTINCT ordered by what it does not select",
          SELECT(User_role).DISTINCT().ORDER_BY(LOWER(User_email)));
    WRONG("INSERT from a query without COLUMNS", INSERT(Role).FROM_QUERY(SELECT(Role)));
    WRONG("INSERT from a query of other numbers",
          INSERT(Role).COLUMNS(Role_name).FROM_QUERY(SELECT(User_id, User_email)));
    WRONG("INSERT from a query of other types",
          INSERT(Role).COLUMNS(Role_name).FROM_QUERY(SELECT(User_id)));
    WRONG("INSERT into another table's column",
          INSERT(Role).COLUMNS(User_role).FROM_QUERY(SELECT(User_role)));
    WRONG("RETURNING another table's column",
          INSERT(Role).SET(Role_name, "x").RETURNING(User_id));
}

static void statements(see_case *see)
{
    struct Role role = {.id = 1};
    WRONG("UPDATE without WHERE", UPDATE(User).SET(User_role, "x"));
    WRONG("DELETE without WHERE", DELETE(User));
    WRONG("DELETE whose WHERE was dropped",
          DELETE(User).WHERE(ONLY_IF(false, EQ(User_id, 1))));
    WRONG("UPDATE without SET", UPDATE(User).WHERE(EQ(User_id, 1)));
    WRONG("UPDATE whose SET was dropped",
          UPDATE(User).SET(User_role, ONLY_IF(false, "x")).WHERE(EQ(User_id, 1)));
    WRONG("SET twice", UPDATE(User).SET(User_role, "x").SET(User_role, "y").ALL_ROWS);
    WRONG("SET twice in INSERT", INSERT(Role).SET(Role_name, "x").SET(Role_name, "y"));
    WRONG("SET of another table", UPDATE(User).SET(Order_qty, 1).ALL_ROWS);
    WRONG("SET from no row", INSERT(Role).SET(Role_name, LOWER(Role_name)));
    WRONG("SET and structs", INSERT_ROW(Role, &role).SET(Role_name, "x"));
    WRONG("SET and a query", INSERT(Role)
                                 .SET(Role_id, 1)
                                 .COLUMNS(Role_name)
                                 .FROM_QUERY(SELECT(User_email)));
    WRONG("COLUMNS without a query", INSERT(Role).COLUMNS(Role_name));
    WRONG("SET in SELECT", SELECT(User).SET(User_role, "x"));
    WRONG("RETURNING in SELECT", SELECT(User).RETURNING());
    WRONG("ALL_ROWS in SELECT", SELECT(User).ALL_ROWS);
    WRONG("GROUP BY in INSERT", INSERT(Role).SET(Role_name, "x").GROUP_BY(Role_name));
    WRONG("JOIN in UPDATE", UPDATE(User).SET(User_role, "x").JOIN(User_orders).ALL_ROWS);
    WRONG("LIMIT in DELETE", DELETE(User).WHERE(EQ(User_id, 1)).LIMIT(1));
    WRONG("LIMIT twice", SELECT(User).LIMIT(1).LIMIT(2));
    WRONG("negative LIMIT", SELECT(User).LIMIT(-1));
    WRONG("INSERT of no struct", INSERT_ROWS(Role, &role, 0));
}

static void upserts(see_case *see)
{
    struct UserRole pair = {1, 2};
    WRONG("DO_NOTHING without ON_CONFLICT", INSERT(Role).SET(Role_id, 1).DO_NOTHING);
    WRONG("DO_UPDATE without ON_CONFLICT", INSERT(Role).SET(Role_id, 1).DO_UPDATE(Role_name));
    WRONG("WHERE in INSERT", INSERT(Role).SET(Role_id, 1).WHERE(EQ(Role_id, 1)));
    WRONG("WHERE before ON_CONFLICT", INSERT(Role).SET(Role_id, 1).WHERE(EQ(Role_id, 1))
                                          .ON_CONFLICT(Role_id).DO_UPDATE(Role_id));
    WRONG("ON_CONFLICT without what to do", INSERT(Role).SET(Role_id, 1).ON_CONFLICT(Role_id));
    WRONG("ON_CONFLICT whose SET was dropped", INSERT(Role).SET(Role_id, 1).ON_CONFLICT(Role_id)
                                                   .SET(Role_name, ONLY_IF(false, "x")));
    WRONG("ON_CONFLICT of another table",
          INSERT(Role).SET(Role_id, 1).ON_CONFLICT(User_id).DO_NOTHING);
    WRONG("ON_CONFLICT of an expression",
          INSERT(Role).SET(Role_id, 1).ON_CONFLICT(LOWER(Role_name)).DO_NOTHING);
    WRONG("ON_CONFLICT whose columns were dropped",
          INSERT(Role).SET(Role_id, 1).ON_CONFLICT(ONLY_IF(false, Role_id)).DO_NOTHING);
    WRONG("ON_CONFLICT of a column twice",
          INSERT(Role).SET(Role_id, 1).ON_CONFLICT(Role_id, Role_id).DO_NOTHING);
    WRONG("ON_CONFLICT twice", INSERT(Role).SET(Role_id, 1).ON_CONFLICT(Role_id)
                                   .ON_CONFLICT(Role_name).DO_NOTHING);
    WRONG("ON_CONFLICT of any, and an update",
          INSERT(Role).SET(Role_id, 1).ON_CONFLICT().DO_UPDATE(Role_name));
    WRONG("ON_CONFLICT in UPDATE",
          UPDATE(Role).SET(Role_id, 1).ON_CONFLICT(Role_id).DO_NOTHING.ALL_ROWS);
    WRONG("ON_CONFLICT of a row of defaults", INSERT(Note).ON_CONFLICT().DO_NOTHING);
    WRONG("DO_NOTHING and DO_UPDATE", INSERT(Role).SET(Role_id, 1).ON_CONFLICT(Role_id)
                                          .DO_NOTHING.DO_UPDATE(Role_name));
    WRONG("DO_NOTHING and SET", INSERT(Role).SET(Role_id, 1).ON_CONFLICT(Role_id)
                                    .DO_NOTHING.SET(Role_name, "x"));
    WRONG("DO_NOTHING and WHERE", INSERT(Role).SET(Role_id, 1).ON_CONFLICT(Role_id)
                                      .DO_NOTHING.WHERE(EQ(Role_id, 1)));
    WRONG("DO_UPDATE of another table",
          INSERT(Role).SET(Role_id, 1).ON_CONFLICT(Role_id).DO_UPDATE(User_role));
    WRONG("DO_UPDATE of the key only",
          INSERT_ROW(UserRole, &pair).ON_CONFLICT(UserRole_user_id).DO_UPDATE());
    WRONG("DO_UPDATE and SET of one column", INSERT(Role).SET(Role_id, 1).ON_CONFLICT(Role_id)
                                                 .DO_UPDATE(Role_name).SET(Role_name, "x"));
    WRONG("DO_UPDATE's SET twice", INSERT(Role).SET(Role_id, 1).ON_CONFLICT(Role_id)
                                       .SET(Role_name, "x").SET(Role_name, "y"));
    WRONG("DO_UPDATE's SET of another table", INSERT(Role).SET(Role_id, 1).ON_CONFLICT(Role_id)
                                                  .SET(User_role, "x"));
    WRONG("EXCLUDED in SELECT", SELECT(Role).WHERE(EQ(EXCLUDED(Role_id), 1)));
    WRONG("EXCLUDED in what is inserted", INSERT(Role).SET(Role_id, EXCLUDED(Role_id))
                                              .ON_CONFLICT(Role_id).DO_NOTHING);
    WRONG("EXCLUDED of another table", INSERT(Role).SET(Role_id, 1).ON_CONFLICT(Role_id)
                                           .SET(Role_name, EXCLUDED(User_role)));
    WRONG("EXCLUDED of an expression", INSERT(Role).SET(Role_id, 1).ON_CONFLICT(Role_id)
                                           .SET(Role_name, EXCLUDED(LOWER(Role_name))));
    WRONG("EXCLUDED as the column of SET", INSERT(Role).SET(Role_id, 1).ON_CONFLICT(Role_id)
                                               .SET(EXCLUDED(Role_name), "x"));
}

static void values(see_case *see)
{
    WRONG("RAW with too few arguments", SELECT(User).WHERE(RAW(BOOLEAN, "? = ?", User_id)));
    WRONG("RAW with too many arguments", SELECT(User).WHERE(RAW(BOOLEAN, "? = '?'", User_id, 1)));
    WRONG("text that is no UTF-8", SELECT(User).WHERE(EQ(User_email, "\xC0\xA7")));
    WRONG("a zeroed predicate", SELECT(User).WHERE((qc_bool){NULL}));
    WRONG("an empty label", SELECT(QC_LABELLED(User_id, "")));
    WRONG("a label of 64 bytes",
          SELECT(QC_LABELLED(User_id, "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb"
                                      "ccccccccccccccccdddddddddddddddd")));
    WRONG("a number that is no BOOLEAN", SELECT(User).WHERE(EQ(User_is_active, 2)));
}

void see_limits(see_case *see)
{
    qc_bool deep = User_is_active;
    for (int i = 0; i < 100000; i++)
        deep = NOT(deep);
    WRONG("100,000 NOTs", SELECT(User).WHERE(deep));
    qc_bool *many = malloc(70000 * sizeof(*many));
    for (int64_t i = 0; many && i < 70000; i++)
        many[i] = EQ(User_id, i);
    if (many)
        WRONG("70,000 binds", SELECT(User).WHERE(qc_or_array(many, 70000)));
    free(many);
}

void see_errors(see_case *see)
{
    scope(see);
    related(see);
    mixins(see);
    hierarchies(see);
    aggregates(see);
    shapes(see);
    statements(see);
    upserts(see);
    values(see);
}
