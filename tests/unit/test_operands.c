/* C values as operands: the type and value of the bind each becomes, and what is refused. */
#include "ast_models.h"
#include "ast/ast.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The C value of EQ(column, value) as it is bound. */
#define BOUND(column, value) qc_kid(EQ(column, value).node, 1)

static void is_bind(const qc_node *node, int type)
{
    ck_assert_int_eq(node->kind, QC_NODE_BIND);
    ck_assert_int_eq(node->type, type);
    ck_assert_int_eq(node->flags, 0);
}

static void is_integer(const qc_node *node, int type, int64_t value)
{
    is_bind(node, type);
    ck_assert_int_eq(node->u.integer, value);
}

static void is_real(const qc_node *node, int type, double value)
{
    is_bind(node, type);
    ck_assert_double_eq(node->u.real, value);
}

static void is_text(const qc_node *node, int type, const char *value)
{
    is_bind(node, type);
    ck_assert_str_eq(node->u.text, value);
    ck_assert_uint_eq(qc_bind_size(node), strlen(value));
}

static void is_poison(const qc_node *node, enum qc_code code, const char *message)
{
    ck_assert_int_eq(node->kind, QC_NODE_POISON);
    ck_assert_int_eq(node->op, code);
    ck_assert_str_eq(node->u.text, message);
}

/* The text a number has as NUMERIC. */
static const char *numeric_text(double value)
{
    const qc_node *bind = qc_operand(QC_TYPE_numeric, QC_OPERAND_DOUBLE, &value);
    is_bind(bind, QC_TYPE_numeric);
    return bind->u.text;
}

START_TEST(whole_numbers_of_every_c_type)
{
    is_integer(BOUND(Every_a_big, (signed char)-1), QC_TYPE_bigint, -1);
    is_integer(BOUND(Every_a_big, (unsigned char)255), QC_TYPE_bigint, 255);
    is_integer(BOUND(Every_a_big, (short)-300), QC_TYPE_bigint, -300);
    is_integer(BOUND(Every_a_big, (unsigned short)65535), QC_TYPE_bigint, 65535);
    is_integer(BOUND(Every_a_big, 42), QC_TYPE_bigint, 42);
    is_integer(BOUND(Every_a_big, 4294967295u), QC_TYPE_bigint, 4294967295);
    is_integer(BOUND(Every_a_big, INT64_MIN), QC_TYPE_bigint, INT64_MIN);
    is_integer(BOUND(Every_a_big, 7ul), QC_TYPE_bigint, 7);
    is_integer(BOUND(Every_a_big, 8ll), QC_TYPE_bigint, 8);
    is_integer(BOUND(Every_a_big, 9ull), QC_TYPE_bigint, 9);
    is_integer(VALUE(42).node, QC_TYPE_int, 42);
    is_integer(VALUE(42l).node, QC_TYPE_bigint, 42);
    is_integer(VALUE((short)1).node, QC_TYPE_int, 1);
}
END_TEST

START_TEST(whole_numbers_take_the_type_that_holds_them)
{
    is_integer(BOUND(Every_a_small, 32767), QC_TYPE_smallint, 32767);
    is_integer(BOUND(Every_a_small, 32768), QC_TYPE_int, 32768);
    is_integer(BOUND(Every_a_small, -2147483649l), QC_TYPE_bigint, -2147483649);
    is_integer(BOUND(Every_an_int, -2147483647 - 1), QC_TYPE_int, INT32_MIN);
    is_integer(BOUND(Every_an_int, 2147483648l), QC_TYPE_bigint, 2147483648);
    is_text(BOUND(Every_a_numeric, INT64_MIN), QC_TYPE_numeric, "-9223372036854775808");
    is_real(BOUND(Every_a_real, 16777216), QC_TYPE_real, 16777216);
    is_real(BOUND(Every_a_real, 16777217), QC_TYPE_double, 16777217);
    is_real(BOUND(Every_a_double, -3), QC_TYPE_double, -3);
    is_poison(EQ(Every_a_big, UINT64_MAX).node, QC_ERROR_VALUE,
              "18446744073709551615 is greater than any BIGINT");
}
END_TEST

