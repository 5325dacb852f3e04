"""How much a task may use; every limit is hard, and says so when it is reached."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from workbench.errors import BudgetSpent
from workbench.settings.schema import TasksSettings

_AGAIN = "Go on with the task to let it work further, or raise the limit in the settings."


@dataclass
class Limits:
    """What is left of calls, tokens and time."""

    calls: int
    tokens: int
    seconds: float
    began: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, settings: TasksSettings) -> Limits:
        return cls(settings.calls, settings.tokens, settings.seconds)

    @property
    def left(self) -> float:
        """Return the seconds that are left."""
        return max(0.0, self.began + self.seconds - time.monotonic())

    def called(self) -> None:
        """Count a call; one more than may be is refused."""
        if self.calls <= 0:
            raise BudgetSpent("The task has made as many calls as tasks.calls allows.", _AGAIN)
        self.calls -= 1

    def spoke(self, tokens: int) -> None:
        self.tokens -= tokens

    def check(self) -> None:
        """Refuse to go on where nothing is left."""
        if self.tokens <= 0:
            raise BudgetSpent("The task has used the tokens that tasks.tokens allows.", _AGAIN)
        if not self.left:
            raise late()


def late() -> BudgetSpent:
    return BudgetSpent("The task has used the time that tasks.seconds allows.", _AGAIN)
