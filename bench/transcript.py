"""What an answer costs the interface while it is written, and what a key costs meanwhile."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.harness import Row, at_most, sample, told
from bench.home import Unmeasured, workspace
from bench.keys import open_interface
from bench.peers import child
from bench.process import cpu_of
from bench.terminal import Terminal

_ANSWERS = 3
_TOKENS, _FENCE = 400, 2_400
_RATE, _FENCE_RATE = 50, 100
_SLOW = 20
_KEYS = 60
_BETWEEN_KEYS = 0.1
_SETTINGS = '[models.servers]\nstreamer = "http://127.0.0.1:{port}"\n'


def measure() -> list[Row]:
    """Have answers streamed by a server, and type while one is."""
    with _streamer(), workspace() as made, open_interface(made) as terminal:
        terminal.settle(1.0)
        rows = [
            at_most(
                f"{_TOKENS} tokens into the transcript, {_RATE} a second",
                sample(
                    [_answer(terminal, "prose", _TOKENS, _RATE) for _ in range(_ANSWERS)], "s CPU"
                ),
                0.25,
            ),
            told(
                f"The same, {_SLOW} a second",
                sample([_answer(terminal, "prose", _TOKENS, _SLOW)], "s CPU"),
            ),
            at_most(
                f"A fence of {_FENCE:,} tokens, {_FENCE_RATE} a second",
                sample([_answer(terminal, "fence", _FENCE, _FENCE_RATE)], "s CPU"),
                1.0,
            ),
        ]
        return [*rows, *_keys(terminal)]


def _keys(terminal: Terminal) -> Iterator[Row]:
    """Type with nothing going on and while an answer is written, in turn."""
    idle, busy = [], []
    for _ in range(_ANSWERS):
        idle += _type(terminal)
        _clear(terminal)
        _ask(terminal, "prose", 100_000, _RATE)
        terminal.wait_for("token")
        busy += _type(terminal)
        _clear(terminal)
        terminal.press("\x18")
        _until_over(terminal, 10)
    at_rest, meanwhile = sample(idle, "ms", 1000), sample(busy, "ms", 1000)
    yield told("From a key to the screen, at rest", at_rest)
    yield told("From a key to the screen while an answer is written", meanwhile)
    ratio = sample([meanwhile.median / at_rest.median], "times")
    yield at_most("The second by the first", ratio, 1.5)
    before = terminal.written
    terminal.drain(5.0)
    yield at_most("Idle for 5 s on Chat", sample([(terminal.written - before) / 5], "bytes/s"), 0)


def _answer(terminal: Terminal, kind: str, tokens: int, rate: int) -> float:
    """Return the CPU seconds of the interface from an answer's first tokens to its end."""
    terminal.press("\x1b")
    terminal.settle(0.3)
    terminal.press("n")
    terminal.settle(0.5)
    _ask(terminal, kind, tokens, rate)
    terminal.wait_for("token")
    before = cpu_of(terminal.pid)
    _until_over(terminal, tokens / rate + 30)
    return cpu_of(terminal.pid) - before


def _until_over(terminal: Terminal, patience: float) -> None:
    """Wait until there is nothing any more that could be stopped."""
    deadline = time.monotonic() + patience
    while "stop" in terminal.text.splitlines()[-1]:
        terminal.read(0.5)
        if time.monotonic() > deadline:
            raise Unmeasured("an answer did not end")
    terminal.settle(1.0)


def _ask(terminal: Terminal, kind: str, tokens: int, rate: int) -> None:
    terminal.press(f"{kind} {tokens} {rate}")
    terminal.settle(0.3)
    terminal.press("\r")


def _type(terminal: Terminal) -> list[float]:
    """Press letters; return how long each took to stand on the screen."""
    taken = []
    written = ""
    for number in range(_KEYS):
        letter = chr(ord("a") + number % 26)
        written += letter
        start = time.perf_counter()
        terminal.press(letter)
        _until_written(terminal, written)
        taken.append(time.perf_counter() - start)
        terminal.drain(_BETWEEN_KEYS)
    return taken


def _until_written(terminal: Terminal, text: str) -> None:
    tail = text[-20:]
    deadline = time.monotonic() + 5
    while not any(tail in line for line in terminal.text.splitlines()[-6:]):
        if time.monotonic() > deadline:
            raise Unmeasured("a letter did not come on the screen")
        terminal.read(0.05)


def _clear(terminal: Terminal) -> None:
    terminal.press("\x15")
    terminal.settle(0.3)


@contextmanager
def _streamer() -> Iterator[None]:
    """Serve answers, and name the server in the settings of this bench's home."""
    process = subprocess.Popen(child("token_server"), stdout=subprocess.PIPE, text=True)
    try:
        port = process.stdout.readline().strip() if process.stdout else ""
        folder = Path(os.environ["XDG_CONFIG_HOME"]) / "workbench"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "settings.toml").write_text(_SETTINGS.format(port=port), encoding="utf-8")
        yield
    finally:
        process.kill()
        process.wait()
