#!/usr/bin/env python3
"""Do the #includes of src/ obey the order of the rooms?  includes.py SRC"""
import pathlib
import re
import sys
import tempfile

ORDER = [["base"], ["model"], ["ast"], ["dialect"], ["compile"], ["driver"], ["engine"],
         ["orm", "schema"], ["tool"]]
HIDDEN = {"driver": {"ast"}}
ONLY_DRIVERS = {"libpq-fe.h", "sqlite3.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def rooms_seen_from(room):
    seen = {room}
    for level in ORDER:
        if room in level:
            return seen - HIDDEN.get(room, set())
        seen.update(level)
    return set()


def complaint(room, bracket, name):
    if name in ONLY_DRIVERS and room != "driver":
        return f"only src/driver/ may include <{name}>"
    if bracket == '"':
        other = name.split("/")[0] if "/" in name else None
        if other is None:
            return f'"{name}" does not name its room: "{room}/{name}"'
        if other not in rooms_seen_from(room):
            return f'src/{room}/ may not include "{name}"'
    return None


def complaints(src):
    rooms = {room for level in ORDER for room in level}
    for path in sorted(src.rglob("*.[ch]")):
        room = path.relative_to(src).parts[0]
        if room not in rooms:
            yield f"{path}: is in no room"
            continue
        for bracket, name in INCLUDE.findall(path.read_text(encoding="utf-8")):
            problem = complaint(room, bracket, name)
            if problem:
                yield f"{path}: {problem}"


def catches(room, include):
    with tempfile.TemporaryDirectory() as directory:
        folder = pathlib.Path(directory, room)
        folder.mkdir()
        (folder / "probe.c").write_text(f"#include {include}\n", encoding="utf-8")
        return any(complaints(pathlib.Path(directory)))


def check_itself():
    forbidden = [("base", '"model/model.h"'), ("compile", '"driver/driver.h"'),
                 ("dialect", '"compile/compile.h"'), ("dialect", "<libpq-fe.h>"),
                 ("compile", "<sqlite3.h>"), ("driver", '"ast/ast.h"'), ("ast", '"ast.h"'),
                 ("schema", '"orm/session.h"'), ("attic", "<stdio.h>")]
    allowed = [("compile", '"dialect/dialect.h"'), ("driver", "<libpq-fe.h>"),
               ("tool", '"orm/session.h"'), ("base", '"base/base.h"'), ("ast", "<stdlib.h>")]
    return ([f"self-check: {i} in src/{r} was let through" for r, i in forbidden
             if not catches(r, i)] +
            [f"self-check: {i} in src/{r} was refused" for r, i in allowed if catches(r, i)])


problems = check_itself() + list(complaints(pathlib.Path(sys.argv[1])))
print("\n".join(problems) or "ok 1 - includes obey the order of the rooms")
sys.exit(bool(problems))
