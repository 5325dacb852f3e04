"""Reading logs as they grow, turn over and break, and what is worth telling of them."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
from pathlib import Path

import msgspec
import pytest

from workbench.healing.crashes.tracebacks import Tracebacks
from workbench.healing.crashes.values import Crash
from workbench.healing.logs import miner as mining
from workbench.healing.logs.following import LogFollower, Stored
from workbench.healing.logs.masks import masked
from workbench.healing.logs.miner import Miner
from workbench.healing.logs.rates import surprise
from workbench.healing.logs.reading import LONGEST_LINE, Position, read_log
from workbench.healing.logs.watch import Findings, LogState, LogWatch

PROJECT = Path("/srv/app")
TRACEBACK = """\
Traceback (most recent call last):
  File "/srv/app/main.py", line 9, in <module>
    run()
  File "/srv/app/pkg/job.py", line 4, in run
    return table[key]
           ~~~~~^^^^^
KeyError: 'x'
"""
CHAINED = """\
Traceback (most recent call last):
  File "/srv/app/a.py", line 2, in f
    int("x")
ValueError: invalid literal for int() with base 10: 'x'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/app/a.py", line 4, in f
    raise pkg.errors.Bad("no") from error
pkg.errors.Bad: no
"""
GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "/srv/app/a.py", line 3, in <module>
  |     raise ExceptionGroup("two", [ValueError(1)])
  | ExceptionGroup: two (1 sub-exception)
  +-+---------------- 1 ----------------
    | ValueError: 1
    +------------------------------------
"""


def found_in(text: str) -> list[Crash]:
    tracebacks, found = Tracebacks(PROJECT), list[Crash]()
    for line in text.splitlines():
        tracebacks.feed(line, found)
    tracebacks.flush(found)
    return found


def prefixed(text: str, before: str) -> str:
    return "".join(f"{before}{line}\n" for line in text.splitlines())


def assert_is_job(crash: Crash) -> None:
    assert crash.summary == "KeyError: 'x'"
    assert [(one.file, one.line, one.function, one.text) for one in crash.frames] == [
        ("main.py", 9, "<module>", "run()"),
        ("pkg/job.py", 4, "run", "return table[key]"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        TRACEBACK,
        "2026-11-21 08:00:00 ERROR it failed\n" + TRACEBACK + "2026-11-21 08:00:01 INFO on\n",
        prefixed(TRACEBACK, "web_1  | "),
        prefixed(TRACEBACK, "Nov 21 08:00:00 host app[123]: "),
        "ERROR:root:" + TRACEBACK,
        TRACEBACK.replace("\n", "\r\n"),
        json.dumps({"level": "error", "exc_info": TRACEBACK}),
        json.dumps({"log": {"stack": TRACEBACK.splitlines()}}),
        "2026-11-21 " + json.dumps({"message": "it failed\n" + TRACEBACK}),
        "it failed: " + repr(TRACEBACK),
    ],
    ids=range(10),
)
def test_a_traceback_is_found_whatever_is_around_it(text: str) -> None:
    (crash,) = found_in(text)
    assert_is_job(crash)


def test_times_in_prefixes_may_differ() -> None:
    lines = [f"08:00:0{n},12{n} ERROR {line}" for n, line in enumerate(TRACEBACK.splitlines())]
    (crash,) = found_in("\n".join(lines))
    assert_is_job(crash)


def test_a_chain_is_one_crash() -> None:
    (crash,) = found_in(CHAINED)
    assert [(one.kind, one.relation) for one in crash.raised] == [
        ("pkg.errors.Bad", ""),
        ("ValueError", "cause"),
    ]
    assert crash.raised[1].message == "invalid literal for int() with base 10: 'x'"


def test_a_group_is_found_by_its_outermost() -> None:
    (crash,) = found_in(GROUP)
    assert crash.summary == "ExceptionGroup: two (1 sub-exception)"


def test_two_in_a_row_are_two() -> None:
    assert len(found_in(TRACEBACK + TRACEBACK.replace("KeyError", "IndexError"))) == 2


def test_one_that_is_cut_short_is_none_and_hides_no_other() -> None:
    cut = "\n".join(TRACEBACK.splitlines()[:3])
    (crash,) = found_in(f"{cut}\n{TRACEBACK}")
    assert_is_job(crash)
    assert found_in(cut + "\nx\ny\nz\nmore\n") == []


