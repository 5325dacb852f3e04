"""Taking back what changed since the tests last passed."""

from __future__ import annotations

import pytest

from workbench.healing.candidate import Candidate
from workbench.healing.dossier import Dossier, TestRun
from workbench.healing.generators.reverts import of_failure
from workbench.healing.ground import Ground
from workbench.splice import Source

OLD = """import math


def area(r):
    return math.pi * r ** 2


def edge(r):
    return 2 * math.pi * r


def both(r):
    return area(r), edge(r)
"""
NEW = """import math


def area(r):
    return math.pi * r * 2


def edge(r):
    return 3 * math.tau * r


def both(r):
    return area(r), edge(r)


def third(r):
    return area(r)
"""


def reverts(
    old: str, new: str, *runs: TestRun, path: str = "a.py"
) -> tuple[Ground, list[Candidate]]:
    ground = Ground(Dossier(runs=runs, files={path: new}, before={path: old}))
    return ground, list(of_failure(ground))


def results(old: str, new: str, *runs: TestRun) -> list[str]:
    ground, found = reverts(old, new, *runs)
    source = Source(ground.dossier.files["a.py"])
    return [source.spliced(one.by_path["a.py"]) for one in found]


def test_all_of_it_gives_the_old_text() -> None:
    assert OLD in results(OLD, NEW)


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        ("r * 2\n", "r ** 2\n"),
        ("3 * math.tau", "2 * math.pi"),
        ("3 *", "2 *"),
        ("tau", "pi"),
        ("\n\n\ndef third(r):\n    return area(r)\n", "\n"),
    ],
)
def test_each_hunk_and_part_is_taken_back_alone(part: str, instead: str) -> None:
    assert NEW.replace(part, instead) in results(OLD, NEW)


def test_pairs_and_whole_functions() -> None:
    two = NEW.replace("r * 2\n", "r ** 2\n").replace("3 * math.tau", "2 * math.pi")
    assert two in results(OLD, NEW)
    many = NEW.replace("3 * math.tau * r", "x = 1\n    y = 2\n    return 3 * math.tau * r + x * y")
    assert many.count("return") == NEW.count("return") + 1


def test_one_hunk_comes_once_and_first() -> None:
    """Offer the only hunk once, likelier than its parts."""
    new = OLD.replace("2 * math.pi * r", "3 * math.tau * r")
    found = reverts(OLD, new)[1]
    assert found[0].operator == "reverts:hunk"
    assert found[0].prior == max(one.prior for one in found)
    assert len({one.changes for one in found}) == len(found)
    assert not any(one.operator == "reverts:all" for one in found)


def test_lines_that_a_failing_test_ran_come_first() -> None:
    run = TestRun("t.py::t", "failed", lines={"a.py": (8, 9)})
    assert "2 * math.pi * r" in results(OLD, NEW, run)[0]
    assert "r * 2\n" in results(OLD, NEW, run)[0]


@pytest.mark.parametrize("breaks", ["\r\n", "\r", "\n"])
def test_line_breaks_are_those_of_the_file_now(breaks: str) -> None:
    """Find no change in line breaks alone, and bring none back."""
    assert reverts(OLD, OLD.replace("\n", breaks))[1] == []
    found = results(OLD, NEW.replace("\n", breaks))
    assert OLD.replace("\n", breaks) in found
    assert all(one.count("\n") == one.count(breaks) or breaks == "\r" for one in found)


def test_a_file_that_no_longer_parses_is_brought_back() -> None:
    assert OLD in results(OLD, OLD.replace("def edge(r):", "def edge(r:"))


def test_what_would_not_parse_is_left_out() -> None:
    """Leave out the half of a change that makes no sense alone."""
    new = OLD.replace("def edge(r):\n    return 2 * math.pi * r\n", "edge = (\n    None\n)\n")
    for one in results(OLD, new):
        compile(one, "a.py", "exec")


def test_a_mark_at_the_beginning_stays() -> None:
    found = results("\ufeffx = 1\n", "\ufeffx = 2\n")
    assert found == ["\ufeffx = 1\n"]


def test_nothing_known_gives_nothing() -> None:
    ground = Ground(Dossier(runs=(), files={"a.py": NEW}))
    assert list(of_failure(ground)) == []
    assert reverts(OLD, OLD)[1] == []


def test_several_files_are_taken_back_together_and_alone() -> None:
    files = {"a.py": "x = 2\n", "b.py": "y = 3\n"}
    before = {"a.py": "x = 1\n", "b.py": "y = 1\n", "gone.py": "z = 1\n"}
    found = list(of_failure(Ground(Dossier(runs=(), files=files, before=before))))
    assert {tuple(one.by_path) for one in found} == {("a.py",), ("b.py",), ("a.py", "b.py")}
