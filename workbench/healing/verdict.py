"""What screening a candidate shows; it is a hint, never a proof."""

from __future__ import annotations

import msgspec

from workbench.healing.dossier import Raised


class Crash(msgspec.Struct, frozen=True):
    """How a failing test crashes now, behind where it crashed before."""

    test: str
    raised: Raised

    @property
    def place(self) -> tuple[str, str, int]:
        """Say what is raised where."""
        at = self.raised.frames[-1:]
        return (self.raised.kind, at[0].path if at else "", at[0].line if at else 0)


class Verdict(msgspec.Struct, frozen=True):
    """What became of one candidate."""

    number: int
    state: str
    """passed, failed, same (compiles to what was tried before), invalid, cut, or lost."""
    passes: tuple[int, ...] = ()
    """Which of the failing tests pass now."""
    broke: str = ""
    """A test that passed before and does not now."""
    progress: int = 0
    """How much work the failing tests did before they failed."""
    kinds: tuple[str, ...] = ()
    """The exceptions that the failing tests end with now, as far as they were run."""
    crash: Crash | None = None
