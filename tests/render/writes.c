/* INSERT, UPDATE, DELETE. */
#include "cases.h"

#include "ast/ast.h"

#define SEE(name, ...) see(name, QC_CLAUSES_OF(__VA_ARGS__))

static void inserts(see_case *see)
{
    SEE("insert", INSERT(Role).SET(Role_id, 1).SET(Role_name, "x"));
    SEE("insert with a default", INSERT(User).SET(User_email, "x").SET(User_role, "y"));
    SEE("insert with an own value for a default",
         INSERT(User).SET(User_email, "x").SET(User_is_active, false));
    SEE("insert only if",
         INSERT(Role).SET(Role_id, 1).SET(Role_name, ONLY_IF(false, "x")));
    SEE("insert an expression", INSERT(Role).SET(Role_name, LOWER(VALUE("X"))));
    SEE("insert a nested query's value",
         INSERT(Role).SET(Role_id, SUBQUERY(SELECT(MAX(Role_id)))).SET(Role_name, "x"));
    SEE("insert defaults only", INSERT(Note));
    SEE("insert, returning all", INSERT(Role).SET(Role_name, "x").RETURNING());
    SEE("insert, returning some", INSERT(Role).SET(Role_name, "x").RETURNING(Role_id));
    SEE("insert from a query", INSERT(Role).COLUMNS(Role_id, Role_name).FROM_QUERY(
        SELECT(User_id, User_email).WHERE(EQ(User_role, "x"))));
    SEE("insert from a union", INSERT(Role).COLUMNS(Role_name).FROM_QUERY(
        SELECT(User_email).UNION(SELECT(Item_name))).RETURNING(Role_id));
    SEE("insert into a table that needs quotes",
         INSERT(Odd).SET(Odd_select, 1).SET(Odd_camelCase, "x"));
}

static void rows(see_case *see)
{
    struct Role roles[] = {{.id = 1, .name = "a"}, {.id = 2, .name = "b"}};
    struct User user = {.email = "x", .role = "y"};
    SEE("insert a struct", INSERT_ROW(Role, roles));
    SEE("insert structs", INSERT_ROWS(Role, roles, 2));
    SEE("insert a struct with defaults", INSERT_ROW(User, &user).RETURNING(User_id));
}

static void upserts(see_case *see)
{
    struct User users[] = {{.email = "x", .role = "y"}, {.email = "z", .role = "w"}};
    struct UserRole pair = {1, 2};
    ALIAS(Role, r);
    SEE("upsert, nothing", INSERT(Role).SET(Role_id, 1).ON_CONFLICT().DO_NOTHING);
    SEE("upsert, nothing on a key", INSERT(Role).SET(Role_id, 1).ON_CONFLICT(Role_id).DO_NOTHING);
    SEE("upsert a column", INSERT(Role).SET(Role_id, 1).SET(Role_name, "x")
                               .ON_CONFLICT(Role_id).DO_UPDATE(Role_name));
    SEE("upsert all columns", INSERT(User).SET(User_email, "x").SET(User_role, "y")
                                  .ON_CONFLICT(User_email).DO_UPDATE());
    SEE("upsert by SET", INSERT(Order).SET(Order_id, 1).SET(Order_qty, 2)
        .ON_CONFLICT(Order_id).SET(Order_qty, ADD(Order_qty, EXCLUDED(Order_qty))));
    SEE("upsert a NUMERIC(10, 2)", INSERT(Order).SET(Order_id, 1).ON_CONFLICT(Order_id)
        .SET(Order_amount, MUL(Order_amount, 2)).DO_UPDATE(Order_qty));
    SEE("upsert some rows", INSERT(Role).SET(Role_id, 1).SET(Role_name, "x").ON_CONFLICT(Role_id)
        .DO_UPDATE(Role_name).WHERE(NE(Role_name, EXCLUDED(Role_name))).RETURNING());
    SEE("upsert a struct", INSERT_ROW(User, users).ON_CONFLICT(User_email).DO_UPDATE());
    SEE("upsert structs", INSERT_ROWS(User, users, 2).ON_CONFLICT(User_email)
        .DO_UPDATE(User_role, User_updated_at).RETURNING(User_id));
    SEE("upsert on a key of two", INSERT_ROW(UserRole, &pair)
        .ON_CONFLICT(UserRole_user_id, UserRole_role_id).DO_NOTHING);
    SEE("upsert from a query", INSERT(Role).COLUMNS(Role_id, Role_name)
        .FROM_QUERY(SELECT(User_id, User_role)).ON_CONFLICT(Role_id).DO_UPDATE());
    SEE("upsert from a limited query", INSERT(Role).COLUMNS(Role_id, Role_name)
        .FROM_QUERY(SELECT(User_id, User_role).LIMIT(3)).ON_CONFLICT(Role_id).DO_UPDATE());
    SEE("upsert under an alias", INSERT(r).SET(r.id, 1).SET(r.name, "x").ON_CONFLICT(r.id)
        .SET(r.name, CONCAT(r.name, EXCLUDED(r.name))));
    SEE("upsert by a nested query", INSERT(Role).SET(Role_id, 1).ON_CONFLICT(Role_id)
        .SET(Role_name, SUBQUERY(SELECT(MIN(User_role)).WHERE(EQ(User_id, EXCLUDED(Role_id))))));
    SEE("upsert only if", INSERT(Role).SET(Role_id, 1).SET(Role_name, "x").ON_CONFLICT(Role_id)
        .DO_UPDATE(ONLY_IF(false, Role_id), Role_name).WHERE(ONLY_IF(false, EQ(Role_id, 1))));
}

