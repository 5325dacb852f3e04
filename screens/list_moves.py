"""Moving in what is long, alike on all screens that say how far it is."""

from __future__ import annotations


class ListMoves:
    """Does what the keys of lists say; a screen tells how to move, its page and its length."""

    @property
    def _page(self) -> int:
        raise NotImplementedError

    @property
    def _length(self) -> int:
        raise NotImplementedError

    def _move(self, by: int) -> None:
        raise NotImplementedError

    def do_list_down(self) -> None:
        self._move(1)

    def do_list_up(self) -> None:
        self._move(-1)

    def do_list_half_down(self) -> None:
        self._move(self._page // 2)

    def do_list_half_up(self) -> None:
        self._move(-(self._page // 2))

    def do_list_page_down(self) -> None:
        self._move(self._page)

    def do_list_page_up(self) -> None:
        self._move(-self._page)

    def do_list_top(self) -> None:
        self._move(-self._length)

    def do_list_bottom(self) -> None:
        self._move(self._length)
