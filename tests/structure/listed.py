#!/usr/bin/env python3
"""Is every source, header, suite and benchmark in the list that builds it?  listed.py ROOT"""
import pathlib
import sys

root = pathlib.Path(sys.argv[1])


def unlisted(folder, pattern, prefix=""):
    """Files that the meson.build of `folder` does not name; what is test_NAME.c it calls NAME."""
    lists = (root / folder / "meson.build").read_text(encoding="utf-8")
    for path in sorted((root / folder).glob(pattern)):
        name = path.relative_to(root / folder).as_posix()
        if prefix:
            name = path.stem[len(prefix):]
        if f"'{name}'" not in lists:
            yield f"{folder}/meson.build does not list {path.relative_to(root)}"


problems = [
    *unlisted("src", "**/*.c"),
    *unlisted("include/quercus", "**/*.h"),
    *unlisted("tests", "unit/test_*.c", "test_"),
    *unlisted("tests", "render/test_*.c", "test_"),
    *unlisted("tests", "live/test_*.c", "test_"),
    *unlisted("tests/bench", "bench_*.c", "bench_"),
]
print("\n".join(problems) or "ok 1 - every file is listed")
sys.exit(bool(problems))
