"""Bugs with a known repair, and the folder they are kept in.

A corpus is a folder outside the repository: `trees/` with whole packages, and one `NAME.jsonl`
for each set, a bug a line.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

_REPOSITORY = Path(__file__).resolve().parents[2]


class Bug(msgspec.Struct, frozen=True, omit_defaults=True):
    """A broken project: whole files of its own, or a tree with a patch and tests taken out."""

    name: str
    made: str
    """What was done to the right program, or where the bug is from."""
    right: str
    """A unified diff from the broken project to the right one."""
    failing: tuple[str, ...] = ()
    """The tests that fail in the project as it is handed out."""
    files: Mapping[str, str] = {}
    """The project, or what is laid over its tree."""
    judge: Mapping[str, str] = {}
    """What is laid over a repaired project before it is judged."""
    tree: str = ""
    """The right package, a folder in `trees/` of the corpus."""
    broken: str = ""
    """A unified diff from the tree to the broken project."""
    hidden: tuple[str, ...] = ()
    """Tests of the tree that only judge: a file, or a file, `::` and the function in it."""
    ignored: tuple[str, ...] = ()
    """Tests of the tree that fail without the bug."""


def corpus_folder() -> Path:
    """Return where the corpus lies: WORKBENCH_BUGS, or `bugs` beside the repository."""
    return Path(os.environ.get("WORKBENCH_BUGS") or _REPOSITORY.parent / "bugs")


def set_names(corpus: Path) -> list[str]:
    return sorted(path.stem for path in corpus.glob("*.jsonl"))


def load(corpus: Path, name: str) -> list[Bug]:
    lines = (corpus / f"{name}.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Bug) for line in lines]


def save(corpus: Path, name: str, bugs: Iterable[Bug]) -> None:
    lines = b"".join(msgspec.json.encode(bug) + b"\n" for bug in bugs)
    (corpus / f"{name}.jsonl").write_bytes(lines)
