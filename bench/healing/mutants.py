"""Bugs made in right packages: `python -m bench.healing.mutants TREE ... [--count 25]`."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from bench.healing.bug import Bug, corpus_folder
from bench.healing.judge import is_test
from bench.healing.keeping import Change, Keeper, keep
from bench.healing.mutation.choosing import changed, draw, mutations
from bench.healing.mutation.scope import Mutation
from bench.healing.splitting import units_of
from bench.healing.suite import Warm, run_suite, touched_lines, warm, warm_copy

_TRIES = 15
"""So many mutations are tried for one bug before a package is given up."""


def main(arguments: Sequence[str]) -> int:
    """Add bugs to a set of the corpus."""
    parser = argparse.ArgumentParser("mutants", description=__doc__)
    parser.add_argument("tree", nargs="+", help="folders in `trees/` of the corpus")
    parser.add_argument("--count", type=int, default=25, help="so many in each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", default="packages")
    args = parser.parse_args(arguments)
    corpus = corpus_folder()
    for tree in args.tree:
        with warm_copy(corpus / "trees" / tree) as right, warm() as runner:
            for bug in bugs_of(right, runner, tree, args):
                keep(corpus, args.set, bug)
                print(f"{bug.name}: {bug.made}, {len(bug.failing)} failing", flush=True)
    return 0


def bugs_of(right: Path, runner: Warm, tree: str, args: argparse.Namespace) -> Iterator[Bug]:
    """Return so many bugs of a package, no two in the same line."""
    random = Random(f"{args.seed}:{tree}")  # noqa: S311 a sample, no secret
    by_test = touched_lines(right)
    keeper = Keeper(right, units_of(right, by_test), random, runner)
    ignored = run_suite(right, seconds=300).failed
    taken: set[tuple[str, int]] = set()
    for tried, (mutation, change) in enumerate(_mutants(right, by_test, random)):
        place = (next(iter(change.files)), mutation.line)
        if len(taken) == args.count or tried == _TRIES * args.count:
            return
        name = f"{tree}-{args.seed}-{len(taken) + 1}"
        bug = Bug(name, mutation.kind, right="", tree=tree, ignored=ignored)
        if place not in taken and (found := keeper.kept(bug, change)):
            taken.add(place)
            yield found


def _mutants(
    right: Path, by_test: dict[str, dict[str, list[int]]], random: Random
) -> Iterator[tuple[Mutation, Change]]:
    touching = _touching(by_test)
    paths = {path for path, _ in touching if path.endswith(".py") and not is_test(path)}
    texts = {path: (right / path).read_bytes().decode() for path in sorted(paths)}
    offered = {
        path: mutations(text, frozenset(line for other, line in touching if other == path))
        for path, text in texts.items()
    }
    for path, mutation in draw(random, offered):
        if (text := changed(texts[path], mutation)) is not None:
            yield mutation, Change({path: text}, touching[path, mutation.line])


def _touching(by_test: dict[str, dict[str, list[int]]]) -> dict[tuple[str, int], list[str]]:
    """Return the tests that run each line."""
    found: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for test, paths in by_test.items():
        for path, lines in paths.items():
            for line in lines:
                found[path, line].append(test)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
