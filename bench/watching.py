"""What noticing costs: following a large project, by inotify and by polling, and reading a log."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

from bench.harness import Row, at_least, sample, told, under
from bench.process import MIB, cpu_of, end, resident
from workbench.healing.logs.reading import read_log
from workbench.healing.logs.watch import LogWatch
from workbench.healing.watching import kernel
from workbench.healing.watching.watcher import Watcher

FILES = int(os.environ.get("BENCH_WATCHED_FILES", "100000"))
_IN_A_FOLDER = 20
_REST = 10.0
_SAVES = 20
_PAUSE = 0.3
_POLLING = "polling"
_LINES, _ROUNDS = 100_000, 3
_KINDS = (
    "INFO app.web GET /api/users/{number} 200 in {ms} ms",
    "INFO app.web POST /api/orders 201 in {ms} ms user={word}",
    "DEBUG db.pool connection {number} checked out after {ms}.{number} ms",
    "WARNING app.cache miss for key {word}",
    "INFO worker-{number} processed job {word} in {ms} s",
    "ERROR app.pay charge {word} failed: timeout after {ms} s",
    "INFO app.auth user {number} has logged in from 10.0.{ms}.7",
)


def measure() -> list[Row]:
    """Make a project in git, follow it in a process of its own, and save files in it."""
    with tempfile.TemporaryDirectory(prefix="bench-watching-") as folder:
        project = Path(folder) / "project"
        _make(project)
        return [*_rows(project, "inotify"), *_rows(project, _POLLING), *_log_rows(Path(folder))]


def _rows(project: Path, mode: str) -> Iterator[Row]:
    began = time.perf_counter()
    with _follower(project, mode) as follower:
        started = time.perf_counter() - began
        name = f"{FILES:,} files, {mode}"
        time.sleep(1.0)
        before = cpu_of(follower.pid)
        time.sleep(_REST)
        share = (cpu_of(follower.pid) - before) / _REST * 100
        yield told(f"Until {name} are followed", sample([started], "s"))
        yield under(f"At rest, {name}", sample([share], "% of a core"), 0.5)
        saves = [_latency(project, follower) for _ in range(1 if mode == _POLLING else _SAVES)]
        yield told(f"From saving a file to the burst, {mode}", sample(saves, "ms", 1000))
        yield under(f"Memory, {name}", sample([resident(follower.pid) / MIB], "MiB"), 150)


def _log_rows(folder: Path) -> Iterator[Row]:
    """Read a log of seven kinds of lines, with identifiers that are never the same twice."""
    log = folder / "app.log"
    noise = random.Random(1)  # noqa: S311 - lines, not secrets
    with log.open("w", encoding="utf-8") as file:
        file.writelines(_line(noise) for _ in range(_LINES))
    rates = [_lines_a_second(log) for _ in range(_ROUNDS)]
    yield at_least("Lines of a log, read and sorted into templates", sample(rates, "/s"), 100_000)


def _lines_a_second(log: Path) -> float:
    began = time.process_time()
    watch, read = LogWatch(log.parent), read_log(log, cap=_LINES * 200)
    for start in range(0, _LINES, 5_000):
        watch.feed(read.lines[start : start + 5_000], start / 100)
    assert len(watch.state.templates) == len(_KINDS)
    return _LINES / (time.process_time() - began)


def _line(noise: random.Random) -> str:
    number, ms, word = noise.randrange(10_000), noise.randrange(1_000), noise.getrandbits(64)
    stamp = f"2026-11-21 08:{noise.randrange(60):02}:{noise.randrange(60):02},{ms:03}"
    return f"{stamp} {noise.choice(_KINDS).format(number=number, ms=ms, word=f'{word:016x}')}\n"


@contextmanager
def _follower(project: Path, mode: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "bench.watching", str(project), mode]
    follower = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        _next(follower)
        yield follower
    finally:
        end(follower.pid)
        follower.returncode = 0


def _next(follower: subprocess.Popen[bytes]) -> None:
    assert follower.stdout is not None
    assert follower.stdout.readline(), "the follower has ended"


def _latency(project: Path, follower: subprocess.Popen[bytes]) -> float:
    time.sleep(_PAUSE)
    with (project / "part0" / "f0" / "file0.py").open("ab") as file:
        file.write(b"#")
    began = time.perf_counter()
    _next(follower)
    return time.perf_counter() - began


def _make(project: Path) -> None:
    """Make small files that git tracks, and some that it ignores."""
    for number in range(FILES):
        folder = project / f"part{number // 1000}" / f"f{number // _IN_A_FOLDER}"
        if number % _IN_A_FOLDER == 0:
            folder.mkdir(parents=True)
            (folder / "run.log").touch()
        (folder / f"file{number}.py").write_bytes(b"x = %d\n" % number)
    (project / ".gitignore").write_text("*.log\n", encoding="utf-8")
    git = ["git", "-C", str(project), "-c", "core.compression=0"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)


async def _follow(project: Path) -> None:
    """Print a line for each burst."""
    async with aclosing(Watcher(project).follow()) as bursts:
        async for burst in bursts:
            print(burst.mode.kind, len(burst.paths), flush=True)


if __name__ == "__main__":
    if sys.argv[2] == _POLLING:
        kernel._most = lambda: 0
    asyncio.run(_follow(Path(sys.argv[1])))
