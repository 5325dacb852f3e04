"""Asking what would have to be, where the plain search has found nothing for some time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

import msgspec

from workbench.healing.candidate import Candidate
from workbench.healing.generators.synthesis import Learned, candidates
from workbench.healing.ground import Ground, Site
from workbench.healing.insight.probes import Probe, changes, probes
from workbench.healing.searching.lane import LaneLost

_AT_ONCE, _TOGETHER = 3, 8
_MOST_SITES, _MOST_TESTS = 60, 3
_WORK, _SECONDS = 200_000, 0.15
"""What one question may cost."""
_PATIENCE, _PATIENCE_IN_STEP = 10.0, 60.0
"""Who has not answered after so many seconds does not answer."""
Made = tuple[Site, Callable[[], Iterator[Candidate]]]
"""What follows from an answer; it is worked out in its turn."""


class Asked(Protocol):
    """Answers questions some time, in the sandbox."""

    def question(self, order: Mapping[str, Any]) -> int: ...
    def answer(self, question: int, timeout: float = 0.0) -> dict[str, Any] | None: ...


class Oracle:
    """Asks about the most suspected statements, a few questions at a time.

    It never waits, unless it is `in_step`: then what was asked last is answered before it goes on.
    """

    def __init__(
        self, ground: Ground, asked: Asked, seconds: float, *, in_step: bool = False
    ) -> None:
        self._ground = ground
        self._asked = asked
        self._in_step = in_step
        self._left = seconds
        """So long may all answers take together."""
        self._tests = [run.id for run in ground.dossier.failing[:_MOST_TESTS]]
        self._open: dict[int, tuple[Probe, float]] = {}
        """What was asked, and when."""
        self.defects: list[Exception] = []
        """What went wrong in finding questions; the search goes on without them."""
        self._probes: Iterator[Probe] | None = None

    @property
    def is_waiting(self) -> bool:
        return bool(self._open)

    def consult(self, sites: Sequence[Site]) -> list[Made]:
        """Return what has been learned since the last time, and ask on."""
        began = time.monotonic()
        if self._probes is None:
            self._probes = _in_turn(self._ground, sites)
        found = [made for number in list(self._open) for made in self._heard(number)]
        try:
            self._ask_on(self._probes, began)
        except LaneLost:
            self._left = 0.0  # What is screened is lost with it, and that is told to the search.
            self._open.clear()
        except Exception as defect:  # noqa: BLE001 - a bad question must not cost all repairs
            self.defects.append(defect)
        self._left -= 0.0 if self._in_step else time.monotonic() - began
        return found

    def _ask_on(self, waiting: Iterator[Probe], now: float) -> None:
        while self._left > 0 and len(self._open) < _AT_ONCE:
            probe = next(waiting, None)
            if probe is None:
                return
            self._open[self._asked.question(self._order(probe))] = probe, now

    def _order(self, probe: Probe) -> dict[str, Any]:
        return {
            "op": "force",
            "changes": changes(probe),
            "tests": self._tests,
            "terms": probe.terms,
            "values": probe.values,
            "work": _WORK,
            "seconds": _SECONDS,
        }

    def _heard(self, number: int) -> Iterator[Made]:
        answer = self._asked.answer(number, _PATIENCE_IN_STEP if self._in_step else 0.0)
        probe, since = self._open[number]
        if answer is None:
            if self._in_step or time.monotonic() - since > _PATIENCE:
                del self._open[number]
            return
        del self._open[number]
        learned = msgspec.convert(answer, Learned)
        self._left -= learned.seconds
        if learned.turned:
            yield probe.site, lambda: iter(candidates(probe, learned, len(self._tests)))


def _in_turn(ground: Ground, sites: Sequence[Site]) -> Iterator[Probe]:
    """Yield what can be asked, the most telling first among sites that are alike suspected."""
    rest = iter(sites[:_MOST_SITES])
    while some := tuple(islice(rest, _TOGETHER)):
        found = [probe for site in some for probe in probes(ground, site)]
        yield from sorted(found, key=lambda one: -one.weight * one.site.weight)
