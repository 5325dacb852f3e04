"""Asking the host something that changes nothing, as fast as it can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from workbench.api.shapes import Command
    from workbench.commands.shared import Invocation

R = TypeVar("R")
FACE = "command line"


def read(invocation: Invocation, command: Command[R], patience: float = 20.0) -> R:
    """Return what the host answers; only where none runs yet is more imported, to start one."""
    from workbench.api.knocking import ask_running

    answer = ask_running(invocation.workspace, FACE, command)
    if answer is not None:
        return answer
    from workbench.commands.calling import ask

    return ask(invocation, command, patience)
