/* Expressions: each word, and what holds together with what. */
#include "cases.h"

#define SEE(name, ...) see(name, QC_CLAUSES_OF(__VA_ARGS__))
#define WHERE_CASE(name, predicate) SEE(name, SELECT(User_id).WHERE(predicate))
#define VALUE_CASE(name, ...) SEE(name, SELECT(__VA_ARGS__))

static void predicates(see_case *see)
{
    WHERE_CASE("EQ", EQ(User_id, 1));
    WHERE_CASE("EQ of a NULL", EQ(User_email, NULL));
    WHERE_CASE("NE of a NULL", NE(User_nick, (const char *)NULL));
    WHERE_CASE("NE", NE(User_id, 1));
    WHERE_CASE("LT", LT(User_id, 1));
    WHERE_CASE("LE", LE(User_id, 1));
    WHERE_CASE("GT", GT(User_id, 1));
    WHERE_CASE("GE", GE(User_id, 1));
    WHERE_CASE("the value first", EQ(1, User_id));
    WHERE_CASE("two columns", EQ(User_id, User_manager_id));
    WHERE_CASE("LIKE", LIKE(User_email, "a%"));
    WHERE_CASE("NOT LIKE", NOT_LIKE(User_email, "a%"));
    WHERE_CASE("ILIKE", ILIKE(User_email, "a%"));
    WHERE_CASE("NOT ILIKE", NOT_ILIKE(User_email, "a%"));
    WHERE_CASE("CONTAINS", CONTAINS(User_email, "50%_\\"));
    WHERE_CASE("STARTS_WITH", STARTS_WITH(User_email, "x"));
    WHERE_CASE("ENDS_WITH", ENDS_WITH(User_email, "x"));
    WHERE_CASE("IS_DISTINCT_FROM", IS_DISTINCT_FROM(User_nick, "x"));
    WHERE_CASE("IS_NOT_DISTINCT_FROM", IS_NOT_DISTINCT_FROM(User_nick, User_role));
    WHERE_CASE("IS_NULL", IS_NULL(User_nick));
    WHERE_CASE("IS_NOT_NULL", IS_NOT_NULL(User_nick));
    WHERE_CASE("BETWEEN", BETWEEN(User_id, 1, 9));
    WHERE_CASE("NOT_BETWEEN", NOT_BETWEEN(User_id, 1, 9));
    WHERE_CASE("IN", IN(User_id, 1, 2, 3));
    WHERE_CASE("IN of one", IN(User_id, 1));
    WHERE_CASE("NOT_IN", NOT_IN(User_email, "a", "b"));
    WHERE_CASE("IN of none", IN(User_id, ONLY_IF(false, 1)));
    WHERE_CASE("NOT_IN of none", NOT_IN(User_id, ONLY_IF(false, 1)));
    const int64_t ids[] = {1, 2};
    const char *const emails[] = {"a", "b"};
    WHERE_CASE("IN_ARRAY", IN_ARRAY(User_id, ids, 2));
    WHERE_CASE("IN_ARRAY of none", IN_ARRAY(User_id, ids, 0));
    WHERE_CASE("NOT_IN_ARRAY", NOT_IN_ARRAY(User_email, emails, 2));
}

static void logic(see_case *see)
{
    qc_bool a = EQ(User_id, 1), b = EQ(User_id, 2), c = EQ(User_id, 3);
    WHERE_CASE("AND", AND(a, b, c));
    WHERE_CASE("OR", OR(a, b, c));
    WHERE_CASE("OR in AND", AND(a, OR(b, c)));
    WHERE_CASE("AND in OR", OR(a, AND(b, c)));
    WHERE_CASE("AND in AND", AND(a, AND(b, c)));
    WHERE_CASE("NOT", NOT(a));
    WHERE_CASE("NOT of a column", NOT(User_is_active));
    WHERE_CASE("NOT of NOT", NOT(NOT(a)));
    WHERE_CASE("NOT of AND", NOT(AND(a, b)));
    WHERE_CASE("NOT in AND", AND(NOT(a), b));
    WHERE_CASE("AND of one", AND(a));
    WHERE_CASE("AND with only if", AND(a, ONLY_IF(false, b), c));
    WHERE_CASE("AND of none", qc_and_array(NULL, 0));
    WHERE_CASE("OR of none", OR(a, AND(b, qc_or_array(NULL, 0))));
    WHERE_CASE("predicate of predicates", EQ(a, b));
    WHERE_CASE("IS_NULL of a predicate", IS_NULL(a));
    WHERE_CASE("IS_NULL of AND", IS_NULL(AND(a, b)));
    WHERE_CASE("EQ of NOT", EQ(NOT(a), b));
    WHERE_CASE("a bind met twice", OR(a, AND(b, a)));
}

