#!/usr/bin/env python3
"""What does the face cost the C compiler?  compile_time.py [INCLUDE] [--source]

Writes one file of 50 models (10 columns each, two relationships) and 500 inline queries of twenty
kinds, compiles it with gcc and with clang, and prints the time of a build without optimization
and the code of one query with it. With --source it prints the file instead.
"""
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

MODELS, QUERIES, RUNS = 50, 500, 5
SECONDS_LIMIT, BYTES_LIMIT = 2.0, 400

MODEL = """
MODEL(M{n}, "m{n}",
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY),
    COLUMN(email, VARCHAR(255), UNIQUE, INDEXED),
    COLUMN(role, TEXT),
    COLUMN(first_name, NULLABLE(TEXT)),
    COLUMN(is_active, BOOLEAN, DEFAULT(true)),
    COLUMN(quantity, INTEGER),
    COLUMN(amount, NUMERIC(10, 2), DEFAULT("0.00")),
    COLUMN(parent_id, NULLABLE(BIGINT), REFERENCES(M{other}, id)),
    COLUMN(created_at, TIMESTAMPTZ, SERVER_DEFAULT("now()")),
    COLUMN(updated_at, NULLABLE(TIMESTAMPTZ), ON_UPDATE("now()")),
    HAS_MANY(children, M{next}, parent_id, BACK(parent)),
    BELONGS_TO(parent, M{other}, parent_id, BACK(children)))
RECORD(R{n}, COLUMN(role, TEXT), COLUMN(total, NUMERIC), ENTITY(it, M{n}))
"""

PROLOGUE = """
typedef qc_timestamp_value stamp;
struct arguments {{ qc_db *db; const char *email; stamp from, to; int64_t id; int n; }};
"""

KINDS = [
    "struct {M} *row = FIRST(a->db, SELECT({M}).WHERE(EQ({M}_email, a->email))); return row != 0;",
    "struct {M} **rows = ALL(a->db, SELECT({M}).JOIN({M}_children)"
    ".LEFT_JOIN({O}, EQ({O}_id, {M}_parent_id)).WHERE(ILIKE({M}_email, \"%@gmail.com\"))"
    ".WHERE(IN({M}_id, 1, 2, 3)).WHERE(EQ({M}_is_active, true))"
    ".ORDER_BY(DESC({M}_created_at), {M}_id).LIMIT(10).OFFSET(20)); return rows != 0;",
    "struct {M} **rows = ALL(a->db, SELECT({M}).WHERE(BETWEEN({M}_created_at, a->from, a->to))"
    ".WHERE(IN({M}_id, SELECT({O}_parent_id).WHERE(GT({O}_amount, 9.99))))"
    ".WHERE(EXISTS(SELECT({O}).WHERE(EQ({O}_parent_id, {M}_id))))); return rows != 0;",
    "struct R{m} **rows = ALL(a->db, SELECT_AS(R{m}, {M}_role, SUM({M}_amount), {M})"
    ".GROUP_BY({M}_role)); return rows != 0;",
    "int64_t n = SCALAR(a->db, SELECT(COUNT({M}_id))); return n != 0;",
    "qc_numeric_value sum = SCALAR(a->db, SELECT(SUM({M}_id))); return sum.text != 0;",
    "int64_t n = SCALAR(a->db, SELECT(SUM({M}_quantity))"
    ".WHERE(ONLY_IF(a->n > 3, EQ({M}_role, \"x\")))); return n != 0;",
    "qc_row **rows = ALL(a->db, SELECT({M}_id, COUNT(), ADD({M}_quantity, 1),"
    " AS(MUL({M}_amount, 2), x)).GROUP_BY({M}_id)); return rows != 0;",
    "return EXEC(a->db, UPDATE({M}).SET({M}_email, \"x\").SET({M}_is_active, false)"
    ".WHERE(EQ({M}_id, a->id))) != 1;",
    "return EXEC(a->db, DELETE({M}).WHERE(AND(EQ({M}_id, a->id), NE({M}_role, \"x\")))) != 1;",
    "QUERY_OF({M}) q = QUERY(SELECT({M}).WHERE(EQ({M}_id, 1))); q = QUERY(EXTEND(q).LIMIT(3));"
    " struct {M} *row = FIRST(a->db, q); return row != 0;",
    "return SQL(SELECT({M}).WHERE(OR(EQ({M}_email, a->email),"
    " NOT(IS_NULL({M}_first_name))))) != 0;",
    "const char *s = SCALAR(a->db, SELECT(CASE(WHEN(EQ({M}_id, 1), \"a\"), ELSE(\"b\"))));"
    " return s != 0;",
    "const char *s = SCALAR(a->db, SELECT(COALESCE({M}_first_name, \"none\"))"
    ".WHERE(EQ({M}_id, a->id))); return s != 0;",
    "const char *s = SCALAR(a->db, SELECT(CAST({M}_id, VARCHAR(20))).LIMIT(1)); return s != 0;",
    "int n = 0; STREAM(row, a->db, SELECT({M})) {{ if (row->id == 3) break; n++; }} return n;",
    "const char *s = SCALAR(a->db, SELECT(FUNC(\"reverse\", TEXT, {M}_email))); return s != 0;",
    "return SCALAR(a->db, SELECT(RAW(BOOLEAN, \"? @> ?\", {M}_email, \"x\")));",
    "struct {M} row = {{.id = a->id}}; return EXEC(a->db, INSERT_ROWS({M}, &row, 1)) != 1;",
    "qc_row **rows = ALL(a->db, SELECT({M}_id, {M}_email, AS(COUNT({O}_id), n),"
    " AS(SUM({O}_amount), total)).LEFT_JOIN({O}, EQ({O}_parent_id, {M}_id))"
    ".WHERE(EQ({M}_is_active, true)).WHERE(BETWEEN({M}_created_at, a->from, a->to))"
    ".WHERE(OR(EQ({M}_role, \"a\"), EQ({M}_role, \"b\"))).WHERE(ILIKE({M}_email, \"%x%\"))"
    ".GROUP_BY({M}_id, {M}_email).HAVING(GT(COUNT({O}_id), 3)).ORDER_BY(DESC(SUM({O}_amount)))"
    ".LIMIT(10).OFFSET(20)); return rows != 0;",
]


