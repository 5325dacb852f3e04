"""Whether a value is what a JSON schema asks for, with all that grammars do not say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from local_models.worker.rules import Schema, resolved

Problems = Iterator[str]
_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: _is_number(value) and value == int(value),
}


def problems(value: object, schema: Schema) -> tuple[str, ...]:
    """Return all that is wrong with `value`, each with its place; nothing where it is right."""
    return tuple(_Check(schema).of(value, schema, "$"))


class _Check:
    def __init__(self, root: Schema) -> None:
        self._root = root

    def of(self, value: Any, schema: Schema, at: str) -> Problems:  # noqa: ANN401 - any JSON
        if isinstance(schema, bool):
            if not schema:
                yield f"{at} must not be there"
            return
        if "$ref" in schema:
            yield from self.of(value, resolved(self._root, schema["$ref"]), at)
        yield from _kind(value, schema, at)
        yield from self._combined(value, schema, at)
        if isinstance(value, str):
            yield from _text(value, schema, at)
        elif _is_number(value):
            yield from _number(value, schema, at)
        elif isinstance(value, list):
            yield from self._array(value, schema, at)
        elif isinstance(value, dict):
            yield from self._object(value, schema, at)

    def _fits(self, value: Any, schema: Schema) -> bool:  # noqa: ANN401 - as above
        return next(self.of(value, schema, ""), None) is None

    def _combined(self, value: Any, schema: Mapping[str, Any], at: str) -> Problems:  # noqa: ANN401
        for part in schema.get("allOf", ()):
            yield from self.of(value, part, at)
        if "anyOf" in schema and not any(self._fits(value, one) for one in schema["anyOf"]):
            yield from self._nearest(value, schema["anyOf"], at)
        if "oneOf" in schema:
            fitting = sum(self._fits(value, one) for one in schema["oneOf"])
            if fitting != 1:
                yield f"{at} fits {fitting} of the choices instead of one"
        if "not" in schema and self._fits(value, schema["not"]):
            yield f"{at} is what it must not be"

    def _nearest(self, value: Any, choices: Sequence[Any], at: str) -> Problems:  # noqa: ANN401
        """Tell what is wrong by the one choice that a constant says is meant."""
        meant = [one for one in choices if _names(value, one)]
        if len(meant) == 1:
            yield from self.of(value, meant[0], at)
        else:
            yield f"{at} fits none of the choices"

    def _array(self, value: list[Any], schema: Mapping[str, Any], at: str) -> Problems:
        yield from _size(len(value), schema, at, "Items", "items")
        if schema.get("uniqueItems") and any(_same(*pair) for pair in combinations(value, 2)):
            yield f"{at} has an item twice"
        first = schema.get("prefixItems", ())
        for index, (item, one) in enumerate(zip(value, first, strict=False)):
            yield from self.of(item, one, f"{at}[{index}]")
        for index, item in enumerate(value[len(first) :], len(first)):
            yield from self.of(item, schema.get("items", True), f"{at}[{index}]")

    def _object(self, value: dict[str, Any], schema: Mapping[str, Any], at: str) -> Problems:
        yield from _size(len(value), schema, at, "Properties", "properties")
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{at}.{name} is missing"
        properties = schema.get("properties", {})
        for name, one in value.items():
            rest = schema.get("additionalProperties", True)
            yield from self.of(one, properties.get(name, rest), f"{at}.{name}")


def _names(value: object, choice: object) -> bool:
    """Say whether all constants that a choice has among its properties are in a value."""
    properties = choice.get("properties", {}) if isinstance(choice, Mapping) else {}
    fixed = {name: one["const"] for name, one in properties.items() if _is_fixed(one)}
    return bool(fixed) and isinstance(value, dict) and fixed.items() <= value.items()


def _is_fixed(schema: object) -> bool:
    return isinstance(schema, Mapping) and "const" in schema


def _kind(value: Any, schema: Mapping[str, Any], at: str) -> Problems:  # noqa: ANN401 - any JSON
    kinds = schema.get("type", ())
    kinds = (kinds,) if isinstance(kinds, str) else kinds
    if kinds and not any(_KINDS[kind](value) for kind in kinds):
        yield f"{at} must be {' or '.join(kinds)}"
    if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
        yield f"{at} must be one of {json.dumps(schema['enum'], ensure_ascii=False)}"
    if "const" in schema and not _same(value, schema["const"]):
        yield f"{at} must be {json.dumps(schema['const'], ensure_ascii=False)}"


def _text(value: str, schema: Mapping[str, Any], at: str) -> Problems:
    yield from _size(len(value), schema, at, "Length", "characters")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{at} must match {schema['pattern']}"


def _number(value: float, schema: Mapping[str, Any], at: str) -> Problems:
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{at} must be at least {schema['minimum']}"
    if "maximum" in schema and value > schema["maximum"]:
        yield f"{at} must be at most {schema['maximum']}"
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        yield f"{at} must be more than {schema['exclusiveMinimum']}"
    if "exclusiveMaximum" in schema and value >= schema["exclusiveMaximum"]:
        yield f"{at} must be less than {schema['exclusiveMaximum']}"
    step = schema.get("multipleOf")
    if step and value % step:
        yield f"{at} must be a multiple of {step}"


def _size(size: int, schema: Mapping[str, Any], at: str, of: str, what: str) -> Problems:
    if size < schema.get(f"min{of}", 0):
        yield f"{at} must have at least {schema[f'min{of}']} {what}"
    if size > schema.get(f"max{of}", size):
        yield f"{at} must have at most {schema[f'max{of}']} {what}"


def _is_number(value: object) -> bool:
    return _KINDS["number"](value)


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401 - any JSON
    """Compare as JSON does, in which `true` is no number, at any depth."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
