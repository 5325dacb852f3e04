"""Suites run with pytest, each in a process with limits."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PLUGIN = Path(__file__).parent / "children"
_LIMITS = ["prlimit", "--as=6442450944", "--fsize=268435456", "--core=0"]
_OPTIONS = ["-q", "-p", "no:cacheprovider", "-p", "outcomes"]
_PYTEST = [sys.executable, "-m", "pytest", *_OPTIONS]


@dataclass(frozen=True)
class Suite:
    """What became of each test."""

    outcomes: dict[str, str]
    finished: bool
    """Neither cut for its time nor ended otherwise before its end."""

    @property
    def green(self) -> bool:
        return self.finished and bool(self.passed) and not self.failed

    @property
    def collected(self) -> bool:
        """Every file of tests could be imported."""
        return "uncollected" not in self.outcomes.values()

    @property
    def passed(self) -> tuple[str, ...]:
        return tuple(test for test, outcome in self.outcomes.items() if outcome == "passed")

    @property
    def failed(self) -> tuple[str, ...]:
        bad = ("failed", "uncollected")
        return tuple(test for test, outcome in self.outcomes.items() if outcome in bad)


def run_suite(
    folder: Path, arguments: Sequence[str] = (), ignored: Iterable[str] = (), seconds: float = 120
) -> Suite:
    """Run the tests of a project, all of them or those that `arguments` name."""
    without = [f"--deselect={test}" for test in ignored]
    with tempfile.TemporaryDirectory(prefix="wb-suite-") as place:
        record = Path(place) / "outcomes"
        command = [*_LIMITS, *_PYTEST, f"--basetemp={Path(place) / 'made'}", *without, *arguments]
        code = run_to_end(command, folder, _environment(folder, record), seconds)
        return Suite(_read(record), code in (0, 1))


class Warm:
    """Runs suites sooner: in forks of one process that has imported pytest."""

    def __init__(self) -> None:
        command = [sys.executable, str(_PLUGIN / "warm.py")]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(
        self, folder: Path, arguments: Sequence[str], ignored: Iterable[str], seconds: float
    ) -> Suite:
        """Run the tests of a project that `arguments` name."""
        with tempfile.TemporaryDirectory(prefix="wb-suite-") as place:
            record = Path(place) / "outcomes"
            asked = {
                "folder": str(folder),
                "environment": _environment(folder, record),
                "arguments": [*_OPTIONS, *(f"--deselect={test}" for test in ignored), *arguments],
                "seconds": seconds,
            }
            code = self._ask(json.dumps(asked))
            return Suite(_read(record), code in (0, 1))

    def _ask(self, line: str) -> int | None:
        if self._child.stdin is None or self._child.stdout is None:
            raise RuntimeError("both are pipes")
        self._child.stdin.write(line.encode() + b"\n")
        self._child.stdin.flush()
        code: int | None = json.loads(self._child.stdout.readline())
        return code

    def end(self) -> None:
        self._child.communicate()


def touched_lines(folder: Path) -> dict[str, dict[str, list[int]]]:
    """Return the lines of each file of a project that a test runs, by test."""
    with tempfile.TemporaryDirectory(prefix="wb-suite-") as place:
        record = Path(place) / "lines"
        environment = _environment(folder, Path(place) / "outcomes")
        environment["BENCH_TOUCHED"] = str(record)
        run_to_end([*_PYTEST, "-p", "touched"], folder, environment, seconds=600)
        lines: dict[str, dict[str, list[int]]] = json.loads(record.read_bytes())
        return lines


@contextmanager
def warm() -> Iterator[Warm]:
    made = Warm()
    try:
        yield made
    finally:
        made.end()


@contextmanager
def warm_copy(folder: Path) -> Iterator[Path]:
    """Return a copy of a project with the bytecode of all that its tests import."""
    with tempfile.TemporaryDirectory(prefix="wb-warm-") as place:
        copy = Path(place) / "project"
        shutil.copytree(folder, copy)
        environment = _environment(copy, Path(place) / "outcomes")
        del environment["PYTHONDONTWRITEBYTECODE"]
        run_to_end([*_PYTEST, "--collect-only"], copy, environment, seconds=300)
        yield copy


def run_to_end(
    command: Sequence[str], folder: Path, environment: dict[str, str], seconds: float
) -> int | None:
    """Return the exit status; a command that takes too long is killed with all it started."""
    child = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return child.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        end_group(child)


def end_group(child: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a child that was started in a session of its own."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _environment(folder: Path, record: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(record.parent),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "BENCH_OUTCOMES": str(record),
        "PYTHONPATH": f"{_PLUGIN}:{folder / 'src'}:{folder}",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }


def _read(record: Path) -> dict[str, str]:
    if not record.exists():
        return {}
    lines = record.read_text(encoding="utf-8").splitlines()
    return dict(json.loads(line) for line in lines)
