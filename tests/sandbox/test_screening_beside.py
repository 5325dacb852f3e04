"""Tests that take long, never end or never begin, beside one that fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox import screened
from tests.sandbox.screened import lane_of, replaced, tried
from workbench.healing.searching.lane import TooManyTests
from workbench.sandbox.policy import Policy

WORK = (
    "def more(n):\n    return n - 1\n\n\n"
    "def same(n):\n    return n\n\n\n"
    "def count(limit):\n    n = 0\n    while n < limit:\n        n += 1\n    return n\n"
)
SLOW = "def test_slow():\n    assert count(700_000) == 700_000\n"
ENDLESS = "def test_endless():\n    assert count(float('inf'))\n"
SAME = "def test_same():\n    assert same(3) == 3\n"
MORE = "def test_more():\n    assert more(2) == 3\n"
FIRST = "from work import count, more, same\n\n\n"


def test_what_is_only_slow_is_seen_to_pass(tmp_path: Path) -> None:
    with lane_of(tmp_path, {"work.py": WORK, "test_work.py": FIRST + SLOW + SAME}) as lane:
        assert {run.outcome for run in lane.runs} == {"passed"}
        assert lane.failing == ()


def test_what_is_cut_beside_a_failure_is_asked_last_and_kept_open(tmp_path: Path) -> None:
    files = {"work.py": WORK, "test_work.py": FIRST + ENDLESS + SAME + MORE}
    wrong = replaced(files, "work.py", "n - 1", "n * 1")
    breaking = replaced(files, "work.py", "return n - 1\n\n\ndef same(n):\n    return n", BROKEN)
    right = replaced(files, "work.py", "n - 1", "n + 1")
    with lane_of(tmp_path, files) as lane:
        assert [run.outcome for run in lane.failing] == ["failed", "cut"]
        not_repaired, broken, repaired = tried(lane, wrong, breaking, right)
        (long,) = tried(lane, right, cuts=2)
    assert (not_repaired.state, not_repaired.kinds) == ("failed", ("AssertionError",))
    assert (broken.state, broken.broke) == ("failed", "test_work.py::test_same")
    assert (repaired.state, repaired.passes, repaired.broke) == ("cut", (0,), "")
    assert (long.state, long.passes) == ("cut", (0,))


BROKEN = "return n + 1\n\n\ndef same(n):\n    return n + 1"


def test_one_mistake_may_fail_one_test_and_let_another_go_on_for_ever(tmp_path: Path) -> None:
    script = "def down(n):\n    while n > 0:\n        n = n - 0\n    return n - 0\n"
    tests = (
        "from work import down\n\n\n"
        "def test_down():\n    assert down(0) == -1\n\n\n"
        "def test_far_down():\n    assert down(3) == -1\n"
    )
    files = {"work.py": script, "test_work.py": tests}
    first = replaced(files, "work.py", "return n - 0", "return n - 1")
    both = replaced(files, "work.py", "n = n - 0\n    return n - 0", "n = n - 1\n    return n - 1")
    with lane_of(tmp_path, files) as lane:
        half, whole = tried(lane, first, both)
    assert (half.state, half.passes) == ("cut", (0,))
    assert (whole.state, whole.passes) == ("passed", (0, 1))


def test_characters_are_counted_before_the_forks(tmp_path: Path) -> None:
    test = (
        "from hypothesis import given, strategies\n"
        "from hypothesis.internal.charmap import intervals_from_codec\n\n\n"
        "@given(strategies.booleans())\n"
        "def test_whether(one):\n    assert one in (True, False)\n\n\n"
        "def test_counted():\n    assert intervals_from_codec.cache_info().currsize\n"
    )
    with lane_of(tmp_path, {"test_one.py": test}) as lane:
        assert [run.outcome for run in lane.runs] == ["passed", "passed"]


def test_what_asks_for_a_fixture_that_is_not_there_shows_nothing_of_the_project(
    tmp_path: Path,
) -> None:
    missing = "def test_mocked(mocker_that_is_not_there):\n    assert same(3) == 3\n"
    with lane_of(tmp_path, {"work.py": WORK, "test_work.py": FIRST + missing + MORE}) as lane:
        found = {run.id.partition("::")[2]: run for run in lane.failing}
    raised = found["test_mocked"].raised
    assert raised
    assert not raised.frames
    assert not found["test_mocked"].lines
    assert found["test_more"].lines


def test_where_the_tests_take_longer_than_a_search_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screened, "POLICY", Policy(wall_seconds=3, cpu_seconds=120))
    tests = "import time\n\n\n" + "\n\n\n".join(
        f"def test_{number}():\n    time.sleep(0.9)" for number in range(10)
    )
    lane = lane_of(tmp_path, {"test_long.py": tests + "\n"})
    with pytest.raises(TooManyTests, match="longer than the search") as told, lane:
        pass
    assert "workbench heal tests/test_x.py" in told.value.hint
