"""A crash behind a change: whether it is of its own, and what is known there."""

from __future__ import annotations

import pytest

from workbench.healing.candidate import Candidate, candidate
from workbench.healing.dossier import Dossier, Frame, Raised, TestRun
from workbench.healing.searching.behind import ground_behind, is_of_its_own
from workbench.healing.verdict import Crash
from workbench.splice import Edit

TEXT = "def first():\n    return one\n\n\ndef second():\n    return two\n"
RUN = TestRun("t.py::test", "failed", raised=Raised("NameError,Exception", "one"))
DOSSIER = Dossier((RUN, TestRun("t.py::other", "passed")), {"m.py": TEXT}, {})


def longer(new: str) -> Candidate:
    start = TEXT.index("return one")
    return candidate("m.py", [Edit(start, start + len("return one"), new)], "test:longer", 0.1)


def crash(line: int) -> Crash:
    frames = (Frame("m.py", line, "second", {}),)
    return Crash(RUN.id, Raised("KeyError,LookupError", "two", frames))


@pytest.mark.parametrize(
    ("new", "line", "wanted"),
    [
        ("return 1", 2, False),
        ("return 1", 6, True),
        ("found = 1\n    return found", 2, False),
        ("found = 1\n    return found", 3, False),
        ("found = 1\n    return found", 4, True),
    ],
)
def test_a_crash_at_what_was_changed_is_not_of_its_own(
    new: str, line: int, *, wanted: bool
) -> None:
    assert is_of_its_own(DOSSIER, longer(new), crash(line)) is wanted


def test_a_crash_outside_the_project_is_of_nobody() -> None:
    nowhere = Crash(RUN.id, Raised("KeyError,LookupError", "two"))
    assert not is_of_its_own(DOSSIER, longer("return 1"), nowhere)


def test_the_test_crashes_as_it_does_behind_the_change_and_others_do_as_before() -> None:
    found = ground_behind(DOSSIER, longer("return 1"), crash(6)).dossier
    assert found.files["m.py"] == TEXT.replace("return one", "return 1")
    assert found.runs[0].raised == crash(6).raised
    assert found.runs[1] == DOSSIER.runs[1]
    assert ground_behind(DOSSIER, longer("return 1"), None).dossier.runs == DOSSIER.runs
