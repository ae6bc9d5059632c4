/* Text tables: collects the cells, then prints them in columns as wide as their widest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gitlog.h"

struct table {
    const char *title;
    size_t columns, count, capacity;
    char **cells;
};

enum { WIDEST = 60 };

static size_t characters(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static void add(table *t, const char *cell)
{
    if (t->count == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 64;
        char **cells = realloc(t->cells, t->capacity * sizeof *cells);
        if (!cells)
            abort();
        t->cells = cells;
    }
    size_t size = strlen(cell) + 1;
    char *copy = malloc(size);
    if (!copy)
        abort();
    t->cells[t->count++] = memcpy(copy, cell, size);
}

table *table_new(const char *title, size_t columns, const char *const *names)
{
    table *t = calloc(1, sizeof *t);
    if (!t)
        abort();
    t->title = title;
    t->columns = columns;
    table_row(t, names);
    return t;
}

void table_row(table *t, const char *const *cells)
{
    for (size_t i = 0; i < t->columns; i++)
        add(t, cells[i]);
}

static bool aligned_right(const table *t, size_t column)
{
    return t->cells[column][0] == '>';
}

/* Prints at most `width` characters of `text`, then spaces up to it where `pad` is set. */
static void print_cell(const char *text, size_t width, bool right, bool pad)
{
    size_t length = characters(text), shown = length < width ? length : width;
    if (right)
        printf("%*s", (int)(width - shown), "");
    size_t n = 0;
    for (; *text && (n < shown || ((unsigned char)*text & 0xC0) == 0x80); text++) {
        n += ((unsigned char)*text & 0xC0) != 0x80;
        putchar((unsigned char)*text < 0x20 ? ' ' : *text);
    }
    if (!right && pad)
        printf("%*s", (int)(width - shown), "");
}

static size_t column_width(const table *t, size_t column)
{
    size_t width = 0;
    for (size_t i = column; i < t->count; i += t->columns) {
        size_t length = characters(t->cells[i]) - (i < t->columns && aligned_right(t, column));
        if (length > width)
            width = length;
    }
    return width < WIDEST ? width : WIDEST;
}

void table_print(table *t)
{
    printf("%s\n", t->title);
    for (size_t row = 0; row < t->count; row += t->columns) {
        for (size_t i = 0; i < t->columns; i++) {
            bool right = aligned_right(t, i);
            fputs("  ", stdout);
            print_cell(t->cells[row + i] + (row == 0 && right), column_width(t, i), right,
                       i + 1 < t->columns);
        }
        putchar('\n');
    }
    putchar('\n');
    for (size_t i = 0; i < t->count; i++)
        free(t->cells[i]);
    free(t->cells);
    free(t);
}
