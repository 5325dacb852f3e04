"""Terminals with the interface on them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.pty.terminal import WORKBENCH, Terminal
from workbench.workspace import Workspace

Open = Callable[..., Terminal]

_WITH_A_TWIST = """
import sys
from pathlib import Path
{twist}
from screens.app import run
from workbench.errors import WorkbenchError
from workbench.workspace import name_workspace
try:
    sys.exit(run(name_workspace(Path.cwd())))
except WorkbenchError as error:
    print(error.sentence, error.hint, file=sys.stderr)
    sys.exit(error.exit_code)
"""


@pytest.fixture
def open_terminal(workspace: Workspace) -> Iterator[Open]:
    """Return what opens the workbench in a terminal; `twist` is code that runs in it first."""
    with ExitStack() as stack:

        def open_it(*, twist: str = "", **options: Any) -> Terminal:  # noqa: ANN401
            command = WORKBENCH
            if twist:
                command = (sys.executable, "-c", _WITH_A_TWIST.format(twist=twist))
            return stack.enter_context(Terminal(command, workspace.project, **options))

        yield open_it


def log_of(workspace: Workspace) -> str:
    log: Path = workspace.folder / "interface.log"
    return log.read_text(encoding="utf-8")