def program(queries):
    parts = ["#include <quercus/quercus.h>\n"]
    parts += [MODEL.format(n=n, other=(n + 1) % MODELS, next=(n - 1) % MODELS)
              for n in range(MODELS)]
    parts.append(PROLOGUE.format())
    for n in range(queries):
        model = n // len(KINDS) * 7 % MODELS
        body = KINDS[n % len(KINDS)].format(m=model, M=f"M{model}", O=f"M{(model + 1) % MODELS}")
        parts.append(f"int query_{n}(struct arguments *a);\n"
                     f"int query_{n}(struct arguments *a)\n{{\n    {body}\n}}\n")
    return "".join(parts)


def seconds(command):
    """Processor time, so that a busy machine measures the same."""
    taken = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(taken)


def code_bytes(compiler, flags, source, folder):
    """Bytes of the sections that hold code: .text and its cold parts."""
    built = folder / "built.o"
    subprocess.run([compiler, *flags, "-O2", "-c", source, "-o", built], check=True)
    listing = subprocess.run(["size", "-A", built], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    rows = [line.split() for line in listing.splitlines()]
    return sum(int(row[1]) for row in rows if row and row[0].startswith(".text"))


def measure(compiler, include, folder):
    flags = ["-std=c11", f"-I{include}"]
    full, models = folder / "full.c", folder / "models.c"
    full.write_text(program(QUERIES), encoding="ascii")
    models.write_text(program(0), encoding="ascii")
    whole = seconds([compiler, *flags, "-O0", "-c", full, "-o", folder / "full.o"])
    part = seconds([compiler, *flags, "-O0", "-c", models, "-o", folder / "models.o"])
    return whole, part, code_bytes(compiler, flags, full, folder) / QUERIES


def main():
    arguments = [word for word in sys.argv[1:] if word != "--source"]
    if "--source" in sys.argv:
        print(program(QUERIES), end="")
        return 0
    default = pathlib.Path(__file__).resolve().parents[2] / "include"
    include = arguments[0] if arguments else default
    print(f"{MODELS} models and {QUERIES} queries in one file (median of {RUNS})")
    print(f"{'':8}{'-O0 [s]':>10}{'models':>10}{'reach':>8}   {'-O2 [bytes a query]':>20}"
          f"{'reach':>8}")
    failed = False
    with tempfile.TemporaryDirectory() as directory:
        for compiler in filter(shutil.which, ["gcc", "clang"]):
            whole, part, code = measure(compiler, include, pathlib.Path(directory))
            reached = (compiler != "gcc" or whole <= SECONDS_LIMIT) and code <= BYTES_LIMIT
            failed |= not reached
            print(f"{compiler:8}{whole:10.2f}{part:10.2f}{SECONDS_LIMIT:8.1f}   {code:20.0f}"
                  f"{BYTES_LIMIT:8}{'' if reached else '   not reached'}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
