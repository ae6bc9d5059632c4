/* The base room: arenas, texts, errors, UTF-8, time. */
#include "base/arena_inline.h"
#include "base/base.h"
#include "base/strbuf.h"
#include "base/utf8_inline.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- Arenas. ---- */

static size_t random_size(unsigned *state)
{
    *state = *state * 1103515245u + 12345u;
    unsigned r = *state >> 8;
    return r % 50 == 0 ? r % 300000 : r % 200;
}

START_TEST(allocations_are_aligned_and_apart)
{
    enum { COUNT = 2000 };
    static unsigned char *at[COUNT];
    static size_t size[COUNT];
    qc_arena *arena = qc_arena_new();
    unsigned state = 1;
    for (int i = 0; i < COUNT; i++) {
        size[i] = random_size(&state);
        at[i] = qc_arena_alloc(arena, size[i]);
        ck_assert_ptr_nonnull(at[i]);
        ck_assert_uint_eq((uintptr_t)at[i] % _Alignof(max_align_t), 0);
        memset(at[i], i & 0xFF, size[i]);
    }
    for (int i = 0; i < COUNT; i++)
        for (size_t j = 0; j < size[i]; j++)
            if (at[i][j] != ((unsigned)i & 0xFF))
                ck_abort_msg("allocation %d was overwritten", i);
    ck_assert_uint_ge(qc_arena_bytes(arena), 100000);
    qc_arena_free(arena);
    qc_arena_free(NULL);
}
END_TEST

START_TEST(impossible_sizes_are_refused)
{
    qc_arena *arena = qc_arena_new();
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 64, PTRDIFF_MAX, PTRDIFF_MAX - 15};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        ck_assert_ptr_null(qc_arena_alloc(arena, sizes[i]));
    ck_assert_ptr_null(qc_arena_copy(arena, "", SIZE_MAX));
    ck_assert_ptr_nonnull(qc_arena_alloc(arena, 0));
    ck_assert_ptr_nonnull(qc_arena_alloc(arena, 1));
    ck_assert_ptr_null(qc_arena_alloc(NULL, 1));
    qc_arena_free(arena);
}
END_TEST

#ifndef QC_DEBUG_ARENA
static void fill(qc_arena *arena)
{
    unsigned state = 7;
    for (int i = 0; i < 3000; i++)
        ck_assert_ptr_nonnull(qc_arena_alloc(arena, random_size(&state)));
}

START_TEST(a_warm_arena_calls_no_malloc)
{
    qc_arena *arena = qc_arena_new();
    ck_assert_ptr_nonnull(qc_arena_alloc(arena, 40));
    qc_mark mark = qc_arena_mark(arena);
    fill(arena);
    size_t mallocs = qc_arena_mallocs(arena), bytes = qc_arena_bytes(arena);
    for (int i = 0; i < 5; i++) {
        qc_arena_release(arena, mark);
        fill(arena);
    }
    qc_arena_reset(arena);
    ck_assert_ptr_nonnull(qc_arena_alloc(arena, 40));
    fill(arena);
    ck_assert_uint_eq(qc_arena_mallocs(arena), mallocs);
    ck_assert_uint_eq(qc_arena_bytes(arena), bytes);
    qc_arena_free(arena);
}
END_TEST

START_TEST(blocks_double_to_a_megabyte)
{
    qc_arena *arena = qc_arena_new();
    for (size_t i = 0; i < (size_t)16 * 1024 * 1024 / 64; i++)
        if (!qc_arena_alloc(arena, 64))
            ck_abort();
    ck_assert_uint_ge(qc_arena_mallocs(arena), 7 + 15);
    ck_assert_uint_le(qc_arena_mallocs(arena), 7 + 16);
    qc_arena_free(arena);
}
END_TEST
#endif

