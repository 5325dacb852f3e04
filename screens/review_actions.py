"""What a person can do in a review, in the order in which the footer offers it."""

from __future__ import annotations

from collections.abc import Callable

from screens.action import Action, Context, WhyNot, needs, needs_host_still

_NO_HUNK = "No hunk is under the cursor."
_NOT_READ = "The change has not been read."


def _rest(context: Context) -> str:
    return f"Wait or cancel it: {context.desk.busy}." if context.desk.busy else ""


def _a_hunk(context: Context) -> str:
    return "" if context.desk.hunk else _NO_HUNK if context.desk.hunks else _NOT_READ


def _not_applied(context: Context) -> str:
    return "It is applied: roll it back first." if context.desk.applied else ""


def _not_yet(state: str) -> WhyNot:
    told = f"The hunk is {state} already."
    return lambda one: told if one.desk.hunk == state and not one.desk.selecting else ""


def _undecided(context: Context) -> str:
    return "" if context.desk.undecided else "Every hunk is decided about."


def _hunks(context: Context) -> str:
    return "" if context.desk.hunks else _NOT_READ


def _something_accepted(context: Context) -> str:
    return "" if context.desk.accepted else "Nothing is accepted yet."


def _something_applied(context: Context) -> str:
    return "" if context.desk.applied else "Nothing of it is applied."


def _a_remark(context: Context) -> str:
    return "" if context.desk.remarks else "There is no remark under the cursor."


def _something_done(context: Context) -> str:
    return "" if context.desk.undoes else "Nothing was decided here that could be taken back."


def _something_undone(context: Context) -> str:
    return "" if context.desk.redoes else "Nothing was taken back."


def _something_busy(context: Context) -> str:
    return "" if context.desk.busy else "Nothing runs that could be cancelled."


def _several_files(context: Context) -> str:
    return "" if context.desk.files > 1 else "There is one file only."


def _review(identity: str, words: tuple[str, str], keys: str, *, label: str = "") -> Action:
    """Make an action; why it may not be done is in the table below."""
    why_not, is_next = needs(*_WHY_NOT.get(identity, ())), _NEXT.get(identity, lambda _: False)
    named, (title, help_) = f"review.{identity}", words
    return Action(named, title, help_, tuple(keys.split()), "review", label, why_not, is_next)


_ON_A_HUNK = (needs_host_still, _not_applied, _a_hunk)
_WHY_NOT: dict[str, tuple[WhyNot, ...]] = {
    "accept": (*_ON_A_HUNK, _not_yet("accepted")),
    "reject": (*_ON_A_HUNK, _not_yet("rejected")),
    "leave": (*_ON_A_HUNK, _not_yet("undecided")),
    "apply": (needs_host_still, _rest, _not_applied, _something_accepted),
    "roll_back": (needs_host_still, _rest, _something_applied),
    "try": (needs_host_still, _rest, _something_accepted),
    "cancel": (_something_busy,),
    "select": (_a_hunk,),
    "next_hunk": (_hunks,),
    "previous_hunk": (_hunks,),
    "next_file": (_several_files,),
    "previous_file": (_several_files,),
    "accept_file": (needs_host_still, _not_applied, _hunks),
    "accept_all": (needs_host_still, _not_applied, _undecided),
    "split": _ON_A_HUNK,
    "edit": _ON_A_HUNK,
    "comment": (needs_host_still, _a_hunk),
    "withdraw": (needs_host_still, _a_remark),
    "undo": (needs_host_still, _not_applied, _something_done),
    "redo": (needs_host_still, _not_applied, _something_undone),
    "visit": (_hunks,),
    "copy": (_hunks,),
    "export": (_hunks,),
}

_NEXT: dict[str, Callable[[Context], bool]] = {
    "apply": lambda one: bool(one.desk.accepted and not one.desk.undecided),
    "cancel": lambda one: bool(one.desk.busy),
    "back": lambda one: one.desk.applied,
}

