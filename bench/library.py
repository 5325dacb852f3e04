"""What searching as one types costs, from a key to the screen, over all that is installed."""

from __future__ import annotations

import asyncio
import os
import shutil
import sysconfig
import time
from pathlib import Path
from statistics import quantiles

from bench import shell
from bench.harness import Row, Sample, at_most, sample, told, under
from bench.home import host_of, workspace
from bench.keys import open_interface
from bench.process import cpu_of
from bench.terminal import Terminal
from workbench.api.client import Client
from workbench.api.knowing import AddSource, NextKnowledge, ReadKnowledge
from workbench.api.passages import KnowledgeBase
from workbench.workspace import Workspace

_MOST = 1_600_000
"""So many lines of Python make about 100,000 passages."""
_WORDS = ("table", "token", "width", "style", "lexer", "color", "parse", "value", "array", "field")
"""Short ones: a list beside a passage tells what it was looked for in a few letters only."""
_QUIET = 0.15
"""No more bytes for so long: the answer is there; the whole answer comes after 0.3 s only."""
_IDLE = 10.0


def measure() -> list[Row]:
    """Read libraries, type searches by letters, move in what was found, do nothing, use a shell."""
    with workspace() as made:
        base = asyncio.run(_read(made))
        passages = f"{base.passages:,} passages, {base.vectors or 'by words alone'}"
        with open_interface(made) as terminal:
            found = _rows(terminal, host_of(made), passages)
        return [*found, *shell.rows(made.project)]


def _rows(terminal: Terminal, host: int, passages: str) -> list[Row]:
    terminal.press("3")
    terminal.wait_for("Knowledge  1 source")
    terminal.settle(1.0)
    before = cpu_of(host)
    letters = [key for word in _WORDS for key in _search(terminal, word)]
    seen = sample([wall for wall, _ in letters], "ms", 1000)
    beside = f"{passages}; load average {os.getloadavg()[0]:.1f}"
    served = sample([(cpu_of(host) - before) / len(letters)], "ms CPU", 1000)
    cost = sample([cpu for _, cpu in letters], "ms CPU", 1000)
    terminal.press("\r")
    terminal.settle(1.0)
    moved = sample([_press(terminal, key)[1] for key in "jk" * 10], "ms CPU", 1000)
    terminal.settle(2.0)
    idle = sample([terminal.drain(_IDLE) / _IDLE], "bytes/s")
    return [
        under("From a letter of a search to its hits, 95th of a hundred", _p95(seen), 50, beside),
        told("From a letter of a search to its hits", seen),
        told("The interface for a letter of a search", cost),
        told("The host for a letter, and its share of the whole answers", served),
        told("The interface for the next hit, with the passage beside it", moved),
        at_most(f"Idle for {_IDLE:.0f} s on Knowledge", idle, 0),
    ]


def _search(terminal: Terminal, word: str) -> list[tuple[float, float]]:
    """Type a word; return what each letter took until what was found for it was there."""
    terminal.press("/")
    terminal.press("\x15")
    terminal.settle(_QUIET)
    taken = [_type(terminal, word, at) for at in range(len(word))]
    terminal.settle(1.0)
    terminal.press("\r")
    terminal.settle(1.0)
    return taken


def _type(terminal: Terminal, word: str, at: int) -> tuple[float, float]:
    cpu, start = cpu_of(terminal.pid), time.perf_counter()
    terminal.press(word[at])
    used = terminal.wait_for(f"for “{word[: at + 1]}") - cpu
    came = terminal.came
    terminal.settle(_QUIET)
    return came - start, used


def _press(terminal: Terminal, key: str) -> tuple[float, float]:
    before, cpu, start = terminal.written, cpu_of(terminal.pid), time.perf_counter()
    terminal.press(key)
    terminal.wait_until(lambda: terminal.written > before, "an answer to a key")
    terminal.settle(_QUIET)
    return terminal.came - start, terminal.cpu - cpu


def _p95(found: Sample) -> Sample:
    return Sample((quantiles(found.values, n=20)[-1],), found.unit)


async def _read(made: Workspace) -> KnowledgeBase:
    """Read the source of what is installed to its end."""
    _copy(made.project / "library")
    async with Client(made, "bench") as client:
        await client.call(AddSource("library"))
        base = await client.call(ReadKnowledge())
        while any(one.state in ("waiting", "reading") for one in base.sources):
            base = await client.call(NextKnowledge(base.mark))
    return base


def _copy(folder: Path) -> None:
    """Copy modules, packages first and then the standard library, until there are enough lines."""
    lines = 0
    for name in ("purelib", "stdlib"):
        site = Path(sysconfig.get_path(name))
        for path in sorted(site.rglob("*.py")):
            if lines >= _MOST or (name == "stdlib" and "site-packages" in path.parts):
                continue
            copy = folder / name / path.relative_to(site)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            lines += copy.read_bytes().count(b"\n")
