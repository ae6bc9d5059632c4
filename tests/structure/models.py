#!/usr/bin/env python3
"""Has every model and record of a test program a name of its own?  models.py ROOT

Descriptors are weak symbols: of two models of one name in a program the linker takes one.
"""
import collections
import pathlib
import re
import sys

DECLARED = re.compile(r"^(?:QC_)?(?:MODEL|RECORD)\((\w+)", re.M)
PROGRAMS = ["live", "unit", "render"]

root = pathlib.Path(sys.argv[1])
problems = []
for program in PROGRAMS:
    places = collections.defaultdict(list)
    folder = root / "tests"
    for path in sorted([*folder.glob("*.[ch]"), *folder.glob(f"{program}/*.[ch]")]):
        for name in DECLARED.findall(path.read_text(encoding="utf-8")):
            places[name].append(path.relative_to(root).as_posix())
    problems += [f"{name} is declared in {' and in '.join(files)}"
                 for name, files in places.items() if len(files) > 1]
print("\n".join(problems) or "ok 1 - every model has a name of its own")
sys.exit(bool(problems))
