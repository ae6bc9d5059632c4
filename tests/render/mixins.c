/* SOFT_DELETE and TENANT: every way a range comes into a statement. */
#include "cases.h"

#include "ast/ast.h"

#define SEE(name, ...) see(name, QC_CLAUSES_OF(__VA_ARGS__))

static void selects(see_case *see)
{
    ALIAS(Team, t);
    ALIAS(Team, up);
    SEE("mixins, one table", SELECT(Player));
    SEE("mixins, both", SELECT(Team_id).WHERE(EQ(Team_name, "x")).WHERE(GT(Team_id, 3)));
    SEE("mixins, OR", SELECT(Player_id).WHERE(OR(EQ(Player_id, 1), EQ(Player_id, 2))));
    SEE("mixins, an alias", SELECT(t.id).ORDER_BY(t.id).LIMIT(2));
    SEE("mixins, two tables", SELECT(Team_id, Player_id).WHERE(EQ(Player_team_id, Team_id)));
    SEE("mixins, grouped", SELECT(Team_name, COUNT()).GROUP_BY(Team_name).HAVING(GT(COUNT(), 1)));
    SEE("mixins, with deleted", SELECT(Team_id).WITH_DELETED);
    SEE("mixins, all tenants", SELECT(Team_id).ALL_TENANTS);
    SEE("mixins, neither", SELECT(Team_id).WITH_DELETED.ALL_TENANTS.WHERE(EQ(Team_id, 1)));
    SEE("mixins, the tenant twice", SELECT(Team_id).JOIN(TO(Team_parent, up)));
    SEE("mixins, tenants of two widths", SELECT(Team_id, TeamTag_tag_id).FROM(Team, TeamTag)
                                             .WHERE(EQ(TeamTag_team_id, Team_id)));
}

static void joins(see_case *see)
{
    ALIAS(Team, up);
    SEE("mixins, JOIN", SELECT(Team_id, Player_id).FROM(Team).JOIN(Team_players));
    SEE("mixins, JOIN ON", SELECT(Note_text, Player_id).FROM(Note)
                               .JOIN(Player, OR(EQ(Player_id, 1), EQ(Player_id, 2))));
    SEE("mixins, LEFT JOIN", SELECT(Team_id, Player_id).FROM(Team)
                                 .LEFT_JOIN(Team_players, EQ(Player_name, "x")));
    SEE("mixins, LEFT JOIN of a parent",
        SELECT(Team_id, up.name).FROM(Team).LEFT_JOIN(TO(Team_parent, up)));
    SEE("mixins, CROSS JOIN", SELECT(Team_id, Player_id).FROM(Team).CROSS_JOIN(Player)
                                  .WHERE(EQ(Team_id, 1)));
    SEE("mixins, JOIN through", SELECT(Team_id, Tag_word).FROM(Team).JOIN(Team_tags));
    SEE("mixins, LEFT JOIN through", SELECT(Team_id, Tag_word).FROM(Team)
                                         .LEFT_JOIN(Team_tags, EQ(Tag_word, Team_name)));
    SEE("mixins, LEFT JOIN through, with deleted",
        SELECT(Team_id, Tag_word).FROM(Team).LEFT_JOIN(Team_tags).WITH_DELETED);
    SEE("mixins, RIGHT JOIN", SELECT(Team_id, Player_id).FROM(Team).RIGHT_JOIN(Team_players)
                                  .WHERE(EQ(Player_id, 1)));
    SEE("mixins, FULL JOIN", SELECT(Note_text, Player_id).FROM(Note)
                                 .FULL_JOIN(Player, EQ(Player_name, Note_text)));
    SEE("mixins, FULL JOIN through", SELECT(Team_id, Tag_word).FROM(Team).FULL_JOIN(Team_tags));
}

