"""What following a large project costs: at rest, when a file is saved, and with polling."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

from bench.harness import Row, sample, told, under
from bench.process import MIB, cpu_of, end, resident
from workbench.healing.watching import kernel
from workbench.healing.watching.watcher import Watcher

FILES = int(os.environ.get("BENCH_WATCHED_FILES", "100000"))
_IN_A_FOLDER = 20
_REST = 10.0
_SAVES = 20
_PAUSE = 0.3
_POLLING = "polling"


def measure() -> list[Row]:
    """Make a project in git, follow it in a process of its own, and save files in it."""
    with tempfile.TemporaryDirectory(prefix="bench-watching-") as folder:
        project = Path(folder) / "project"
        _make(project)
        return [*_rows(project, "inotify"), *_rows(project, _POLLING)]


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
