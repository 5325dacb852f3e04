"""Log files as they grow, are rotated, cut short, and are hostile."""

from __future__ import annotations

import gzip
import os
import random
import shutil
from pathlib import Path

import msgspec
import pytest

from tests.pure.logged import TRACEBACK
from workbench.healing.logs.following import LogFollower, Stored
from workbench.healing.logs.reading import LONGEST_LINE, Position, read_log


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
