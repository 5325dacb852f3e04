"""Errors as objects: a sentence for the user, a hint, an exit code."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import ClassVar, Self


class ExitCode(IntEnum):
    """Every status `workbench` can end with; `docs/exit-codes.md` is made from this table."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    OK = 0, "It did what was asked."
    FINDINGS = 1, "It worked and found something wrong, or a gate failed."
    USAGE = 2, "The command line could not be understood."
    CONFIGURATION = 3, "A setting is unknown, has the wrong type, or needs trust."
    MODEL = 4, "A language model or embedder could not be used."
    SANDBOX = 5, "No sandbox is strong enough to run what was asked."
    APPROVAL = 6, "Something waits for a person's approval."
    STORE = 7, "The workspace, its journal or its host could not be used."
    BUDGET = 8, "A budget or a time limit ran out."
    DEFECT = 70, "A defect in workbench itself; the log has the details."
    INTERRUPTED = 130, "Interrupted from the keyboard (SIGINT)."
    TERMINATED = 143, "Ended from outside (SIGTERM)."


WEIGHTIEST_FIRST = (
    ExitCode.INTERRUPTED,
    ExitCode.TERMINATED,
    ExitCode.DEFECT,
    ExitCode.STORE,
    ExitCode.CONFIGURATION,
    ExitCode.USAGE,
    ExitCode.MODEL,
    ExitCode.SANDBOX,
    ExitCode.BUDGET,
    ExitCode.APPROVAL,
    ExitCode.FINDINGS,
    ExitCode.OK,
)
"""Where several would hold, as for the steps of a batch, the first of them is what it ends with."""


def weightiest(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code that counts where several hold."""
    return min(codes, key=WEIGHTIEST_FIRST.index, default=ExitCode.OK)


class WorkbenchError(Exception):
    """What a user is told when something cannot be done."""

    exit_code: ClassVar[ExitCode] = ExitCode.DEFECT

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.sentence!r}, hint={self.hint!r})"


class Defect(WorkbenchError):
    """Something went wrong that workbench does not explain."""


class Findings(WorkbenchError):
    """The work was done and found something wrong."""

    exit_code = ExitCode.FINDINGS


class UsageError(WorkbenchError):
    """What was asked for cannot be understood."""

    exit_code = ExitCode.USAGE


class ConfigurationError(WorkbenchError):
    """A setting is unknown, has the wrong type, or needs trust."""

    exit_code = ExitCode.CONFIGURATION


class ModelError(WorkbenchError):
    """A language model or embedder cannot be used."""

    exit_code = ExitCode.MODEL


class SandboxError(WorkbenchError):
    """No sandbox is strong enough."""

    exit_code = ExitCode.SANDBOX


class ApprovalNeeded(WorkbenchError):
    """Something waits for a person."""

    exit_code = ExitCode.APPROVAL


class StoreError(WorkbenchError):
    """The workspace, its journal or its host cannot be used."""

    exit_code = ExitCode.STORE


class BudgetSpent(WorkbenchError):
    """A budget or a time limit ran out."""

    exit_code = ExitCode.BUDGET


class Interrupted(WorkbenchError):
    """The person pressed Ctrl-C."""

    exit_code = ExitCode.INTERRUPTED


class Terminated(WorkbenchError):
    """The process was asked to end."""

    exit_code = ExitCode.TERMINATED


def by_exit_code(code: int) -> type[WorkbenchError]:
    """Return the kind of error that ends with `code`, to rebuild one that crossed a wire."""
    kinds: dict[int, type[WorkbenchError]] = {
        kind.exit_code: kind
        for kind in WorkbenchError.__subclasses__()
        if kind.__module__ == __name__  # Others are of those who raise them.
    }
    return kinds.get(code, Defect)