REVIEW_ACTIONS: tuple[Action, ...] = (
    _review(
        "accept",
        ("Accept", "Take the hunk or the selected lines, and go on to the next undecided hunk."),
        "y",
        label="accept",
    ),
    _review(
        "reject",
        ("Reject", "Refuse the hunk or the selected lines, and say why: the search learns of it."),
        "n",
        label="reject",
    ),
    _review(
        "apply",
        ("Apply", "Write what is accepted into the project, after showing what that is."),
        "w",
        label="apply",
    ),
    _review(
        "cancel",
        ("Cancel", "End the run of the tests that is under way."),
        "x",
        label="cancel",
    ),
    _review(
        "roll_back",
        ("Roll back", "Give the files back what they held before it was applied."),
        "b",
        label="roll back",
    ),
    _review("back", ("Leave the review", "Go back to the list."), "escape enter", label="back"),
    _review(
        "next_hunk",
        ("Next hunk", "Go to the next hunk, in the next file after the last one."),
        "J right",
        label="next",
    ),
    _review("previous_hunk", ("Previous hunk", "Go to the hunk before."), "K left"),
    _review(
        "select",
        ("Select lines", "Begin to select lines, or stop; then what is done is done to them."),
        "v",
        label="lines",
    ),
    _review(
        "try",
        ("Run the tests", "Run the tests with what is accepted; nothing is written."),
        "t",
        label="test",
    ),
    _review(
        "undo",
        ("Undo", "Take the last thing back that was done in this review."),
        "z",
        label="undo",
    ),
    _review("redo", ("Redo", "Do again what was taken back last."), "Z"),
    _review("leave", ("Leave undecided", "Decide about the hunk another time."), "u"),
    _review("next_file", ("Next file", "Go to the next file."), "]"),
    _review("previous_file", ("Previous file", "Go to the file before."), "["),
    _review(
        "accept_file",
        ("Accept the file", "Take every hunk of this file that is not decided about."),
        "a",
    ),
    _review(
        "accept_all",
        ("Accept all", "Take every hunk of the repair that is not decided about."),
        "A",
    ),
    _review(
        "split",
        ("Split", "Make hunks of the parts of this one, or of its lines."),
        "s",
    ),
    _review("edit", ("Edit", "Write other lines in the place of the hunk, in your editor."), "e"),
    _review(
        "comment", ("Comment", "Say something about the line, or about what is selected."), "c"
    ),
    _review("withdraw", ("Take a remark back", "Remove the remark under the cursor."), "C"),
    _review(
        "evidence",
        ("Evidence", "Show what speaks for the repair and what against, or hide it."),
        "i",
    ),
    _review(
        "sides",
        ("Side by side", "Show before and after beside each other, or one under the other."),
        "m",
    ),
    _review("visit", ("Open the file", "Open the file at this line in your editor."), "o"),
    _review(
        "copy", ("Copy the patch", "Copy it through the terminal: what is accepted, or all."), "Y"
    ),
    _review("export", ("Save as a patch", "Write what is accepted, or all, into a new file."), "S"),
    _review("next", ("Next proposal", "Go to the next proposal."), ">"),
    _review("previous", ("Previous proposal", "Go to the proposal before."), "<"),
    Action(
        "confirm.yes",
        "Write",
        "Do it: write what is shown.",
        ("enter", "y"),
        "confirm",
        label="write",
    ),
    Action(
        "confirm.no",
        "Do not write",
        "Leave everything as it is.",
        ("escape", "n", "q"),
        "confirm",
        label="do nothing",
    ),
    Action("confirm.down", "Scroll down", "Show the next line.", ("j", "down"), "confirm"),
    Action("confirm.up", "Scroll up", "Show the line before.", ("k", "up"), "confirm"),
    Action(
        "confirm.page_down",
        "Page down",
        "Show the next page.",
        ("pagedown", "ctrl+d", "space"),
        "confirm",
    ),
    Action("confirm.page_up", "Page up", "Show the page before.", ("pageup", "ctrl+u"), "confirm"),
)
