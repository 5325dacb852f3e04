"""Many candidates one after the other in one fork, where tests can be called as they are."""

from __future__ import annotations

import mmap
import os
import re
import threading
from collections import Counter
from typing import Any

from .forks import Child, Message, Patience, Teller
from .ground import Ground, Spans, story
from .items import Runner, be_brief
from .sources import Edit
from .state import Memory
from .swapping import Prepared, Swap, exchange
from .telling import message
from .trying import Trial, is_verdict, verdict

_FLUSHED = 16
_ALIKE, _MOST_STORIES = 3, 60
"""Of each crash behind the first so many are looked at closely, and so many crashes."""
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
_SPOILED = 2
_COMPUTING, _LONGEST = 3.0, 15.0
"""Nothing interrupts reckoning with numbers that grow and grow: it shall not take long."""
_LEAST_PATIENCE, _TIMES = 1.0, 3
"""Who only waits, for a lock that it holds itself, is not waited for much longer than for tests."""
_MEMORY = 64 * 1024 * 1024
"""Whoever needs more is tried in a fork of its own: to fill memory takes long."""
_STACK = 1024 * 1024
"""Threads shall fit into that too."""


class Candidate:
    """A candidate whose code is compiled."""

    __slots__ = ("changes", "cuts", "made", "number", "order")

    def __init__(self, order: Message, made: Prepared) -> None:
        self.order = order
        self.number: int = order["id"]
        self.cuts: int = order["cuts"]
        """How often it was cut already: each time it may do ten times more."""
        self.changes: dict[str, list[Edit]] = order["changes"]
        self.made = made


class Sieve:
    """Finds those that are worth a fork of their own; the rest is done with."""

    def __init__(self, runner: Runner, ground: Ground, memory: Memory) -> None:
        self._runner = runner
        self._ground = ground
        self._memory = memory
        self._spoiled = 0
        self._sound: Any = None
        self._stories: Counter[object] = Counter()
        """How often was heard of a crash behind the first."""
        self._under_way = mmap.mmap(-1, 8)
        self._keeping: dict[str, list[str]] = {}
        longest = max((ground.limit(one, cuts=0).seconds for one in ground.failing), default=0)
        usual = min(_LONGEST, max(_LEAST_PATIENCE, _TIMES * longest))
        quick = min(_COMPUTING, usual)
        self._quick = Patience(quick, _LONGEST, idle=quick)
        self._long = Patience(_COMPUTING, _LONGEST, idle=usual)

    def sift(self, candidates: list[Candidate]) -> tuple[list[Message], list[Candidate]]:
        """Return the verdicts, and those candidates that need a fork."""
        sifted = _Sifted()
        left, flushed = candidates, _FLUSHED
        while left and self._spoiled < _SPOILED:
            batch = self._in_fork(left, flushed)
            self._spoiled += batch.is_sound is False
            sifted.take(left, batch, is_exact=flushed == 1)
            flushed = _FLUSHED if batch.is_sound else 1
            left = [one for one in left if one.number not in sifted.done]
        return sifted.verdicts, sifted.alone + left

    def _in_fork(self, left: list[Candidate], flushed: int) -> _Batch:
        """Go through as many as can be in one fork."""
        numbers = {one.number for one in left}
        self._under_way[:8] = bytes(8)
        child = Child(lambda teller: self._be(left, flushed, teller), _MEMORY)
        batch = _Batch()
        is_long = any(one.cuts for one in left)
        for one in child.messages(self._long if is_long else self._quick, self._index):
            if is_verdict(one, numbers):
                batch.told[one["id"]] = self._without_old(one)
            elif "canaries" in one:
                batch.is_sound = self._is_sound(one["canaries"])
        batch.has_hung, batch.index = child.has_hung, self._index()
        return batch

    def _without_old(self, found: Message) -> Message:
        """Let crashes that were heard of often enough be no reason for a fork."""
        if crash := found.get("crash"):
            key = story(crash["raised"])
            self._stories[key] += 1
            if self._stories[key] > _ALIKE or len(self._stories) > _MOST_STORIES:
                return {**found, "crash": None}
        return found

    def _index(self) -> int:
        return int.from_bytes(self._under_way[:8], "little")

    def _be(self, candidates: list[Candidate], flushed: int, teller: Teller) -> None:
        """In the fork: try one after the other, and see at the end whether all is as it was."""
        be_brief()
        threading.stack_size(_STACK)
        waiting: list[Message] = []
        for index, one in enumerate(candidates):
            self._under_way[:8] = index.to_bytes(8, "little")
            waiting.append(self._try(one))
            is_restored = self._memory.restore()
            os.fstat(teller.descriptor)  # Whoever closed it ends here.
            if len(waiting) >= flushed or not is_restored:
                teller.tell(*waiting)
                waiting = []
            if not is_restored:
                break
        teller.tell(*waiting, {"canaries": self._canaries()})

    def _try(self, one: Candidate) -> Message:
        before: list[Swap] = []
        try:
            before = one.made.exchange()
            trial = Trial(self._runner, self._ground, cuts=one.cuts)
            return trial.run(one.number, self._sifting(one.made.changed), slow=False)
        except Exception as error:  # An import that it adds fails.
            return verdict(one.number, "failed", kinds=[type(error).__name__])
        finally:
            exchange(before)

    def _sifting(self, changed: Spans) -> list[str]:
        key = repr(changed)
        if key not in self._keeping:
            self._keeping[key] = self._ground.sifting(changed)
        return self._keeping[key]

    def _expected(self) -> Any:
        """Return what the canaries do where nothing has been tried."""
        if self._sound is None:
            one, other = self._seen_alone(), self._seen_alone()
            self._sound = [mine if mine == theirs else None for mine, theirs in zip(one, other)]
        return self._sound

    def _seen_alone(self) -> list[Any]:
        child = Child(lambda teller: teller.tell({"canaries": self._canaries()}))
        told = [
            one["canaries"]
            for one in child.messages(Patience(_COMPUTING, _LONGEST))
            if "canaries" in one
        ]
        return list(told[0]) if told else []

    def _is_sound(self, found: Any) -> bool:
        """Tell whether canaries do what they do where nothing has been tried."""
        pairs = zip(self._expected(), found)
        return all(wanted is None or wanted == seen for wanted, seen in pairs)

    def _canaries(self) -> list[Any]:
        """Return what some tests do on the project as it is."""
        be_brief(False)
        found = []
        for test in self._ground.canaries:
            outcome = self._runner.run(test, self._ground.limit(test, cuts=0))
            text = _ADDRESS.sub("", message(outcome.error))
            found.append([outcome.outcome, outcome.kind, text])
            self._memory.restore()
        be_brief()
        return found


