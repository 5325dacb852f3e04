"""A JSON schema as a grammar: what a grammar can say of it, and nothing that it forbids.

What the grammar leaves out (bounds of numbers, patterns, long repetitions) is checked afterwards
by `schema`. Objects have their properties in the order of the schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from local_models.worker.problems import WorkerError

Schema = Mapping[str, Any] | bool

_LONGEST_REPETITION = 1000
_BASE = {
    "space": '" "?',
    "hex": "[0-9a-fA-F]",
    "escape": r'"\\" (["\\/bfnrt] | "u" ([0-9a-cA-Ce-fE-F] hex{3} | [dD] [0-7] hex{2}))',
    "char": r'[^"\\\x00-\x1F\x7F] | escape',
    "string": r'"\"" char* "\""',
    "whole": '"0" | [1-9] [0-9]{0,15}',
    "integer": '"-"? whole',
    "number": '"-"? whole ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?',
    "boolean": '"true" | "false"',
    "null": '"null"',
    "value": "object | array | string | number | boolean | null",
    "pair": 'string ":" space value',
    "object": '"{" space (pair ("," space pair)*)? space "}"',
    "array": '"[" space (value ("," space value)*)? space "]"',
}
_ANY_NAME = re.compile(r"[^a-zA-Z0-9]+")


def grammar_of(schema: Schema) -> str:
    """Return GBNF whose `root` is all JSON that `schema` may allow."""
    made = _Rules(schema)
    made.rules["root"] = f"space {made.of(schema)} space"
    return "\n".join(f"{name} ::= {rule}" for name, rule in made.rules.items())


class _Rules:
    def __init__(self, root: Schema) -> None:
        self._root = root
        self._references: dict[str, str] = {}
        self.rules = dict(_BASE)

    def of(self, schema: Schema, near: str = "it") -> str:
        """Return a reference to a rule for `schema`."""
        if isinstance(schema, bool):
            if not schema:
                raise _unsuitable("nothing can follow `false`")
            return "value"
        if "$ref" in schema:
            return self._referred(str(schema["$ref"]))
        return self._rule(near, self._body(schema, near))

    def _body(self, schema: Mapping[str, Any], near: str) -> str:
        if "allOf" in schema:
            return self._body(_merged(self._root, schema), near)
        if "const" in schema:
            return _literal(schema["const"])
        if "enum" in schema:
            return " | ".join(map(_literal, schema["enum"]))
        if choices := schema.get("anyOf") or schema.get("oneOf"):
            return " | ".join(self.of(_inherited(schema, one), near) for one in choices)
        kinds = schema.get("type", _guessed(schema))
        if isinstance(kinds, str):
            return self._of_kind(kinds, schema, near)
        return " | ".join(self.of({**schema, "type": kind}, f"{near}-{kind}") for kind in kinds)

    def _of_kind(self, kind: str, schema: Mapping[str, Any], near: str) -> str:
        match kind:
            case "object":
                return self._object(schema, near)
            case "array":
                return self._array(schema, near)
            case "string":
                return _string(schema)
            case "integer" | "number":
                return _signed(kind, schema)
            case "boolean" | "null" | "value":
                return kind
        raise _unsuitable(f"there is no type `{kind}`")

    def _object(self, schema: Mapping[str, Any], near: str) -> str:
        properties = schema.get("properties") or {}
        if not properties:
            return self._map(schema.get("additionalProperties", True), near)
        required = frozenset(schema.get("required", ()))
        pairs = [
            (self._pair(name, one, f"{near}-{name}"), name in required)
            for name, one in properties.items()
        ]
        return f'"{{" space {self._members(pairs, near)} space "}}"'

    def _pair(self, name: str, schema: Schema, near: str) -> str:
        return self._rule(f"{near}-pair", f'{_literal(name)} ":" space {self.of(schema, near)}')

    def _members(self, pairs: Sequence[tuple[str, bool]], near: str) -> str:
        """Go from the last to the first, with and without something before each."""
        first = after = '""'
        for at in reversed(range(len(pairs))):
            pair, required = pairs[at]
            here, behind = f"{pair} {after}", f'"," space {pair} {after}'
            if not required:
                here, behind = f"{here} | {first}", f"{behind} | {after}"
            first = self._rule(f"{near}-first-{at}", here)
            after = self._rule(f"{near}-after-{at}", behind)
        return first

    def _map(self, values: Schema, near: str) -> str:
        if values is False:
            return '"{" space "}"'
        pair = self._rule(f"{near}-entry", f'string ":" space {self.of(values, near)}')
        return f'"{{" space ({pair} ("," space {pair})*)? space "}}"'

    def _array(self, schema: Mapping[str, Any], near: str) -> str:
        tuple_ = schema.get("prefixItems")
        if tuple_:
            parts = [self.of(one, f"{near}-{at}") for at, one in enumerate(tuple_)]
            return '"[" space ' + ' "," space '.join(parts) + ' space "]"'
        item = self.of(schema.get("items", True), f"{near}-item")
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        if most == 0:
            return '"[" space "]"'
        rest = _times(max(0, least - 1), None if most is None else most - 1)
        some = f'{item} ("," space {item}){rest}'
        return f'"[" space {some if least else f"({some})?"} space "]"'

    def _referred(self, reference: str) -> str:
        if reference not in self._references:
            name = self._free(f"ref-{reference}")
            self._references[reference] = name
            self.rules[name] = ""
            self.rules[name] = self.of(resolved(self._root, reference), name)
        return self._references[reference]

    def _rule(self, near: str, body: str) -> str:
        name = self._free(near)
        self.rules[name] = body
        return name

    def _free(self, near: str) -> str:
        """Return a name that no rule has; all of ours have a number."""
        return f"{_ANY_NAME.sub('-', near).strip('-') or 'it'}-{len(self.rules)}"


def resolved(root: Schema, reference: str) -> Schema:
    """Return what a reference inside the same schema points at."""
    found: Any = root
    if not reference.startswith("#"):
        raise _unsuitable(f"`{reference}` points outside of it")
    for part in reference.removeprefix("#").split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, Mapping) or key not in found:
            raise _unsuitable(f"there is no `{reference}` in it")
        found = found[key]
    if isinstance(found, Mapping | bool):
        return found
    raise _unsuitable(f"`{reference}` is no schema")


def _merged(root: Schema, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put the parts of `allOf` together as far as a grammar can follow."""
    whole: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema["allOf"]:
        one = resolved(root, part["$ref"]) if isinstance(part, Mapping) and "$ref" in part else part
        if isinstance(one, bool):
            continue
        properties = {**whole.get("properties", {}), **one.get("properties", {})}
        required = [*whole.get("required", ()), *one.get("required", ())]
        whole = {**whole, **one}
        if properties:
            whole |= {"properties": properties, "required": required}
    return whole


