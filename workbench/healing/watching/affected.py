"""Which tests a change can touch, the likeliest to tell something first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import PurePosixPath

import msgspec

from workbench.healing.dossier import CUT, FAILED, TestRun
from workbench.healing.watching.outlines import MODULE, Outline, importers

_SETTINGS = frozenset(
    ("pyproject.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "setup.py")
)
"""Files that may change how every test runs."""
_TEST_FILES = ("test_*.py", "*_test.py", "tests.py")


class Piece(msgspec.Struct, frozen=True, order=True, gc=False):
    """A function, class body or module as a test ran it."""

    path: str
    name: str
    digest: str


class Ran(msgspec.Struct, frozen=True):
    """What one test ran when it ran last."""

    pieces: tuple[int, ...]
    """By their places in the table."""
    failed: bool = False
    seconds: float = 0.0


class Known(msgspec.Struct, frozen=True):
    """What every test ran; a value that can be stored."""

    pieces: tuple[Piece, ...] = ()
    tests: dict[str, Ran] = {}

    def after(self, runs: Iterable[TestRun], outlines: Mapping[str, Outline]) -> Known:
        """Return what is known after some tests ran on files with these outlines."""
        ran = {run.id: _pieces_of(run, outlines) for run in runs if run.lines}
        seconds = {run.id: run for run in runs}
        before = {id_: one for id_, one in self.tests.items() if id_ not in ran}
        kept = {id_: [self.pieces[at] for at in one.pieces] for id_, one in before.items()}
        table = tuple(
            sorted({piece for every in (*kept.values(), *ran.values()) for piece in every})
        )
        places = {piece: at for at, piece in enumerate(table)}
        tests = {}
        for id_, every in {**kept, **ran}.items():
            run = seconds.get(id_)
            failed = run.outcome in (FAILED, CUT) if run else before[id_].failed
            took = run.seconds if run else before[id_].seconds
            tests[id_] = Ran(tuple(sorted(places[piece] for piece in every)), failed, took)
        return Known(table, tests)

    def without(self, gone: Iterable[str]) -> Known:
        """Return what is known when some tests are no more."""
        left = {id_: ran for id_, ran in self.tests.items() if id_ not in set(gone)}
        return Known(self.pieces, left)


class Plan(msgspec.Struct, frozen=True):
    """All tests that are known, in the order to run them; none is in two of the lists."""

    failed: tuple[str, ...] = ()
    """They failed last, and are worth a look after any change."""
    covering: tuple[str, ...] = ()
    """They ran something that is different now."""
    importing: tuple[str, ...] = ()
    """Their file imports something that is different now."""
    rest: tuple[str, ...] = ()
    collect: tuple[str, ...] = ()
    """Files whose tests must be collected anew."""

    @property
    def touched(self) -> tuple[str, ...]:
        return (*self.failed, *self.covering, *self.importing)

    @property
    def every(self) -> tuple[str, ...]:
        return (*self.touched, *self.rest)


def affected(
    changed: Iterable[str],
    known: Known,
    outlines: Mapping[str, Outline],
    before: Mapping[str, Outline] | None = None,
) -> Plan:
    """Order the known tests for a change of some paths.

    `outlines` holds the project's Python files as they are now; a path that it lacks is gone or no
    Python. `before` tells a change of comments in a file that no test ran.
    """
    paths = set(changed)
    stale = {at for at, piece in enumerate(known.pieces) if _is_stale(piece, paths, outlines)}
    altered = _altered(paths, known, outlines, stale, before or {})
    hits = {id_: len(stale.intersection(ran.pieces)) for id_, ran in known.tests.items()}
    reached = {_file_of(id_) for id_ in known.tests} & _reached(altered, outlines)
    settings = [path for path in paths if _is_setting(path)]
    plan: dict[str, list[str]] = {"failed": [], "covering": [], "importing": [], "rest": []}
    for id_ in sorted(known.tests, key=lambda one: (-hits[one], known.tests[one].seconds, one)):
        tier = "rest"
        if known.tests[id_].failed:
            tier = "failed"
        elif hits[id_] or any(_reigns(path, id_) for path in settings):
            tier = "covering"
        elif _file_of(id_) in reached:
            tier = "importing"
        plan[tier].append(id_)
    plan["rest"].sort(key=lambda id_: -_nearness(id_, paths))
    collect = sorted(path for path in altered if _is_test_file(path))
    return Plan(**{name: tuple(ids) for name, ids in plan.items()}, collect=tuple(collect))


def _pieces_of(run: TestRun, outlines: Mapping[str, Outline]) -> set[Piece]:
    """Return what a test ran, with the modules and classes around it, and the test itself."""
    found: set[Piece] = set()
    file, *names = run.id.split("::")
    own = ".".join(names).partition("[")[0]
    for path, lines in run.lines.items():
        if one := outlines.get(path):
            ran = {one.lines.get(line, MODULE) for line in lines} | {MODULE}
            found |= _with_surroundings(path, ran, one)
    if one := outlines.get(file):
        found |= _with_surroundings(file, {own, MODULE}, one)
    return found


def _with_surroundings(path: str, names: set[str], one: Outline) -> set[Piece]:
    around = {name[:at] for name in names for at, sign in enumerate(name) if sign == "."}
    return {Piece(path, name, one.pieces[name]) for name in names | around if name in one.pieces}


def _is_stale(piece: Piece, paths: set[str], outlines: Mapping[str, Outline]) -> bool:
    if piece.path not in paths:
        return any(path.endswith("/") and piece.path.startswith(path) for path in paths)
    now = outlines.get(piece.path)
    return now is None or now.pieces.get(piece.name) != piece.digest


def _altered(
    paths: set[str],
    known: Known,
    outlines: Mapping[str, Outline],
    stale: set[int],
    before: Mapping[str, Outline],
) -> set[str]:
    """Return the files that do something else now, or did not exist."""
    ran = Counter(piece.path for piece in known.pieces)
    found = {known.pieces[at].path for at in stale}
    for path in paths & outlines.keys():
        past = before.get(path)
        if past.pieces != outlines[path].pieces if past else path not in ran:
            found.add(path)
    return found


def _reached(altered: set[str], outlines: Mapping[str, Outline]) -> set[str]:
    return importers(altered, outlines) if altered else set()


def _is_setting(path: str) -> bool:
    name = PurePosixPath(path).name
    return name == "conftest.py" or name in _SETTINGS


def _reigns(path: str, id_: str) -> bool:
    """Say whether a file of settings speaks for a test."""
    folder = PurePosixPath(path).parent
    return folder == PurePosixPath() or folder in PurePosixPath(_file_of(id_)).parents


def _is_test_file(path: str) -> bool:
    return any(fnmatch(PurePosixPath(path).name, pattern) for pattern in _TEST_FILES)


def _file_of(id_: str) -> str:
    return id_.partition("::")[0]


def _nearness(id_: str, paths: set[str]) -> int:
    """Return how many folders a test shares with what changed."""
    own = PurePosixPath(_file_of(id_)).parts
    return max((_shared(own, PurePosixPath(path).parts) for path in paths), default=0)


def _shared(one: tuple[str, ...], two: tuple[str, ...]) -> int:
    pairs = zip(one, two, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(two)))
