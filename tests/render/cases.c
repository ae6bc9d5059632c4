/* SELECT: heads, FROM, JOIN, conditions, groups, orders, parts, nested and kept queries. */
#include "cases.h"

#define SEE(name, ...) see(name, QC_CLAUSES_OF(__VA_ARGS__))

static void heads(see_case *see)
{
    SEE("entity", SELECT(User));
    SEE("column", SELECT(User_email));
    SEE("columns", SELECT(User_id, User_email));
    SEE("entities", SELECT(User, Order).WHERE(EQ(Order_user_id, User_id)));
    SEE("entity and expression",
         SELECT(User, LOWER(User_email)).WHERE(EQ(User_id, 1)));
    SEE("aggregate alone", SELECT(COUNT()).FROM(User));
    SEE("no table", SELECT(NOW()));
    SEE("label", SELECT(AS(LOWER(User_email), lower_email)));
    SEE("labels that need quotes", SELECT(AS(User_id, order), AS(User_role, CamelCase)));
    SEE("record", SELECT_AS(RoleTotal, User_role, SUM(Order_amount))
                       .JOIN(User_orders)
                       .GROUP_BY(User_role));
    SEE("record of entities",
         SELECT_AS(OrderOfUser, Order, User_email, User).JOIN(Order_user));
    SEE("distinct", SELECT(User_role).DISTINCT());
    SEE("names that need quotes", SELECT(Odd).WHERE(GT(Odd_select, 1)));
    SEE("a table called order", SELECT(Keyword).ORDER_BY(Keyword_key));
}

static void relations(see_case *see)
{
    ALIAS(User, boss);
    ALIAS(User, worker);
    ALIAS(Role, other);
    SEE("any of", SELECT(User).WHERE(ANY_OF(User_orders)));
    SEE("any of, with conditions",
        SELECT(User).WHERE(ANY_OF(User_orders, GT(Order_qty, 3), LT(Order_amount, 5))));
    SEE("any of, a condition dropped",
        SELECT(User).WHERE(ANY_OF(User_orders, ONLY_IF(false, GT(Order_qty, 3)))));
    SEE("not any of", SELECT(User).WHERE(NOT(ANY_OF(User_orders))));
    SEE("any of has one", SELECT(User).WHERE(ANY_OF(User_profile, IS_NULL(Profile_bio))));
    SEE("any of belongs to", SELECT(Order).WHERE(ANY_OF(Order_user, EQ(User_role, "x"))));
    SEE("any of many to many", SELECT(User).WHERE(ANY_OF(User_roles, EQ(Role_name, "x"))));
    SEE("any of a composite key", SELECT(Item).WHERE(ANY_OF(Item_remarks, GT(Remark_id, 1))));
    SEE("any of any of",
        SELECT(User).WHERE(ANY_OF(User_orders, ANY_OF(Order_items, EQ(Item_name, "x")))));
    SEE("any of, there and back",
        SELECT(User).WHERE(ANY_OF(User_orders, ANY_OF(Order_user, EQ(User_role, "x")))));
    SEE("any of what is read outside",
        SELECT(User).JOIN(User_orders).WHERE(ANY_OF(User_orders, GT(Order_qty, 3))));
    SEE("any of a tree",
        SELECT(User).WHERE(ANY_OF(TO(User_manager, boss), GT(boss.created_at, User_created_at))));
    SEE("any of, from an alias", SELECT(boss).WHERE(ANY_OF(boss.orders, EQ(Order_qty, 1))));
    SEE("any of, from an alias to an alias",
        SELECT(worker).WHERE(ANY_OF(TO(worker.manager, boss), EQ(boss.role, "x"))));
    SEE("any of, through an association to an alias",
        SELECT(User).JOIN(User_roles).WHERE(ANY_OF(TO(User_roles, other), NE(other.id, Role_id))));
    SEE("any of in DELETE", DELETE(User).WHERE(NOT(ANY_OF(User_orders))));
    SEE("count", SELECT(User_email, AS(COUNT(User_orders), orders)).ORDER_BY(DESC(COUNT(User_orders))));
    SEE("count with conditions",
        SELECT(User).WHERE(GT(COUNT(User_orders, GT(Order_qty, 3), LT(Order_amount, 5)), 2)));
    SEE("count of many to many", SELECT(User_email, COUNT(User_roles)));
    SEE("count of a tree", SELECT(User_email, COUNT(TO(User_manager, boss))));
    SEE("count of a column", SELECT(COUNT(User_nick)));
}

