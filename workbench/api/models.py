"""Models at work: what serves each role, how it stands, and what waits for it."""

from __future__ import annotations

import msgspec

from workbench.api.shapes import Command, View


class Waiting(View, frozen=True):
    """A request in a model's queue."""

    id: str
    what: str
    """What it is for, in a few words."""
    actor: str
    urgent: bool
    """A person waits for it."""
    state: str
    """running, waiting or paused."""
    seconds: float
    """For so long it has been there."""


class Post(View, frozen=True):
    """A role, and who serves it."""

    role: str
    model: str
    """Empty where nothing serves."""
    place: str
    """`worker`, the address of a server, `built-in`, or empty."""
    why: str
    """Why it serves, or why nothing does, and what would bring one."""
    condition: str
    """resting, loading, ready, broken, or absent."""
    failures: int = 0
    problem: str = ""
    """The last failure, in a sentence with a hint."""
    context: int = 0
    """Tokens that fit, where that is known."""
    queue: tuple[Waiting, ...] = ()
    meanwhile: str = ""
    """Who serves as long as this one cannot."""


class Posts(View, frozen=True):
    """All roles, and the names that each could be served by."""

    posts: tuple[Post, ...]
    candidates: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    beside: tuple[Post, ...] = ()
    """Others at work, such as who stands in for somebody; their role is empty."""


class ReadPosts(Command[Posts], frozen=True):
    """Tell what serves each role now, how it stands, and what waits for it."""


class AssignRole(Command[Posts], frozen=True):
    """Let a model or a server serve a role from now on."""

    role: str
    name: str
    """Of a model or a server; empty leaves the choice to the workbench."""


class ResetModel(Command[Posts], frozen=True):
    """Try a model again although it failed: a person has looked."""

    name: str


class CancelErrand(Command[Posts], frozen=True):
    """End a request in a queue, whoever made it."""

    id: str


AnyOfModels = ReadPosts | AssignRole | ResetModel | CancelErrand
