"""What a candidate changes: the base, arranged so that each candidate is looked at quickly."""

from __future__ import annotations

import sys
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from workbench.sandbox.snapshots.values import Entry, hash_of

RUNNER_NAMES = frozenset({"_pytest", "pluggy", "iniconfig", "py", "pytest"})
"""What the runner imports, also where the project has no pytest of its own."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a candidate may change."""

    files: int = 32
    bytes: int = 1024 * 1024
    """In one file."""
    path_bytes: int = 1024
    name_bytes: int = 255
    depth: int = 32


@dataclass(frozen=True, slots=True)
class Ground:
    """The base of all candidates, as the rules ask about it."""

    entries: Mapping[str, Entry]
    children: Mapping[str, frozenset[str]]
    """The names in each folder; the project's own is the empty string."""
    sources: frozenset[str]
    """The folders in which, or below which, Python source lies."""
    tests: frozenset[str]
    """The files that pytest collects from."""
    test_folders: frozenset[str]
    """The folders in which, and below which, all Python source is tests."""
    environments: frozenset[str]
    """The folders that are virtual environments."""
    roots: frozenset[str]
    """The folders that are on the import path when the tests run."""
    taken: frozenset[str]
    """The top-level names of the standard library and of what is installed, folded."""
    python: tuple[int, int]
    limits: Limits


@dataclass(frozen=True)
class Touch:
    """One path that a candidate changes."""

    path: str
    content: bytes | None
    before: bytes | None
    """What the base holds there, if it holds anything and that is known."""
    change: Mapping[str, bytes | None]
    ground: Ground

    @cached_property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.split("/"))

    @cached_property
    def new(self) -> bool:
        return self.path not in self.ground.entries

    @cached_property
    def same(self) -> bool:
        """Tell whether the base has the same content there."""
        entry = self.ground.entries.get(self.path)
        return bool(entry and self.content is not None and hash_of(self.content) == entry.content)

    @cached_property
    def source(self) -> bool:
        return is_source(self.parts[-1])


def survey(
    base: Mapping[str, Entry],
    installed: Collection[str],
    stdlib: Collection[str],
    *,
    tests: Collection[str] = (),
    roots: Collection[str] = (),
    python: tuple[int, int] = (sys.version_info[0], sys.version_info[1]),
    limits: Limits | None = None,
) -> Ground:
    """Arrange a base, once for all candidates.

    `installed` and `stdlib` are top-level names that can be imported. `tests` are the files that
    pytest collected from, `roots` the folders of the project that were on `sys.path` then: the
    project's own folder, `src` and the folders that pytest adds for the tests count in any case.
    A file whose only tests are its doctests is better left out of `tests`, or nothing can mend it.
    """
    children = _children(base)
    given = frozenset({"", "src", *roots, *(_base_folder(test, children) for test in tests)})
    return Ground(
        entries=base,
        children=children,
        sources=frozenset(_with_parents(path for path in base if is_source(path))),
        tests=frozenset(tests),
        test_folders=_test_folders(base, frozenset(tests)),
        environments=frozenset(
            folder for folder, names in children.items() if "pyvenv.cfg" in names
        ),
        roots=given,
        taken=frozenset(fold(name) for name in (*installed, *stdlib, *RUNNER_NAMES)),
        python=python,
        limits=limits or Limits(),
    )


def fold(name: str) -> str:
    """Return what `name` is on a disk that minds neither case nor how a letter is composed."""
    if name.isascii():
        return name.lower().rstrip(". ")
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return folded.rstrip(". ")


def is_source(path: str) -> bool:
    return path.lower().endswith((".py", ".pyw"))


def parents(path: str) -> Iterator[str]:
    """Yield the folders above `path`, the nearest first, the project's own last."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def base_folder(test: str, packages: Collection[str]) -> str:
    """Return the folder that pytest puts on the path for a test: the first that is no package."""
    return next(folder for folder in parents(test) if folder not in packages or not folder)


def join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _base_folder(test: str, children: Mapping[str, frozenset[str]]) -> str:
    packages = {
        folder for folder in parents(test) if "__init__.py" in children.get(folder, frozenset())
    }
    return base_folder(test, packages)


def _children(paths: Iterable[str]) -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in paths:
        folder, _, name = path.rpartition("/")
        while name and name not in found[folder]:
            found[folder].add(name)
            folder, _, name = folder.rpartition("/")
    return {folder: frozenset(names) for folder, names in found.items()}


def _with_parents(paths: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        for folder in parents(path):
            if folder in found:
                break
            found.add(folder)
    return found


def _test_folders(paths: Iterable[str], tests: frozenset[str]) -> frozenset[str]:
    helpers = {"__init__.py", "conftest.py"}
    others = (
        path
        for path in paths
        if is_source(path) and path not in tests and path.rpartition("/")[2] not in helpers
    )
    return frozenset(_with_parents(tests) - _with_parents(others) - {""})