START_TEST(booleans)
{
    is_integer(BOUND(Every_a_bool, true), QC_TYPE_bool, 1);
    is_integer(BOUND(Every_a_bool, (bool)false), QC_TYPE_bool, 0);
    is_poison(EQ(Every_a_bool, 2).node, QC_ERROR_VALUE, "2 was used as BOOLEAN, which is 0 or 1");
    is_poison(EQ(Every_a_bool, -1).node, QC_ERROR_VALUE,
              "-1 was used as BOOLEAN, which is 0 or 1");
}
END_TEST

START_TEST(reals)
{
    is_real(BOUND(Every_a_double, 0.1), QC_TYPE_double, 0.1);
    is_real(BOUND(Every_a_double, 0.5f), QC_TYPE_double, 0.5);
    is_real(BOUND(Every_a_real, 0.1f), QC_TYPE_real, (double)0.1f);
    is_real(BOUND(Every_a_real, 0.1), QC_TYPE_real, (double)0.1f);
    is_real(BOUND(Every_a_real, 1e300), QC_TYPE_double, 1e300);
    is_real(BOUND(Every_a_real, (double)INFINITY), QC_TYPE_real, (double)INFINITY);
    is_real(BOUND(Every_an_int, 1.5), QC_TYPE_double, 1.5);
    is_real(BOUND(Every_an_int, 1.5f), QC_TYPE_real, 1.5);
    is_text(BOUND(Every_a_numeric, 0.1f), QC_TYPE_numeric, "0.1");
    is_text(BOUND(Every_a_numeric, 9.99), QC_TYPE_numeric, "9.99");
}
END_TEST

START_TEST(doubles_as_numeric_are_the_shortest_exact_text)
{
    const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"}, {-0.0, "0"}, {1, "1"}, {-1, "-1"}, {100, "100"}, {0.1, "0.1"},
                 {-12.34, "-12.34"}, {1e21, "1000000000000000000000"}, {1.5e-7, "0.00000015"},
                 {123456789.125, "123456789.125"}, {2.0 / 3, "0.6666666666666666"},
                 {(double)NAN, "NaN"}, {(double)INFINITY, "Infinity"},
                 {-(double)INFINITY, "-Infinity"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_str_eq(numeric_text(cases[i].value), cases[i].text);
}
END_TEST

START_TEST(doubles_read_back_the_same)
{
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        double value;
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        memcpy(&value, &state, sizeof(value));
        if (!isfinite(value))
            continue;
        const char *text = numeric_text(value);
        double back = strtod(text, NULL);
        ck_assert_msg(memcmp(&back, &value, sizeof(back)) == 0, "%a became %s", value, text);
    }
}
END_TEST

START_TEST(texts_are_copied)
{
    char text[] = "Grüße, 世界 🌍!";
    const qc_node *bind = BOUND(Every_a_text, text), *copied = BOUND(Every_a_text, "");
    is_text(bind, QC_TYPE_text, text);
    ck_assert_ptr_ne(bind->u.text, text);
    is_text(copied, QC_TYPE_text, "");
    is_text(BOUND(Every_a_json, "{}"), QC_TYPE_json, "{}");
    for (size_t length = 0; length < 40; length++) {
        char many[41] = "";
        memset(many, 'x', length);
        is_text(BOUND(Every_a_text, many), QC_TYPE_text, many);
    }
}
END_TEST

START_TEST(texts_that_are_not_utf8_are_refused)
{
    const struct {
        const char *text;
        int byte;
    } cases[] = {{"\xff", 1}, {"abc\xc3", 4}, {"abcdefgh\xed\xa0\x80", 9}, {"é\xc0\x80", 3},
                 {"0123456789abcde\x80", 16}, {"\xf4\x90\x80\x80", 1}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char message[80];
        snprintf(message, sizeof(message), "a text value is not valid UTF-8 (byte %d)",
                 cases[i].byte);
        is_poison(EQ(Every_a_text, cases[i].text).node, QC_ERROR_VALUE, message);
    }
}
END_TEST