static void nested(see_case *see)
{
    SEE("mixins, EXISTS", SELECT(Role_id).WHERE(EXISTS(SELECT(Player).WHERE(EQ(Player_id, Role_id)))));
    SEE("mixins, IN", SELECT(Role_id).WHERE(IN(Role_id, SELECT(Team_id).WHERE(EQ(Team_name, "x")))));
    SEE("mixins, correlated", SELECT(Team_id).WHERE(GT(SUBQUERY(
        SELECT(COUNT(Player_id)).WHERE(EQ(Player_team_id, Team_id))), 3)));
    SEE("mixins, correlated to a filtered one", SELECT(Team_id).WHERE(EXISTS(
        SELECT(Role).WHERE(EQ(Role_id, Team_id)))));
    SEE("mixins, UNION", SELECT(Team_name).UNION(SELECT(Player_name)).EXCEPT(SELECT(Tag_word)));
    SEE("mixins, with deleted around", SELECT(Player_id).WITH_DELETED.WHERE(
        EXISTS(SELECT(Tag).WHERE(EQ(Tag_id, Player_id)))));
    SEE("mixins, with deleted inside", SELECT(Player_id).WHERE(
        EXISTS(SELECT(Tag).WHERE(EQ(Tag_id, Player_id)).WITH_DELETED)));
    SEE("mixins, all tenants in a UNION",
        SELECT(Team_name).UNION(SELECT(Team_name)).ALL_TENANTS);
    SEE("mixins, all tenants in a part",
        SELECT(Team_name).UNION(SELECT(Team_name).ALL_TENANTS));
}

static void inserts(see_case *see)
{
    struct Team teams[] = {{.name = "a", .org_id = 7}, {.name = "b"}};
    SEE("mixins, INSERT", INSERT(Team).SET(Team_name, "x"));
    SEE("mixins, INSERT of nothing", INSERT(Team));
    SEE("mixins, INSERT with the tenant",
        INSERT(Team).SET(Team_org_id, 7).SET(Team_name, "x").RETURNING(Team_id));
    SEE("mixins, INSERT for all tenants", INSERT(Team).SET(Team_org_id, 7).ALL_TENANTS);
    SEE("mixins, INSERT of a struct", INSERT_ROW(Team, teams));
    SEE("mixins, INSERT of structs", INSERT_ROWS(Team, teams, 2).RETURNING(Team_id));
    SEE("mixins, INSERT of structs for all tenants", INSERT_ROWS(Team, teams, 2).ALL_TENANTS);
    SEE("mixins, INSERT from a query", INSERT(Team).COLUMNS(Team_name).FROM_QUERY(
        SELECT(Team_name).WHERE(EQ(Team_id, 1)).UNION(SELECT(Role_name).LIMIT(2))));
    SEE("mixins, INSERT from a query that has the tenant",
        INSERT(Team).COLUMNS(Team_org_id, Team_name).FROM_QUERY(SELECT(Team_org_id, Team_name)));
    SEE("mixins, upsert", INSERT(Team).SET(Team_id, 1).SET(Team_name, "x").ON_CONFLICT(Team_id)
                              .DO_UPDATE());
    SEE("mixins, upsert some rows",
        INSERT(Team).SET(Team_id, 1).SET(Team_name, "x").ON_CONFLICT(Team_id)
            .SET(Team_name, "y").WHERE(EQ(Team_name, "z")).WITH_DELETED);
    SEE("mixins, upsert a struct", INSERT_ROW(Team, teams).ON_CONFLICT(Team_id).DO_UPDATE());
}

static void changes(see_case *see)
{
    SEE("mixins, UPDATE", UPDATE(Team).SET(Team_name, "x").WHERE(EQ(Team_id, 1)));
    SEE("mixins, UPDATE of all rows", UPDATE(Player).SET(Player_name, "x").ALL_ROWS);
    SEE("mixins, UPDATE of the tenant",
        UPDATE(Team).SET(Team_org_id, 8).WHERE(EQ(Team_id, 1)).ALL_TENANTS);
    SEE("mixins, UPDATE with a nested query", UPDATE(Role).SET(Role_name, "x").WHERE(
        IN(Role_id, SELECT(Player_id))).RETURNING());
    SEE("mixins, soft delete", SOFT_DELETE_FROM(Team).WHERE(EQ(Team_id, 1)));
    SEE("mixins, restore", RESTORE(Team).WHERE(EQ(Team_id, 1)));
    SEE("mixins, DELETE", DELETE(Team).WHERE(EQ(Team_id, 1)).RETURNING(Team_id));
    SEE("mixins, DELETE of all rows", DELETE(Team).ALL_ROWS);
    SEE("mixins, DELETE of deleted rows",
        DELETE(Player).WITH_DELETED.WHERE(IS_NOT_NULL(Player_deleted_at)));
}

void see_mixins(see_case *see)
{
    selects(see);
    joins(see);
    nested(see);
    inserts(see);
    changes(see);
}
