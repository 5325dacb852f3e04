"""Which changes of a right package are bugs worth keeping.

Kept is what makes one to ten tests fail, does not hinder the import and can be told from the right
program by the tests that are handed out.
"""

from __future__ import annotations

import difflib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

import msgspec

from bench.healing.bug import Bug, load, save
from bench.healing.layout import apply, lay_out, write
from bench.healing.splitting import held_back, unit_of, units_of
from bench.healing.suite import Suite, run_suite

_MOST_FAILING = 10
_SECONDS = 60


def kept(corpus: Path, bug: Bug, files: Mapping[str, str], random: Random) -> Bug | None:
    """Return `bug` with `files` in the place of the right ones, its tests divided."""
    right = corpus / "trees" / bug.tree
    suite = _suite(bug, right, files)
    failing = {unit_of(test) for test in suite.failed}
    if not _is_suitable(suite):
        return None
    units = units_of(right, suite.outcomes)
    if not failing <= {unit for found in units.values() for unit in found}:
        return None  # Their functions are made, or inherited from another file.
    texts = {path: (right / path).read_bytes().decode() for path in files}
    hidden = tuple(held_back(random, units, failing))
    made = msgspec.structs.replace(
        bug, hidden=hidden, right=diff_of(files, texts), broken=diff_of(texts, files)
    )
    return _told_apart(corpus, made)


def keep(corpus: Path, name: str, bug: Bug) -> None:
    """Add a bug to a set, in the place of one of the same name."""
    known = load(corpus, name) if (corpus / f"{name}.jsonl").exists() else []
    save(corpus, name, [*(one for one in known if one.name != bug.name), bug])


def diff_of(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    return "".join(_diff_lines(before, after))


def _suite(bug: Bug, right: Path, files: Mapping[str, str]) -> Suite:
    with tempfile.TemporaryDirectory(prefix="wb-mutant-") as place:
        folder = Path(place) / "project"
        shutil.copytree(right, folder)
        write(folder, files)
        most = f"--maxfail={_MOST_FAILING + 1}"
        return run_suite(folder, [most], bug.ignored, _SECONDS)


def _is_suitable(suite: Suite) -> bool:
    return suite.finished and 0 < len(suite.failed) <= _MOST_FAILING and suite.collected


def _told_apart(corpus: Path, bug: Bug) -> Bug | None:
    """Run what is handed out: it must fail, and the right program must pass it."""
    with tempfile.TemporaryDirectory(prefix="wb-mutant-") as place:
        folder = Path(place) / "project"
        lay_out(bug, corpus, folder)
        found = run_suite(folder, ignored=bug.ignored, seconds=_SECONDS)
        apply(folder, bug.right)
        green = run_suite(folder, ignored=bug.ignored, seconds=_SECONDS).green
    if green and _is_suitable(found):
        return msgspec.structs.replace(bug, failing=found.failed)
    return None


def _diff_lines(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for path, text in after.items():
        old, new = before[path].splitlines(keepends=True), text.splitlines(keepends=True)
        for line in difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
