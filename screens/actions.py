"""Every action there is, declared once: footer, palette, help, keymap and `docs/keys.md` read it.

This module imports no Textual, so that keys are checked before the terminal is taken over.
"""

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
    Place("evolution", "Evolution", "repairs that wait for a decision, with their evidence"),
    Place("metrics", "Metrics", "the host, its stores, and the journal as it grows"),
)

SCOPES = {
    "always": "Everywhere, even while typing",
    "everywhere": "On every screen",
    "list": "In a list",
    "journal": "On the Metrics screen",
    "palette": "In the command palette",
    "help": "In the help",
    "answer": "On the prompt line",
    "prompt": "While typing",
}

CHAINS: dict[str, tuple[str, ...]] = {
    **{place.name: ("everywhere", "always") for place in PLACES},
    "metrics": ("journal", "list", "everywhere", "always"),
    "palette": ("palette", "prompt", "always"),
    "help": ("help", "always"),
    "prompt": ("answer", "prompt", "always"),
}
"""For each place that keys can go to, the scopes whose actions are reachable there."""


def _needs_host(context: Context) -> str:
    return "" if context.attached else "The host is not attached yet."


def _needs_lost_host(context: Context) -> str:
    return "" if context.lost else "The host has not been lost."


def _needs_rows(context: Context) -> str:
    return "" if context.rows else "The list is empty."


def _needs_selection(context: Context) -> str:
    return "" if context.selected else "No event is selected."


def _needs_a_way_back(context: Context) -> str:
    return "" if context.leaves else "There is nothing to go back from."


def _not_already_on(name: str) -> WhyNot:
    return lambda context: "You are here." if context.screen == name else ""


def _go(number: int, place: Place) -> Action:
    return Action(
        f"screen.{place.name}",
        f"Go to {place.title}",
        f"Show {place.holds}.",
        (str(number), f"f{number}"),
        "everywhere",
        why_not=_not_already_on(place.name),
    )


