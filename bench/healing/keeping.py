"""Which changes of a right package are bugs worth keeping.

Kept is what makes one to ten tests fail, does not hinder the import, and is judged to be right once
it is taken back: some tests need others, which are held back.
"""

from __future__ import annotations

import difflib
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec

from bench.healing.bug import Bug, corpus_folder, load, save
from bench.healing.judge import judge
from bench.healing.layout import write
from bench.healing.splitting import held_back, unit_of
from bench.healing.suite import Suite, Warm

_MOST_FAILING = 10
_SECONDS = 60


class Change(NamedTuple):
    """Files of a right package, changed, and the tests that run what is changed."""

    files: Mapping[str, str]
    tests: Collection[str]


@dataclass(frozen=True)
class Keeper:
    """Makes bugs of changes of one package."""

    right: Path
    units: Mapping[str, list[str]]
    """The test functions of each file."""
    random: Random
    warm: Warm

    def kept(self, bug: Bug, change: Change) -> Bug | None:
        """Return `bug` with the change made and the tests divided, if it is worth keeping."""
        suite = self._suite(bug, change)
        failing = {unit_of(test) for test in suite.failed}
        known = {unit for found in self.units.values() for unit in found}
        if not _is_suitable(suite) or not failing <= known:  # Some are made, or inherited.
            return None
        hidden = held_back(self.random, self.units, failing)
        texts = {path: (self.right / path).read_bytes().decode() for path in change.files}
        made = msgspec.structs.replace(
            bug,
            hidden=tuple(hidden),
            failing=tuple(test for test in suite.failed if unit_of(test) not in hidden),
            right=diff_of(change.files, texts),
            broken=diff_of(texts, change.files),
        )
        return made if judge(made, corpus_folder(), made.right).right else None

    def _suite(self, bug: Bug, change: Change) -> Suite:
        with tempfile.TemporaryDirectory(prefix="wb-mutant-") as place:
            folder = Path(place) / "project"
            shutil.copytree(self.right, folder)
            write(folder, change.files)
            tests = sorted({unit_of(test) for test in change.tests})
            most = f"--maxfail={_MOST_FAILING + 1}"
            return self.warm.run(folder, [most, *tests], bug.ignored, _SECONDS)


def keep(corpus: Path, name: str, bug: Bug) -> None:
    """Add a bug to a set, in the place of one of the same name."""
    known = load(corpus, name) if (corpus / f"{name}.jsonl").exists() else []
    save(corpus, name, [*(one for one in known if one.name != bug.name), bug])


def diff_of(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    return "".join(_diff_lines(before, after))


def _is_suitable(suite: Suite) -> bool:
    return suite.finished and 0 < len(suite.failed) <= _MOST_FAILING and suite.collected


def _diff_lines(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for path, text in after.items():
        old, new = before[path].splitlines(keepends=True), text.splitlines(keepends=True)
        for line in difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