def test_the_same_crash_has_the_same_print_wherever_its_lines_move() -> None:
    (one,) = found_in(TRACEBACK)
    (two,) = found_in(TRACEBACK.replace("line 4", "line 40").replace("'x'", "'y'"))
    (other,) = found_in(TRACEBACK.replace("in run", "in walk"))
    assert one.fingerprint == two.fingerprint != other.fingerprint


def test_secrets_in_a_traceback_are_redacted() -> None:
    (crash,) = found_in(TRACEBACK.replace("KeyError: 'x'", "KeyError: password=hunter2secret"))
    assert "hunter2" not in msgspec.json.encode(crash).decode()


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


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "app.log"
    file.write_text("one\ntwo\n", encoding="utf-8")
    return file


def add(log: Path, text: str) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write(text)


def test_only_what_is_new_is_read(log: Path) -> None:
    first = read_log(log)
    assert first.lines == ("one", "two")
    assert read_log(log, first.position).lines == ()
    add(log, "three\nfo")
    second = read_log(log, first.position)
    assert second.lines == ("three",)
    add(log, "ur\n")
    assert read_log(log, second.position).lines == ("four",)


def test_a_position_can_be_stored(log: Path) -> None:
    position = read_log(log).position
    assert msgspec.json.decode(msgspec.json.encode(position), type=Position) == position


def test_a_file_that_was_rotated_is_finished_first(log: Path) -> None:
    first = read_log(log)
    add(log, "three\nlast without end")
    log.rename(log.with_name("app.log.1"))
    log.write_text("new\n", encoding="utf-8")
    assert read_log(log, first.position).lines == ("three", "last without end", "new")


@pytest.mark.parametrize("name", ["app.log.1.gz", "app.log-20261121.gz", "app-2026.log.gz"])
def test_a_file_that_was_rotated_and_compressed_is_finished(log: Path, name: str) -> None:
    first = read_log(log)
    add(log, "three\n")
    with gzip.open(log.with_name(name), "wb") as packed, log.open("rb") as plain:
        shutil.copyfileobj(plain, packed)
    log.unlink()
    log.write_text("new\n", encoding="utf-8")
    log.with_name("app.log.2.gz").write_bytes(b"\x1f\x8bbroken")
    assert read_log(log, first.position).lines == ("three", "new")


def test_a_rotated_file_that_is_gone_is_said_to_be_skipped(log: Path) -> None:
    first = read_log(log)
    other = log.with_name("elsewhere")
    log.rename(other)
    log.write_text("new\n", encoding="utf-8")
    read = read_log(log, first.position)
    assert (read.lines, read.skipped > 0) == (("new",), True)


def test_a_file_that_was_cut_short_is_read_from_its_beginning(log: Path) -> None:
    first = read_log(log)
    log.write_text("1\n", encoding="utf-8")
    assert read_log(log, first.position).lines == ("1",)


def test_a_file_that_was_written_over_is_read_from_its_beginning(log: Path) -> None:
    first = read_log(log)
    log.write_text("completely\ndifferent\n", encoding="utf-8")
    assert read_log(log, first.position).lines == ("completely", "different")


def test_of_a_huge_file_the_end_is_read(tmp_path: Path) -> None:
    log = tmp_path / "huge.log"
    with log.open("wb") as file:
        file.truncate(5 << 30)
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + b"".join(b"line %d\n" % n for n in range(100_000)))
    read = read_log(log, cap=1_000_000)
    assert read.lines[-1] == "line 99999"
    assert read.skipped > 5 << 30
    assert all(line.startswith("line ") for line in read.lines)


def test_what_is_more_than_a_read_takes_comes_with_the_next(log: Path) -> None:
    first = read_log(log)
    add(log, "".join(f"line {n}\n" for n in range(1000)))
    read = read_log(log, first.position, cap=1000)
    lines = list(read.lines)
    while read.more:
        read = read_log(log, read.position, cap=1000)
        lines += read.lines
    assert lines == [f"line {n}" for n in range(1000)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("grün\n".encode(), "grün"),
        (b"\xef\xbb\xbfmark\n", "mark"),
        ("breit ü\n".encode("utf-16"), "breit ü"),
        ("gr\xfcn\n".encode("latin-1"), "gr\\xfcn"),
        (b"a\tb\x1b[31mred\x1b[0m\r\n", "a\tb\x1b[31mred\x1b[0m"),
    ],
)
def test_any_encoding_is_read(tmp_path: Path, data: bytes, expected: str) -> None:
    log = tmp_path / "log"
    log.write_bytes(data)
    assert read_log(log).lines == (expected,)


