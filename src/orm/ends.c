/* The columns that a relationship makes equal, as fields of rows. */
#include "orm/ends.h"

qc_key_fields qc_end_fields(const qc_end *end)
{
    qc_key_fields key = {.count = 0};
    for (unsigned i = 0; i < end->count; i++)
        qc_key_add_column(&key, end->columns[i]);
    return key;
}
