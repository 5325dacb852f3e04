"""Answers that must follow a grammar or a schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Chat, Ended, Generate, Message, Sampling, Text
from local_models.worker.rules import Schema, grammar_of
from local_models.worker.schema import problems
from local_models.worker.structured import ask_json, read
from tests.models.workers import GREEDY, working

FREE = Sampling(temperature=1.2, seed=5)
PENALISED = Sampling(temperature=0.9, repeat_penalty=1.3, seed=5)
UNCUT = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, seed=5)
EDIT: Schema = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "minLength": 1, "maxLength": 6},
        "kind": {"enum": ["add", 'say "no"', "back\\slash", "line\nend"]},
        "count": {"type": "integer", "minimum": 0},
        "odds": {"type": "array", "items": {"$ref": "#/$defs/odd"}, "minItems": 1, "maxItems": 3},
        "note": {"type": ["string", "null"], "maxLength": 4},
        "deep": {"anyOf": [{"const": None}, {"type": "boolean"}]},
    },
    "required": ["path", "kind", "count", "odds"],
    "additionalProperties": False,
    "$defs": {"odd": {"type": "boolean"}},
}


@pytest.mark.parametrize("sampling", [GREEDY, FREE, PENALISED, UNCUT])
async def test_an_answer_follows_its_grammar_however_tokens_are_chosen(
    tmp_path: Path, sampling: Sampling
) -> None:
    async with working(tmp_path) as worker:
        grammar = 'root ::= ("yes" | "no") " " [0-9]{2,4} "!"'
        asked = Generate(0, Text("hello"), most=20, sampling=sampling, grammar=grammar)
        text = await worker.generate(asked).text()
        assert text == await worker.generate(asked).text()
        word, number = text.removesuffix("!").split(" ")
        assert word in {"yes", "no"}
        assert number.isascii()
        assert number.isdigit()
        assert 2 <= len(number) <= 4


@pytest.mark.parametrize("sampling", [GREEDY, FREE])
async def test_a_grammar_that_allows_everything_changes_nothing(
    tmp_path: Path, sampling: Sampling
) -> None:
    async with working(tmp_path) as worker:
        asked = [
            Generate(0, Text("hello"), most=20, stop=("\ufffd",), sampling=sampling, grammar=it)
            for it in ("", r"root ::= [\x00-\U0010FFFF]*")
        ]
        free, held = [await worker.generate(one).text() for one in asked]
        # What is no character can follow no grammar, and only there may they part.
        assert held.startswith(free) or free.startswith(held)


@pytest.mark.parametrize("grammar", ["root ::= (", 'root ::= root "a"', 'other ::= "a"', "?"])
async def test_a_grammar_that_is_none_is_refused(tmp_path: Path, grammar: str) -> None:
    async with working(tmp_path) as worker:
        with pytest.raises(WorkerError) as refused:
            await worker.generate(Generate(0, Text("hello"), grammar=grammar)).text()
        assert refused.value.kind == "grammar"
        assert await worker.generate(Generate(0, Text("hello"), most=3)).text() is not None


@pytest.mark.parametrize("seed", range(3))
async def test_an_answer_follows_its_schema(tmp_path: Path, seed: int) -> None:
    async with working(tmp_path) as worker:
        sampling = Sampling(temperature=1.0, seed=seed)
        asked = Generate(0, Text("hello"), most=400, sampling=sampling)
        found = await ask_json(worker.generate, asked, EDIT)
        jsonschema.Draft202012Validator(EDIT).validate(found.value)
        assert json.loads(found.text) == found.value


async def test_what_a_grammar_cannot_say_is_checked_and_asked_for_once_more(
    tmp_path: Path,
) -> None:
    schema: Schema = {"type": "integer", "minimum": 5, "maximum": 4}
    prompt = Chat((Message("user", "a number"),))
    async with working(tmp_path) as worker:
        tries: list[Generate] = []

        def ask(asked: Generate) -> Any:  # noqa: ANN401 - a stream of the worker's
            tries.append(asked)
            return worker.generate(asked)

        with pytest.raises(WorkerError) as refused:
            await ask_json(ask, Generate(0, prompt, most=30), schema)
    assert refused.value.kind == "output"
    assert "$ must be" in refused.value.sentence
    first, second = (asked.prompt for asked in tries)
    assert isinstance(first, Chat)
    assert isinstance(second, Chat)
    assert second.messages[:1] == first.messages
    assert "$ must be" in second.messages[-1].content


class Said:
    """An answer that was thought of beforehand."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.ended: Ended | None = None

    async def text(self) -> str:
        return self._text