START_TEST(release_keeps_what_was_before)
{
    qc_arena *arena = qc_arena_new();
    qc_mark empty = qc_arena_mark(arena);
    char *kept = qc_arena_copy(arena, "kept", 4);
    for (int round = 0; round < 50; round++) {
        qc_mark mark = qc_arena_mark(arena);
        for (int i = 0; i < 100; i++)
            memset(qc_arena_alloc(arena, 1000), 0xFF, 1000);
        qc_arena_release(arena, mark);
    }
    ck_assert_str_eq(kept, "kept");
    qc_arena_release(arena, empty);
    ck_assert_ptr_nonnull(qc_arena_alloc(arena, 8));
    qc_arena_release(NULL, qc_arena_mark(NULL));
    qc_arena_reset(NULL);
    qc_arena_free(arena);
}
END_TEST

static char deferred_log[64];

static void note(void *object)
{
    strcat(deferred_log, object);
}

START_TEST(deferred_runs_in_reverse_order)
{
    qc_arena *arena = qc_arena_new();
    deferred_log[0] = '\0';
    ck_assert(qc_arena_defer(arena, note, "a"));
    qc_mark one = qc_arena_mark(arena);
    ck_assert(qc_arena_defer(arena, note, "b"));
    ck_assert_ptr_nonnull(qc_arena_alloc(arena, 100000));
    qc_mark two = qc_arena_mark(arena);
    ck_assert(qc_arena_defer(arena, note, "c"));
    ck_assert_ptr_nonnull(qc_arena_alloc(arena, 100000));
    ck_assert(qc_arena_defer(arena, note, "d"));
    qc_arena_release(arena, two);
    ck_assert_str_eq(deferred_log, "dc");
    qc_arena_release(arena, two);
    ck_assert_str_eq(deferred_log, "dc");
    qc_arena_release(arena, one);
    ck_assert_str_eq(deferred_log, "dcb");
    ck_assert(qc_arena_defer(arena, note, "e"));
    qc_arena_reset(arena);
    ck_assert_str_eq(deferred_log, "dcbea");
    ck_assert(qc_arena_defer(arena, note, "f"));
    qc_arena_free(arena);
    ck_assert_str_eq(deferred_log, "dcbeaf");
    ck_assert(!qc_arena_defer(NULL, note, "g"));
}
END_TEST

START_TEST(arena_texts)
{
    qc_arena *arena = qc_arena_new();
    ck_assert_str_eq(qc_arena_copy(arena, "abcdef", 3), "abc");
    ck_assert_str_eq(qc_arena_copy(arena, NULL, 0), "");
    for (int width = 1; width < 40000; width = width * 3 + 1) {
        const char *text = qc_arena_printf(arena, "%*d", width, 7);
        ck_assert_uint_eq(strlen(text), width);
        ck_assert_int_eq(text[width - 1], '7');
    }
    qc_arena_free(arena);
}
END_TEST

static void *use_current_arena(void *ret)
{
    char *taken = qc_take(100);
    if (taken && qc_take(100000) && qc_current_arena() == qc_thread_arena)
        *(qc_arena **)ret = qc_current_arena();
    return NULL;
}

START_TEST(each_thread_has_its_own_arena)
{
    enum { THREADS = 8 };
    pthread_t thread[THREADS];
    qc_arena *used[THREADS] = {0};
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&thread[i], NULL, use_current_arena, &used[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        ck_assert_ptr_nonnull(used[i]);
        ck_assert_ptr_ne(used[i], qc_current_arena());
    }
}
END_TEST

/* ---- String builder. ---- */

START_TEST(strbuf_appends)
{
    qc_strbuf buffer = {0};
    qc_strbuf_puts(&buffer, "a");
    qc_strbuf_putc(&buffer, 'b');
    qc_strbuf_append(&buffer, "cd", 1);
    qc_strbuf_integer(&buffer, INT64_MIN);
    qc_strbuf_integer(&buffer, 0);
    qc_strbuf_integer(&buffer, INT64_MAX);
    qc_strbuf_printf(&buffer, "|%s|", "x");
    ck_assert_str_eq(buffer.text, "abc-922337203685477580809223372036854775807|x|");
    ck_assert_uint_eq(buffer.length, strlen(buffer.text));
    qc_strbuf_clear(&buffer);
    ck_assert_str_eq(buffer.text, "");
    for (int i = 0; i < 100000; i++)
        qc_strbuf_printf(&buffer, "%d,", i % 10);
    ck_assert_uint_eq(buffer.length, 200000);
    ck_assert_uint_eq(strlen(buffer.text), 200000);
    qc_strbuf_free(&buffer);
    ck_assert_ptr_null(buffer.text);
}
END_TEST

