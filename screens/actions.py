"""Every action there is, declared once: footer, palette, help, keymap and `docs/keys.md` read it.

This module imports no Textual, so that keys are checked before the terminal is taken over.
"""

from __future__ import annotations

from screens.action import (
    Action,
    WhyNot,
    needs_a_copy,
    needs_a_finding,
    needs_a_search,
    needs_a_way_back,
    needs_host,
    needs_host_without_search,
    needs_lost_host,
    needs_rows,
    needs_rows_or_a_way_back,
    needs_selection,
)
from screens.library_actions import KNOWLEDGE_ACTIONS
from screens.places import CHAINS, PLACES, Place
from screens.review_actions import REVIEW_ACTIONS
from screens.talk_actions import TALK_ACTIONS
from screens.typing_actions import TYPING_ACTIONS


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
        why_not=needs_rows,
    ),
    Action("list.up", "Up", "Move to the row before.", ("k", "up"), "list", why_not=needs_rows),
    Action(
        "list.half_down",
        "Half a page down",
        "Move down by half of what is in sight.",
        ("ctrl+d",),
        "list",
        why_not=needs_rows,
    ),
    Action(
        "list.half_up",
        "Half a page up",
        "Move up by half of what is in sight.",
        ("ctrl+u",),
        "list",
        why_not=needs_rows,
    ),
    Action(
        "list.page_down",
        "Page down",
        "Move down by what is in sight.",
        ("pagedown", "ctrl+f", "space"),
        "list",
        why_not=needs_rows,
    ),
    Action(
        "list.page_up",
        "Page up",
        "Move up by what is in sight.",
        ("pageup",),
        "list",
        why_not=needs_rows,
    ),
    Action(
        "list.top",
        "First row",
        "Move to the first row.",
        ("g", "home"),
        "list",
        why_not=needs_rows,
    ),
    Action(
        "list.bottom",
        "Last row",
        "Move to the last row.",
        ("G", "end"),
        "list",
        why_not=needs_rows,
    ),
    Action(
        "journal.open",
        "Open or close the event",
        "Show the event under the cursor whole, or go back to the list.",
        ("enter",),
        "journal",
        label="open",
        why_not=needs_selection,
    ),
    Action(
        "journal.search",
        "Search the journal",
        "Show only the events that have a text in their subject, actor, type or content.",
        ("/",),
        "journal",
        label="search",
        why_not=needs_host,
    ),
    Action(
        "journal.back",
        "Back",
        "Close the event, or leave the search and show the whole journal again.",
        ("escape",),
        "journal",
        why_not=needs_a_way_back,
    ),
    Action(
        "journal.note",
        "Write a note",
        "Write a remark of your own into the journal.",
        ("n",),
        "journal",
        label="note",
        why_not=needs_host,
    ),
    Action(
        "journal.refresh",
        "Read again",
        "Read the host's status and the counts again.",
        ("r",),
        "journal",
        label="refresh",
        why_not=needs_host,
    ),
    Action(
        "evolution.open",
        "Open or leave",
        "Review the proposal under the cursor, or read what else was found; or leave it.",
        ("enter",),
        "evolution",
        label="open",
        why_not=needs_a_finding,
    ),
    Action(
        "evolution.back",
        "Back",
        "Leave the finding, or show all findings again.",
        ("escape",),
        "evolution",
        why_not=needs_a_way_back,
    ),
    Action(
        "evolution.next",
        "Next finding",
        "Go to the next finding, also while one is being read.",
        ("right", "]"),
        "evolution",
        why_not=needs_rows,
    ),
    Action(
        "evolution.previous",
        "Previous finding",
        "Go to the finding before, also while one is being read.",
        ("left", "["),
        "evolution",
        why_not=needs_rows,
    ),
    Action(
        "evolution.heal",
        "Look for repairs",
        "Run all tests in the sandbox and search for repairs of those that fail.",
        ("h",),
        "evolution",
        label="heal",
        why_not=needs_host_without_search,
    ),
    Action(
        "evolution.cancel",
        "Cancel the search",
        "End the search under the cursor, or else the first one, whoever began it.",
        ("x",),
        "evolution",
        label="cancel",
        why_not=needs_a_search,
    ),
    Action(
        "evolution.follow",
        "Follow the project",
        "Run the tests after each change, and heal what turns red; or do so no longer.",
        ("w",),
        "evolution",
        label="watch",
        why_not=needs_host,
    ),
    Action(
        "evolution.filter",
        "Show only some",
        "List only findings that have a text in a test, a message, a file or a reason.",
        ("/",),
        "evolution",
        label="filter",
        why_not=needs_rows_or_a_way_back,
    ),
    Action(
        "evolution.state",
        "Show by state",
        "List only proposals that wait, are accepted, applied or rejected; or all findings again.",
        ("s",),
        "evolution",
        label="state",
        why_not=needs_rows_or_a_way_back,
    ),
    Action(
        "evolution.copy",
        "Copy",
        "Copy the patch of a proposal, or the id of a failing test, through the terminal.",
        ("y",),
        "evolution",
        why_not=needs_a_copy,
    ),
    Action(
        "evolution.refresh",
        "Read again",
        "Read failures, proposals and searches again.",
        ("r",),
        "evolution",
        why_not=needs_host,
    ),
    *REVIEW_ACTIONS,
    *KNOWLEDGE_ACTIONS,
    *TALK_ACTIONS,
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
        why_not=needs_lost_host,
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
    *TYPING_ACTIONS,
)

BY_ID = {action.id: action for action in ACTIONS}


def reachable(place: str) -> tuple[Action, ...]:
    """Return the actions that keys can reach in `place`, nearest scope first."""
    chain = CHAINS[place]
    return tuple(action for scope in chain for action in ACTIONS if action.scope == scope)
