"""What the tests say of one candidate whose code is in place."""

from __future__ import annotations

import errno
from collections.abc import Collection
from typing import Any

from .forks import Message
from .ground import Ground
from .items import CUT, PASSED, Outcome, Runner

_MOST_FAILING = 10
_SLOW_SECONDS = 5.0
"""So long what is slow may take together."""
_FULL = "MemoryError"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_STATES = ("passed", "failed", "cut")
Verdict = dict[str, Any]


def verdict(number: int, state: str, **more: Any) -> Verdict:
    return {"op": "verdict", "id": number, "state": state, **more}


def is_verdict(message: Message, numbers: Collection[int]) -> bool:
    """Tell whether what a child wrote, whoever wrote it, is a verdict on one of these."""
    return (
        message.get("op") == "verdict"
        and message.get("id") in numbers
        and message.get("state") in _STATES
    )


class Trial:
    """Asks the failing tests, and if all pass those that passed."""

    def __init__(self, runner: Runner, ground: Ground, *, cuts: int) -> None:
        self._runner = runner
        self._ground = ground
        self._cuts = cuts
        self.passes: list[int] = []
        self.progress = 0
        self.kinds: list[str] = []
        self.is_cut = False
        """It may be a repair that is only slow: no test failed that ended, or others pass."""
        self.crash: dict[str, Any] = {}
        """A crash behind that of the project as it is, and the test that meets it."""
        self.has_room = True
        """Nothing failed because others before had written too much."""

    def run(self, number: int, keeping: list[str], *, slow: bool = True) -> Verdict:
        """Return the verdict; those of `keeping` passed before and must pass still."""
        repaired = self._ask_failing()
        broke = self._broken(keeping) if repaired else ""
        settled = repaired and not broke and (not slow or self._ask_slow())
        state = "cut" if self.is_cut else "passed" if settled else "failed"
        return verdict(
            number,
            state,
            passes=self.passes,
            broke=broke,
            progress=self.progress,
            kinds=self.kinds,
            alone=not self.has_room,
            crash=self.crash or None,
        )

    def _ask_failing(self) -> bool:
        """Run the failing tests, but not all of many when some of the first fail."""
        asked, ends_wrong = 0, False
        slow = set(self._ground.slow)
        for index, test in enumerate(self._ground.failing):
            if test in slow:
                continue
            if test in self._ground.apart:
                self.kinds.append(self._ground.kind(test))
                continue
            if asked >= _MOST_FAILING and len(self.passes) < asked:
                return False
            asked += 1
            outcome = self._runner.run(test, self._ground.limit(test, cuts=self._cuts))
            self.progress += outcome.work
            self.has_room = self.has_room and getattr(outcome.error, "errno", 0) not in _NO_ROOM
            self.kinds.append("" if outcome.outcome == PASSED else outcome.kind)
            if outcome.outcome == PASSED:
                self.passes.append(index)
                continue
            self._note_crash(test, outcome)
            if outcome.outcome == CUT or outcome.kind == _FULL:
                self.is_cut = not ends_wrong or bool(self.passes)
                return False
            ends_wrong = True
        others = len(self._ground.apart | slow)
        return len(self.passes) == len(self._ground.failing) - others

    def _ask_slow(self) -> bool:
        """Run what was cut before, once all else is as it should be."""
        seconds = 0.0
        for test in self._ground.slow:
            self.is_cut = seconds > _SLOW_SECONDS
            if self.is_cut:
                return False
            outcome = self._runner.run(test, self._ground.limit(test, cuts=self._cuts))
            seconds += outcome.seconds
            self.kinds.append("" if outcome.outcome == PASSED else outcome.kind)
            self.is_cut = outcome.outcome == CUT
            if outcome.outcome != PASSED:
                return False
            self.passes.append(self._ground.failing.index(test))
        return True

    def _note_crash(self, test: str, outcome: Outcome) -> None:
        if self.crash or outcome.error is None or test not in self._ground.crashes:
            return
        story = self._runner.raised(outcome.error, values=False)
        if self._ground.is_behind(test, outcome.work, story):
            self.crash = {"test": test, "raised": self._runner.raised(outcome.error)}

    def _broken(self, tests: list[str]) -> str:
        """Return the first of the tests that passed and does not now."""
        asked = [test for test in tests if test not in self._runner.calls]
        following = dict(zip(asked, [*asked[1:], ""]))
        for test in tests:
            limit = self._ground.limit(test, cuts=self._cuts)
            if self._runner.run(test, limit, following.get(test, "")).outcome != PASSED:
                return test
        return ""
