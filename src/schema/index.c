/* Names for indexes and keys that have none of their own. */
#include "schema/schema.h"

#include <stdio.h>
#include <string.h>

static uint32_t hash_on(uint32_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u; /* FNV-1a */
    return hash;
}

void qc_made_name(char ret[QC_NAME_SIZE], const char *prefix, const qc_column *column)
{
    enum { HASH_SIZE = 9 };
    const int length =
        snprintf(ret, QC_NAME_SIZE, "%s_%s_%s", prefix, column->table->name, column->name);
    if (length < QC_NAME_SIZE)
        return;
    uint32_t hash = hash_on(hash_on(2166136261u, column->table->name), ".");
    hash = hash_on(hash, column->name);
    size_t end = QC_NAME_SIZE - 1 - HASH_SIZE;
    while (end > 0 && ((unsigned char)ret[end] & 0xC0) == 0x80)
        end--; /* not inside of a character */
    snprintf(ret + end, HASH_SIZE + 1, "_%08x", (unsigned)hash);
}