def _needs_a_fork(found: Message) -> bool:
    return found["state"] == "passed" or bool(found.get("alone") or found.get("crash"))


class _Batch:
    """What came of one fork."""

    def __init__(self) -> None:
        self.told: dict[int, Message] = {}
        self.is_sound: bool | None = None
        """Whether nothing was left behind; unknown where it did not come to its end."""
        self.has_hung = False
        self.index = 0
        """Which one was under way last."""


class _Sifted:
    """What is known so far."""

    def __init__(self) -> None:
        self.verdicts: list[Message] = []
        self.alone: list[Candidate] = []
        self.done: set[int] = set()

    def take(self, left: list[Candidate], batch: _Batch, *, is_exact: bool) -> None:
        """Take what can be believed of a batch; `is_exact` if each was told of at once."""
        for one in left:
            found = batch.told.get(one.number)
            if found and (batch.is_sound is False or _needs_a_fork(found)):
                self._leave_alone(one)
            elif found:
                self._decide(found)
        if batch.is_sound is None:
            self._blame(left[min(batch.index, len(left) - 1)], batch, is_exact=is_exact)

    def _blame(self, one: Candidate, batch: _Batch, *, is_exact: bool) -> None:
        """Say who ended a fork, where that is known; else all are tried once more."""
        if one.number in self.done:
            return
        if batch.has_hung:
            self._decide(verdict(one.number, "cut"))
        elif is_exact:
            self._decide(verdict(one.number, "lost"))

    def _leave_alone(self, one: Candidate) -> None:
        self.alone.append(one)
        self.done.add(one.number)

    def _decide(self, found: Message) -> None:
        self.verdicts.append(found)
        self.done.add(found["id"])