async def test_a_wrong_answer_is_repaired() -> None:
    answers: Iterator[str] = iter(['{"n": 9}', '{"n": 3}'])
    schema: Schema = {"type": "object", "properties": {"n": {"maximum": 5}}}
    asked = Generate(0, Chat((Message("user", "n"),)))
    found = await ask_json(lambda _: Said(next(answers)), asked, schema)
    assert found.value == {"n": 3}


async def test_where_there_is_no_talk_other_chances_are_tried() -> None:
    seeds = []

    def ask(asked: Generate) -> Said:
        seeds.append(asked.sampling.seed)
        return Said(str(len(seeds)))

    found = await ask_json(ask, Generate(0, Text("n"), sampling=Sampling(seed=4)), {"minimum": 2})
    assert (found.value, seeds) == (2, [4, 5])


async def test_a_talk_too_long_to_ask_again_tells_of_the_first_answer(tmp_path: Path) -> None:
    prompt = Chat((Message("user", 1900 * "z"),))
    async with working(tmp_path) as worker:
        with pytest.raises(WorkerError) as refused:
            await ask_json(
                worker.generate, Generate(0, prompt, most=60), {"const": 1, "minimum": 2}
            )
        assert refused.value.kind == "output"


@pytest.mark.parametrize("text", ['{"n": 3', "", 100_000 * "[", "[" * 900 + "]" * 900])
async def test_an_answer_that_is_cut_or_endless_is_no_json(text: str) -> None:
    schema: Schema = {"items": {"$ref": "#"}, "maxItems": 0}
    with pytest.raises(WorkerError, match=r"not what was asked for"):
        await ask_json(lambda _: Said(text), Generate(0, Text("n")), schema)


@pytest.mark.parametrize(
    "schema",
    [False, {"type": "thing"}, {"$ref": "https://example.org/s"}, {"$ref": "#/$defs/none"}],
)
def test_a_schema_that_no_grammar_can_be_made_of_is_refused(schema: Schema) -> None:
    with pytest.raises(WorkerError, match="cannot be made a grammar"):
        grammar_of(schema)


async def test_a_schema_may_speak_of_itself(tmp_path: Path) -> None:
    schema: Schema = {
        "type": "object",
        "properties": {"v": {"type": "boolean"}, "next": {"anyOf": [{"$ref": "#"}, {"const": 0}]}},
        "required": ["v", "next"],
    }
    async with working(tmp_path) as worker:
        asked = Generate(0, Text("hello"), most=500, sampling=Sampling(temperature=1.0, seed=1))
        found = await ask_json(worker.generate, asked, schema)
        jsonschema.Draft202012Validator(schema).validate(found.value)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-3, 3) | st.text("ab", max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)
    ),
    max_leaves=6,
)
_SIZES = st.integers(0, 3)
_KEYWORDS: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(["object", "array", "string", "number", "integer", "boolean", "null"])
    | st.just(["string", "null"]),
    "enum": st.lists(_VALUES, min_size=1, max_size=3),
    "const": _VALUES,
    "minimum": st.integers(-5, 5),
    "maximum": st.integers(-5, 5),
    "exclusiveMinimum": st.integers(-5, 5),
    "exclusiveMaximum": st.integers(-5, 5),
    "multipleOf": st.integers(1, 3),
    "minLength": _SIZES,
    "maxLength": _SIZES,
    "pattern": st.sampled_from(["^a", "b$", "ab"]),
    "minItems": _SIZES,
    "maxItems": _SIZES,
    "uniqueItems": st.booleans(),
    "minProperties": _SIZES,
    "maxProperties": _SIZES,
    "required": st.lists(st.sampled_from("xyz"), max_size=2, unique=True),
}


def _with_parts(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner, min_size=1, max_size=3)
    return st.fixed_dictionaries(
        {},
        optional={
            **_KEYWORDS,
            "items": inner,
            "prefixItems": some,
            "properties": st.dictionaries(st.sampled_from("xy"), inner, max_size=2),
            "additionalProperties": inner,
            "anyOf": some,
            "oneOf": some,
            "allOf": some,
            "not": inner,
        },
    )


_SCHEMAS = st.recursive(
    st.booleans() | st.fixed_dictionaries({}, optional=_KEYWORDS), _with_parts, max_leaves=4
)


@given(_SCHEMAS, _VALUES)
@settings(deadline=None, max_examples=300)
def test_what_is_wrong_is_what_the_reference_finds_wrong(schema: Schema, value: object) -> None:
    wrong = not jsonschema.Draft202012Validator(schema).is_valid(value)
    assert bool(problems(value, schema)) == wrong
    if not wrong:
        assert read(json.dumps(value), schema) == (value, ())
