"""What an action is, what decides whether it makes sense, and the reasons why it may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


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

    @property
    def method(self) -> str:
        return "do_" + self.id.replace(".", "_")


def needs_host(context: Context) -> str:
    return "" if context.attached else "The host is not attached yet."


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
