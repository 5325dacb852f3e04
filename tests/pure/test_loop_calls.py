"""What a model may say is what its schema allows, and every tool can be asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_models.worker.rules import grammar_of
from local_models.worker.structured import read
from workbench.chat.loop import calls
from workbench.chat.loop.mind import unwrapped, whole

EXAMPLES: dict[str, dict[str, Any]] = {
    "list": {"folder": ""},
    "read": {"path": "a.py", "first": 1},
    "search": {"text": "x"},
    "knowledge": {"text": "x"},
    "run": {"argv": ["pytest"]},
    "replace": {"path": "a.py", "search": "a", "replace": ""},
    "rewrite": {"path": "a.py", "function": "f", "code": "def f(): pass"},
    "create": {"path": "a.py", "text": "x"},
    "done": {"note": ""},
    "give_up": {"note": "why"},
}


@pytest.mark.parametrize("tool", calls.TOOLS)
def test_each_tool_can_be_asked_for(tool: str) -> None:
    said = {"thought": "so", "tool": tool, **EXAMPLES[tool]}
    value, wrong = read(json.dumps(said), calls.calls(runs=True, edits=True))
    assert not wrong
    call = calls.call_of(value)
    assert call.__struct_config__.tag == tool


@pytest.mark.parametrize("tool", calls.TOOLS)
def test_what_is_missing_is_named(tool: str) -> None:
    said = {"thought": "so", "tool": tool}
    _, wrong = read(json.dumps(said), calls.calls(runs=True, edits=True))
    (missing, *_) = EXAMPLES[tool]
    assert any(missing in one for one in wrong)


def test_tools_that_are_not_there_cannot_be_asked_for() -> None:
    schema = calls.calls(runs=False, edits=False)
    for tool in ("run", "replace", "rewrite", "create"):
        said = {"thought": "", "tool": tool, **EXAMPLES[tool]}
        assert read(json.dumps(said), schema)[1]
        assert f'\\"{tool}\\"' not in grammar_of(schema)
    assert '\\"read\\"' in grammar_of(schema)


@pytest.mark.parametrize("schema", [calls.ANALYSIS, calls.PLAN, calls.REFLECTION])
def test_the_other_answers_have_grammars_too(schema: dict[str, Any]) -> None:
    assert grammar_of(schema).startswith("space") or "root ::=" in grammar_of(schema)


def test_a_plan_has_a_bound() -> None:
    step = {"what": "look", "tool": "read"}
    assert not read(json.dumps({"steps": [step]}), calls.PLAN)[1]
    assert read(json.dumps({"steps": []}), calls.PLAN)[1]
    assert read(json.dumps({"steps": [step] * (calls.MOST_STEPS + 1)}), calls.PLAN)[1]


def test_what_is_usual_may_be_left_out() -> None:
    value, wrong = read('{"tool": "read", "path": "a.py"}', calls.calls(runs=True, edits=True))
    assert not wrong
    assert calls.call_of(value) == calls.ReadFile("", "a.py", 1)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        '```json\n{"a": 1}\n```',
        'Here it is:\n```\n{"a": 1}\n```\nDone.',
        '<think>{"b": 2}\nwell</think>\n{"a": 1}',
        'So: {"a": 1}.',
    ],
)
def test_what_models_say_around_json_is_taken_off(text: str) -> None:
    assert json.loads(unwrapped(text)) == {"a": 1}


@given(st.text() | st.sampled_from(["</think>", "```\n{}\n```"]))
def test_taking_off_never_fails_and_leaves_json_alone(text: str) -> None:
    unwrapped(text)
    told = json.dumps({"text": text})
    assert json.loads(unwrapped(told)) == {"text": text}


def test_halves_of_characters_are_replaced() -> None:
    value = whole(json.loads('{"text": "a\\ud800b \\ud83d\\ude00", "more": ["\\udc00"]}'))
    assert value == {"text": "a?b \N{GRINNING FACE}", "more": ["?"]}


def test_a_path_may_begin_as_shells_write_it() -> None:
    assert calls.call_of({"tool": "read", "path": "./a.py"}) == calls.ReadFile("", "a.py", 1)
