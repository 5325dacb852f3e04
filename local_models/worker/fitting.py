"""What takes the room of a context, and a refusal with the numbers where it is too little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from local_models.worker.problems import WorkerError

Source = Literal["system", "plan", "files", "passages", "history", "question", "template"]
SOURCES: tuple[Source, ...] = (
    "system",
    "plan",
    "files",
    "passages",
    "history",
    "question",
    "template",
)
_LESS: Mapping[Source, str] = {
    "system": "shorten the instructions of the style file",
    "plan": "shorten the plan",
    "files": "attach fewer or smaller files",
    "passages": "ask for fewer passages",
    "history": "compact the conversation, or begin a new one",
    "question": "shorten the question",
    "template": "put several messages into one",
}


@dataclass(frozen=True)
class Part:
    """Some text of a prompt, counted with the model's own tokenizer."""

    source: Source
    tokens: int
    name: str = ""
    """Which file, which passage; for whoever wants to take one out."""


@dataclass(frozen=True)
class Fit:
    """What a request takes of a context."""

    context: int
    reserve: int
    """What is kept free for the answer."""
    parts: tuple[Part, ...]

    @property
    def prompt(self) -> int:
        return sum(part.tokens for part in self.parts)

    @property
    def used(self) -> int:
        return self.prompt + self.reserve

    @property
    def free(self) -> int:
        """How many more tokens there is room for; below 0, how many there are too many."""
        return self.context - self.used

    @property
    def fits(self) -> bool:
        return self.free >= 0

    def by_source(self) -> dict[Source, int]:
        """Return the tokens of each source that there is, in a fixed order."""
        sums = {
            source: sum(part.tokens for part in self.parts if part.source == source)
            for source in SOURCES
        }
        return {source: tokens for source, tokens in sums.items() if tokens}

    def largest(self) -> tuple[Part, ...]:
        """Return the parts that have a name, the largest first."""
        named = [part for part in self.parts if part.name]
        return tuple(sorted(named, key=lambda part: (-part.tokens, part.name)))


def fit(context: int, reserve: int, parts: Sequence[Part], whole: int | None = None) -> Fit:
    """Add up what a request takes; what `whole` has beyond its parts is the template's."""
    known = sum(part.tokens for part in parts)
    around = max(0, whole - known) if whole is not None else 0
    template = (Part("template", around),) if around else ()
    return Fit(context, reserve, (*parts, *template))


def must_fit(found: Fit) -> Fit:
    """Return `found`, or refuse it; nothing is ever cut."""
    if found.fits:
        return found
    raise WorkerError("too-long", _sentence(found), _hint(found))


def _sentence(found: Fit) -> str:
    by_size = sorted(found.by_source().items(), key=lambda item: -item[1])
    told = ", ".join(f"{source} {tokens:,}" for source, tokens in by_size)
    return (
        f"The request takes {found.used:,} tokens, {-found.free:,} more than the context of "
        f"{found.context:,} holds: {told}; {found.reserve:,} are kept for the answer."
    )


def _hint(found: Fit) -> str:
    """Name what helps, the largest source first."""
    by_size = sorted(found.by_source().items(), key=lambda item: -item[1])
    ways = [_LESS[source] for source, _ in by_size[:2]]
    names = [f"{part.name} ({part.tokens:,})" for part in found.largest()[:3]]
    largest = f" The largest are {', '.join(names)}." if names else ""
    told = " or ".join(ways) or "ask for a shorter answer"
    return f"{told[0].upper()}{told[1:]}, or load the model with a larger context.{largest}"
