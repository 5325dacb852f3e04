"""What stands where a conversation will be: who would answer, or what would bring somebody."""

from __future__ import annotations

from screens.actions import BY_ID
from screens.keymap import Keymap
from screens.talk_state import Talks
from widgets.empty import Emptiness, empty
from widgets.ink import BLANK, Role, Rows, wrap
from workbench.visible import visible_line

_HOLDS = (
    "Here you will ask about the project and get answers that cite the files they come from; "
    "a task is planned, carried out in the sandbox, and ends as a proposal. Without a model the "
    "passages that were found are the answer."
)


def nothing_said(talks: Talks, keymap: Keymap, width: int) -> Rows:
    """Say what can be done here, or why the conversation cannot be read."""
    if talks.problem:
        lines = wrap(visible_line(talks.problem), max(8, width - 4))
        return (BLANK, *(((f"  {line}", Role.BAD),) for line in lines))
    write, listing = (keymap.shown(BY_ID[name], 1) for name in ("talk.write", "talk.list"))
    now = (
        f"{write} writes a message, {listing} lists conversations. See what this machine has and "
        "what is missing:"
    )
    return empty(Emptiness("Chat", _HOLDS, _serves(talks), now, "workbench doctor"), width)


def _serves(talks: Talks) -> str:
    post = talks.post
    if post is None:
        return "Nobody is known to answer yet."
    if post.model:
        return visible_line(f"{post.model} answers. {post.why}")
    return visible_line(f"No language model serves here: {post.why}")
