"""How far a copy is, on a terminal and in a log."""

from __future__ import annotations

import io

from workbench.commands.progress import Meter


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def run(stream: io.StringIO, start: int = 0) -> list[str]:
    """Copy 4 GB at 0.1 GB a second, told of each of them."""
    clock = Clock()
    with Meter("model\x1b[2J", stream, clock) as meter:
        for tenth in range(start, 41):
            meter(tenth * 100_000_000, 4_000_000_000)
            clock.now += 1
    return stream.getvalue().replace("\r\x1b[K", "\n").splitlines()


def test_a_terminal_sees_every_step_and_nothing_at_the_end() -> None:
    lines = run(Terminal())
    assert lines[10] == "model␛[2J: 25% of 4.0 GB, 100.0 MB/s, 30 s left"
    assert len(lines) == 41
    assert lines[0] == ""


def test_a_log_sees_a_line_now_and_then() -> None:
    stream = io.StringIO()
    lines = run(stream)
    assert "\r" not in stream.getvalue()
    assert len(lines) == 8
    assert lines[0] == "model␛[2J: 12% of 4.0 GB, 100.0 MB/s, 35 s left"


def test_what_was_done_before_makes_it_no_faster() -> None:
    assert "100.0 MB/s" in run(Terminal(), start=20)[5]


def test_hours_are_told() -> None:
    clock, stream = Clock(), Terminal()
    with Meter("m", stream, clock) as meter:
        meter(0, 10**13)
        clock.now = 60
        meter(60 * 10**9, 10**13)
    assert "1.0 GB/s, 2 h 45 min left" in stream.getvalue()


def test_a_closed_stream_stops_nothing() -> None:
    stream = Terminal()
    clock = Clock()
    meter = Meter("m", stream, clock)
    stream.isatty()
    stream.close()
    clock.now = 1
    meter(1, 2)
