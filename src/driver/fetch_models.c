/* Rows of a hierarchy: each becomes the model its discriminator names.
 *
 * What the submodels have beside the columns of their base is decoded into parts of their own. When
 * a row is whole, those of the model it is are moved behind the base's, in the struct that is large
 * enough for any of them.
 */
#include "driver/driver.h"
#include "model/lineage.h"

#include <string.h>

/* The part of the model that the row of part `base` is; the base itself, or -1. */
static int part_of_model(const qc_shape *shape, unsigned base, const void *object)
{
    const qc_table *table = shape->parts[base].model;
    const qc_table *model = qc_model_of(table, qc_identity_in(table, object));
    if (!model || model == table)
        return model ? (int)base : -1;
    for (unsigned part = base + 1; part < shape->part_count; part++)
        if (shape->parts[part].of == base && shape->parts[part].model == model)
            return (int)part;
    return -1;
}

/* A NULL that has no place in the model the row is, or QC_FETCH_SETTLED. */
static int move(const qc_shape *shape, void *row, unsigned part, char *object, const bool *nulls)
{
    const char *from = qc_fetch_part(shape, row, part);
    for (unsigned c = 0; c < shape->column_count; c++) {
        const qc_result_column *column = &shape->columns[c];
        const qc_type_info *info = &qc_type_infos[column->type];
        if (column->part != part)
            continue;
        if (nulls[c] && !column->nullable)
            return (int)c;
        memcpy(object + column->offset, from + column->offset,
               column->nullable ? info->optional_size : info->size);
    }
    return QC_FETCH_SETTLED;
}

int qc_fetch_models(const qc_shape *shape, void *row, const bool *nulls)
{
    int settled = QC_FETCH_SETTLED;
    for (unsigned base = 0; base < shape->part_count && settled == QC_FETCH_SETTLED; base++) {
        const qc_result_part *part = &shape->parts[base];
        char *object = part->model && !part->submodel ? qc_fetch_part(shape, row, base) : NULL;
        if (!object)
            continue;
        const int model = part_of_model(shape, base, object);
        if (model < 0)
            return QC_FETCH_SETTLED - 1 - (int)base;
        if ((unsigned)model != base)
            settled = move(shape, row, (unsigned)model, object, nulls);
    }
    return settled;
}

/* " whose id is 7": a whole number, or a text. */
static void print_key(qc_strbuf *out, const qc_table *table, const char *object)
{
    const qc_column *column = table->columns, *end = column + table->column_count;
    while (column < end && !column->primary_key)
        column++;
    if (column == end)
        return;
    const void *field = object + column->offset;
    switch (column->type) {
    case QC_TYPE_int:
        qc_strbuf_printf(out, " whose %s is %d", column->name, (int)*(const int32_t *)field);
        break;
    case QC_TYPE_bigint:
        qc_strbuf_printf(out, " whose %s is %lld", column->name,
                         (long long)*(const int64_t *)field);
        break;
    case QC_TYPE_text:
        qc_strbuf_printf(out, " whose %s is \"%s\"", column->name, *(const char *const *)field);
        break;
    default:
        break;
    }
}

enum qc_code qc_fetch_refuse(const qc_shape *shape, void *row, int misfit, qc_error_record *error)
{
    const unsigned base = (unsigned)(QC_FETCH_SETTLED - 1 - misfit);
    const qc_table *table = shape->parts[base].model;
    const void *object = qc_fetch_part(shape, row, base);
    const char *identity = qc_identity_in(table, object);
    qc_strbuf key = {0};
    print_key(&key, table, object);
    qc_error_set(error, QC_ERROR_DECODE,
                 "the row of %s%s is a \"%s\", which is neither %s nor a model that POLYMORPHIC "
                 "names below it (%s:%d)",
                 table->name, key.text ? key.text : "", identity ? identity : "NULL", table->model,
                 qc_root_of(table)->file, qc_root_of(table)->line);
    qc_strbuf_free(&key);
    return QC_ERROR_DECODE;
}
