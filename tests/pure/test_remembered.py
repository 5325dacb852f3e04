"""A search that goes on does not ask again what it knows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.healing.candidate import candidate
from workbench.healing.dossier import Dossier, TestRun
from workbench.healing.searching.remembered import Notebook, Remembered
from workbench.healing.searching.search import Numbered
from workbench.healing.verdict import Verdict
from workbench.splice import Edit

DOSSIER = Dossier((TestRun("t.py::test", "failed"),), {"m.py": "a = 1\n"})
ONE, OTHER = (candidate("m.py", [Edit(4, 5, text)], "o", 0.5) for text in "23")


class Asked:
    """Notes what it is asked, and says that all of it fails."""

    def __init__(self, state: str = "failed") -> None:
        self.numbers: list[int] = []
        self._state = state
        self._new: list[int] = []

    def submit(self, candidates: Sequence[Numbered], *, cuts: int = 0) -> None:
        del cuts
        self._new += [number for number, _ in candidates]
        self.numbers += self._new

    def collect(self, timeout: float) -> list[Verdict]:
        del timeout
        new, self._new = self._new, []
        return [Verdict(number, self._state) for number in new]


def test_what_is_known_is_not_asked_again() -> None:
    known: dict[bytes, Verdict] = {}
    first = Remembered(Asked(), known)
    first.submit([(1, ONE)])
    assert first.collect(0) == [Verdict(1, "failed")]
    asked = Asked()
    again = Remembered(asked, known)
    again.submit([(7, ONE), (8, OTHER)])
    assert again.collect(0) == [Verdict(7, "failed")]
    assert again.collect(0) == [Verdict(8, "failed")]
    assert asked.numbers == [8]


def test_a_longer_look_is_another_question() -> None:
    known: dict[bytes, Verdict] = {}
    first = Remembered(Asked("cut"), known)
    first.submit([(1, ONE)])
    first.collect(0)
    asked = Asked()
    Remembered(asked, known).submit([(2, ONE)], cuts=1)
    assert asked.numbers == [2]


def test_what_was_lost_is_asked_again() -> None:
    known: dict[bytes, Verdict] = {}
    first = Remembered(Asked("lost"), known)
    first.submit([(1, ONE)])
    first.collect(0)
    assert known == {}


def test_a_notebook_keeps_verdicts_for_the_very_same_dossier(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path / "searches")
    known = {b"x" * 16: Verdict(1, "failed", passes=(0,))}
    notebook.write(DOSSIER, "python", known)
    assert notebook.read(DOSSIER, "python") == known
    assert notebook.read(DOSSIER, "other python") == {}
    assert notebook.read(Dossier(DOSSIER.runs, {"m.py": "a = 2\n"}), "python") == {}


def test_a_notebook_that_was_cut_short_is_an_empty_one(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    notebook.write(DOSSIER, "", {b"x": Verdict(1, "failed")})
    (kept,) = tmp_path.glob("*.verdicts")
    kept.write_bytes(kept.read_bytes()[:-3])
    assert notebook.read(DOSSIER, "") == {}


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    for number in range(20):
        notebook.write(Dossier((), {"m.py": str(number)}), "", {})
    assert len(list(tmp_path.glob("*"))) == 16
