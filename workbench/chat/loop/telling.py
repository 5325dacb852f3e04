"""Calls and proposals, as a person reads them in the transcript."""

from __future__ import annotations

from workbench.chat.guard import redact
from workbench.chat.loop.calls import Call
from workbench.chat.loop.proposing import Parted, Shown
from workbench.chat.loop.tools import Came
from workbench.visible import visible_line

_LONGEST = 200


def shown(call: Call, came: Came) -> str:
    """Return a call and what came of it, as a person reads it."""
    told = {name: getattr(call, name) for name in call.__struct_fields__ if name != "thought"}
    brief = ", ".join(f"{name} {_brief(value)}" for name, value in told.items())
    head = visible_line(redact(f"{call.__struct_config__.tag}: {brief}"))
    thought = visible_line(redact(call.thought.strip()))
    return "\n\n".join(filter(None, [head, thought, came.text]))


def _brief(value: object) -> str:
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    line = text.strip().partition("\n")[0]
    return line if line == text.strip() and len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def problem(came: Came) -> str:
    return came.text.partition("\n")[0] if came.outcome == "refused" else ""


def proposed(name: str, parted: Parted, tested: Shown) -> str:
    """Say what waits for a person's review."""
    files = ", ".join(map(visible_line, [*parted.change, *parted.offered]))
    loud = "\n\nIT CHANGES TESTS: " + ", ".join(parted.tests) if parted.tests else ""
    return f"Proposal {name} waits for your review: {files}.{loud}\n\n{tested.told}"
