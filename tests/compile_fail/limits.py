"""Right programs at the limits of the face: long lists, wide models, deep expressions, one header
in several files. Used by run.py; each function yields complaints."""
import itertools
import pathlib
import subprocess
import tempfile

LONG, WIDE, MANY, JOINS = 128, 100, 60, 18


def repeated(item, count=LONG):
    return ", ".join(item.format(n=n) for n in range(count))


def wide_model():
    columns = repeated("COLUMN(c{n}, NULLABLE(INTEGER))", WIDE - 1)
    return (f'MODEL(Wide, "wide", COLUMN(id, BIGINT, PRIMARY_KEY), {columns})\n'
            f"RECORD(WideRecord, {repeated('COLUMN(c{n}, INTEGER)', WIDE)})\n")


def many_models():
    models = "".join(f'MODEL(Many{n}, "many{n}", COLUMN(id, BIGINT, PRIMARY_KEY))\n'
                     for n in range(MANY))
    return models + f"SCHEMA(many, {repeated('Many{n}', MANY)})\n"


def long_lists():
    """Statements whose every list has LONG items."""
    column, condition = "User_id", "EQ(User_id, {n})"
    record = repeated("Wide_c1", WIDE)
    joins = "".join(f".LEFT_JOIN(Many{n}, EQ(Many{n}_id, User_id))" for n in range(JOINS))
    wheres = "".join(f".WHERE({condition.format(n=n)})" for n in range(LONG))
    return [
        f"ALL(db, SELECT({repeated(column)}))",
        f"ALL(db, SELECT_AS(WideRecord, {record}))",
        f"ALL(db, SELECT(User).WHERE(AND({repeated(condition)})))",
        f"ALL(db, SELECT(User).WHERE(OR({repeated(condition)})))",
        f"ALL(db, SELECT(User).WHERE(IN(User_id, {repeated('{n}')})))",
        f"ALL(db, SELECT(User).WHERE(NOT_IN(User_id, {repeated('{n}')})))",
        f"ALL(db, SELECT(User).ORDER_BY({repeated('DESC(User_id)')}))",
        f"ALL(db, SELECT(User_id).GROUP_BY({repeated(column)}))",
        f"ALL(db, SELECT(User_id).FROM({repeated('Many{n}', MANY)}))",
        f"ALL(db, SELECT(CONCAT({repeated('User_email')})))",
        f"ALL(db, SELECT(COALESCE({repeated('User_first_name')})))",
        f"ALL(db, SELECT(CASE({repeated('WHEN(' + condition + ', {n})')}, ELSE(0))))",
        f'ALL(db, SELECT(FUNC("concat", TEXT, {repeated("{n}")})))',
        f'ALL(db, SELECT(RAW(TEXT, "", {repeated("{n}")})))',
        f"ALL(db, DELETE(User).ALL_ROWS.RETURNING({repeated(column)}))",
        f"SQL(INSERT(User).COLUMNS({repeated(column)}).FROM_QUERY(SELECT({repeated(column)})))",
        f"ALL(db, SELECT(User){wheres})",
        f"ALL(db, SELECT(User){joins})",
    ]


def program():
    """One right program with all of them."""
    statements = "".join(f"    use({sink});\n" for sink in long_lists())
    return (wide_model() + many_models() + f"void at_the_limits(void);\n"
            f"void at_the_limits(void)\n{{\n{statements}}}\n")


# Every C type a value may have must have a row of its own in QC_HANDLE.
ROWS = """
#define QC_HAS_ROW(name, ctype, ...)                                                          \\
    _Static_assert(QC_OPERAND(__typeof__(QC_HANDLE(*(ctype *)0))) == QC_OPERAND_##name,       \\
                   "QC_HANDLE has a row of every literal");
QC_LITERALS(QC_HAS_ROW)
#define QC_HAS_HANDLE(name, ...)                                                              \\
    _Static_assert(QC_KIND(__typeof__(QC_HANDLE(*(qc_##name *)0))) == 1 << QC_TYPE_##name,    \\
                   "QC_HANDLE has a row of every type");
QC_TYPES(QC_HAS_HANDLE)
"""


def nested(word, depth):
    shape = {"ADD": "ADD({}, 1)", "MUL": "MUL(2, {})", "COALESCE": "COALESCE({}, 1)",
             "CASE": "CASE(WHEN(User_is_active, {}), ELSE(1))", "SUBQUERY": "SUBQUERY(SELECT({}))",
             "AND": "AND(EQ(User_id, 1), NOT({}))"}[word]
    expression = "EQ(User_id, 2)" if word == "AND" else "Order_quantity"
    for _ in range(depth):
        expression = shape.format(expression)
    return expression


def expanded_size(compiler, include, here, expression):
    source = f'#include "models.h"\nvoid f(void) {{ use(ALL(db, SELECT({expression}))); }}\n'
    expanded = subprocess.run([compiler, "-std=c11", f"-I{include}", f"-I{here}", "-E", "-P", "-xc",
                               "-"], input=source, text=True, check=True, capture_output=True)
    return len(expanded.stdout)


def complaints_about_depth(compiler, include, here):
    """An expansion must be linear in its source: twice as deep, twice as long."""
    for word in ("ADD", "MUL", "COALESCE", "CASE", "SUBQUERY", "AND"):
        sizes = [expanded_size(compiler, include, here, nested(word, depth))
                 for depth in (1, 8, 15)]
        if sizes[2] - sizes[1] > 1.1 * (sizes[1] - sizes[0]):
            yield f"{word} nested 1, 8 and 15 deep expands to {sizes} bytes with {compiler}"


def symbols(objects, folder):
    """The lines of nm for objects linked together."""
    linked = folder / "linked.o"
    subprocess.run(["gcc", "-r", "-nostdlib", *objects, "-o", linked], check=True)
    return subprocess.run(["nm", linked], check=True, text=True, capture_output=True).stdout


def complaints_about_copies(include, here):
    """A header of models in two files, linked: one copy of each table."""
    source = '#include "models.h"\nconst void *const {name}[] = {{&qc_table_User, &shop}};\n'
    with tempfile.TemporaryDirectory() as directory:
        folder = pathlib.Path(directory)
        for compiler, level in itertools.product(("gcc", "clang"), ("-O0", "-O2")):
            objects = []
            for name in ("one", "two"):
                objects.append(folder / f"{name}.o")
                subprocess.run([compiler, "-std=c11", level, f"-I{include}", f"-I{here}", "-c",
                                "-xc", "-", "-o", objects[-1]],
                               input=source.format(name=name), text=True, check=True)
            listed = symbols(objects, folder)
            for name in ("qc_table_User", "qc_columns_User", "qc_relation_User_orders"):
                if listed.count(f" {name}\n") != 1:
                    yield f"{compiler} {level}: not one copy of {name}"
