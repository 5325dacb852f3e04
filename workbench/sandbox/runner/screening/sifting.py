"""Many candidates one after the other in one fork, where tests can be called as they are."""

from __future__ import annotations

import mmap
from typing import Any

from .forks import Child, Message, Patience, Teller
from .ground import Ground, Spans
from .items import Runner, be_brief
from .sources import Edit
from .state import Memory
from .swapping import Prepared, Swap, exchange
from .trying import Trial, verdict

_FLUSHED = 16
_CANARIES = 5
_SPOILED = 2
_PATIENCE = Patience(4.0, 8.0)


class Candidate:
    """A candidate whose code is compiled."""

    __slots__ = ("changes", "long", "made", "number")

    def __init__(self, order: Message, made: Prepared) -> None:
        self.number: int = order["id"]
        self.long: bool = order["long"]
        self.changes: dict[str, list[Edit]] = order["changes"]
        self.made = made


class Sieve:
    """Finds those that are worth a fork of their own; the rest is done with."""

    def __init__(self, runner: Runner, ground: Ground, memory: Memory) -> None:
        self._runner = runner
        self._ground = ground
        self._memory = memory
        self._spoiled = 0
        self._under_way = mmap.mmap(-1, 8)
        self._keeping: dict[str, list[str]] = {}

    def sift(self, candidates: list[Candidate]) -> tuple[list[Message], list[Candidate]]:
        """Return the verdicts, and those candidates that need a fork."""
        verdicts: list[Message] = []
        alone: list[Candidate] = []
        left = candidates
        while left:
            if self._spoiled >= _SPOILED:
                return verdicts, alone + left
            left = self._one_fork(left, verdicts, alone)
        return verdicts, alone

    def _one_fork(
        self, left: list[Candidate], verdicts: list[Message], alone: list[Candidate]
    ) -> list[Candidate]:
        """Go through as many as can be in one fork; return the others."""
        told, is_sound, hung = self._told(left)
        if is_sound is False:
            self._spoiled += 1
            alone += [one for one in left if one.number in told]
            return [one for one in left if one.number not in told]
        verdicts += [one for one in told.values() if one["state"] != "passed"]
        alone += [one for one in left if told.get(one.number, {}).get("state") == "passed"]
        rest = [one for one in left if one.number not in told]
        if is_sound is None:
            at = left[min(self._index(), len(left) - 1)]
            verdicts += [verdict(one.number, _state(hung)) for one in rest if one is at]
            rest = [one for one in rest if one is not at]
        return rest

    def _told(self, left: list[Candidate]) -> tuple[dict[int, Message], bool | None, bool]:
        """Return verdicts by number, whether state was left behind, and whether the fork hung."""
        numbers = {one.number for one in left}
        self._under_way[:8] = bytes(8)
        child = Child(lambda teller: self._be(left, teller))
        told: dict[int, Message] = {}
        is_sound: bool | None = None
        for message in child.messages(_PATIENCE, self._index):
            if message.get("id") in numbers:
                told[message["id"]] = message
            elif "sound" in message:
                is_sound = bool(message["sound"])
        return told, is_sound, child.has_hung

    def _index(self) -> int:
        return int.from_bytes(self._under_way[:8], "little")

    def _be(self, candidates: list[Candidate], teller: Teller) -> None:
        """In the fork: try one after the other, and see at the end whether all is as it was."""
        be_brief()
        canaries = self._canaries()
        waiting: list[Message] = []
        for index, one in enumerate(candidates):
            self._under_way[:8] = index.to_bytes(8, "little")
            waiting.append(self._try(one))
            is_restored = self._memory.restore()
            if len(waiting) >= _FLUSHED or not is_restored:
                teller.tell(*waiting)
                waiting = []
            if not is_restored:
                break
        teller.tell(*waiting, {"sound": self._canaries() == canaries})

    def _try(self, one: Candidate) -> Message:
        before: list[Swap] = []
        try:
            before = one.made.exchange()
            trial = Trial(self._runner, self._ground, long=one.long)
            return trial.run(one.number, self._sifting(one.made.changed))
        except Exception as error:  # An import that it adds fails.
            return verdict(one.number, "failed", kinds=[type(error).__name__])
        finally:
            exchange(before)

    def _sifting(self, changed: Spans) -> list[str]:
        key = repr(changed)
        if key not in self._keeping:
            self._keeping[key] = self._ground.sifting(changed)
        return self._keeping[key]

    def _canaries(self) -> list[Any]:
        """Return what some tests do on the project as it is."""
        ground, found = self._ground, []
        plain = [test for test in ground.passing if test in ground.plain]
        for test in ground.failing[:_CANARIES] + plain[:_CANARIES]:
            outcome = self._runner.run(test, ground.limit(test, long=False))
            found.append((outcome.outcome, outcome.kind))
            self._memory.restore()
        return found


def _state(hung: bool) -> str:
    return "cut" if hung else "lost"
