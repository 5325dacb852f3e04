"""Work that is done whole, since half of it would be damage, and work that is given up in time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def unbroken(work: Coroutine[Any, Any, T]) -> T:
    """Do work to its end; if that is cancelled meanwhile, it is cancelled after it."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait({task})
        raise


async def unless(given_up: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Return what work finds, or nothing once it is given up."""
    tasks = asyncio.ensure_future(work), asyncio.ensure_future(given_up.wait())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].result() if tasks[0].done() else None
    finally:
        for task in tasks:
            task.cancel()
