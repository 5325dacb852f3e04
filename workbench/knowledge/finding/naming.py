"""Which number a piece has that was looked at: who sees a hit asks for it by its name."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.knowledge.values import Piece

_MOST = 10_000


class Names:
    """Numbers by the names of pieces, of those that were looked at lately."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def note(self, pieces: Mapping[int, Piece]) -> None:
        if len(self._numbers) > _MOST:
            self._numbers.clear()
        self._numbers |= {piece.id: number for number, piece in pieces.items()}

    def among(self, name: str) -> list[int]:
        """Return the number of a name as far as it is known: one, or none."""
        return [self._numbers[name]] if name in self._numbers else []
