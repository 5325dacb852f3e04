"""Writes notes through the host, each when the one before was acknowledged; prints the waits."""

import asyncio
import json
import sys
import time
from pathlib import Path

from workbench.api.client import Client
from workbench.api.commands import WriteNote
from workbench.workspace import name_workspace


async def write(project: str, begin: float, end: float, text: str) -> list[float]:
    """Write `text` from `begin` to `end` on the monotonic clock."""
    waits = []
    async with Client(name_workspace(Path(project)), "bench") as client:
        await client.call(WriteNote(text))
        await asyncio.sleep(max(0.0, begin - time.monotonic()))
        while (asked := time.monotonic()) < end:
            await client.call(WriteNote(text))
            waits.append(time.monotonic() - asked)
    return waits


PROJECT, BEGIN, END, TEXT = sys.argv[1:]
print(json.dumps(asyncio.run(write(PROJECT, float(BEGIN), float(END), TEXT))))
