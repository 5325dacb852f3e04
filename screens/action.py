"""What an action is, what decides whether it makes sense, and the reasons why it may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Desk:
    """What is known of the review that is open."""

    hunk: str = ""
    """How the hunk under the cursor stands: undecided, accepted, rejected; empty for none."""
    undecided: int = 0
    """Hunks of the repair that nobody has decided about."""
    accepted: int = 0
    hunks: int = 0
    files: int = 0
    selecting: bool = False
    remarks: int = 0
    """Remarks that stand where the cursor is."""
    undoes: bool = False
    redoes: bool = False
    applied: bool = False
    busy: str = ""
    """What the host does for it now: the tests run, or files are written."""


@dataclass(frozen=True)
class Talk:
    """What is known of the conversation that is open, and of the message under the cursor."""

    messages: int = 0
    author: str = ""
    """Who said the message; empty where there is none."""
    state: str = ""
    blocks: int = 0
    """Blocks of code in it."""
    sources: int = 0
    steps: int = 0
    twins: int = 1
    receipt: bool = False
    proposal: str = ""
    """What came of it, or else of the conversation."""
    running: bool = False
    """Something is being written."""
    compacted: bool = False
    listed: int = 0
    """Conversations in the list."""
    manuscript: bool = False
    """There is something to send."""
    paths: int = 0
    """Paths that are offered behind an `@`."""
    visits: bool = False
    """The page that is read is of a file."""


@dataclass(frozen=True)
class Library:
    """What is known of the row that the cursor of the Knowledge screen is on."""

    item: str = ""
    """group, domain, source, subject, version, passage, entity or link; empty for none."""
    sources: int = 0
    reading: bool = False
    """The source is being read."""
    lines: bool = False
    """Lines of a file are shown."""
    in_full: bool = False
    """The keys move in what is shown, not in the list."""
    versions: int = 0
    current: bool = False
    """It is the current version."""
    opens: bool = False
    hangs: bool = False
    """It is open, or hangs on another row."""
    linked: bool = False
    """It may have links."""


@dataclass(frozen=True)
class Context:
    """What decides whether an action makes sense now."""

    screen: str = "chat"
    attached: bool = False
    lost: bool = False
    rows: int = 0
    leaves: bool = False
    """There is something to leave: an open event or a search."""
    selected: bool = False
    searching: bool = False
    """A search for repairs is under way."""
    copies: bool = False
    """What is selected has something that can be copied."""
    choices: bool = False
    """There are answers that were given before."""
    desk: Desk = Desk()
    library: Library = Library()
    talk: Talk = Talk()


WhyNot = Callable[[Context], str]
"""Says why an action cannot be done now, or nothing if it can."""


@dataclass(frozen=True)
class Action:
    """Something a person can do; `do_` and the id with underscores name the method that does it."""

    id: str
    title: str
    help: str
    keys: tuple[str, ...]
    scope: str
    label: str = ""
    """How the footer calls it, where it is worth a place there."""
    why_not: WhyNot = lambda _: ""
    is_next: Callable[[Context], bool] = lambda _: False
    """It is what one would do next, so the footer begins with it."""

    @property
    def method(self) -> str:
        return "do_" + self.id.replace(".", "_")


def needs(*whys: WhyNot) -> WhyNot:
    """Return the first reason that there is."""
    return lambda context: next(filter(None, (why(context) for why in whys)), "")


def needs_host(context: Context) -> str:
    return "" if context.attached else "The host is not attached yet."


def needs_host_still(context: Context) -> str:
    return "" if context.attached else "The host is not attached."


def needs_lost_host(context: Context) -> str:
    return "" if context.lost else "The host has not been lost."


def needs_rows(context: Context) -> str:
    return "" if context.rows else "The list is empty."


def needs_selection(context: Context) -> str:
    return "" if context.selected else "No event is selected."


def needs_a_finding(context: Context) -> str:
    return "" if context.selected else "Nothing is selected."


def needs_a_copy(context: Context) -> str:
    return "" if context.copies else "No proposal and no failure is selected."


def needs_a_search(context: Context) -> str:
    return "" if context.searching else "No search is under way."


def needs_host_without_search(context: Context) -> str:
    return "A search is under way already." if context.searching else needs_host(context)


def needs_a_way_back(context: Context) -> str:
    return "" if context.leaves else "There is nothing to go back from."


def needs_rows_or_a_way_back(context: Context) -> str:
    return "" if context.leaves else needs_rows(context)


def needs_choices(context: Context) -> str:
    return "" if context.choices else "No answer was given before."