def _inherited(schema: Mapping[str, Any], choice: Schema) -> Schema:
    """Give a choice what stands beside it."""
    if isinstance(choice, bool) or "$ref" in choice:
        return choice
    beside = {key: value for key, value in schema.items() if key not in {"anyOf", "oneOf"}}
    return {**beside, **choice}


def _guessed(schema: Mapping[str, Any]) -> str:
    if {"properties", "required", "additionalProperties"} & schema.keys():
        return "object"
    if {"items", "prefixItems", "minItems", "maxItems"} & schema.keys():
        return "array"
    if {"minLength", "maxLength", "pattern"} & schema.keys():
        return "string"
    return "value"


def _string(schema: Mapping[str, Any]) -> str:
    return rf'"\"" char{_times(schema.get("minLength", 0), schema.get("maxLength"))} "\""'


def _signed(kind: str, schema: Mapping[str, Any]) -> str:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    if kind == "integer" and least is not None and least >= 0:
        return "whole"
    return kind


def _times(least: int, most: int | None) -> str:
    least = min(least, _LONGEST_REPETITION)
    if most is None or most > _LONGEST_REPETITION:
        return f"{{{least},}}"
    return f"{{{least},{most}}}"


def _literal(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _unsuitable(why: str) -> WorkerError:
    return WorkerError(
        "grammar", f"The schema cannot be made a grammar: {why}.", "Change the schema."
    )
