"""From a project to a dossier: the tests are run in a box, and what they do is written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from workbench.api.events import FailureFound
from workbench.healing.dossier import CUT, Dossier, Raised, TestRun
from workbench.healing.texts import Text, decoded
from workbench.sandbox.proof.ground import Ground, Touch, survey
from workbench.sandbox.proof.places import object_to_place
from workbench.sandbox.proving import Workshop

_LARGEST = 1 << 20
_NO_PLACE = ("", 0, "")


@dataclass(frozen=True)
class Case:
    """A dossier, with how its files are written."""

    dossier: Dossier
    written: dict[str, Text]


def open_case(shop: Workshop, runs: tuple[TestRun, ...]) -> Case:
    """Read what a repair may change, and the tests that it may not."""
    tests = tuple(dict.fromkeys(run.id.partition("::")[0] for run in runs))
    ground = survey(shop.snapshot.entries, (), (), tests=tests)
    written = dict(_read(shop, (path for path in shop.snapshot.entries if path.endswith(".py"))))
    mine = {path: one.text for path, one in written.items() if _may_change(path, ground)}
    theirs = {path: one.text for path, one in written.items() if path in tests}
    return Case(Dossier(runs, mine, theirs), written)


def _read(shop: Workshop, paths: Iterable[str]) -> Iterator[tuple[str, Text]]:
    for path in paths:
        entry = shop.snapshot.entries[path]
        if entry.kind == "link" or entry.size > _LARGEST:
            continue
        text = decoded(shop.store.read(shop.snapshot, path))
        if text:
            yield path, text


def _may_change(path: str, ground: Ground) -> bool:
    return object_to_place(Touch(path, b"", None, {}, ground)) is None


def found(run: TestRun, snapshot: str, *, steady: bool) -> FailureFound:
    """Return the fact that a test fails."""
    raised = run.raised or Raised("", "")
    kind = CUT if run.outcome == CUT else raised.name
    path, line, function = _place(raised)
    return FailureFound(
        failure=fingerprint(run.id, kind, path, function),
        test=run.id,
        kind=kind,
        message=raised.message,
        path=path,
        line=line,
        function=function,
        snapshot=snapshot,
        steady=steady,
    )


def _place(raised: Raised) -> tuple[str, int, str]:
    if not raised.frames:
        return _NO_PLACE
    last = raised.frames[-1]
    return last.path, last.line, last.function


def fingerprint(*parts: str) -> str:
    """Name a failure by what fails and how; lines move, so they are not part of it."""
    return sha256("\0".join(parts).encode()).hexdigest()[:12]
