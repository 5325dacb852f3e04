"""Each job in namespaces of its own, over an overlay: where mounting is allowed."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from typing import Any

from .cells import Cell, Dying, Warden
from .confine import Job
from .original import Original

_PATIENCE = 5.0


class Namespaces:
    """The namespaces come from cells, which are made ahead; the processes from the original."""

    name = "namespaces"
    kills_all = False

    def __init__(self, warden: Warden, original: Original) -> None:
        self._warden = warden
        self._original = original
        self._cell: Cell | None = None
        self._next: Cell | None = None
        self._dying = Dying()

    def warm_up(self) -> dict[str, Any]:
        return self._original.warm_up()

    def fork(self, ends: dict[str, int]) -> None:
        """Fork into the next cell; nothing of the new process is outside of that."""
        if self._next:
            self._let_go(self._next)
            self._next = None
        self._dying.bury(_PATIENCE)
        self._next = self._warden.next()
        self._original.fork(self._next.pid, ends)

    def forked(self) -> int:
        return self._original.forked()

    def begin(self, job: Job) -> None:
        """Have the job where it waited; whatever it asks for, it can have."""
        del job
        self._cell, self._next = self._next, None

    @property
    def roots(self) -> tuple[int, ...]:
        return (self._cell.pid,) if self._cell else ()

    def looking(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext()

    def kill(self) -> None:
        """Kill the first process of the namespaces; the kernel ends all others in them."""
        if self._cell:
            self._cell.kill()

    def clean(self) -> bool:
        """Leave it to the kernel: all files and queues go with the namespaces."""
        if self._cell:
            self._let_go(self._cell)
        self._cell = None
        return True

    def _let_go(self, cell: Cell) -> None:
        cell.kill()
        self._dying.add(cell)
        self._warden.order()
