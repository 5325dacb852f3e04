"""Broken projects made of the tables: `python -m bench.healing.own [SET ...]`."""

from __future__ import annotations

import difflib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

from bench.healing.bug import Bug, corpus_folder, save
from bench.healing.drawing import Drawing, functions
from bench.healing.layout import write
from bench.healing.suite import run_suite
from bench.healing.tables import MistakeMissing, Program, broken, read_table

SETS = ("students", "library", "crashes")
_HELD_OUT = 40
_ASK = Path(__file__).parent / "children" / "expect.py"
_RUN = '''

def run(path, *arguments):
    """Run a script and return its exit status and what it prints."""
    from contextlib import redirect_stdout
    from io import StringIO
    from runpy import run_path
    from unittest.mock import patch

    printed = StringIO()
    with redirect_stdout(printed), patch("sys.argv", [path, *arguments]):
        try:
            run_path(path, run_name="__main__")
        except SystemExit as end:
            return end.code, printed.getvalue()
    return None, printed.getvalue()
'''
_PLAY = '''

def play(thing, *moves):
    """Call methods, read attributes, and return all that came of it."""
    found = []
    for move in moves:
        name, *values = (move,) if isinstance(move, str) else move
        member = getattr(thing, name.lstrip("."))
        found.append(member if name.startswith(".") else member(*values))
    return found
'''


def main(names: Sequence[str]) -> int:
    for name in names or SETS:
        bugs = [bug for program in read_table(name) for bug in bugs_of(program)]
        save(corpus_folder(), name, bugs)
        print(f"{name}: {len(bugs)} bugs")
    return 0


def bugs_of(program: Program) -> Iterator[Bug]:
    """Return the broken projects of a program in which a test fails that can be seen."""
    shown, held_out = _tests(program)
    for number, files in enumerate(_broken(program), 1):
        given = {**files, f"test_{program.name}.py": shown}
        if failing := _failing(given):
            judging = {"test_held_out.py": held_out}
            name = f"{program.name}-{number}"
            yield Bug(name, "our own", _diff(files, program.files), failing, given, judging)
        else:
            print(f"{program.name} {number}: no test fails", file=sys.stderr)


def _broken(program: Program) -> Iterator[dict[str, str]]:
    """Each bug alone, then the first two that do not touch each other together."""
    for bug in program.bugs:
        yield broken(program, bug)
    for first, second in combinations(program.bugs, 2):
        try:
            yield broken(program, (*first, *second))
        except MistakeMissing:
            continue
        return


def _tests(program: Program) -> tuple[str, str]:
    drawing, names = Drawing(program.name), functions(program.source)
    drawn = [
        drawing.call(expression, names[-1])
        for expression in program.drawn
        for _ in range(_HELD_OUT // len(program.drawn))
    ]
    judging = [call for call in dict.fromkeys(drawn) if call not in program.shown]
    expected = _expected(program, [*program.shown, *judging])
    return (
        _module(program, dict(list(expected.items())[: len(program.shown)])),
        _module(program, dict(list(expected.items())[len(program.shown) :])),
    )


def _expected(program: Program, calls: Sequence[str]) -> dict[str, str]:
    """Return the assertion of each call, told by the right program in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="wb-own-") as place:
        write(Path(place), program.files)
        head = _head(program)
        asked = json.dumps([head, list(calls)]).encode()
        done = subprocess.run(
            [sys.executable, str(_ASK)], cwd=place, input=asked, capture_output=True, check=True
        )
    return dict(zip(calls, json.loads(done.stdout), strict=True))


def _head(program: Program) -> str:
    helpers = {"play(": _PLAY, "run(": _RUN}
    used = [text for call, text in helpers.items() if any(call in one for one in program.shown)]
    names = ", ".join(functions(program.source))
    return f"import pytest\n\nfrom {program.name} import {names}\n{''.join(used)}"


def _module(program: Program, assertions: dict[str, str]) -> str:
    tests = [
        f"\n\ndef test_{number}():\n{_indented(lines)}"
        for number, lines in enumerate(assertions.values(), 1)
    ]
    text = _head(program) + "".join(tests)
    return text if "pytest." in text else text.replace("import pytest\n\n", "", 1)


def _indented(lines: str) -> str:
    return "".join(f"    {line}\n" for line in lines.splitlines())


def _failing(files: dict[str, str]) -> tuple[str, ...]:
    """Return the failing tests; if one goes on for ever, those found one by one."""
    with tempfile.TemporaryDirectory(prefix="wb-own-") as place:
        write(Path(place), files)
        suite = run_suite(Path(place), seconds=5)
        if suite.finished:
            return suite.failed
        return ("a test does not end",)


def _diff(broken_files: dict[str, str], right: dict[str, str]) -> str:
    return "".join(_lines_of_diff(broken_files, right))


def _lines_of_diff(before: dict[str, str], after: dict[str, str]) -> Iterable[str]:
    for path, text in after.items():
        old, new = before[path].splitlines(keepends=True), text.splitlines(keepends=True)
        yield from difflib.unified_diff(old, new, f"a/{path}", f"b/{path}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
