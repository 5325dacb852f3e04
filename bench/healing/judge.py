"""Whether a proposal repairs a bug, told by tests that nobody saw who made it."""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench.healing.bug import Bug
from bench.healing.layout import DoesNotApply, apply, lay_judge, lay_out, paths_of
from bench.healing.suite import run_suite

_SECONDS = 120.0


class Verdict(msgspec.Struct, frozen=True):
    """What a proposal is worth."""

    right: bool
    """All tests pass, those too that were held back."""
    plausible: bool
    """The tests that were handed out pass."""
    same: bool
    """It is the known repair, down to the syntax tree."""
    problem: str = ""


def judge(bug: Bug, corpus: Path, diff: str) -> Verdict:
    """Apply `diff` to a fresh copy of the broken project and run the tests there."""
    with tempfile.TemporaryDirectory(prefix="wb-judge-") as place:
        folder = Path(place) / "project"
        lay_out(bug, corpus, folder)
        if tests := sorted(path for path in paths_of(diff) if is_test(path)):
            return Verdict(right=False, plausible=False, same=False, problem=f"changes {tests}")
        try:
            apply(folder, diff)
        except DoesNotApply as problem:
            return Verdict(right=False, plausible=False, same=False, problem=str(problem))
        return _judged(bug, corpus, folder)


def _judged(bug: Bug, corpus: Path, folder: Path) -> Verdict:
    same = _is_same(bug, corpus, folder)
    plausible = run_suite(folder, ignored=bug.ignored, seconds=_SECONDS).green
    if not plausible:
        return Verdict(right=False, plausible=False, same=same, problem="a given test fails")
    lay_judge(bug, corpus, folder)
    final = run_suite(folder, ignored=bug.ignored, seconds=_SECONDS)
    problem = "" if final.green else f"fails {', '.join(final.failed[:3]) or 'to finish'}"
    return Verdict(right=final.green, plausible=True, same=same, problem=problem)


def is_test(path: str) -> bool:
    """Tell whether a repair has no business in this file."""
    *folders, name = Path(path).parts
    in_tests = any(folder in {"test", "tests", "testing"} for folder in folders)
    return in_tests or name.startswith("test") or name in {"conftest.py", "pytest.ini"}


def _is_same(bug: Bug, corpus: Path, folder: Path) -> bool:
    with tempfile.TemporaryDirectory(prefix="wb-right-") as place:
        right = Path(place) / "project"
        lay_out(bug, corpus, right)
        apply(right, bug.right)
        return all(one == other for one, other in _trees(right, folder))


def _trees(right: Path, repaired: Path) -> Iterator[tuple[str, str]]:
    for path in right.rglob("*.py"):
        other = repaired / path.relative_to(right)
        if path.read_bytes() != other.read_bytes():
            yield _tree(path), _tree(other)


def _tree(path: Path) -> str:
    return ast.dump(ast.parse(path.read_bytes()))
