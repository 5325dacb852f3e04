"""What a snapshot of a large project costs: the first, the next, and as a folder to mount."""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bench.harness import Row, Sample, sample, told
from workbench.sandbox.snapshot import Store

T = TypeVar("T")
FILES = int(os.environ.get("BENCH_SNAPSHOT_FILES", "20000"))
"""100,000 make the project of 2 GB that the design speaks of; making it takes a minute."""
_BYTES = 20_000
_IN_A_FOLDER = 50
_ROUNDS = 5


def measure() -> list[Row]:
    """Make a project, take it in, change a file, take it in again."""
    with tempfile.TemporaryDirectory(prefix="bench-snapshots-") as folder:
        project = Path(folder) / "project"
        _make(project)
        first_of_git = _timed(lambda: _git(project))
        time.sleep(0.1)  # Until a file just written is told from one written later.
        return _measure(project, Path(folder) / "store", _seconds(first_of_git))


def _measure(project: Path, folder: Path, git: Sample) -> list[Row]:
    store = Store(folder)
    first, snapshot = _with_time(lambda: store.take(project))
    build, _ = _with_time(lambda: store.materialise(snapshot))
    again = [_timed(lambda: store.take(project)) for _ in range(_ROUNDS)]
    from_disk = [_timed(lambda: Store(folder).take(project)) for _ in range(_ROUNDS)]
    changed = [_change_and_take(project, store) for _ in range(_ROUNDS)]
    layers = [_change_and_lay(project, store) for _ in range(_ROUNDS)]
    size = f"{FILES:,} files, {FILES * _BYTES / 1e9:.1f} GB"
    status = _seconds(*(_timed(lambda: _git(project)) for _ in range(_ROUNDS)))
    return [
        told(f"The first snapshot, {size}", _seconds(first), f"`git add` {git.text}"),
        told("The next one, nothing changed", _seconds(*again), f"`git add` {status.text}"),
        told("The same in a new process", _seconds(*from_disk)),
        told("The next one, one file changed", _seconds(*changed)),
        told("The first as a folder", _seconds(build)),
        told("One file changed, as the folder and an edit", _seconds(*layers)),
    ]


def _make(project: Path) -> None:
    """Fill folders with noise, each file its own."""
    noise = random.Random(1)  # noqa: S311 - contents, not secrets
    for number in range(FILES):
        folder = project / f"part{number // 1000}" / f"f{number // _IN_A_FOLDER}"
        if number % _IN_A_FOLDER == 0:
            folder.mkdir(parents=True)
        (folder / f"file{number}.py").write_bytes(noise.randbytes(_BYTES))
    (project / ".gitignore").write_text("*.pyc\n/build/\n.venv/\n", encoding="utf-8")


def _git(project: Path) -> None:
    """Do with git what comes nearest: hash and store what is new."""
    command = ["git", "-c", "core.compression=0", "--git-dir", f"{project}.git"]
    if not Path(f"{project}.git").exists():
        subprocess.run([*command, "init", "-q"], check=True)
    subprocess.run([*command, "--work-tree", str(project), "add", "-A"], check=True)


def _change_and_take(project: Path, store: Store) -> float:
    _change(project)
    return _timed(lambda: store.take(project))


def _change_and_lay(project: Path, store: Store) -> float:
    _change(project)
    snapshot = store.take(project)
    return _timed(lambda: store.materialise(snapshot))


def _change(project: Path) -> None:
    with (project / "part0" / "f0" / "file0.py").open("ab") as file:
        file.write(b"#")


def _timed(action: Callable[[], object]) -> float:
    return _with_time(action)[0]


def _with_time(action: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    result = action()
    return time.perf_counter() - began, result


def _seconds(*values: float) -> Sample:
    return sample(values, "s")
