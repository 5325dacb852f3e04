"""Suites run with pytest, each in a process with limits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_PLUGIN = Path(__file__).parent / "children"
_LIMITS = ["prlimit", "--as=6442450944", "--fsize=268435456", "--core=0"]
_PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "outcomes"]


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


def touched_lines(folder: Path) -> dict[str, dict[str, list[int]]]:
    """Return the lines of each file of a project that a test runs, by test."""
    with tempfile.TemporaryDirectory(prefix="wb-suite-") as place:
        record = Path(place) / "lines"
        environment = _environment(folder, Path(place) / "outcomes")
        environment["BENCH_TOUCHED"] = str(record)
        run_to_end([*_PYTEST, "-p", "touched"], folder, environment, seconds=600)
        lines: dict[str, dict[str, list[int]]] = json.loads(record.read_bytes())
        return lines


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
