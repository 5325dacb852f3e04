"""A repair that held before is tried again where its lines still stand, wherever that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.healing.candidate import Candidate
from workbench.healing.compose import applied
from workbench.healing.dossier import Dossier, Earlier
from workbench.healing.generators import OF_FAILURE, earlier
from workbench.healing.ground import Ground
from workbench.healing.searching.frontier import Frontier, Seed
from workbench.healing.texts import unified

BROKEN = """\
import math


def area(radius):
    return math.pi * radius


def total(items):
    result = 0
    for item in items:
        result -= item
    return result
"""
MENDED = BROKEN.replace("-=", "+=")


def made(text: str, *earlier_ones: tuple[str, str], path: str = "m.py") -> list[Candidate]:
    """Return what is tried on a text after such repairs, each told by before and after."""
    known = tuple(
        Earlier(str(number), unified({path: change}), f"why {number}")
        for number, change in enumerate(earlier_ones)
    )
    return list(earlier.of_failure(Ground(Dossier((), {"m.py": text}, earlier=known))))


def results(text: str, candidates: list[Candidate]) -> list[str]:
    return [applied({"m.py": text}, one)["m.py"] for one in candidates]


def test_the_same_text_is_repaired_in_the_same_way() -> None:
    (one,) = made(BROKEN, (BROKEN, MENDED))
    assert results(BROKEN, [one]) == [MENDED]
    assert [change.edit.text for change in one.changes] == ["+"]
    assert one.why == "repaired this failure before: why 0"


def test_what_repaired_again_is_told_once() -> None:
    diff = unified({"m.py": (BROKEN, MENDED)})
    again = Earlier("a", diff, "repaired this failure before: the sign")
    (one,) = earlier.of_failure(Ground(Dossier((), {"m.py": BROKEN}, earlier=(again,))))
    assert one.why == "repaired this failure before: the sign"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import math\n", "import math\nimport os\n\nX = 1\n"),
        ("    result = 0\n", "    result = 0  # begins with nothing\n"),
        ("    return result\n", "    return round(result, 2)\n"),
        (
            "def total(items):\n    result = 0\n",
            "def total(things):\n    items, result = things, 0\n",
        ),
    ],
)
def test_lines_may_have_moved_and_those_around_may_have_changed(old: str, new: str) -> None:
    now = BROKEN.replace(old, new)
    assert results(now, made(now, (BROKEN, MENDED))) == [MENDED.replace(old, new)]


def test_of_places_alike_the_nearest_is_meant() -> None:
    function = "def f(x):\n    y = x\n    return y - 1\n\n\n"
    text = function * 3
    mended = function + function.replace("- 1", "+ 1") + function
    now = "# above\n" + text
    assert results(now, made(now, (text, mended))) == ["# above\n" + mended]


@pytest.mark.parametrize("now", [MENDED, "x = 1\n", "", "def broken(:\n"])
def test_what_does_not_fit_any_more_is_not_tried(now: str) -> None:
    assert made(now, (BROKEN, MENDED)) == []


def test_what_must_not_be_changed_is_left_alone() -> None:
    assert made(BROKEN, (BROKEN, MENDED), path="tests/test_m.py") == []


def test_the_newest_comes_first_and_none_twice() -> None:
    other = BROKEN.replace("radius\n", "radius ** 2\n")
    found = made(BROKEN, (BROKEN, MENDED), (BROKEN, other), (BROKEN, MENDED))
    assert results(BROKEN, found) == [MENDED, other]
    assert found[0].prior > found[1].prior


def test_a_repair_of_several_files_is_whole_or_nothing() -> None:
    both = {"m.py": (BROKEN, MENDED), "n.py": ("a = 1\n", "a = 2\n")}
    known = (Earlier("a", unified(both), ""),)
    files = {path: before for path, (before, _) in both.items()}
    (one,) = earlier.of_failure(Ground(Dossier((), files, earlier=known)))
    assert applied(files, one) == {path: after for path, (_, after) in both.items()}
    elsewhere = replace(Dossier((), {**files, "n.py": "b = 1\n"}), earlier=known)
    assert list(earlier.of_failure(Ground(elsewhere))) == []


def test_marks_endings_and_letters_survive() -> None:
    before = "\ufeffname = 'é'\r\ndef f():\r\n    return 'ü' - 1\r\n"
    after = before.replace("- 1", "+ 'ß'")
    assert results(before, made(before, (before, after))) == [after]


def test_lines_that_look_like_a_diff_are_lines() -> None:
    before = "x = '''\n-- a/b\n++ b/c\n@@ -1 +1 @@\n'''\n"
    after = before.replace("-- a/b\n", "").replace("++ b/c\n", "++ b/d\n++ b/e\n")
    assert results(before, made(before, (before, after))) == [after]


def test_it_has_its_turn_first() -> None:
    known = (Earlier("a", unified({"m.py": (BROKEN, MENDED)}), ""),)
    ground = Ground(Dossier((), {"m.py": BROKEN}, earlier=known))
    frontier = Frontier({"m.py": BROKEN}, [], OF_FAILURE)
    frontier.sow(Seed(ground), [])
    first = frontier.next()
    assert first
    assert first.candidate.operator == "earlier:repair"


NAMES = st.sampled_from(["x = 1", "y = 2", "z = [x, y]", "pass", "x = 1  # é"])
FILES = st.lists(NAMES, min_size=1, max_size=12).map(lambda lines: "\n".join(lines) + "\n")


@given(FILES, FILES)
def test_what_a_diff_did_to_its_own_text_is_done_again(before: str, after: str) -> None:
    expected = [after] if before != after and _keeps_something(before, after) else []
    assert [*_applied(before, after)] == expected


def _keeps_something(before: str, after: str) -> bool:
    hunks = earlier.hunks_of(unified({"m.py": (before, after)}))
    return all(any(line.strip() for line in hunk.old) for hunk in hunks)


def _applied(before: str, after: str) -> Iterator[str]:
    yield from results(before, made(before, (before, after)))