def test_utf_16_is_read_on(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes("ein Ċ Satz\n".encode("utf-16"))
    first = read_log(log)
    assert first.lines == ("ein Ċ Satz",)
    with log.open("ab") as file:
        file.write("noch\neiner".encode("utf-16-le"))
    assert read_log(log, first.position).lines == ("noch",)


def test_what_is_no_text_is_said_to_be_none(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(random.Random(1).randbytes(100_000).replace(b"\n", b"\0"))  # noqa: S311 - noise
    read = read_log(log)
    assert (read.lines, "no text" in read.problem) == ((), True)


def test_a_line_without_end_does_not_fill_the_memory(log: Path) -> None:
    first = read_log(log)
    add(log, "x" * (3 * LONGEST_LINE))
    read = read_log(log, first.position)
    assert (len(read.position.partial), read.skipped) == (LONGEST_LINE, 2 * LONGEST_LINE)
    add(log, "\nnext\n")
    assert read_log(log, read.position).lines[-1] == "next"


def test_a_log_that_is_not_there_or_no_file(tmp_path: Path) -> None:
    assert "No such file" in read_log(tmp_path / "none").problem
    os.mkfifo(tmp_path / "pipe")
    assert "no plain file" in read_log(tmp_path / "pipe").problem
    assert read_log(tmp_path).problem


def test_a_log_that_may_not_be_read(log: Path) -> None:
    log.chmod(0)
    me = os.geteuid()
    os.seteuid(me or 65534)  # Root may read everything.
    try:
        assert "Permission denied" in read_log(log).problem
    finally:
        os.seteuid(me)


def test_the_logs_of_a_project_are_followed(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    old, late = tmp_path / "logs/app.log", tmp_path / "late.log"
    old.write_text("INFO old\n" * 10 + TRACEBACK + "INFO old\n", encoding="utf-8")
    follower = LogFollower(tmp_path)
    assert follower.look(0.0) == ()
    add(old, TRACEBACK + "INFO old\nWARNING disk 9% free\n")
    late.write_text("ERROR from the first line on\n", encoding="utf-8")
    first, second = sorted(follower.look(6.0), key=lambda told: told.path)
    assert first.findings.new[0].template == "ERROR from the first line on"
    assert (second.path, len(second.findings.tracebacks)) == (str(old), 1)
    assert second.findings.new[0].template == "WARNING disk <num> free"
    assert follower.look(7.0) == ()


def test_following_goes_on_from_what_was_stored(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("INFO old\n", encoding="utf-8")
    follower = LogFollower(tmp_path)
    follower.look(0.0)
    stored = msgspec.json.decode(msgspec.json.encode(follower.stored), type=dict[str, Stored])
    add(log, TRACEBACK)
    again = LogFollower(tmp_path, stored=stored)
    assert again.look(1.0) == ()
    (told,) = again.look(4.0)
    assert told.findings.tracebacks[0].crash.summary == "KeyError: 'x'"


def test_what_cannot_be_read_is_said_once(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_bytes(b"\0\1\2\3" * 1000)
    follower = LogFollower(tmp_path)
    follower.look(0.0)
    with log.open("ab") as file:
        file.write(b"\0\1\2\3" * 1000)
    (told,) = follower.look(1.0)
    assert "no text" in told.problem
    log.unlink()
    (told,) = follower.look(2.0)
    assert "No such file" in told.problem
    assert follower.look(3.0) == ()


def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path) -> None:
    project, outside = tmp_path / "project", tmp_path / "secret.log"
    project.mkdir()
    outside.write_text("", encoding="utf-8")
    (project / "link.log").symlink_to(outside)
    follower = LogFollower(project, ["*.log"])
    follower.look(0.0)
    add(outside, "ERROR of somebody else\n")
    assert follower.look(6.0) == ()
    assert not follower.stored


def test_what_was_written_while_nobody_looked_is_read_however_much_it_is(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("INFO old\n", encoding="utf-8")
    follower = LogFollower(tmp_path)
    follower.look(0.0)
    add(log, ("INFO " + "x" * 1000 + "\n") * 70_000 + "ERROR at the end\n")
    seen = [told for now in (1.0, 2.0) for told in follower.look(now)]
    assert [one.template for told in seen for one in told.findings.new if one.severe] == [
        "ERROR at the end"
    ]
