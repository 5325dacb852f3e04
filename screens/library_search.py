"""Searching while somebody types: one question at a time, and only the newest answer is drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from screens.library import Holdings
from screens.library_query import query_of
from workbench.api.knowing import Search
from workbench.api.passages import Hits
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from textual.timer import Timer

    from screens.frame import Frame

_AT_REST = 0.3
"""Who has stopped typing for so long gets the whole answer."""
_LEAST = 10
"""While somebody types, as many hits are asked for as are in sight, and no fewer than these."""


class Finder:
    """Holds what is looked for, and what was found."""

    def __init__(
        self, frame: Frame, changed: Callable[[], None], in_sight: Callable[[], int]
    ) -> None:
        self.text = ""
        self.problem = ""
        self.hits: Hits | None = None
        self.found_for = ""
        """What the hits were found for, while something else is looked for already."""
        self._frame, self._changed, self._in_sight = frame, changed, in_sight
        self._wanted: tuple[Search, str] | None = None
        """What is to be asked next."""
        self._asking: asyncio.Task[None] | None = None
        self._holdings = Holdings()
        self._is_whole = False
        """What is asked now is a whole answer, for which nobody who types waits."""
        self._rest: Timer | None = None

    def look(self, text: str, holdings: Holdings, *, typing: bool) -> None:
        """Look for a text from now on; without one nothing is looked for."""
        self.text = text.strip()
        query = query_of(text, holdings)
        self.problem, self._holdings = query.problem, holdings
        self._stop_resting()
        if query.search is None:
            self._let_go()
        else:
            self._ask(query.search, typing=typing)
            if typing:
                again = query.search
                self._rest = self._frame.set_timer(_AT_REST, lambda: self._complete(again))
        if query.search is None or query.problem:
            self._changed()

    def again(self, holdings: Holdings) -> None:
        """Look once more, since other things were read meanwhile."""
        if self.text:
            self.look(self.text, holdings, typing=False)

    def _complete(self, search: Search) -> None:
        self._rest = None
        self._ask(search, typing=False)

    def _ask(self, search: Search, *, typing: bool) -> None:
        """Ask now, or after what is being asked; a whole answer is not waited for."""
        limit = min(search.limit, max(_LEAST, self._in_sight())) if typing else search.limit
        self._wanted = replace(search, typing=typing, limit=limit), self.text
        if self._asking and self._is_whole:
            self._asking.cancel()
            self._asking = None
        if self._asking is None:
            self._asking = self._frame.interface.spawn(self._frame, self._answer())

    async def _answer(self) -> None:
        """Ask until nothing newer is wanted; what was overtaken is never drawn."""
        me = asyncio.current_task()
        try:
            while self._wanted:
                search, text = self._wanted
                self._wanted, self._is_whole = None, not search.typing
                hits, problem = await self._asked(search)
                if self._wanted is None:
                    self.hits, self.found_for = hits, text
                    self.problem = problem or query_of(text, self._holdings).problem
                    self._changed()
        finally:
            if self._asking is me:
                self._asking = None

    async def _asked(self, wanted: Search) -> tuple[Hits | None, str]:
        try:
            return await self._frame.interface.host.call(wanted), ""
        except WorkbenchError as error:
            return None, f"{error.sentence} {error.hint}".strip()

    def _let_go(self) -> None:
        self.hits, self.found_for, self._wanted = None, "", None
        if self._asking:
            self._asking.cancel()
            self._asking = None

    def _stop_resting(self) -> None:
        if self._rest:
            self._rest.stop()
            self._rest = None