START_TEST(strbuf_latches_failure)
{
    qc_strbuf buffer = {0};
    qc_strbuf_puts(&buffer, "kept");
    qc_strbuf_append(&buffer, "", SIZE_MAX);
    ck_assert(buffer.failed);
    qc_strbuf_puts(&buffer, "more");
    ck_assert_str_eq(buffer.text, "kept");
    qc_strbuf_clear(&buffer);
    ck_assert(!buffer.failed);
    qc_strbuf_append(&buffer, "", PTRDIFF_MAX);
    ck_assert(buffer.failed);
    qc_strbuf_free(&buffer);
}
END_TEST

/* ---- Errors. ---- */

START_TEST(codes_have_names)
{
    ck_assert_str_eq(qc_code_name(QC_ERROR_OK), "ok");
    ck_assert_str_eq(qc_code_name(QC_ERROR_DECODE), "undecodable");
    ck_assert_str_eq(qc_code_name(QC_CODE_COUNT), "unknown error");
    ck_assert_str_eq(qc_code_name((enum qc_code)-1), "unknown error");
}
END_TEST

START_TEST(errors_own_their_texts)
{
    qc_error_record record = {0};
    char text[] = "detail";
    ck_assert_int_eq(qc_error_set(&record, QC_ERROR_QUERY, "no column %d", 7), QC_ERROR_QUERY);
    ck_assert_str_eq(record.error.message, "no column 7");
    record.error.detail = qc_error_text(&record, text);
    text[0] = 'X';
    ck_assert_str_eq(record.error.detail, "detail");
    ck_assert_ptr_null(qc_error_text(&record, NULL));
    qc_error_set(&record, QC_ERROR_VALUE, "%s: %s", record.error.detail, record.error.message);
    ck_assert_str_eq(record.error.message, "detail: no column 7");
    ck_assert_ptr_null(record.error.detail);
    qc_error_set(&record, QC_ERROR_VALUE, "%2000d", 1);
    ck_assert_uint_eq(strlen(record.error.message), 2000);
    qc_error_clear(&record);
    ck_assert_int_eq(record.error.code, QC_ERROR_OK);
    qc_error_free(&record);
    qc_error_free(&record);
    ck_assert_int_eq(qc_error_nomem.code, QC_ERROR_NOMEM);
}
END_TEST

/* ---- UTF-8. ---- */

static bool valid(const char *text)
{
    return qc_utf8_valid(text, strlen(text));
}

START_TEST(utf8_known_cases)
{
    ck_assert(qc_utf8_valid("", 0));
    ck_assert(valid("plain ascii that is longer than eight bytes"));
    ck_assert(valid("\xC2\x80 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF"));
    ck_assert(valid("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"));
    const char *const bad[] = {
        "\x80",         "\xBF",         "\xC0\x80",         "\xC0\xA7",         "\xC1\xBF",
        "\xC2",         "\xC2 ",        "\xE0\x9F\xBF",     "\xE1\x80",         "\xED\xA0\x80",
        "\xED\xBF\xBF", "\xE1\x80\xC0", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
        "\xF1\x80\x80", "\xFE",         "\xFF",             "\xF1\x80\x80z",    "12345678\x80",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(!valid(bad[i]), "case %zu", i);
    char text[] = "0123456789abcdefghij";
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        char kept = text[i];
        text[i] = '\0';
        ck_assert(!qc_utf8_valid(text, sizeof(text) - 1));
        text[i] = kept;
    }
    ck_assert(!qc_utf8_valid("admin\0x", 7));
}
END_TEST

