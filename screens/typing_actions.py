"""What a person can do while typing an answer."""

from __future__ import annotations

from screens.action import Action, needs_choices

TYPING_ACTIONS: tuple[Action, ...] = (
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
    Action(
        "answer.earlier",
        "Earlier answer",
        "Take an answer that was given before.",
        ("up", "ctrl+p"),
        "answer",
        label="earlier",
        why_not=needs_choices,
    ),
    Action(
        "answer.later",
        "Later answer",
        "Take the answer that was given after that.",
        ("down", "ctrl+n"),
        "answer",
        why_not=needs_choices,
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
