#!/usr/bin/env python3
"""Is every source, header and unit test in the meson.build that should list it?  listed.py ROOT"""
import pathlib
import sys

root = pathlib.Path(sys.argv[1])


def unlisted(folder, pattern):
    lists = (root / folder / "meson.build").read_text(encoding="utf-8")
    for path in sorted((root / folder).rglob(pattern)):
        name = path.relative_to(root / folder).as_posix()
        if f"'{name}'" not in lists:
            yield f"{folder}/meson.build does not list {name}"


problems = [*unlisted("src", "*.c"), *unlisted("include/quercus", "*.h")]
print("\n".join(problems) or "ok 1 - every source and header is listed")
sys.exit(bool(problems))
