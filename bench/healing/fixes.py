"""Real fixes undone: `python -m bench.healing.fixes TREE REPOSITORY [--count 10]`.

A commit counts when it changes a few lines of one file of the package, inside one function, and
tests too. Its change of the package is undone in the tree, which keeps its newest tests.
"""

from __future__ import annotations

import argparse
import ast
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from bench.healing.bug import Bug, corpus_folder
from bench.healing.judge import is_test
from bench.healing.keeping import Change, Keeper, keep
from bench.healing.layout import DoesNotApply, apply
from bench.healing.splitting import units_of
from bench.healing.suite import Warm, run_suite, touched_lines, warm, warm_copy

_MOST_LINES = 14
_COMMITS = 3000
_MOST_TRIED = 150


class Fix(NamedTuple):
    """A commit that repaired something small."""

    commit: str
    path: str
    undone: str
    """A diff of this file that takes the repair back."""


def main(arguments: Sequence[str]) -> int:
    """Add bugs to a set of the corpus."""
    parser = argparse.ArgumentParser("fixes", description=__doc__)
    parser.add_argument("tree", help="a folder in `trees/` of the corpus")
    parser.add_argument("repository", type=Path, help="the git repository that it is from")
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--set", default="fixes")
    args = parser.parse_args(arguments)
    corpus = corpus_folder()
    with warm_copy(corpus / "trees" / args.tree) as right, warm() as runner:
        for bug in bugs_of(right, runner, args):
            keep(corpus, args.set, bug)
            print(f"{bug.name}: {bug.made}, {len(bug.failing)} failing", flush=True)
    return 0


def bugs_of(right: Path, runner: Warm, args: argparse.Namespace) -> Iterator[Bug]:
    random = Random(args.tree)  # noqa: S311 a sample, no secret
    by_test = touched_lines(right)
    keeper = Keeper(right, units_of(right, by_test), random, runner)
    ignored = run_suite(right, seconds=300).failed
    found = 0
    for tried, (fix, text) in enumerate(_undone(right, args.repository)):
        if found == args.count or tried == _MOST_TRIED:
            return
        tests = [test for test, paths in by_test.items() if fix.path in paths]
        bug = Bug(
            f"{args.tree}-{fix.commit[:8]}",
            "a fix undone",
            right="",
            tree=args.tree,
            ignored=ignored,
        )
        change = Change({fix.path: text}, tests)
        if tests and (made := keeper.kept(bug, change)):
            found += 1
            yield made


def _undone(right: Path, repository: Path) -> Iterator[tuple[Fix, str]]:
    """Return the fixes that can still be undone, with what the file is then."""
    for fix in _fixes(repository):
        if (right / fix.path).is_file() and (text := _without(right, fix)) is not None:
            yield fix, text


def _without(right: Path, fix: Fix) -> str | None:
    before = (right / fix.path).read_bytes().decode()
    with tempfile.TemporaryDirectory(prefix="wb-fix-") as place:
        copy = Path(place) / fix.path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(right / fix.path, copy)
        try:
            apply(Path(place), fix.undone)
            text = copy.read_bytes().decode()
            same = ast.dump(ast.parse(text)) == ast.dump(ast.parse(before))
        except (DoesNotApply, SyntaxError):
            return None
    return None if same or not _is_one_function(before, text) else text


def _is_one_function(before: str, after: str) -> bool:
    """Tell whether all that differs lies in one function that both have."""
    old, new = _functions(before), _functions(after)
    changed = [name for name in old.keys() & new.keys() if old[name] != new[name]]
    return old.keys() == new.keys() and len(changed) == 1


def _functions(text: str) -> dict[str, str]:
    """Return the outermost functions and methods, and, with no name, all that is around them."""
    found: dict[str, str] = {}
    tree = ast.parse(text)
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    holders: list[ast.Module | ast.ClassDef] = [tree, *classes]
    for holder in holders:
        for node in list(holder.body):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found[f"{getattr(holder, 'name', '')}.{node.name}"] = ast.dump(node)
                holder.body.remove(node)
    found[""] = ast.dump(tree)
    return found


def _fixes(repository: Path) -> Iterator[Fix]:
    for commit, counts in _commits(repository):
        code = [path for path in counts if path.endswith(".py") and not is_test(path)]
        tests = [path for path in counts if is_test(path)]
        if len(code) == 1 and tests and 0 < counts[code[0]] <= _MOST_LINES:
            undone = _git(repository, "show", "--format=", "-R", commit, "--", code[0])
            yield Fix(commit, code[0], undone)


def _commits(repository: Path) -> Iterator[tuple[str, dict[str, int]]]:
    """Return commits, the newest first, with the number of lines that each file changes by."""
    log = _git(repository, "log", "--no-merges", f"-{_COMMITS}", "--numstat", "--format=\1%H")
    for part in log.split("\1")[1:]:
        commit, *lines = part.split("\n")
        cells = [line.split("\t") for line in lines if line.count("\t") == 2]
        yield commit, {path: _count(plus) + _count(minus) for plus, minus, path in cells}


def _count(cell: str) -> int:
    return int(cell) if cell.isdigit() else 0


def _git(repository: Path, *arguments: str) -> str:
    command = ["git", "-C", str(repository), "-c", "core.quotePath=false", *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode(errors="replace")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
