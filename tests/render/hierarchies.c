/* Hierarchies: which tables a model is read from and written to, and which rows of them are its. */
#include "cases.h"

#include "ast/ast.h"

#define SEE(name, ...) see(name, QC_CLAUSES_OF(__VA_ARGS__))

static void selects(see_case *see)
{
    ALIAS(Boat, b);
    ALIAS(Bus, other);
    SEE("hierarchies, the root", SELECT(Vehicle));
    SEE("hierarchies, columns of the root", SELECT(Vehicle_id).WHERE(EQ(Vehicle_kind, "van")));
    SEE("hierarchies, in the base's table", SELECT(Van).WHERE(EQ(Van_load, 3)));
    SEE("hierarchies, with models below", SELECT(Bus).ORDER_BY(Bus_name));
    SEE("hierarchies, the lowest", SELECT(Coach_toilet));
    SEE("hierarchies, a table of its own", SELECT(Boat).WHERE(EQ(Boat_name, "x")));
    SEE("hierarchies, three tables", SELECT(Ferry).WHERE(
        AND(EQ(Ferry_name, "x"), EQ(Ferry_cars, 1), EQ(Ferry_id, 2))).ORDER_BY(Ferry_draught));
    SEE("hierarchies, aliases", SELECT(b.name, other.name).WHERE(EQ(b.user_id, other.user_id)));
    SEE("hierarchies, one value", SELECT(COUNT()).FROM(Boat));
    SEE("hierarchies, beside others", SELECT(User_email, Boat).WHERE(EQ(User_id, Boat_user_id)));
    SEE("hierarchies, grouped", SELECT(Boat_name, COUNT()).GROUP_BY(Boat_name));
    SEE("hierarchies, UNION", SELECT(Van_name).UNION(SELECT(Boat_name)).ORDER_BY(Van_name));
    SEE("hierarchies, nested", SELECT(User_id).WHERE(
        EXISTS(SELECT(Boat).WHERE(EQ(Boat_user_id, User_id)))));
}

static void joins(see_case *see)
{
    SEE("hierarchies, JOIN", SELECT(User_id).JOIN(Van, EQ(Van_user_id, User_id)));
    SEE("hierarchies, LEFT JOIN", SELECT(User_id).LEFT_JOIN(Boat, EQ(Boat_user_id, User_id)));
    SEE("hierarchies, LEFT JOIN of a root",
        SELECT(User_id, Vehicle).LEFT_JOIN(Vehicle, EQ(Vehicle_user_id, User_id)));
    SEE("hierarchies, from one", SELECT(Ferry_id, User_email).JOIN(Ferry_user));
    SEE("hierarchies, CROSS JOIN", SELECT(User_id).CROSS_JOIN(Bus).WHERE(EQ(User_id, 1)));
    SEE("hierarchies, RIGHT JOIN", SELECT(User_id).RIGHT_JOIN(Van, EQ(Van_user_id, User_id)));
    SEE("hierarchies, FULL JOIN", SELECT(Boat_id).FULL_JOIN(User, EQ(Boat_user_id, User_id)));
}

static void writes(see_case *see)
{
    SEE("hierarchies, INSERT", INSERT(Van).SET(Van_name, "x").SET(Van_load, 1));
    SEE("hierarchies, UPDATE", UPDATE(Bus).SET(Bus_seats, 2).WHERE(EQ(Bus_name, "x")));
    SEE("hierarchies, DELETE", DELETE(Coach).ALL_ROWS);
    SEE("hierarchies, DELETE of a root", DELETE(Vehicle).WHERE(EQ(Vehicle_id, 1)));
}

void see_hierarchies(see_case *see)
{
    selects(see);
    joins(see);
    writes(see);
}
