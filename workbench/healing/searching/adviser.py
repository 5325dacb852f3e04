"""Asking a language model, where there is one and the search has found nothing for a while.

It answers when it answers: the search goes on meanwhile, and waits only when it has nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.inquiry import Inquiry, inquiry
from workbench.healing.generators.advised import Advice, candidates
from workbench.healing.ground import Ground, Site

if TYPE_CHECKING:
    from workbench.healing.searching.search import Plausible

Ask = Callable[[Inquiry], "Future[Advice | None]"]
"""Has a question answered some time; with nothing where nobody can."""
_MOST_MISSES = 6
_MOST = 3
"""So often is asked about one failure: each time with what was learned meanwhile."""


class Adviser:
    """Puts what is known of a failure into a question, and answers into candidates."""

    def __init__(self, ground: Ground, ask: Ask) -> None:
        self._ground = ground
        self._ask = ask
        self._asked = 0
        self._open: Future[Advice | None] | None = None
        self.defects: list[Exception] = []
        """What went wrong in asking; the search goes on without advice."""

    @property
    def is_waiting(self) -> bool:
        return self._open is not None

    def consult(
        self, sites: Sequence[Site], partial: Sequence[Plausible]
    ) -> list[Callable[[], Iterator[Candidate]]]:
        """Return what has been answered since the last time, and ask on."""
        advice = self._heard()
        if self._open is None and self._asked < _MOST:
            self._open = self._ask(self._question(sites, partial))
            self._asked += 1
        return [lambda: candidates(self._ground, advice)] if advice else []

    def _question(self, sites: Sequence[Site], partial: Sequence[Plausible]) -> Inquiry:
        """Say what is known, and what has helped in part."""
        of = len(self._ground.dossier.failing)
        misses = [
            f"{one.step.candidate.why or one.step.candidate.operator}: {len(one.verdict.passes)} of"
            f" {of} failing tests pass then"
            for one in partial[:_MOST_MISSES]
        ]
        return inquiry(self._ground, sites, misses, self._asked)

    def close(self) -> None:
        """Nobody wants an answer any more."""
        if self._open:
            self._open.cancel()
        self._open, self._asked = None, _MOST

    def _heard(self) -> Advice | None:
        if self._open is None or not self._open.done():
            return None
        done, self._open = self._open, None
        try:
            advice = done.result()
        except CancelledError:
            advice = None
        except Exception as defect:  # noqa: BLE001 - bad advice must not cost all repairs
            self.defects.append(defect)
            advice = None
        if advice is None:  # Who cannot answer now is not asked again.
            self._asked = _MOST
        return advice
