"""What can go wrong with a server, as sentences; none of them shows what is secret."""

from __future__ import annotations

from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Kind
from workbench.visible import visible_line

_LONGEST = 300
NOT_ITS_API = "Is it a server that speaks the API of OpenAI? `models.servers` names its address."
COUNTS: frozenset[Kind] = frozenset(
    {"down", "slow", "limited", "failed", "garbled", "cut", "redirect", "denied"}
)
"""Failures of the server, not of what was asked: of two in a row it gets a rest."""


class ServerError(WorkerError):
    """A server cannot do what was asked, or does not say what it should."""

    def __init__(self, kind: Kind, sentence: str, hint: str = "", *, wait: float = 0.0) -> None:
        super().__init__(kind, sentence, hint)
        self.wait = wait
        """After so many seconds it wants to be asked again."""
        self.passing = kind in ("down", "limited", "cut") or (kind == "failed" and wait > 0)
        """Whether asking again soon may help."""


def quoted(text: str) -> str:
    """Return what a server said as the end of a sentence."""
    return f'"{told(text).removesuffix(".")}".'


def told(text: str) -> str:
    """Return what a server said, short and visible."""
    line = visible_line(text.strip())
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
