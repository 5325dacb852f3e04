"""What a model may ask for, as values, and the schemas that its answers follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.api.chats import Step

MOST_STEPS = 8
"""Of a plan; what needs more is several tasks."""
_SENTENCE, _PARAGRAPH = 240, 600


class _Call(msgspec.Struct, frozen=True, tag_field="tool"):
    thought: str


class ListFiles(_Call, frozen=True, tag="list"):
    folder: str


class ReadFile(_Call, frozen=True, tag="read"):
    path: str
    first: int


class SearchFiles(_Call, frozen=True, tag="search"):
    text: str


class SearchKnowledge(_Call, frozen=True, tag="knowledge"):
    text: str


class RunProgram(_Call, frozen=True, tag="run"):
    argv: tuple[str, ...]


class Replace(_Call, frozen=True, tag="replace"):
    path: str
    search: str
    replace: str


class Rewrite(_Call, frozen=True, tag="rewrite"):
    path: str
    function: str
    code: str


class Create(_Call, frozen=True, tag="create"):
    path: str
    text: str


class Done(_Call, frozen=True, tag="done"):
    note: str


class GiveUp(_Call, frozen=True, tag="give_up"):
    note: str


Call = (
    ListFiles
    | ReadFile
    | SearchFiles
    | SearchKnowledge
    | RunProgram
    | Replace
    | Rewrite
    | Create
    | Done
    | GiveUp
)


class Analysis(msgspec.Struct, frozen=True):
    """What a task asks for."""

    goal: str
    known: str
    unclear: str


class Planned(msgspec.Struct, frozen=True):
    what: str
    tool: str


class Plan(msgspec.Struct, frozen=True):
    steps: tuple[Planned, ...]

    @property
    def shown(self) -> tuple[Step, ...]:
        return tuple(Step(one.what.strip(), tool=one.tool) for one in self.steps)


class Reflection(msgspec.Struct, frozen=True):
    """Whether what was wanted has been reached, and what else there is to do."""

    reached: bool
    summary: str
    more: tuple[str, ...]


def _text(most: int | None = None, least: int = 0) -> dict[str, Any]:
    bounds = {"maxLength": most} if most else {}
    return {"type": "string", **bounds, **({"minLength": least} if least else {})}


_PATH = _text(200, 1)
_ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "list": {"folder": _text(200)},
    "read": {"path": _PATH, "first": {"type": "integer", "minimum": 1}},
    "search": {"text": _text(200, 1)},
    "knowledge": {"text": _text(200, 1)},
    "run": {"argv": {"type": "array", "items": _text(2_000), "minItems": 1, "maxItems": 32}},
    "replace": {"path": _PATH, "search": _text(least=1), "replace": _text()},
    "rewrite": {"path": _PATH, "function": _text(200, 1), "code": _text(least=1)},
    "create": {"path": _PATH, "text": _text(least=1)},
    "done": {"note": _text(_PARAGRAPH)},
    "give_up": {"note": _text(_PARAGRAPH, 1)},
}
TOOLS = tuple(_ARGUMENTS)
_USUAL: Mapping[str, Any] = {"thought": "", "first": 1}
"""What may be left out, and what it is then."""
_OF_PLANS = ("read", "search", "knowledge", "run", "edit")


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in _USUAL],
        "additionalProperties": False,
    }


ANALYSIS = _object(
    {"goal": _text(_PARAGRAPH, 1), "known": _text(_PARAGRAPH), "unclear": _text(400)}
)
_STEP = _object({"what": _text(_SENTENCE, 1), "tool": {"enum": list(_OF_PLANS)}})
PLAN = _object({"steps": {"type": "array", "items": _STEP, "minItems": 1, "maxItems": MOST_STEPS}})
REFLECTION = _object(
    {
        "reached": {"type": "boolean"},
        "summary": _text(1_000, 1),
        "more": {"type": "array", "items": _text(_SENTENCE, 1), "maxItems": 4},
    }
)


def calls(*, runs: bool, edits: bool) -> dict[str, Any]:
    """Return the schema of one call, with the tools that there are here."""
    without = {*(() if runs else ("run",)), *(() if edits else ("replace", "rewrite", "create"))}
    return {
        "anyOf": [
            _object({"thought": _text(400), "tool": {"const": tool}, **arguments})
            for tool, arguments in _ARGUMENTS.items()
            if tool not in without
        ]
    }


def call_of(value: Mapping[str, Any]) -> Call:
    """Return the call that a checked answer is."""
    plain = {"path": str(value["path"]).removeprefix("./")} if "path" in value else {}
    call: Call = msgspec.convert({**_USUAL, **value, **plain}, Call)
    return call
