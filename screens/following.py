"""Having the project followed while the interface is there, whichever screen it shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from widgets.ink import Role
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from screens.interface import Interface
    from workbench.api.client import Line
    from workbench.api.commands import Watch


class Following:
    """Asks the host to follow the project as soon as there is one, if that is wanted."""

    def __init__(self, interface: Interface, watch: Callable[[], Watch], *, wanted: bool) -> None:
        self.problem = ""
        """Why the project is not followed, though it should be."""
        self._wanted = wanted
        self._interface = interface
        self._watch = watch
        self._task: asyncio.Task[None] | None = None

    @property
    def is_on(self) -> bool:
        """It is for this face that the project is followed."""
        return self._task is not None

    def line_changed(self, line: Line) -> None:
        if self._wanted and line.state == "attached":
            self._begin()

    def toggle(self) -> None:
        """Follow the project from now on, or no longer."""
        self._wanted = not self.is_on
        if self._wanted:
            self._begin()
            self._interface.tell("After each change the tests are run now.")
        else:
            self.stop()
            self._interface.tell("The project is not followed any more.")

    def stop(self) -> None:
        if self._task:
            self._task.cancel()

    def _begin(self) -> None:
        if not self._task:
            self.problem = ""
            self._task = self._interface.spawn(None, self._follow())
            self._interface.following_changed()

    async def _follow(self) -> None:
        """Have the project followed until nobody waits for that any more."""
        try:
            await self._interface.host.call(await asyncio.to_thread(self._watch))
        except WorkbenchError as error:
            self.problem = f"{error.sentence} {error.hint}".strip()
            self._interface.tell(f"The project is not followed. {self.problem}", Role.BAR_WARN)
        finally:
            self._task = None
            self._interface.following_changed()