static void updates(see_case *see)
{
    ALIAS(Role, r);
    SEE("update", UPDATE(Role).SET(Role_name, "x").WHERE(EQ(Role_id, 1)));
    SEE("update on update", UPDATE(User).SET(User_role, "x").WHERE(EQ(User_id, 1)));
    SEE("update on update, set",
         UPDATE(User).SET(User_updated_at, NULL).WHERE(EQ(User_id, 1)));
    SEE("update all rows", UPDATE(Role).SET(Role_name, "x").ALL_ROWS);
    SEE("update from itself",
         UPDATE(Order).SET(Order_qty, ADD(Order_qty, 1)).WHERE(EQ(Order_id, 1)));
    SEE("update a NUMERIC(10, 2)",
        UPDATE(Order).SET(Order_amount, ADD(Order_amount, 1)).WHERE(EQ(Order_id, 1)));
    SEE("update only if",
         UPDATE(Role).SET(Role_name, ONLY_IF(false, "x")).SET(Role_id, 2).WHERE(EQ(Role_id, 1)));
    SEE("update by a nested query",
         UPDATE(Role).SET(Role_name, "x").WHERE(IN(Role_id, SELECT(UserRole_role_id))));
    SEE("update to a nested query's value",
         UPDATE(User).SET(User_role, SUBQUERY(SELECT(MIN(Item_name)).WHERE(
             EQ(Item_order_id, User_id)))).WHERE(EQ(User_id, 1)));
    SEE("update, returning",
         UPDATE(Role).SET(Role_name, "x").WHERE(EQ(Role_id, 1)).RETURNING());
    SEE("update an alias", UPDATE(r).SET(r.name, "x").WHERE(EQ(r.id, 1)).RETURNING(r.id));
}

static void deletes(see_case *see)
{
    SEE("delete", DELETE(Role).WHERE(EQ(Role_id, 1)));
    SEE("delete all rows", DELETE(Role).ALL_ROWS);
    SEE("delete wheres", DELETE(Role)
                             .WHERE(GT(Role_id, 1))
                             .WHERE(OR(LT(Role_id, 9), EQ(Role_name, "x"))));
    SEE("delete by a nested query",
         DELETE(User).WHERE(NOT(EXISTS(SELECT(Order).WHERE(EQ(Order_user_id, User_id))))));
    SEE("delete, returning", DELETE(Role).WHERE(EQ(Role_id, 1)).RETURNING(Role_name));
}

/* A statement as it goes where rows travel as arrays. */
static void see_rows(see_case *see, const char *name, const qc_clause *clauses)
{
    qc_arena *arena = qc_current_arena();
    const qc_clause *rows = clauses;
    while (rows->kind != QC_CLAUSE_ROWS)
        rows++;
    const qc_table *table = clauses->node->u.table;
    const qc_structs structs = qc_structs_of(rows, table, 0);
    const qc_column **columns = qc_arena_alloc(arena, (table->column_count + 1) * sizeof(*columns));
    for (uint32_t i = 0; columns && i <= table->column_count; i++)
        columns[i] = i < table->column_count ? &table->columns[i] : NULL;
    if (columns && clauses[1].kind == QC_CLAUSE_DELETE)
        columns[2] = NULL;
    size_t count;
    const qc_clause arrays = {
        .kind = QC_CLAUSE_ARRAYS,
        .list = columns ? qc_field_arrays(arena, columns, &structs,
                                          clauses[1].kind == QC_CLAUSE_INSERT, &count)
                        : NULL};
    see(name, arrays.list ? qc_replace_clause(arena, clauses, rows, &arrays, 1) : NULL);
}
#define SEE_ARRAYS(name, ...) see_rows(see, name, QC_CLAUSES_OF(__VA_ARGS__))

void see_arrays(see_case *see)
{
    struct Order orders[] = {{.id = 1, .user_id = 2}, {.id = 3, .amount = {"2.50"}}};
    struct Item items[] = {{.order_id = 1, .line = 2, .name = "a"}, {.order_id = 1, .line = 3, .name = "b"}};
    struct Profile profiles[] = {{1, "x"}, {2, NULL}};
    SEE_ARRAYS("insert from arrays", INSERT_ROWS(Order, orders, 2).RETURNING(Order_id));
    SEE_ARRAYS("upsert from arrays", INSERT_ROWS(Profile, profiles, 2)
        .ON_CONFLICT(Profile_user_id).DO_UPDATE().WHERE(IS_NULL(Profile_bio)).RETURNING());
    SEE_ARRAYS("update from arrays", UPDATE_ROWS(Item, items, 2).RETURNING());
    SEE_ARRAYS("update from arrays, some", UPDATE_ROWS(Profile, profiles, 2)
        .WHERE(OR(IS_NULL(Profile_bio), GT(Profile_user_id, 1))));
    SEE_ARRAYS("delete by arrays", DELETE_ROWS(Item, items, 2).RETURNING(Item_name));
}

void see_writes(see_case *see)
{
    inserts(see);
    rows(see);
    upserts(see);
    updates(see);
    deletes(see);
}
