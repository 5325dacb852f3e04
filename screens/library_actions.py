"""What a person can do on the Knowledge screen, in the order in which the footer offers it."""

from __future__ import annotations

from collections.abc import Callable

from screens.action import Action, Context, WhyNot, needs, needs_a_way_back, needs_host, needs_rows

_SCOPE = "knowledge"


def _is(*kinds: str, told: str) -> WhyNot:
    return lambda context: "" if context.library.item in kinds else told


def _something_read(context: Context) -> str:
    return "" if context.library.sources else "Nothing was read yet: add a source first."


def _being_read(context: Context) -> str:
    return "" if context.library.reading else "It is not being read."


def _lines(context: Context) -> str:
    return "" if context.library.lines else "No lines of a file are shown."


def _several_versions(context: Context) -> str:
    return "" if context.library.versions > 1 else "It has one version only."


def _not_current(context: Context) -> str:
    return "It is the current version." if context.library.current else ""


def _opens(context: Context) -> str:
    return "" if context.library.opens else "There is nothing below it."


def _hangs(context: Context) -> str:
    return "" if context.library.hangs else "It hangs on nothing."


def _linked(context: Context) -> str:
    return "" if context.library.linked else "Nothing is selected that could have links."


def _something_here(context: Context) -> str:
    return "" if context.library.item else "Nothing is selected."


def _read_in_full(context: Context) -> str:
    return "" if context.library.in_full else "Open a passage first."


_A_SOURCE = _is("source", told="No source is selected.")
_OF_A_DOMAIN = _is("source", "domain", told="No source and no domain is selected.")
_A_SUBJECT = _is("subject", "version", told="No subject is selected.")

_WHY_NOT: dict[str, tuple[WhyNot, ...]] = {
    "search": (needs_host, _something_read),
    "open": (_something_here,),
    "back": (needs_a_way_back,),
    "add": (needs_host,),
    "cite": (_lines,),
    "visit": (_lines,),
    "select": (_read_in_full, _lines),
    "unfold": (_opens,),
    "fold": (_hangs,),
    "next": (needs_rows,),
    "previous": (needs_rows,),
    "links": (needs_host, _linked),
    "find_links": (needs_host,),
    "reread": (needs_host, _A_SOURCE),
    "reread_whole": (needs_host, _A_SOURCE),
    "stop": (needs_host, _A_SOURCE, _being_read),
    "remove": (needs_host, _OF_A_DOMAIN),
    "domains": (needs_host, _OF_A_DOMAIN),
    "deprecate": (needs_host, _A_SUBJECT),
    "roll_back": (needs_host, _A_SUBJECT, _several_versions, _not_current),
    "state": (_something_here,),
    "more": (_lines,),
    "less": (_lines,),
    "copy": (_lines,),
    "verify": (needs_host,),
    "refresh": (needs_host,),
}
_NEXT: dict[str, Callable[[Context], bool]] = {
    "add": lambda context: not context.library.sources,
    "stop": lambda context: context.library.reading,
}


def _knowledge(identity: str, words: tuple[str, str], keys: str, *, label: str = "") -> Action:
    """Make an action; why it may not be done is in the table above."""
    why_not, is_next = needs(*_WHY_NOT[identity]), _NEXT.get(identity, lambda _: False)
    title, told = words
    named = f"{_SCOPE}.{identity}"
    return Action(named, title, told, tuple(keys.split()), _SCOPE, label, why_not, is_next)


KNOWLEDGE_ACTIONS: tuple[Action, ...] = (
    _knowledge(
        "search",
        ("Search", "Find passages as you type; kind: lang: path: source: domain: since: narrow."),
        "/",
        label="search",
    ),
    _knowledge(
        "open",
        ("Open or leave", "Read what is under the cursor in full, or go back to the list."),
        "enter",
        label="open",
    ),
    _knowledge(
        "back",
        ("Back", "Leave the passage, the links, the search, or the list by state."),
        "escape",
    ),
    _knowledge(
        "add",
        ("Add a source", "Read a folder, a file, or a package that is installed."),
        "a",
        label="add",
    ),
    _knowledge(
        "cite",
        ("Cite into the chat", "Attach the lines to what you write next in the chat."),
        "c",
        label="cite",
    ),
    _knowledge(
        "visit",
        ("Open the file", "Open the file at this line in your editor."),
        "o",
        label="editor",
    ),
    _knowledge(
        "select",
        ("Select lines", "Begin to select lines, or stop; then only these are cited and copied."),
        "v",
    ),
    _knowledge(
        "stop",
        ("Stop reading", "End the reading that is under way; what was read so far stays."),
        "x",
        label="stop",
    ),
    _knowledge(
        "reread",
        ("Read again", "Read again what changed in the source."),
        "r",
        label="read again",
    ),
    _knowledge(
        "reread_whole",
        ("Read all again", "Read the whole source again, also what did not change."),
        "ctrl+r",
    ),
    _knowledge(
        "domains",
        ("Edit domains", "Say which domains a source is in, or what a domain holds."),
        "m",
        label="domains",
    ),
    _knowledge(
        "remove",
        ("Remove", "Forget a source and its passages, or take a domain away; it asks before."),
        "D",
    ),
    _knowledge(
        "links",
        ("Links", "Show what is joined with it: imports, calls, documents, needs; and go on."),
        "l",
        label="links",
    ),
    _knowledge("find_links", ("Links of a name", "Show the links of something by its name."), "L"),
    _knowledge("unfold", ("Unfold", "Show what is below it."), "right"),
    _knowledge("fold", ("Fold", "Hide what is below it, or go to what it hangs on."), "left"),
    _knowledge("next", ("Next", "Go to the next row, also while one is being read."), "]"),
    _knowledge("previous", ("Previous", "Go to the row before, also while one is read."), "["),
    _knowledge(
        "deprecate",
        ("Deprecate", "Say why a subject or a version should not be used, or that it may again."),
        "d",
        label="deprecate",
    ),
    _knowledge(
        "roll_back",
        ("Roll back", "Make the version under the cursor the current one, or the one before."),
        "b",
        label="roll back",
    ),
    _knowledge(
        "state",
        ("Show by state", "List only what is stale, failed or never used; or all again."),
        "s",
        label="state",
    ),
    _knowledge("more", ("More around it", "Show more of what stands around the passage."), "+ ="),
    _knowledge("less", ("Less around it", "Show less of what stands around the passage."), "-"),
    _knowledge(
        "copy", ("Copy", "Copy the place and the lines of the passage through the terminal."), "y"
    ),
    _knowledge("verify", ("Check", "Hold the index against the journal and the sources."), "V"),
    _knowledge("refresh", ("Ask again", "Ask the host for everything again."), "u"),
    Action(
        "agree.yes", "Remove", "Do it: what is shown goes.", ("enter", "y"), "agree", label="remove"
    ),
    Action(
        "agree.no",
        "Keep it",
        "Leave everything as it is.",
        ("escape", "n", "q"),
        "agree",
        label="keep it",
    ),
)
