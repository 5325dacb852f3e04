"""What the context holds: kept where the next prompt begins alike, laid aside where it does not."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence as Tokens

from local_models.worker.native import Model
from local_models.worker.prefixes import common
from local_models.worker.problems import WorkerError
from local_models.worker.state import StateStore

_WORTH_KEEPING = 64
"""Sequences that would lose fewer tokens than this are not laid aside for them."""


class Sequence:
    """The tokens whose keys and values lie in the context, with a rack for others behind it."""

    def __init__(self, model: Model, rack_bytes: int, store: StateStore | None) -> None:
        self._model = model
        self._rack_bytes = rack_bytes
        self._store = store
        self._rack: OrderedDict[tuple[int, ...], bytes] = OrderedDict()
        self.tokens: list[int] = []

    @property
    def racked(self) -> int:
        return len(self._rack)

    @property
    def racked_bytes(self) -> int:
        return sum(map(len, self._rack.values()))

    def prepare(self, wanted: Tokens[int]) -> int:
        """Hold as much of the beginning of `wanted` as is known, but its last; say how much."""
        here = common(self.tokens, wanted)
        there = max(self._rack, key=lambda kept: common(kept, wanted), default=())
        racked = common(there, wanted)
        kept = self._store.longest(wanted) if self._store else 0
        if len(self.tokens) - here > _WORTH_KEEPING:
            self._lay_aside()
        if kept > max(here, racked) + _WORTH_KEEPING:
            self._take_from_disk(wanted)
        elif racked > here + _WORTH_KEEPING:
            self._take_from_rack(there)
        return self._cut(min(common(self.tokens, wanted), max(0, len(wanted) - 1)))

    def extend(self, tokens: Tokens[int]) -> bool:
        """Compute more tokens; say whether all of them were."""
        try:
            done = self._model.decode(tokens)
        except WorkerError:
            self._cut(0)
            raise
        if done:
            self.tokens.extend(tokens)
        else:
            computed = max(0, self._model.length - len(self.tokens))
            self.tokens.extend(tokens[:computed])
        return done

    def state(self) -> bytes:
        return self._model.take_out()

    def _cut(self, length: int) -> int:
        if length < len(self.tokens) or not length:
            length = self._model.shorten(length)
        self.tokens = self.tokens[:length]
        return length

    def _lay_aside(self) -> None:
        """Keep a copy on the rack; what was laid there first falls off when it is full."""
        key = tuple(self.tokens)
        self._rack.pop(key, None)
        state = self._model.take_out()
        if len(state) > self._rack_bytes:
            return
        self._rack[key] = state
        while self.racked_bytes > self._rack_bytes:
            self._rack.popitem(last=False)

    def _take_from_rack(self, key: tuple[int, ...]) -> None:
        held = self._model.put_in(self._rack.pop(key))
        self.tokens = list(key) if held else []

    def _take_from_disk(self, wanted: Tokens[int]) -> None:
        found = self._store.load(wanted) if self._store else None
        if found is None:
            return
        held = self._model.put_in(found.state)
        self.tokens = list(found.tokens) if held else []
