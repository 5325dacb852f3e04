"""What can go wrong with a model, as one kind of error that says which."""

from __future__ import annotations

from collections.abc import Iterable

from local_models.worker.protocol import Failure, Kind
from workbench.errors import ModelError
from workbench.visible import visible_line

_MOST_LINES = 5
_LONGEST_LINE = 200


class WorkerError(ModelError):
    """A model cannot do what was asked; `kind` is for code, sentence and hint are for people."""

    def __init__(self, kind: Kind, sentence: str, hint: str = "", log: Iterable[str] = ()) -> None:
        super().__init__(sentence, hint)
        self.kind = kind
        self.log = tuple(log)
        """The last lines of the worker's log, where it died."""

    @property
    def fatal(self) -> bool:
        """Whether the worker is gone with it."""
        return self.kind in FATAL

    def answer(self, request: int) -> Failure:
        """Return it as a message."""
        return Failure(request, self.kind, self.sentence, self.hint)


FATAL: frozenset[Kind] = frozenset({"crashed", "killed", "illegal", "hung", "ended"})


def from_failure(failure: Failure) -> WorkerError:
    """Return the error that a worker told of."""
    return WorkerError(failure.kind, failure.sentence, failure.hint)


def last_words(lines: Iterable[str]) -> str:
    """Return the end of a log as part of a hint."""
    told = [visible_line(line[:_LONGEST_LINE]) for line in lines if line.strip()][-_MOST_LINES:]
    return f" Its log ends: {' | '.join(told)}" if told else ""
