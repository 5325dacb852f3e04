"""What all sources of a workspace share while they are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from workbench.api.facts import Fact
from workbench.journal.contents import Contents
from workbench.knowledge.reading.process import Reader
from workbench.knowledge.values import Index
from workbench.workspace import Workspace


@dataclass
class Desk:
    """What all sources share."""

    workspace: Workspace
    contents: Contents
    index: Callable[[], Awaitable[Index]]
    write: Callable[[Fact, str], Awaitable[int]]
    """Writes a fact about a source down, and returns when that was."""
    changed: Callable[[], None]
    """Is called when something that is shown is different."""
    bulk: Reader = field(default_factory=Reader)
    quick: Reader = field(default_factory=lambda: Reader(nice=0))
    """Reads what changed, for which somebody may wait, while much else may be read."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Sources are read one after another."""
