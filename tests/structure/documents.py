#!/usr/bin/env python3
"""Do the C blocks of README.md and docs/ compile, and print what the page says?

    documents.py ROOT COMPILER-AND-FLAGS... -- LINK-ARGUMENTS...

A fence "```c run" holds a whole program: it is compiled, linked and run, and its output is the
"```text" fence that follows it at once, if one does. A fence "```c check" holds statements: it is
compiled as the body of a function after docs/examples/prelude.h.

A page may have a program of its own: its "```c model" fences are put together, and each of its
"```c live" fences is the body of a function after them, `void block(qc_db *db)`. It runs in a session
on SQLite and on PostgreSQL (QUERCUS_TEST_PG), each time over a new schema `shop` that `seed` has
filled; what it prints is the "```text" fence that follows it, if one does.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^```c (run|check|model|live)\n(.*?)^```\n(?:\n*^```text\n(.*?)^```$)?", re.M | re.S)
STRICT = ["-std=c11", "-pedantic-errors", "-Wall", "-Wextra", "-Werror"]

root = pathlib.Path(sys.argv[1])
split = sys.argv.index("--")
compiler, link = sys.argv[2:split], sys.argv[split + 1:]


def run(command):
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def wrong_program(source, expected, folder):
    """Why the program is wrong, or an empty text."""
    program = folder / "program"
    status, _, messages = run([*compiler, *STRICT, source, "-o", program, *link])
    if status:
        return messages
    status, output, messages = run([program])
    if status:
        return f"status {status}\n{messages}"
    if expected and output != expected.encode():
        return f"expected\n{expected}but it printed\n{output.decode(errors='replace')}"
    return ""


def wrong_statements(source):
    status, _, messages = run([*compiler, *STRICT, "-Wno-unused", "-fsyntax-only", source])
    return messages if status else ""


LIVE = """
const char *url;
int main(int count, char **urls)
{
    static void (*const blocks[])(qc_db *) = {%s};
    for (int i = 1; i < count; i++) {
        qc_db *db = qc_open(url = urls[i]);
        for (size_t k = 0; k < sizeof(blocks) / sizeof(*blocks); k++) {
            printf("\\f");
            if (!qc_drop_all(db, &shop) || !qc_create_all(db, &shop))
                printf("%%s\\n", qc_error(db)->message);
            seed(db);
            qc_session_start(db, NULL);
            blocks[k](db);
            if (!qc_ok(db))
                printf("%%s\\n", qc_error(db)->message);
            qc_session_stop(db);
        }
        qc_drop_all(db, &shop);
        qc_close(db);
    }
}
"""


def live_program(page, text):
    """The program of a page, and the fences that are its blocks."""
    program = "#include <quercus/quercus.h>\n#include <stdio.h>\n#include <stdlib.h>\n" \
              "#include <string.h>\nextern const char *url;\n"
    blocks = []
    for found in FENCE.finditer(text):
        body = f'#line {line_of(text, found)} "{page}"\n{found[2]}'
        if found[1] == "model":
            program += body
        elif found[1] == "live":
            blocks.append(found)
            program += f"static void block_{len(blocks)}(qc_db *db)\n{{\n(void)db;\n{body}}}\n"
    return program + LIVE % ", ".join(f"block_{i + 1}" for i in range(len(blocks))), blocks


def line_of(text, found):
    return text.count("\n", 0, found.start(2)) + 1


def wrong_live(page, text, folder):
    """What is wrong with each live fence of the page, by its start."""
    program, blocks = live_program(page, text)
    if not blocks:
        return {}
    source, binary = folder / "live.c", folder / "live"
    source.write_text(program, encoding="utf-8")
    urls = [f"sqlite:{folder}/live.db", os.environ["QUERCUS_TEST_PG"]]
    status, _, messages = run([*compiler, *STRICT, "-Wno-unused", source, "-o", binary, *link])
    if not status:
        status, output, messages = run([binary, *urls])
    if status:
        return {found.start(): messages or f"status {status}" for found in blocks}
    printed = output.decode(errors="replace").split("\f")[1:]
    why = {}
    for i, found in enumerate(blocks):
        for name, text_of in zip(["SQLite", "PostgreSQL"], [printed[i], printed[len(blocks) + i]]):
            if text_of != (found[3] or ""):
                why[found.start()] = f"expected\n{found[3] or ''}but {name} printed\n{text_of}"
    return why


def wrong(kind, body, expected, page, line, folder):
    source = folder / "block.c"
    place = f'#line {line} "{page}"\n'
    if kind == "run":
        source.write_text(place + body, encoding="utf-8")
        return wrong_program(source, expected, folder)
    source.write_text(f'#include "{root}/docs/examples/prelude.h"\nvoid block(void);\n'
                      f"void block(void)\n{{\n{place}{body}}}\n", encoding="utf-8")
    return wrong_statements(source)


def main():
    number, failed = 0, False
    with tempfile.TemporaryDirectory() as directory:
        for path in [root / "README.md", *sorted((root / "docs").rglob("*.md"))]:
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            page = path.relative_to(root)
            live = wrong_live(page, text, pathlib.Path(directory))
            for found in FENCE.finditer(text):
                if found[1] == "model":
                    continue
                line = line_of(text, found)
                why = live.get(found.start()) if found[1] == "live" else \
                    wrong(*found.groups(), page, line, pathlib.Path(directory))
                number += 1
                failed |= bool(why)
                print("not ok" if why else "ok", number, "-", f"{page}:{line}")
                if why:
                    print(why.rstrip())
    return failed


sys.exit(main())