static void arithmetic(see_case *see)
{
    qc_bigint a = User_id, b = User_manager_id;
    VALUE_CASE("ADD", ADD(a, b));
    VALUE_CASE("SUB", SUB(a, 1));
    VALUE_CASE("MUL", MUL(a, b));
    VALUE_CASE("DIV", DIV(a, b));
    VALUE_CASE("MOD", MOD(a, 10));
    VALUE_CASE("NEG", NEG(a));
    VALUE_CASE("NEG of NEG", NEG(NEG(a)));
    VALUE_CASE("NEG of a sum", NEG(ADD(a, b)));
    VALUE_CASE("SUB of NEG", SUB(a, NEG(b)));
    VALUE_CASE("sum of sums", ADD(ADD(a, b), ADD(a, b)));
    VALUE_CASE("difference of a difference", SUB(a, SUB(b, 1)));
    VALUE_CASE("product of sums", MUL(ADD(a, 1), SUB(b, 1)));
    VALUE_CASE("sum of products", ADD(MUL(a, b), MUL(a, 2)));
    VALUE_CASE("quotient of a product", DIV(MUL(a, b), MUL(a, b)));
    VALUE_CASE("NEG in a product", MUL(NEG(a), NEG(b)));
    WHERE_CASE("compared sums", GT(ADD(a, 1), MUL(b, 2)));
    VALUE_CASE("CONCAT", CONCAT(User_email, " ", User_role));
    WHERE_CASE("CONCAT compared", EQ(CONCAT(User_email, User_role), "x"));
    VALUE_CASE("CONCAT of CONCAT", CONCAT(User_email, CONCAT(User_role, "x")));
    WHERE_CASE("BETWEEN of sums", BETWEEN(ADD(a, 1), SUB(b, 1), MUL(b, 2)));
    VALUE_CASE("whole numbers", ADD(Sample_a_smallint, 1), ADD(Sample_an_int, Sample_a_bigint));
    VALUE_CASE("numeric", ADD(Order_amount, 1), SUB(Order_amount, Order_qty), NEG(Order_amount),
               MUL(Order_amount, 2), DIV(Order_amount, 3), MOD(Order_amount, 7));
    VALUE_CASE("real with others", ADD(Item_price, Item_line), MUL(Item_price, 2),
               SUB(Item_price, Item_price), SUB(Item_price, 1), DIV(Item_line, Item_price));
    VALUE_CASE("double", DIV(Order_weight, Order_qty));
    SEE("numeric compared", SELECT(Order_id).WHERE(GT(Order_amount, 9.99)));
    SEE("numeric expression compared",
         SELECT(Order_id).WHERE(GT(MUL(Order_amount, 2), 10)));
    SEE("numeric with a whole number",
         SELECT(Order_id).WHERE(AND(GT(Order_amount, Order_qty), LT(Order_qty, Order_amount))));
    SEE("numeric in", SELECT(Order_id).WHERE(IN(MUL(Order_amount, 2), 1, 2)));
    SEE("numeric between", SELECT(Order_id).WHERE(BETWEEN(NEG(Order_amount), 1, 2)));
}

static void functions(see_case *see)
{
    VALUE_CASE("LOWER", LOWER(User_email));
    VALUE_CASE("UPPER", UPPER(User_email));
    VALUE_CASE("LENGTH", LENGTH(User_email));
    VALUE_CASE("ABS", ABS(Order_qty), ABS(Order_amount), ABS(Order_weight));
    VALUE_CASE("ROUND", ROUND(Order_amount), ROUND(Order_amount, 1), ROUND(Order_weight),
               ROUND(Order_qty), ROUND(Item_price));
    VALUE_CASE("ROUND of whole numbers", MUL(ROUND(ADD(Order_qty, 1)), 2), ROUND(User_id));
    VALUE_CASE("NOW", NOW());
    VALUE_CASE("COALESCE", COALESCE(User_nick, User_role, "none"));
    VALUE_CASE("NULLIF", NULLIF(User_role, ""));
    VALUE_CASE("NULLIF of numeric", NULLIF(MUL(Order_amount, 2), 0));
    VALUE_CASE("EXTRACT", EXTRACT(YEAR, User_created_at), EXTRACT(EPOCH, User_created_at));
    VALUE_CASE("EXTRACT of a date", EXTRACT(DOW, Order_placed_on));
    VALUE_CASE("DATE_TRUNC", DATE_TRUNC(MONTH, User_created_at));
    VALUE_CASE("COUNT", COUNT(User_nick));
    VALUE_CASE("COUNT DISTINCT", COUNT(DISTINCT(User_role)));
    VALUE_CASE("COUNT DISTINCT of numeric", COUNT(DISTINCT(NEG(Order_amount))));
    VALUE_CASE("SUM", SUM(Sample_a_smallint), SUM(Sample_an_int), SUM(Sample_a_bigint),
               SUM(Sample_a_numeric), SUM(Sample_a_real), SUM(Sample_a_double));
    VALUE_CASE("AVG", AVG(Sample_a_smallint), AVG(Sample_an_int), AVG(Sample_a_bigint),
               AVG(Sample_a_numeric), AVG(Sample_a_real), AVG(Sample_a_double));
    VALUE_CASE("MIN and MAX", MIN(User_email), MAX(User_created_at));
    VALUE_CASE("MIN and MAX of numeric", MIN(Order_amount), MAX(MUL(Order_amount, 2)));
    VALUE_CASE("SUM DISTINCT", SUM(DISTINCT(Order_qty)), SUM(DISTINCT(Order_amount)));
    VALUE_CASE("FILTER", FILTER(COUNT(), GT(Order_qty, 3)), FILTER(SUM(Order_amount),
                                                                   LT(Order_qty, 3)));
    VALUE_CASE("an aggregate in a sum", ADD(SUM(Order_qty), COUNT()));
}