ACTIONS: tuple[Action, ...] = (
    *(_go(number, place) for number, place in enumerate(PLACES, 1)),
    Action("screen.next", "Next screen", "Go to the screen on the right.", ("tab",), "everywhere"),
    Action(
        "screen.previous",
        "Previous screen",
        "Go to the screen on the left.",
        ("shift+tab",),
        "everywhere",
    ),
    Action(
        "list.down",
        "Down",
        "Move to the next row.",
        ("j", "down"),
        "list",
        label="move",
        why_not=_needs_rows,
    ),
    Action("list.up", "Up", "Move to the row before.", ("k", "up"), "list", why_not=_needs_rows),
    Action(
        "list.half_down",
        "Half a page down",
        "Move down by half of what is in sight.",
        ("ctrl+d",),
        "list",
        why_not=_needs_rows,
    ),
    Action(
        "list.half_up",
        "Half a page up",
        "Move up by half of what is in sight.",
        ("ctrl+u",),
        "list",
        why_not=_needs_rows,
    ),
    Action(
        "list.page_down",
        "Page down",
        "Move down by what is in sight.",
        ("pagedown", "ctrl+f", "space"),
        "list",
        why_not=_needs_rows,
    ),
    Action(
        "list.page_up",
        "Page up",
        "Move up by what is in sight.",
        ("pageup",),
        "list",
        why_not=_needs_rows,
    ),
    Action(
        "list.top",
        "First row",
        "Move to the first row.",
        ("g", "home"),
        "list",
        why_not=_needs_rows,
    ),
    Action(
        "list.bottom",
        "Last row",
        "Move to the last row.",
        ("G", "end"),
        "list",
        why_not=_needs_rows,
    ),
    Action(
        "journal.open",
        "Open or close the event",
        "Show the event under the cursor whole, or go back to the list.",
        ("enter",),
        "journal",
        label="open",
        why_not=_needs_selection,
    ),
    Action(
        "journal.search",
        "Search the journal",
        "Show only the events that have a text in their subject, actor, type or content.",
        ("/",),
        "journal",
        label="search",
        why_not=_needs_host,
    ),
    Action(
        "journal.back",
        "Back",
        "Close the event, or leave the search and show the whole journal again.",
        ("escape",),
        "journal",
        why_not=_needs_a_way_back,
    ),
    Action(
        "journal.note",
        "Write a note",
        "Write a remark of your own into the journal.",
        ("n",),
        "journal",
        label="note",
        why_not=_needs_host,
    ),
    Action(
        "journal.refresh",
        "Read again",
        "Read the host's status and the counts again.",
        ("r",),
        "journal",
        label="refresh",
        why_not=_needs_host,
    ),
    Action(
        "app.palette",
        "Command palette",
        "List every action that there is here, to search and to run.",
        (":", "ctrl+p"),
        "everywhere",
        label="commands",
    ),
    Action(
        "app.help",
        "Help",
        "Show what this screen is for and its keys.",
        ("?",),
        "everywhere",
        label="help",
    ),
    Action(
        "host.start",
        "Start the host",
        "Start the host again after it was ended.",
        ("R",),
        "everywhere",
        label="start the host",
        why_not=_needs_lost_host,
    ),
    Action(
        "app.theme",
        "Next theme",
        "Change the colours: dark, light, 16-colour, no-colour.",
        ("T",),
        "everywhere",
    ),
    Action(
        "app.quit",
        "Quit",
        "Leave the interface; the host goes on.",
        ("q", "ctrl+q"),
        "everywhere",
        label="quit",
    ),
    Action(
        "app.interrupt",
        "Interrupt",
        "Leave at once, with the exit code of an interrupt (130).",
        ("ctrl+c",),
        "always",
    ),
    Action(
        "app.suspend",
        "Suspend",
        "Go back to the shell for a while; `fg` comes back.",
        ("ctrl+z",),
        "always",
    ),
    Action(
        "app.redraw",
        "Draw again",
        "Paint the whole screen again, if something else has written on it.",
        ("ctrl+l",),
        "always",
    ),
    Action(
        "help.close",
        "Close the help",
        "Go back to the screen.",
        ("escape", "q", "?"),
        "help",
        label="close",
    ),
    Action(
        "help.down",
        "Scroll down",
        "Show the next line of the help.",
        ("j", "down"),
        "help",
        label="scroll",
    ),
    Action("help.up", "Scroll up", "Show the line before.", ("k", "up"), "help"),
    Action(
        "help.page_down",
        "Page down",
        "Show the next page.",
        ("pagedown", "ctrl+d", "space"),
        "help",
    ),
    Action("help.page_up", "Page up", "Show the page before.", ("pageup", "ctrl+u"), "help"),
    Action(
        "palette.run",
        "Run the action",
        "Do what the cursor stands on.",
        ("enter",),
        "palette",
        label="run",
    ),
    Action(
        "palette.close", "Close the palette", "Do nothing.", ("escape",), "palette", label="close"
    ),
    Action(
        "palette.down",
        "Down",
        "Move to the next action.",
        ("down", "ctrl+n"),
        "palette",
        label="move",
    ),
    Action("palette.up", "Up", "Move to the action before.", ("up", "ctrl+p"), "palette"),
    Action(
        "answer.accept", "Accept", "Take what is written.", ("enter",), "answer", label="accept"
    ),
    Action(
        "answer.cancel",
        "Cancel",
        "Leave everything as it was.",
        ("escape",),
        "answer",
        label="cancel",
    ),
    Action("prompt.left", "Left", "Move one character left.", ("left", "ctrl+b"), "prompt"),
    Action("prompt.right", "Right", "Move one character right.", ("right", "ctrl+f"), "prompt"),
    Action("prompt.home", "To the start", "Move to the start.", ("home", "ctrl+a"), "prompt"),
    Action("prompt.end", "To the end", "Move to the end.", ("end", "ctrl+e"), "prompt"),
    Action(
        "prompt.delete_left",
        "Delete left",
        "Delete the character on the left.",
        ("backspace", "ctrl+h"),
        "prompt",
    ),
    Action(
        "prompt.delete_right",
        "Delete right",
        "Delete the character under the cursor.",
        ("delete", "ctrl+d"),
        "prompt",
    ),
    Action(
        "prompt.delete_word", "Delete a word", "Delete the word on the left.", ("ctrl+w",), "prompt"
    ),
    Action(
        "prompt.delete_all",
        "Delete to the start",
        "Delete all that is on the left.",
        ("ctrl+u",),
        "prompt",
    ),
)

BY_ID = {action.id: action for action in ACTIONS}


def reachable(place: str) -> tuple[Action, ...]:
    """Return the actions that keys can reach in `place`, nearest scope first."""
    chain = CHAINS[place]
    return tuple(action for scope in chain for action in ACTIONS if action.scope == scope)
