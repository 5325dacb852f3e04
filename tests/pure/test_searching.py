"""How a search goes on from verdicts, with a screen that answers at once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from workbench.healing.candidate import Candidate
from workbench.healing.dossier import Dossier, Raised, TestRun
from workbench.healing.ground import Ground
from workbench.healing.searching.limits import Limits
from workbench.healing.searching.search import Numbered, Search
from workbench.healing.suspicion.suspects import suspects
from workbench.healing.verdict import Verdict

TEXT = "def total(prices):\n    result = 0\n    for price in prices:\n        result -= price\n"
TEXT += "    return result\n"
TEST = "from m import total\n\n\ndef test():\n    assert total([1, 2]) == 3\n"
RIGHT = "-= becomes +="


class Patient:
    """Cuts what would be right unless it was cut before, and fails all else."""

    def __init__(self) -> None:
        self.tried: list[tuple[str, int]] = []
        self._told: list[Verdict] = []

    def submit(self, candidates: Sequence[Numbered], *, cuts: int = 0) -> None:
        for number, one in candidates:
            self.tried.append((one.why, cuts))
            state = ("passed" if cuts else "cut") if one.why == RIGHT else "failed"
            self._told.append(Verdict(number, state, kinds=("Cut" if state == "cut" else "E",)))

    def collect(self, timeout: float) -> list[Verdict]:
        del timeout
        told, self._told = self._told, []
        return told


def searched(kind: str, **how: object) -> tuple[Search, Patient]:
    raised = Raised(kind, "it failed")
    run = TestRun("t.py::test", "failed", raised=raised, lines={"m.py": (2, 3, 4, 5)})
    screen = Patient()
    search = Search(Ground(Dossier((run,), {"m.py": TEXT}, {"t.py": TEST})), suspects, screen)
    for name, value in how.items():
        setattr(search, name, value)
    search.run(Limits(60.0, 300))
    return search, screen


@pytest.mark.parametrize(
    ("kind", "soon"), [("TypeError,Exception", True), ("AssertionError", False)]
)
def test_what_does_more_than_a_crash_left_to_do_is_soon_tried_with_more(
    kind: str, soon: bool
) -> None:
    _, screen = searched(kind)
    at = screen.tried.index((RIGHT, 1)) if (RIGHT, 1) in screen.tried else 1000
    assert (at < 150) is soon


def test_what_is_refused_is_passed_over_and_the_search_goes_on() -> None:
    def is_refused(one: Candidate) -> bool:
        return one.why == RIGHT

    search, screen = searched("TypeError,Exception", is_refused=is_refused)
    assert not search.plausible
    assert search.tried == len(screen.tried) > screen.tried.index((RIGHT, 1)) + 1