static void ranges(see_case *see)
{
    ALIAS(User, boss);
    ALIAS(User, peer);
    ALIAS(Order, select);
    ALIAS(User, super);
    ALIAS(User, top);
    ALIAS(Role, other);
    SEE("from", SELECT(COUNT()).FROM(User, Order).WHERE(EQ(User_id, Order_user_id)));
    SEE("from what is selected too", SELECT(User).FROM(User));
    SEE("from and join",
         SELECT(User).FROM(Role).JOIN(User_orders).WHERE(EQ(Role_name, User_role)));
    SEE("has many", SELECT(User).JOIN(User_orders));
    SEE("has one", SELECT(User).LEFT_JOIN(User_profile));
    SEE("belongs to", SELECT(Order).JOIN(Order_user));
    SEE("many to many", SELECT(User, Role).JOIN(User_roles));
    SEE("many to many, outer", SELECT(User_email, Role_name).LEFT_JOIN(User_roles));
    SEE("relationship with a condition",
         SELECT(User).LEFT_JOIN(User_orders, GT(Order_qty, 3)));
    SEE("relationship with an OR", SELECT(User).LEFT_JOIN(
        User_orders, OR(GT(Order_qty, 3), LT(Order_amount, 5))));
    SEE("chain of joins", SELECT(User).JOIN(User_orders).JOIN(Order_items));
    SEE("composite key", SELECT(Item).JOIN(Item_remarks));
    SEE("composite key, from the other side",
        SELECT(Remark).LEFT_JOIN(Remark_item, EQ(Item_name, "x")));
    SEE("to an alias", SELECT(User, super).JOIN(TO(User_manager, super)));
    SEE("to an alias, through an association",
        SELECT(User_email, Role_name, other.name).JOIN(User_roles).JOIN(TO(User_roles, other)));
    SEE("from an alias", SELECT(super.email, Order_qty).FROM(super).JOIN(super.orders));
    SEE("from an alias to an alias",
        SELECT(User_email, top.email).JOIN(TO(User_manager, super)).LEFT_JOIN(TO(super.manager, top)));
    SEE("condition", SELECT(User).JOIN(Profile, EQ(Profile_user_id, User_id)));
    SEE("left join", SELECT(User).LEFT_JOIN(Profile, EQ(Profile_user_id, User_id)));
    SEE("right join", SELECT(User_email).RIGHT_JOIN(Profile, EQ(Profile_user_id, User_id)));
    SEE("full join", SELECT(User_email).FULL_JOIN(Profile, EQ(Profile_user_id, User_id)));
    SEE("cross join", SELECT(User_email).CROSS_JOIN(Role));
    SEE("alias", SELECT(boss).WHERE(EQ(boss.email, "x")));
    SEE("self join", SELECT(User_email, AS(boss.email, boss_email))
                          .LEFT_JOIN(boss, EQ(boss.id, User_manager_id)));
    SEE("two aliases",
         SELECT(boss.email, peer.email).JOIN(peer, EQ(peer.manager_id, boss.id)));
    SEE("alias that needs quotes", SELECT(select).WHERE(EQ(select.qty, 1)));
    SEE("joins that nothing ties", SELECT(User, Role));
    SEE("tied by a nested query",
         SELECT(User, Role).WHERE(EXISTS(SELECT(UserRole).WHERE(
             AND(EQ(UserRole_user_id, User_id), EQ(UserRole_role_id, Role_id))))));
}

