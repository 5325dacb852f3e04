"""Where one can be in the interface, and whose keys count there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A screen one can go to."""

    name: str
    title: str
    holds: str


PLACES = (
    Place("chat", "Chat", "questions and answers about the project, with citations"),
    Place("learning", "Learning", "subjects being learned, their phases and exams"),
    Place("knowledge", "Knowledge", "sources, passages and what is known about subjects"),
    Place("evolution", "Evolution", "what fails, and repairs that wait, with their evidence"),
    Place("metrics", "Metrics", "the host, its stores, and the journal as it grows"),
)

REVIEW = Place(
    "review",
    "Review",
    "a repair to decide about, hunk by hunk. Accept what is right and apply it; until then "
    "nothing is written to the project, and what was written can be rolled back",
)
"""Where one is while a proposal of the Evolution screen is open."""

TALKS = Place("talks", "Conversations", "conversations, the one that changed last first")
"""Where one is in the list of conversations on the Chat screen."""

SCOPES = {
    "always": "Everywhere, even while typing",
    "everywhere": "On every screen",
    "list": "In a list",
    "talk": "On the Chat screen",
    "talks": "In the list of conversations",
    "write": "While writing a message",
    "complete": "While paths are offered",
    "page": "On a page to read",
    "models": "In the list of models",
    "journal": "On the Metrics screen",
    "knowledge": "On the Knowledge screen",
    "evolution": "On the Evolution screen",
    "review": "In a review",
    "confirm": "Before files are written",
    "agree": "Before something is removed",
    "palette": "In the command palette",
    "help": "In the help",
    "answer": "On the prompt line",
    "prompt": "While typing",
}

CHAINS: dict[str, tuple[str, ...]] = {
    **{place.name: ("everywhere", "always") for place in PLACES},
    "chat": ("talk", "list", "everywhere", "always"),
    TALKS.name: ("talks", "list", "everywhere", "always"),
    "write": ("write", "prompt", "always"),
    "complete": ("complete", "prompt", "always"),
    "page": ("page", "always"),
    "models": ("models", "always"),
    "metrics": ("journal", "list", "everywhere", "always"),
    "knowledge": ("knowledge", "list", "everywhere", "always"),
    "evolution": ("evolution", "list", "everywhere", "always"),
    REVIEW.name: ("review", "list", "everywhere", "always"),
    "confirm": ("confirm", "always"),
    "agree": ("agree", "always"),
    "palette": ("palette", "prompt", "always"),
    "help": ("help", "always"),
    "prompt": ("answer", "prompt", "always"),
}
"""For each place that keys can go to, the scopes whose actions are reachable there."""
