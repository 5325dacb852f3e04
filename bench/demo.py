"""From the shell to a repair that waits for the first key: `workbench demo`."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from bench.harness import Row, sample, under
from bench.peers import workbench_program
from bench.terminal import Terminal
from workbench.api import owner
from workbench.workspace import name_workspace

_ROUNDS = 5
_LIMIT = 10
_REPAIR = ("▸ proposal", "<= becomes <")


def measure() -> list[Row]:
    """Open the demo as a newcomer does: nothing runs, and nothing is warm."""
    found = sample([_opened() for _ in range(_ROUNDS)], "s")
    return [under("From `workbench demo` to a repair that waits, no host running", found, _LIMIT)]


def _opened() -> float:
    with tempfile.TemporaryDirectory(prefix="bench-demo-") as folder:
        began = time.monotonic()
        with Terminal([workbench_program(), "demo"], {**os.environ, "TMPDIR": folder}) as terminal:
            terminal.wait_for(*_REPAIR)
            took = time.monotonic() - began
        for project in Path(folder).glob("*/rooms"):
            owner.stop(name_workspace(project))
    return took
