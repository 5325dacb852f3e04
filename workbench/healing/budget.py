"""What a search and its proofs may use together: so many seconds, or so many candidates."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from workbench.healing.searching.limits import Limits

_PROOF_RUNS = 7
"""A proof runs the tests about so often."""
_RUNS_OF_ANOTHER = 3
_LEAST_SHARE = 0.4
_LEAST_LOOK, _LOOK_SHARE = 1.0, 0.25
"""How long to look closer at what passed, in seconds and of the time that is left."""
_LEAST_ASKING, _ASKING_SHARE = 1.0, 0.03
"""How long to ask what would have to be, in seconds and of the time that is left."""


@dataclass
class Budget:
    """Says how much of it each part may use.

    Where candidates are counted no part looks at a clock; the seconds are a net below all of them.
    """

    seconds: float
    candidates: int = 0
    began: float = field(default_factory=time.monotonic)
    once: float = 0.0
    """How long it takes about to run all tests, as a proof does."""
    ran_out: bool = False
    """Whether the net was met, so that what was found need not be found again."""

    @property
    def spent(self) -> float:
        return time.monotonic() - self.began

    @property
    def left(self) -> float:
        return self.seconds - self.spent

    @property
    def limits(self) -> Limits:
        """Return what a search may use, with enough left for a proof."""
        most = max(self.left * _LEAST_SHARE, self.left - _PROOF_RUNS * self.once - 1)
        return Limits(self.left if self.candidates else most, self.candidates)

    @property
    def asking(self) -> float:
        """Return how many seconds may go into asking what would have to be."""
        return _LEAST_ASKING if self.candidates else max(_LEAST_ASKING, self.left * _ASKING_SHARE)

    @property
    def look_until(self) -> float:
        """Return when a closer look ends, on the monotonic clock."""
        share = 1.0 if self.candidates else _LOOK_SHARE
        return time.monotonic() + max(_LEAST_LOOK, self.left * share)

    def has_another_proof(self) -> bool:
        """Tell whether there is time for a proof beside those that were made."""
        self.check()
        return self.left >= (0.0 if self.candidates else _RUNS_OF_ANOTHER * self.once)

    def lose(self) -> None:
        """Note that something was not found out, which another time may be."""
        self.ran_out |= bool(self.candidates)

    def check(self) -> None:
        """Note whether the net has been met by now."""
        self.ran_out |= bool(self.candidates) and self.left <= 0
