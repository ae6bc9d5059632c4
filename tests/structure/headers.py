#!/usr/bin/env python3
"""Does every public header compile alone, with gcc and with clang?  headers.py INCLUDE"""
import pathlib
import shutil
import subprocess
import sys

FLAGS = ["-std=c11", "-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-xc", "-"]

include = pathlib.Path(sys.argv[1])
headers = sorted(path.relative_to(include).as_posix() for path in include.rglob("*.h"))
failed = False
number = 0
for compiler in filter(shutil.which, ["gcc", "clang"]):
    for header in headers:
        number += 1
        source = f"#include <{header}>\n#include <{header}>\nextern int qc_here;\n"
        tried = subprocess.run([compiler, f"-I{include}", *FLAGS], input=source, text=True,
                               stderr=subprocess.PIPE, check=False)
        failed |= tried.returncode != 0
        print("not ok" if tried.returncode else "ok", number, "-", compiler, header)
        print(tried.stderr, end="")
sys.exit(failed or number == 0)
