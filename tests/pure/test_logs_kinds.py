"""Lines of logs by kind: what is new, what is too frequent, what is as ever."""

from __future__ import annotations

import random

import msgspec
import pytest

from tests.pure.logged import PROJECT, TRACEBACK
from workbench.healing.logs import miner as mining
from workbench.healing.logs.masks import masked
from workbench.healing.logs.miner import Miner
from workbench.healing.logs.rates import surprise
from workbench.healing.logs.watch import Findings, LogState, LogWatch


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("took 12.5ms for 3 items", "took <num> for <num> items"),
        ("2026-11-21T08:00:00.123Z start", "<time> start"),
        ("job 8f14e45f-ceea-467f-a0e6-5c1f1b1a2c3d done", "job <id> done"),
        ("from 10.0.0.7:5432 to ::1", "from <ip> to ::<num>"),
        ("commit deadbeef12 of 0x7fff", "commit <hex> of <hex>"),
        ("worker-17 user42", "worker-<num> <word>"),
        ("no numbers at all", "no numbers at all"),
        ("GET /api/users/981/edit 200", "GET /api/users/<num>/edit <num>"),
    ],
)
def test_what_varies_is_masked(line: str, expected: str) -> None:
    assert masked(line) == expected


def test_lines_of_a_kind_share_a_template() -> None:
    miner = Miner()
    for number in range(100):
        miner.take(f"user name{chr(97 + number % 26)} bought {number} of thing", 0.0)
        miner.take(f"cache miss for key k{number}", 0.0)
    texts = {one.text for one in miner.templates.values() if one.count > 10}
    assert "cache miss for key <word>" in texts
    assert len(miner.templates) <= 27


def test_many_words_in_one_place_become_any() -> None:
    miner = Miner()
    noise = random.Random(1)  # noqa: S311 - noise
    for _ in range(3_000):
        name = "".join(noise.choices("abcdefgh", k=8))
        miner.take(f"session of {name} has ended well", 0.0)
    assert max(one.count for one in miner.templates.values()) > 2_900


def test_what_is_known_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mining, "MOST_TEMPLATES", 100)
    miner, noise = Miner(), random.Random(1)  # noqa: S311 - noise
    for number in range(3_000):
        miner.take(" ".join("".join(noise.choices("abcdef", k=6)) for _ in range(9)), number)
        miner.take("this one is met all the time", number)
    assert len(miner.templates) <= 100
    assert max(one.count for one in miner.templates.values()) > 2_500


def test_surprise_grows_with_what_is_not_expected() -> None:
    assert surprise(3, 5.0) == 0.0
    assert surprise(11, 10.0) < 1 < surprise(40, 10.0)
    assert surprise(12, 0.5) > 9
    assert surprise(1_000_000, 10.0) > 1_000_000


def usual(watch: LogWatch, minutes: int, per_minute: int = 20, start: int = 0) -> None:
    for minute in range(start, start + minutes):
        lines = [f"INFO request {n} took {n} ms" for n in range(per_minute)]
        assert not watch.feed([*lines, "WARNING retry 1 of 3"], minute * 60.0)


def test_a_kind_that_is_new_is_told_once() -> None:
    watch = LogWatch(PROJECT)
    usual(watch, 10)
    found = watch.feed(["WARNING disk 91% full"], 600.0)
    assert [(one.template, one.count) for one in found.new] == [("WARNING disk <num> full", 1)]
    assert not watch.feed(["WARNING disk 97% full"], 601.0)


def test_errors_are_told_from_the_first_line_on() -> None:
    found = LogWatch(PROJECT).feed(["INFO hello", "ERROR no route to host"], 0.0)
    assert [(one.template, one.severe) for one in found.new] == [("ERROR no route to host", True)]


def test_a_sudden_crowd_is_told() -> None:
    watch = LogWatch(PROJECT)
    usual(watch, 30)
    found = watch.feed([f"WARNING retry {n} of 3" for n in range(40)], 1800.0)
    (burst,) = found.bursts
    assert (burst.template, burst.count) == ("WARNING retry <num> of <num>", 40)
    assert burst.expected == pytest.approx(1.0, abs=0.1)
    assert not watch.feed(["WARNING retry 2 of 3"], 1801.0).bursts


def test_what_is_as_frequent_as_ever_is_no_crowd() -> None:
    watch = LogWatch(PROJECT)
    noise = random.Random(3)  # noqa: S311 - noise
    for minute in range(200):
        lines = [f"INFO request {n}" for n in range(noise.randrange(5, 60))]
        assert not watch.feed(lines, minute * 60.0).bursts


def test_secrets_in_lines_are_not_kept() -> None:
    watch = LogWatch(PROJECT)
    found = watch.feed([f"ERROR login password=hunter2 user {n}" for n in range(9)], 0.0)
    assert (len(found.new), found.new[0].count) == (1, 9)
    assert b"hunter2" not in msgspec.json.encode((found, watch.state))


def test_tracebacks_are_counted_and_new_once() -> None:
    watch = LogWatch(PROJECT)
    lines = [*TRACEBACK.splitlines(), "INFO on", *TRACEBACK.splitlines(), "INFO on"]
    (first,) = watch.feed(lines, 0.0).tracebacks
    assert (first.count, first.new) == (2, True)
    (again,) = watch.feed([*TRACEBACK.splitlines(), "INFO on"], 1.0).tracebacks
    assert (again.count, again.new) == (3, False)


def test_a_traceback_at_the_end_is_told_when_nothing_follows() -> None:
    watch = LogWatch(PROJECT)
    assert watch.feed(TRACEBACK.splitlines(), 0.0) == Findings()
    assert len(watch.rest().tracebacks) == 1
    assert watch.rest() == Findings()


def test_a_watch_goes_on_from_what_was_stored() -> None:
    watch = LogWatch(PROJECT)
    usual(watch, 10)
    half = TRACEBACK.splitlines()
    watch.feed(half[:4], 599.0)
    stored = msgspec.json.encode(watch.state)
    again = LogWatch(PROJECT, msgspec.json.decode(stored, type=LogState))
    found = again.feed([*half[4:], "INFO on", "WARNING retry 1 of 3"], 600.0)
    assert len(found.tracebacks) == 1
    assert [one.template for one in found.new] == ["INFO on"]
    assert msgspec.json.decode(stored, type=LogState).lines == 210