START_TEST(other_types)
{
    qc_bytea_value bytes = {"a\0b", 3}, none = {"", 0};
    qc_uuid_value uuid = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
    const qc_node *bind = BOUND(Every_a_bytea, bytes);
    is_bind(bind, QC_TYPE_bytea);
    ck_assert_mem_eq(bind->u.data, "a\0b", 3);
    ck_assert_uint_eq(qc_bind_size(bind), 3);
    ck_assert_uint_eq(qc_bind_size(BOUND(Every_a_bytea, none)), 0);
    bind = BOUND(Every_a_uuid, uuid);
    is_bind(bind, QC_TYPE_uuid);
    ck_assert_mem_eq(bind->u.data, &uuid, sizeof(uuid));
    is_integer(BOUND(Every_a_date, (qc_date_value){-7}), QC_TYPE_date, -7);
    is_integer(BOUND(Every_a_time, (qc_time_value){5}), QC_TYPE_time, 5);
    qc_timestamp_value moment = {77};
    is_integer(BOUND(Every_a_timestamp, moment), QC_TYPE_timestamp, 77);
    is_integer(BOUND(Every_a_timestamptz, moment), QC_TYPE_timestamptz, 77);
    is_integer(VALUE(moment).node, QC_TYPE_timestamptz, 77);
    is_text(BOUND(Every_a_numeric, qc_numeric_of("1.50")), QC_TYPE_numeric, "1.50");
    is_text(BOUND(Every_a_big, qc_numeric_of("1.50")), QC_TYPE_numeric, "1.50");
    is_real(BOUND(Every_a_double, qc_numeric_of("1.50")), QC_TYPE_double, 1.5);
    is_poison(EQ(Every_a_numeric, qc_numeric_of("ten")).node, QC_ERROR_VALUE,
              "a NUMERIC value is not a decimal number");
}
END_TEST

START_TEST(set_optionals_are_their_values)
{
    is_integer(BOUND(Every_a_bool, ((qc_opt_bool){true, true})), QC_TYPE_bool, 1);
    is_integer(BOUND(Every_a_big, ((qc_opt_smallint){true, 2})), QC_TYPE_bigint, 2);
    is_integer(BOUND(Every_a_small, ((qc_opt_int){true, 70000})), QC_TYPE_int, 70000);
    is_integer(BOUND(Every_an_int, ((qc_opt_bigint){true, 4})), QC_TYPE_int, 4);
    is_real(BOUND(Every_a_double, ((qc_opt_real){true, 0.5f})), QC_TYPE_double, 0.5);
    is_real(BOUND(Every_a_real, ((qc_opt_double){true, 0.5})), QC_TYPE_real, 0.5);
    is_integer(BOUND(Every_a_date, ((qc_opt_date){true, {6}})), QC_TYPE_date, 6);
    is_integer(BOUND(Every_a_time, ((qc_opt_time){true, {7}})), QC_TYPE_time, 7);
    is_integer(BOUND(Every_a_timestamp, ((qc_opt_timestamp){true, {8}})), QC_TYPE_timestamp, 8);
    qc_opt_uuid uuid = {true, {{9}}};
    ck_assert_mem_eq(BOUND(Every_a_uuid, uuid)->u.data, &uuid.value, 16);
}
END_TEST

static void is_null_bind(qc_bool predicate, int type)
{
    const qc_node *bind = qc_kid(predicate.node, 1);
    ck_assert_int_eq(predicate.node->kind, QC_NODE_BINARY);
    ck_assert_int_eq(bind->kind, QC_NODE_BIND);
    ck_assert_int_eq(bind->type, type);
    ck_assert_int_eq(bind->flags, QC_NODE_NULLABLE | QC_NODE_NULL_VALUE);
}

