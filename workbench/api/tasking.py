"""Facts of tasks: what was thought before acting, each act with what came of it, and the end."""

from __future__ import annotations

import msgspec

from workbench.api.facts import Fact


class TaskAnalysed(Fact, frozen=True):
    """It was found out what a task asks for, before anything was done."""

    type = "task.analysed"
    task: str
    """The answer that carries it out."""
    goal: str
    known: str
    unclear: str
    tokens: int = 0


class Drafted(msgspec.Struct, frozen=True):
    """What an edit makes of a file; both contents are kept."""

    path: str
    before: str
    """The digest of what the project has, empty for a file that is not there."""
    after: str


class TaskActed(Fact, frozen=True):
    """A tool was asked for, and did something or was refused."""

    type = "task.acted"
    task: str
    step: int
    """Which of the plan, from zero."""
    tool: str
    asked: str
    """The call as JSON, without secrets."""
    outcome: str
    """done, failed, or refused by the policy."""
    message: str = ""
    """The message that shows what came of it."""
    drafted: tuple[Drafted, ...] = ()
    tokens: int = 0
    seconds: float = 0.0


class TaskReflected(Fact, frozen=True):
    """A task was looked back on."""

    type = "task.reflected"
    task: str
    reached: bool
    summary: str
    proposal: str = ""
    spent: str = ""
    """Which limit ended it, if one did."""
    tokens: int = 0


FACTS: tuple[type[Fact], ...] = (TaskAnalysed, TaskActed, TaskReflected)
