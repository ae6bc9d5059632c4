/* Fields that NEW was not given. */
#include "orm/session.h"

#include "model/type_info.h"

#include <ctype.h>
#include <string.h>

/* The closing quote of the literal at `text`. */
static const char *end_of_literal(const char *text)
{
    const char quote = *text++;
    while (*text && *text != quote)
        text += *text == '\\' && text[1] ? 2 : 1;
    return *text ? text : text - 1;
}

static bool is_designator(const char *text, const char *field)
{
    const size_t length = strlen(field);
    text += 1 + strspn(text + 1, " ");
    return strncmp(text, field, length) == 0 && !isalnum((unsigned char)text[length]) &&
           text[length] != '_';
}

/* Whether one of ".email = x, .age = 1" is of the field; what stands in brackets or literals is
 * not. */
static bool is_named(const char *initializers, const char *field)
{
    int depth = 0;
    bool first = true; /* of an initializer */
    for (const char *c = initializers; *c; c++) {
        if (*c == '.' && first && depth == 0 && is_designator(c, field))
            return true;
        if (*c == '"' || *c == '\'')
            c = end_of_literal(c);
        depth += strchr("([{", *c) != NULL;
        depth -= strchr(")]}", *c) != NULL;
        first = *c == ',' || (first && *c == ' ');
    }
    return false;
}

/* Only where zero is a value like another; of the other types an INSERT sees that they are unset.
 */
static void set_default(const qc_column *column, char *field)
{
    const qc_default *value = &column->value;
    const double real = value->integer ? (double)value->integer : value->real;
    switch (column->type) {
    case QC_TYPE_bool:
        *(bool *)field = value->integer != 0;
        break;
    case QC_TYPE_smallint:
        *(int16_t *)(void *)field = (int16_t)value->integer;
        break;
    case QC_TYPE_int:
        *(int32_t *)(void *)field = (int32_t)value->integer;
        break;
    case QC_TYPE_bigint:
        *(int64_t *)(void *)field = value->integer;
        break;
    case QC_TYPE_real:
        *(float *)(void *)field = (float)real;
        break;
    case QC_TYPE_double:
        *(double *)(void *)field = real;
        break;
    default:
        break;
    }
}

static void make_value(const qc_column *column, void *field)
{
    switch (column->type) {
#define QC_ROW(name, ctype, optional, ...)                                                         \
    case QC_TYPE_##name:                                                                           \
        if (column->nullable)                                                                      \
            *(optional *)field = ((optional(*)(void))column->default_by)();                        \
        else                                                                                       \
            *(ctype *)field = ((ctype(*)(void))column->default_by)();                              \
        break;
        QC_TYPES(QC_ROW)
#undef QC_ROW
    default:
        break;
    }
}

static bool is_zero(const qc_column *column, const char *field)
{
    const qc_type_info *info = &qc_type_infos[column->type];
    const size_t size = column->nullable ? info->optional_size : info->size;
    for (size_t i = 0; i < size; i++)
        if (field[i])
            return false;
    return true;
}

static bool takes_default(const qc_column *column, const char *row)
{
    return (column->default_by || column->value.set) && is_zero(column, row + column->offset);
}

static void take_default(const qc_column *column, char *row)
{
    if (column->default_by)
        make_value(column, row + column->offset);
    else if (!column->nullable && !column->version)
        set_default(column, row + column->offset);
}

void qc_set_defaults(const qc_table *table, char *row)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (takes_default(&table->columns[i], row))
            take_default(&table->columns[i], row);
}

bool qc_set_omitted(qc_session *session, qc_entity *entity, const char *initializers)
{
    const qc_table *table = entity->table;
    for (size_t i = 0; i < table->column_count; i++) {
        const qc_column *column = &table->columns[i];
        if (!takes_default(column, entity->object) || is_named(initializers, column->name))
            continue;
        take_default(column, entity->object);
        if (!qc_entity_take(session, entity, column, entity->object))
            return false;
    }
    return true;
}
