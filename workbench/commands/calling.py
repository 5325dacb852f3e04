"""Asking the host from a command: attach, or start it, call, leave."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from workbench.api.client import Client
from workbench.api.shapes import Command
from workbench.commands.shared import Invocation

R = TypeVar("R")
FACE = "command line"


def ask(invocation: Invocation, command: Command[R], patience: float = 20.0) -> R:
    """Return what the host of the workspace answers."""
    return asyncio.run(_ask(invocation, command, patience))


async def _ask(invocation: Invocation, command: Command[R], patience: float) -> R:
    workspace, flags = invocation.workspace, invocation.flags
    async with Client(workspace, FACE, patience=patience, flags=flags) as client:
        return await client.call(command)