START_TEST(nulls_keep_the_type_a_value_would_have)
{
    const char *no_text = NULL;
    is_null_bind(LT(Every_a_text, no_text), QC_TYPE_text);
    is_null_bind(LT(Every_a_json, no_text), QC_TYPE_json);
    is_null_bind(LT(Every_a_big, NULL), QC_TYPE_bigint);
    is_null_bind(LT(Every_a_uuid, (qc_opt_uuid){0}), QC_TYPE_uuid);
    is_null_bind(LT(Every_an_int, (qc_opt_bigint){0}), QC_TYPE_int);
    is_null_bind(LT(Every_an_int, (qc_opt_double){0}), QC_TYPE_double);
    is_null_bind(LT(Every_a_numeric, (qc_opt_double){0}), QC_TYPE_numeric);
    is_null_bind(LT(Every_a_numeric, (qc_numeric_value){NULL}), QC_TYPE_numeric);
    is_null_bind(LT(Every_a_bytea, ((qc_bytea_value){NULL, 0})), QC_TYPE_bytea);
    int number = 3;
    is_poison(LT(Every_a_big, (void *)&number).node, QC_ERROR_MISUSE,
              "a void pointer that is not NULL is not a value");
}
END_TEST

static void tests_null(qc_bool predicate, int op, const qc_node *x)
{
    ck_assert_int_eq(predicate.node->kind, QC_NODE_UNARY);
    ck_assert_int_eq(predicate.node->op, op);
    ck_assert_ptr_eq(qc_kid(predicate.node, 0), x);
    ck_assert_int_eq(predicate.node->flags, 0);
}

START_TEST(equality_with_null_tests_for_null)
{
    const char *no_text = NULL;
    qc_opt_bigint unset = {0};
    tests_null(EQ(Fellow_nick, no_text), QC_OP_IS_NULL, Fellow_nick.node);
    tests_null(NE(Fellow_nick, no_text), QC_OP_IS_NOT_NULL, Fellow_nick.node);
    tests_null(EQ(Fellow_boss_id, unset), QC_OP_IS_NULL, Fellow_boss_id.node);
    tests_null(EQ(unset, Fellow_boss_id), QC_OP_IS_NULL, Fellow_boss_id.node);
    tests_null(NE(Fellow_boss_id, NULL), QC_OP_IS_NOT_NULL, Fellow_boss_id.node);
    tests_null(EQ(Fellow_boss_id, VALUE(unset)), QC_OP_IS_NULL, Fellow_boss_id.node);
    ck_assert_int_eq(IS_DISTINCT_FROM(Fellow_nick, no_text).node->kind, QC_NODE_BINARY);
}
END_TEST

START_TEST(forged_operands_are_refused)
{
    is_poison(qc_operand(QC_TYPE_text, QC_OPERAND_INT, &(int){1}), QC_ERROR_MISUSE,
              "a C value of another kind was used as TEXT");
    is_poison(qc_operand(QC_TYPE_int, QC_OPERAND_TEXT, &(const char *){"1"}), QC_ERROR_MISUSE,
              "a C value of another kind was used as INTEGER");
}
END_TEST

Suite *operands_suite(void)
{
    Suite *suite = suite_create("operands");
    TCase *all = tcase_create("operands");
    tcase_add_test(all, whole_numbers_of_every_c_type);
    tcase_add_test(all, whole_numbers_take_the_type_that_holds_them);
    tcase_add_test(all, booleans);
    tcase_add_test(all, reals);
    tcase_add_test(all, doubles_as_numeric_are_the_shortest_exact_text);
    tcase_add_test(all, doubles_read_back_the_same);
    tcase_add_test(all, texts_are_copied);
    tcase_add_test(all, texts_that_are_not_utf8_are_refused);
    tcase_add_test(all, other_types);
    tcase_add_test(all, set_optionals_are_their_values);
    tcase_add_test(all, nulls_keep_the_type_a_value_would_have);
    tcase_add_test(all, equality_with_null_tests_for_null);
    tcase_add_test(all, forged_operands_are_refused);
    suite_add_tcase(suite, all);
    return suite;
}