static void cases_and_casts(see_case *see)
{
    VALUE_CASE("CASE", CASE(WHEN(EQ(User_id, 1), "one"), WHEN(EQ(User_id, 2), "two"),
                            ELSE("more")));
    VALUE_CASE("CASE without ELSE", CASE(WHEN(User_is_active, User_id),
                                         WHEN(EQ(User_id, 1), User_manager_id)));
    WHERE_CASE("CASE compared", EQ(CASE(WHEN(EQ(User_id, 1), "a"), ELSE("b")), User_role));
    VALUE_CASE("CAST", CAST(User_id, TEXT), CAST(User_id, VARCHAR(20)), CAST(User_id, INTEGER));
    VALUE_CASE("CAST to a number", CAST(User_role, BIGINT), CAST(Order_amount, INTEGER),
               CAST(Order_weight, SMALLINT), CAST(Order_qty, NUMERIC(10, 2)),
               CAST(Order_qty, NUMERIC), CAST(Order_amount, DOUBLE), CAST(Order_qty, BOOLEAN));
    VALUE_CASE("CAST to text", CAST(User_is_active, TEXT), CAST(Order_amount, TEXT),
               CAST(User_role, CHAR(3)), CAST(Sample_a_uuid, TEXT));
    VALUE_CASE("CAST of times", CAST(User_created_at, DATE), CAST(Sample_a_timestamp, TIME),
               CAST(Order_placed_on, TIMESTAMP), CAST(User_role, TIMESTAMPTZ),
               CAST(User_role, DATE));
    VALUE_CASE("CAST of times with a zone and without", CAST(User_created_at, TIME),
               CAST(User_created_at, TIMESTAMP), CAST(Sample_a_timestamp, TIMESTAMPTZ),
               CAST(Order_placed_on, TIMESTAMPTZ));
    VALUE_CASE("CAST of a sum", CAST(ADD(User_id, 1), TEXT));
    SEE("CAST compared", SELECT(Order_id, Sample_an_int)
                             .WHERE(EQ(CAST(Order_placed_on, TIMESTAMP), Sample_a_timestamp)));
    SEE("every type of bind", SELECT(Sample_an_int).WHERE(
               AND(EQ(Sample_a_bool, true), EQ(Sample_a_smallint, 1), EQ(Sample_an_int, 2),
                   EQ(Sample_a_bigint, 3), EQ(Sample_a_numeric, qc_numeric_of("1.5")),
                   EQ(Sample_a_real, 1.5f), EQ(Sample_a_double, 2.5), EQ(Sample_a_text, "x"),
                   EQ(Sample_a_bytea, ((qc_bytea_value){"\0x", 2})),
                   EQ(Sample_a_date, qc_date_of(2024, 2, 29)),
                   EQ(Sample_a_time, ((qc_time_value){1000000})),
                   EQ(Sample_a_timestamp, qc_timestamp_of(2024, 2, 29, 1, 2, 3.5)),
                   EQ(Sample_a_timestamptz, qc_timestamp_of(2024, 2, 29, 1, 2, 3.5)),
                   EQ(Sample_a_uuid, ((qc_uuid_value){{1, 2, 3}})))));
}

static void hatches(see_case *see)
{
    VALUE_CASE("FUNC", FUNC("reverse", TEXT, User_email));
    VALUE_CASE("FUNC of nothing", FUNC("random", DOUBLE));
    VALUE_CASE("FUNC that aggregates, and a column",
               FUNC("string_agg", TEXT, User_email, ","), FUNC("max", BIGINT, DISTINCT(User_id)));
    WHERE_CASE("OP", OP("~", BOOLEAN, User_email, "^a"));
    WHERE_CASE("OP in AND", AND(OP("~", BOOLEAN, User_email, "^a"), EQ(User_id, 1)));
    WHERE_CASE("OP of expressions", OP("~", BOOLEAN, CONCAT(User_email, User_role), "^a"));
    SEE("RAW", SELECT(Sample_an_int).WHERE(RAW(BOOLEAN, "? @> ?", Sample_a_json, Sample_a_json)));
    WHERE_CASE("RAW in OR", OR(RAW(BOOLEAN, "? = ANY (ARRAY['?', ?])", User_role, "x"),
                               EQ(User_id, 1)));
    SEE("RAW with a question mark",
        SELECT(Sample_an_int).WHERE(RAW(BOOLEAN, "? ?? ?", Sample_a_json, Sample_a_text)));
    VALUE_CASE("VALUE", ADD(User_id, VALUE(1)));
}

void see_expressions(see_case *see)
{
    predicates(see);
    logic(see);
    arithmetic(see);
    functions(see);
    cases_and_casts(see);
    hatches(see);
}
