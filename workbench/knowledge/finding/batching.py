"""Many small look-ups of one moment become one query; what was looked up last stays at hand."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Batched(Generic[K, V]):
    """Looks values up by key; what does not change is kept, no more than so many."""

    def __init__(
        self, look_up: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], most: int
    ) -> None:
        self._look_up = look_up
        self._most = most
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._asked: dict[K, asyncio.Future[V | None]] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    async def get(self, keys: Iterable[K]) -> dict[K, V]:
        """Return what there is of these keys, asked for together with what others want now."""
        wanted = list(dict.fromkeys(keys))
        found = {key: self._kept[key] for key in wanted if key in self._kept}
        for key in found:
            self._kept.move_to_end(key)
        missing = [key for key in wanted if key not in found]
        answers = await asyncio.gather(*map(self._ask, missing))
        found |= {key: one for key, one in zip(missing, answers, strict=True) if one is not None}
        return {key: found[key] for key in wanted if key in found}

    def forget(self) -> None:
        """Let go of all that is kept."""
        self._kept.clear()

    def _ask(self, key: K) -> Awaitable[V | None]:
        if key not in self._asked:
            if not self._asked:
                asyncio.get_running_loop().call_soon(self._send)
            self._asked[key] = asyncio.get_running_loop().create_future()
        return asyncio.shield(self._asked[key])

    def _send(self) -> None:
        asked, self._asked = self._asked, {}
        task = asyncio.create_task(self._answer(asked), name="look-up")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _answer(self, asked: Mapping[K, asyncio.Future[V | None]]) -> None:
        try:
            found = await self._look_up(list(asked))
        except Exception as problem:  # noqa: BLE001 - whoever asked is told
            for answer in asked.values():
                answer.set_exception(problem)
            return
        for key, answer in asked.items():
            answer.set_result(found.get(key))
        self._keep(found)

    def _keep(self, found: Mapping[K, V]) -> None:
        self._kept.update(found)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
