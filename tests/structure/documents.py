#!/usr/bin/env python3
"""Do the C blocks of README.md and docs/ compile, and print what the page says?

    documents.py ROOT COMPILER-AND-FLAGS... -- LINK-ARGUMENTS...

A fence "```c run" holds a whole program: it is compiled, linked and run, and its output is the
"```text" fence that follows it at once, if one does. A fence "```c check" holds statements: it is
compiled as the body of a function after docs/examples/prelude.h.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^```c (run|check)\n(.*?)^```\n(?:\n*^```text\n(.*?)^```$)?", re.M | re.S)
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
            for found in FENCE.finditer(text):
                line = text.count("\n", 0, found.start(2)) + 1
                why = wrong(*found.groups(), page, line, pathlib.Path(directory))
                number += 1
                failed |= bool(why)
                print("not ok" if why else "ok", number, "-", f"{page}:{line}")
                if why:
                    print(why.rstrip())
    return failed


sys.exit(main())
