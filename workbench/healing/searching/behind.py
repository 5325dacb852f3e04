"""What is known where a change was made, and perhaps a test crashes behind it."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from workbench.healing.candidate import Candidate
from workbench.healing.compose import applied
from workbench.healing.dossier import Dossier, TestRun
from workbench.healing.ground import Ground
from workbench.healing.verdict import Crash
from workbench.splice import Source


def ground_behind(dossier: Dossier, change: Candidate, crash: Crash | None) -> Ground:
    """Read the files with a change made; the tests did what they do without it, but for a crash."""
    files = {**dossier.files, **applied(dossier.files, change)}
    runs = tuple(_crashed(run, crash) for run in dossier.runs) if crash else dossier.runs
    return Ground(replace(dossier, files=files, runs=runs))


def is_of_its_own(dossier: Dossier, change: Candidate, crash: Crash) -> bool:
    """Tell whether a crash is not at what was changed, and so may have been there before."""
    at = crash.raised.frames[-1:]
    return bool(at) and at[0].line not in _lines_after(dossier, change, at[0].path)


def _lines_after(dossier: Dossier, change: Candidate, path: str) -> set[int]:
    """Return the numbers that changed lines of a file have when the change is made."""
    found: set[int] = set()
    edits = sorted(change.by_path.get(path, ()), key=lambda edit: edit.start)
    data, more = Source(dossier.files[path]).data if edits else b"", 0
    for edit in edits:
        first = data.count(b"\n", 0, edit.start) + 1 + more
        found |= set(range(first, first + edit.text.count("\n") + 1))
        more += edit.text.count("\n") - data.count(b"\n", edit.start, edit.end)
    return found


def _crashed(run: TestRun, crash: Crash) -> TestRun:
    if run.id != crash.test:
        return run
    return msgspec.structs.replace(run, raised=crash.raised)
