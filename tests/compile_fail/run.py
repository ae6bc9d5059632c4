#!/usr/bin/env python3
"""Is each wrong program refused with the sentence it should get, and its right twin taken?

    run.py ROOT

Cases stand in the *.txt files beside this one:

    context: struct User *row = FIRST(db, SELECT(User).WHERE($)); use(row);

    [eq_text_int]
    wrong: EQ(User_email, 42)
    right: EQ(User_email, "x")
    says: EQ: the two sides have different types

`context` holds for the cases below it: what stands for $ in a function, or "file" for a
declaration outside of functions (where the word Thing is made unique). `says` must be part of the
first error of both compilers; `gcc` and `clang` stand for it where they differ.

docs/guide/errors.md is held to the same: its fence "```c wrong" (statements; "```c wrong file":
declarations) must give exactly the first error that the fence "```text gcc" or "```text clang"
after it shows ("…" stands for any text), and what "```c right" shows must be taken. limits.py has the right programs that are large.
"""
import concurrent.futures
import itertools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import limits  # noqa: E402 (the source tree stays as it is)

HERE = pathlib.Path(__file__).resolve().parent
STRICT = ["-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-Wshadow"]
STANDARDS = ["c11", "c17", "gnu17"]
ENVIRONMENT = dict(os.environ, LC_ALL="C")
ERROR = re.compile(r"^(?!In file).*?\berror: (.*)$", re.M)
FENCE = re.compile(r"^```(c wrong|c right|text gcc|text clang)( file)?\n(.*?)^```$", re.M | re.S)


class Case:
    def __init__(self, name, wrong, right, says):
        self.name, self.wrong, self.right, self.says = name, wrong, right, says

    def expected(self, compiler):
        return self.says.get(compiler, self.says.get("says"))


def in_function(name, body):
    return f"void {name}(void);\nvoid {name}(void)\n{{\n{body}\n}}\n"


def placed(context, name, line):
    if context == "file":
        return line.replace("Thing", f"Thing_{name}") + "\n"
    return in_function(f"case_{name}", context.replace("$", line))


def read_cases(path):
    context, cases, fields = "$", [], {}

    def finish():
        if fields:
            name = fields["name"]
            says = {word: fields[word] for word in ("says", "gcc", "clang") if word in fields}
            cases.append(Case(name, placed(fields["context"], name, fields["wrong"]),
                              placed(fields["context"], name, fields["right"]), says))

    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            finish()
            fields = {"name": line.strip("[]"), "context": context}
        elif line.startswith("context: "):
            context = line.removeprefix("context: ")
        else:
            word, _, value = line.partition(": ")
            fields[word] = value
    finish()
    return cases


def read_document(path):
    """The wrong programs of a page as cases, and its right ones."""
    cases, rights = [], []
    for kind, in_file, body in FENCE.findall(path.read_text(encoding="utf-8")):
        name = f"document_{len(cases) + len(rights)}"
        if kind.startswith("c "):
            body = body if in_file else in_function(name, body)
        if kind == "c wrong":
            cases.append(Case(name, body, "", {"exact": True}))
        elif kind == "c right":
            rights.append(body)
        else:
            cases[-1].says[kind.split()[1]] = body.strip()
    return cases, rights


class Compilers:
    """The compilers there are, with models.h compiled beforehand for the wrong programs."""

    def __init__(self, root, folder):
        self.root, self.folder = root, folder
        self.names = [name for name in ("gcc", "clang") if shutil.which(name)]
        for name, made in (("gcc", "models.h.gch"), ("clang", "models.pch")):
            if name in self.names:
                subprocess.run([*self.command(name, "c11"), "-xc-header", HERE / "models.h", "-o",
                                folder / made], check=True)

    def command(self, name, standard):
        return [name, f"-std={standard}", *STRICT, f"-I{self.root}/include", f"-I{HERE}"]

    def messages(self, name, standard, source):
        """What the compiler says; empty when it takes the program."""
        command = [*self.command(name, standard), "-fsyntax-only", "-xc", "-"]
        if name == "clang" and standard == "c11":
            command[1:1] = ["-include-pch", "models.pch"]
        else:
            source = f'#include "models.h"\n{source}'
        tried = subprocess.run(command, input=source, text=True, check=False, cwd=self.folder,
                               capture_output=True, env=ENVIRONMENT)
        return tried.stderr or ("" if tried.returncode == 0 else f"status {tried.returncode}")


def says_it(case, compiler, said):
    expected = case.expected(compiler)
    first = ERROR.search(said)
    if not expected or not first:
        return False
    if "exact" in case.says:
        pattern = ".*".join(re.escape(part) for part in expected.split("…"))
        return re.fullmatch(pattern, "error: " + first.group(1)) is not None
    return expected in first.group(1)


def complaint_about_wrong(compilers, compiler, case):
    said = compilers.messages(compiler, "c11", case.wrong)
    if says_it(case, compiler, said):
        return ""
    return (f"{case.name}: {compiler} should say\n    {case.expected(compiler)}\n"
            f"  of\n{case.wrong}  but says\n{said or 'nothing'}")


def complaint_about_right(compilers, compiler, standard, sources):
    said = compilers.messages(compiler, standard, "".join(sources))
    return said and f"right twins: {compiler} -std={standard} should say nothing, but says\n{said}"


def complaints_about_the_runner(compilers):
    """The runner must fail when a wrong line is taken, or when the sentence is not said."""
    wrong, right = "use(FIRST(db, SELECT(42)));", "use(FIRST(db, SELECT(User)));"
    taken = Case("taken", in_function("f", right), "", {"says": "SELECT: "})
    unsaid = Case("unsaid", in_function("f", wrong), "", {"says": "no such sentence"})
    for compiler, case in itertools.product(compilers.names, [taken, unsaid]):
        if not complaint_about_wrong(compilers, compiler, case):
            yield f"the runner does not see a wrong case: {case.name}"
        if not complaint_about_right(compilers, compiler, "c11", [in_function("f", wrong)]):
            yield "the runner does not see a wrong twin"


def complaints_of(compilers, cases, rights):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(complaint_about_right, compilers, compiler, standard, rights)
                for compiler in compilers.names for standard in STANDARDS]
        jobs += [pool.submit(complaint_about_wrong, compilers, compiler, case)
                 for case in cases for compiler in compilers.names]
        return [job.result() for job in jobs]


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    cases = [case for path in sorted(HERE.glob("*.txt")) for case in read_cases(path)]
    documented, rights = read_document(root / "docs" / "guide" / "errors.md")
    rights += [limits.ROWS, limits.program()] + [case.right for case in cases]
    with tempfile.TemporaryDirectory() as folder:
        compilers = Compilers(root, pathlib.Path(folder))
        complaints = complaints_of(compilers, cases + documented, rights)
        tried = len(complaints)
        complaints += complaints_about_the_runner(compilers)
    complaints += limits.complaints_about_copies(root / "include", HERE)
    for compiler in compilers.names:
        complaints += limits.complaints_about_depth(compiler, root / "include", HERE)
    names = [case.name for case in cases]
    if len(set(names)) < max(90, len(names)) or not compilers.names:
        complaints.append("too few cases or compilers, or names used twice")
    complaints = list(filter(None, complaints))
    print(*complaints, sep="\n")
    print(f"{tried - len(complaints)} passed, {len(complaints)} failed")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
