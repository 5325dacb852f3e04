"""A process that owns boxes is killed outright: what is left, and when it is gone."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox import remains
from tests.sandbox.course import Report
from tests.sandbox.users import NOBODY, PAIRS, Pair, become, run_as, together

pytestmark = pytest.mark.timeout(300)
_PATIENCE = 20.0
MOMENTS = ("idle", "busy")


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a folder that an ordinary user can use as well."""
    folder = Path(tempfile.mkdtemp(prefix="owner-"))
    folder.chmod(0o755)
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("pair", "moment"),
    [together(pair, moment, name=moment) for pair in PAIRS for moment in MOMENTS],
)
def test_a_killed_owner_leaves_nothing(
    report: Report, pair: Pair, moment: str, place: Path
) -> None:
    assert not report.missing
    mark = f"owner{os.getpid()}"
    process = subprocess.Popen(
        pair.python.command("tests.sandbox.owner", pair.engine, moment, mark, str(place)),
        env=pair.python.environment,
        cwd="/",
        stdout=subprocess.PIPE,
        text=True,
        **become(pair.user),
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        boxes = {pid: _beginning(pid) for pid in remains.descendants(process.pid)}
        assert bool(remains.bearers(mark)) is (moment == "busy")
        process.kill()
    assert _outlive(boxes, mark) == []
    run_as(pair.user, pair.python, "tests.sandbox.owner", pair.engine, "once", mark, str(place))
    assert _left_by(process.pid) == []


def _outlive(boxes: dict[int, str], mark: str) -> list[int]:
    deadline = time.monotonic() + _PATIENCE
    while left := [pid for pid in boxes if boxes[pid] == _beginning(pid)] + remains.bearers(mark):
        if time.monotonic() > deadline:
            return left
        time.sleep(0.02)
    return []


def _beginning(pid: int) -> str:
    """Tell a process from one that has its number later; a zombie is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return f"{pid} is gone"
    return f"{pid} is gone" if fields[0] == "Z" else fields[19]


def _left_by(pid: int) -> list[str]:
    folders = [str(path) for path in Path("/dev/shm").glob(f"workbench-box-{pid}-*")]
    return [*folders, *_containers(pid)]


def _containers(pid: int) -> list[str]:
    if not shutil.which("docker"):
        return []
    listed = subprocess.run(
        ["docker", "ps", "-a", "--format", '{{.Names}} {{.Label "workbench.owner"}}'],
        capture_output=True,
        text=True,
        check=False,
    )
    return [line for line in listed.stdout.splitlines() if line.split()[1:2] == [str(pid)]]