static void conditions(see_case *see)
{
    SEE("where", SELECT(User).WHERE(EQ(User_email, "x")));
    SEE("wheres", SELECT(User).WHERE(EQ(User_email, "x")).WHERE(EQ(User_role, "y")));
    SEE("where of OR and another",
         SELECT(User).WHERE(OR(EQ(User_id, 1), EQ(User_id, 2))).WHERE(EQ(User_role, "y")));
    SEE("where only if, no", SELECT(User).WHERE(ONLY_IF(false, EQ(User_email, "x"))));
    SEE("where only if, one of two",
         SELECT(User).WHERE(ONLY_IF(false, EQ(User_email, "x"))).WHERE(EQ(User_id, 1)));
    SEE("bare boolean", SELECT(User).WHERE(User_is_active));
    SEE("group by", SELECT(User_role, COUNT()).GROUP_BY(User_role));
    SEE("group by key", SELECT(User_email, COUNT(Order_id)).JOIN(User_orders).GROUP_BY(User_id));
    SEE("group by an expression",
         SELECT(DATE_TRUNC(MONTH, User_created_at), COUNT())
             .GROUP_BY(DATE_TRUNC(MONTH, User_created_at))
             .ORDER_BY(DATE_TRUNC(MONTH, User_created_at)));
    qc_text nick = COALESCE(User_nick, "none");
    SEE("group by an expression with a bind",
        SELECT(UPPER(nick), COUNT()).GROUP_BY(nick).HAVING(NE(nick, "x")).ORDER_BY(nick));
    SEE("group by a key, and by an expression that is not selected",
        SELECT(ADD(User_id, 1)).GROUP_BY(User_id, ADD(User_id, 2)));
    SEE("group by numeric", SELECT(MUL(Order_amount, Order_qty), COUNT())
                                 .FROM(Order)
                                 .GROUP_BY(Order_amount, Order_qty));
    SEE("having", SELECT(User_role, COUNT()).GROUP_BY(User_role).HAVING(GT(COUNT(), 5)));
    SEE("havings", SELECT(User_role)
                        .GROUP_BY(User_role)
                        .HAVING(GT(COUNT(), 5))
                        .HAVING(OR(LT(COUNT(), 9), EQ(User_role, "x"))));
}

static void orders(see_case *see)
{
    qc_numeric total = AS(SUM(Order_amount), total);
    SEE("order by", SELECT(User).ORDER_BY(User_email));
    SEE("order by several", SELECT(User).ORDER_BY(DESC(User_created_at), ASC(User_id)));
    SEE("order by, twice", SELECT(User).ORDER_BY(User_role).ORDER_BY(User_id));
    SEE("nulls", SELECT(User).ORDER_BY(NULLS_LAST(DESC(User_nick)), NULLS_FIRST(User_role)));
    SEE("order by an expression", SELECT(User).ORDER_BY(DESC(LENGTH(User_email))));
    SEE("order by a label",
         SELECT(User_role, total).JOIN(User_orders).GROUP_BY(User_role).ORDER_BY(DESC(total)));
    SEE("order by a label that is not selected",
         SELECT(User_role).JOIN(User_orders).GROUP_BY(User_role).ORDER_BY(DESC(total)));
    SEE("order by numeric", SELECT(Order).ORDER_BY(Order_amount, MUL(Order_amount, 2)));
    SEE("order only if", SELECT(User).ORDER_BY(ONLY_IF(false, DESC(User_role)), User_id));
    SEE("order only if, none", SELECT(User).ORDER_BY(ONLY_IF(false, DESC(User_role))));
    SEE("limit", SELECT(User).LIMIT(10));
    SEE("offset", SELECT(User).OFFSET(20));
    SEE("limit and offset", SELECT(User).LIMIT(10).OFFSET(20));
}

