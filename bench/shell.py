"""A search from a shell: a face that asks a host, beside a process that searches itself."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

from bench.harness import Row, at_most, in_turn, sample
from bench.peers import child, workbench_program

_WORDS = (
    "parse the value of a token",
    "width of a table",
    "lexer for a style",
    "convert an array",
    "which field has a color",
)
_ROUNDS = 20
_LINES = 15


def rows(project: Path) -> list[Row]:
    """Search the same files, which a host has read and a table of lancedb holds."""
    theirs, texts = project / "lancedb", project / "texts.jsonl"
    texts.write_text("".join(f"{json.dumps(text)}\n" for text in _texts(project)), "utf-8")
    program = child("lancedb_search")
    subprocess.run([*program, "make", str(theirs), str(texts)], check=True)
    ours = [workbench_program(), "knowledge", "search"]
    commands = (ours, [*program, "search", str(theirs)])
    found = in_turn(_ROUNDS, [_timed(command, project) for command in commands])
    asked, searched = (sample(values, "ms", 1000) for values in found)
    share = sample([one / other for one, other in zip(*found, strict=True)], "of it")
    beside = f"{asked.text} beside {searched.text} of a process that imports lancedb"
    return [at_most("A search from a cold shell, of a process that searches", share, 0.05, beside)]


def _texts(project: Path) -> Iterator[str]:
    for path in sorted(project.rglob("*.py")):
        lines = path.read_text("utf-8", "replace").splitlines()
        starts = range(0, len(lines), _LINES)
        yield from ("\n".join(lines[start : start + _LINES]) for start in starts)


def _timed(command: list[str], folder: Path) -> Callable[[], float]:
    """Return what takes the time of a command in a folder, with other words each time."""
    words = cycle(_WORDS)

    def run() -> float:
        began = time.perf_counter()
        called = [*command, next(words)]
        ended = subprocess.run(called, cwd=folder, check=True, capture_output=True)
        taken = time.perf_counter() - began
        assert ended.stdout.strip(), "it found nothing"
        return taken

    run()  # Once before, so that all of it lies in memory.
    return run
