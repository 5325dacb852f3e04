"""The plan of a task as lines that a person edits: one for each step that is not done."""

from __future__ import annotations

from workbench.api.chats import Step

_HEAD = """\
# One step a line, in the order in which they are to be done. What is done already stays as it is.
# Lines that begin with a # are left out.
"""
_DONE = ("done", "failed")


def plan_text(steps: tuple[Step, ...]) -> str:
    """Return the steps as lines; those that are done can be seen, and not changed."""
    done = "".join(f"# {one.state}: {_line(one)}\n" for one in steps if one.state in _DONE)
    return _HEAD + done + "".join(f"{_line(one)}\n" for one in steps if one.state not in _DONE)


def plan_steps(text: str, before: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return what is done, and the steps of a text; one that was there before keeps its tool."""
    done = tuple(one for one in before if one.state in _DONE)
    known = {_line(one): one for one in before if one.state not in _DONE}
    lines = (line.strip() for line in text.splitlines())
    wanted = (line for line in lines if line and not line.startswith("#"))
    return (*done, *(known.get(line) or Step(line) for line in wanted))


def _line(step: Step) -> str:
    return " ".join(step.what.split())