static void nested(see_case *see)
{
    ALIAS(User, boss);
    SEE("in a query", SELECT(User).WHERE(IN(User_id, SELECT(Order_user_id))));
    SEE("not in a query",
         SELECT(User).WHERE(NOT_IN(User_id, SELECT(Order_user_id).WHERE(GT(Order_qty, 3)))));
    SEE("exists", SELECT(User).WHERE(EXISTS(SELECT(Order).WHERE(EQ(Order_user_id, User_id)))));
    SEE("not exists",
         SELECT(User).WHERE(NOT(EXISTS(SELECT(Order).WHERE(EQ(Order_user_id, User_id))))));
    SEE("exists of a grouped query",
         SELECT(User).WHERE(EXISTS(SELECT(COUNT(Order_id))
                                       .WHERE(EQ(Order_user_id, User_id))
                                       .HAVING(GT(COUNT(Order_id), 2)))));
    SEE("scalar", SELECT(User_email, AS(SUBQUERY(SELECT(COUNT(Order_id))
                                                      .WHERE(EQ(Order_user_id, User_id))),
                                         orders)));
    SEE("scalar of the same table",
         SELECT(Order).WHERE(EQ(Order_qty, SUBQUERY(SELECT(MAX(Order_qty))))));
    SEE("correlated select list",
         SELECT(User_email, SUBQUERY(SELECT(CONCAT(User_role, Profile_bio))
                                         .WHERE(EQ(Profile_user_id, User_id)))));
    SEE("self-correlated by an alias",
         SELECT(User).WHERE(EXISTS(SELECT(boss).WHERE(EQ(boss.id, User_manager_id)))));
    SEE("two levels",
         SELECT(User).WHERE(EXISTS(SELECT(Order).WHERE(AND(
             EQ(Order_user_id, User_id),
             EXISTS(SELECT(Item).WHERE(AND(EQ(Item_order_id, Order_id),
                                           EQ(Item_name, User_role)))))))));
    SEE("nested with limit",
         SELECT(User).WHERE(IN(User_id, SELECT(Order_user_id).ORDER_BY(Order_id).LIMIT(3))));
}

static void parts(see_case *see)
{
    SEE("union", SELECT(User_email).UNION(SELECT(Role_name)));
    SEE("union all", SELECT(User_email).UNION_ALL(SELECT(Role_name)));
    SEE("intersect", SELECT(User_email).INTERSECT(SELECT(Role_name)));
    SEE("except", SELECT(User_email).EXCEPT(SELECT(Role_name)));
    SEE("union, ordered", SELECT(User_id, User_email)
                               .UNION(SELECT(Role_id, Role_name))
                               .ORDER_BY(DESC(User_email))
                               .LIMIT(3));
    SEE("union, ordered by a label", SELECT(AS(User_email, name))
                                          .UNION(SELECT(Role_name))
                                          .ORDER_BY(AS(User_email, name)));
    SEE("union of entities", SELECT(User)
                                  .WHERE(EQ(User_id, 1))
                                  .UNION(SELECT(User).WHERE(EQ(User_id, 2)))
                                  .ORDER_BY(User_id));
    SEE("union, then intersect", SELECT(User_email)
                                      .UNION(SELECT(Role_name))
                                      .INTERSECT(SELECT(Item_name)));
    SEE("three unions", SELECT(User_email)
                             .UNION(SELECT(Role_name))
                             .UNION(SELECT(Item_name))
                             .UNION_ALL(SELECT(Profile_bio)));
    SEE("union, intersect, except, intersect", SELECT(User_email)
                                                    .UNION(SELECT(Role_name))
                                                    .INTERSECT(SELECT(Item_name))
                                                    .EXCEPT(SELECT(Note_text))
                                                    .INTERSECT(SELECT(Profile_bio)));
    SEE("part with a limit",
         SELECT(User_email).UNION_ALL(SELECT(Role_name).ORDER_BY(Role_id).LIMIT(1)));
    SEE("part of parts",
         SELECT(User_email).EXCEPT(SELECT(Role_name).UNION(SELECT(Item_name))));
    SEE("union in a nested query",
         SELECT(User).WHERE(IN(User_email, SELECT(Role_name).UNION(SELECT(Item_name)))));
}

static void kept(see_case *see)
{
    QUERY_OF(User) users = QUERY(SELECT(User).WHERE(EQ(User_role, "x")));
    QUERY_OF(User) some = QUERY(EXTEND(users).WHERE(GT(User_id, 3)));
    SEE("kept", EXTEND(users));
    SEE("kept, extended", EXTEND(users).LIMIT(3));
    SEE("kept, extended twice", EXTEND(some).ORDER_BY(User_id));
    for (int i = 0; i < 3; i++)
        some = QUERY(EXTEND(some).WHERE(NE(User_id, i)));
    SEE("kept, extended in a loop", EXTEND(some));
    SEE("kept, nested", SELECT(COUNT()).FROM(User).WHERE(EXISTS(EXTEND(users))));
    SEE("kept, a part", SELECT(User).UNION(EXTEND(users).WHERE(EQ(User_id, 9))));
}

void see_queries(see_case *see)
{
    heads(see);
    ranges(see);
    relations(see);
    conditions(see);
    orders(see);
    nested(see);
    parts(see);
    kept(see);
}
