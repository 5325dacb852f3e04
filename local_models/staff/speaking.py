"""What a speaker is to those who ask, and what can be seen of it from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

from local_models.worker.protocol import Chat, Ended, Generate, Piece, Progress

WORKER, BUILT_IN = "worker", "built-in"
"""Places; every other one is the address of a server."""
Condition = Literal["resting", "loading", "ready", "broken", "absent"]


@dataclass(frozen=True)
class Waits:
    """A request in somebody's queue."""

    id: str
    what: str
    """What it is for, in a few words."""
    actor: str
    urgent: bool
    state: str
    """running, waiting or paused."""
    seconds: float
    """For so long it has been there."""


@dataclass(frozen=True)
class Post:
    """A role, and who serves it."""

    role: str
    name: str
    """Empty where nothing serves."""
    place: str
    why: str
    condition: Condition
    failures: int = 0
    problem: str = ""
    """The last failure, in a sentence."""
    context: int = 0
    queue: tuple[Waits, ...] = ()
    meanwhile: str = ""
    """Who serves as long as this one cannot."""


class Answering(Protocol):
    """An answer that is under way, or waits for its turn."""

    @property
    def id(self) -> str: ...
    @property
    def ended(self) -> Ended | None:
        """How it ended; nothing while it has not, or if it was cancelled before its turn."""

    def __aiter__(self) -> AsyncIterator[Progress | Piece]:
        """Yield what comes; what is left of the text stands in `ended`."""

    def cancel(self) -> None:
        """Have it end as soon as can be."""

    async def text(self) -> str:
        """Wait for the end and return all of it."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
        /,
    ) -> None:
        """End it, if whoever asked goes away."""


class Speaker(Protocol):
    """Who answers in a role."""

    @property
    def name(self) -> str:
        """Of a model; for a server what it calls the model."""

    @property
    def digest(self) -> str:
        """SHA-256 of the model's file; empty for a server's."""

    @property
    def place(self) -> str:
        """`worker`, or the address of a server."""

    @property
    def context(self) -> int:
        """How many tokens fit, the answer's with them."""

    @property
    def exact(self) -> bool:
        """Whether tokens are counted with its own tokenizer; they are estimated if not."""

    @property
    def why(self) -> str:
        """Why it serves, in sentences: they tell whose place it takes."""

    def ask(self, asked: Generate, *, urgent: bool, what: str, actor: str = "") -> Answering:
        """Put a request into the queue; `urgent` if a person waits for it."""

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Return how many tokens each text has, as part of a prompt."""

    async def weigh(self, chat: Chat) -> int:
        """Return how many tokens turns have, with all that stands around them."""

    async def render(self, chat: Chat) -> str:
        """Return the prompt as the model reads it."""