/* As long as a word or two, and shorter; each byte in turn is NUL, or no ASCII. */
START_TEST(utf8_at_a_glance)
{
    char text[] = "0123456789abcdefghij";
    for (size_t length = 0; length < sizeof(text); length++) {
        ck_assert(qc_utf8_fit(text, length));
        ck_assert_int_eq(qc_utf8_plain(text, length), length >= 4);
        for (size_t i = 0; i < length; i++) {
            const char kept = text[i];
            text[i] = '\0';
            ck_assert(!qc_utf8_fit(text, length));
            text[i] = '\x80';
            ck_assert(!qc_utf8_fit(text, length));
            text[i] = kept;
        }
    }
    ck_assert(qc_utf8_fit("caf\xC3\xA9 au lait", 13));
}
END_TEST

static size_t encode(uint32_t c, unsigned char *out)
{
    if (c < 0x80)
        return out[0] = (unsigned char)c, 1;
    size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, c >>= 6)
        out[i] = (unsigned char)(0x80 | (c & 0x3F));
    out[0] = (unsigned char)((0xF00u >> length) | c);
    return length;
}

START_TEST(utf8_every_code_point)
{
    unsigned char bytes[16] = {0};
    for (uint32_t c = 1; c < 0x120000; c++) {
        size_t length = encode(c, bytes);
        bool expected = c < 0x110000 && (c < 0xD800 || c > 0xDFFF);
        if (qc_utf8_valid((char *)bytes, length) != expected)
            ck_abort_msg("U+%X", c);
        if (length > 1 && qc_utf8_valid((char *)bytes, length - 1))
            ck_abort_msg("cut U+%X", c);
    }
}
END_TEST

/* How many strings of two bytes are valid is known, and of three that begin with no ASCII: a count
 * finds any hole. */
START_TEST(utf8_counts)
{
    unsigned two = 0, three = 0;
    char s[3];
    for (unsigned i = 0; i < 1u << 16; i++) {
        s[0] = (char)(i >> 8), s[1] = (char)(i & 0xFF);
        two += qc_utf8_valid(s, 2);
        for (unsigned j = 0; i >= 0x8000 && j < 1u << 8; j++) {
            s[2] = (char)j;
            three += qc_utf8_valid(s, 3);
        }
    }
    const unsigned ascii = 127, of_two = 0x800 - 0x80, of_three = 0x10000 - 0x800 - 0x800;
    ck_assert_uint_eq(two, ascii * ascii + of_two);
    ck_assert_uint_eq(three, of_two * ascii + of_three);
}
END_TEST

START_TEST(time_does_not_go_back)
{
    int64_t before = qc_now_us();
    ck_assert_int_gt(before, 0);
    for (int i = 0; i < 1000; i++) {
        int64_t now = qc_now_us();
        ck_assert_int_ge(now, before);
        before = now;
    }
}
END_TEST

Suite *base_suite(void)
{
    Suite *suite = suite_create("base");
    TCase *arena = tcase_create("arena");
    tcase_add_test(arena, allocations_are_aligned_and_apart);
    tcase_add_test(arena, impossible_sizes_are_refused);
#ifndef QC_DEBUG_ARENA
    tcase_add_test(arena, a_warm_arena_calls_no_malloc);
    tcase_add_test(arena, blocks_double_to_a_megabyte);
#endif
    tcase_add_test(arena, release_keeps_what_was_before);
    tcase_add_test(arena, deferred_runs_in_reverse_order);
    tcase_add_test(arena, arena_texts);
    tcase_add_test(arena, each_thread_has_its_own_arena);
    suite_add_tcase(suite, arena);

    TCase *texts = tcase_create("texts");
    tcase_set_timeout(texts, 60);
    tcase_add_test(texts, strbuf_appends);
    tcase_add_test(texts, strbuf_latches_failure);
    tcase_add_test(texts, codes_have_names);
    tcase_add_test(texts, errors_own_their_texts);
    tcase_add_test(texts, utf8_known_cases);
    tcase_add_test(texts, utf8_at_a_glance);
    tcase_add_test(texts, utf8_every_code_point);
    tcase_add_test(texts, utf8_counts);
    tcase_add_test(texts, time_does_not_go_back);
    suite_add_tcase(suite, texts);
    return suite;
}
