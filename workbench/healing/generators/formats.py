"""How values are written into texts: width, leading zeros, decimals, separators, alignment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from workbench.healing import heads
from workbench.healing.candidate import Candidate
from workbench.healing.ground import Ground, Module, Site
from workbench.healing.insight.layout import expressions
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.healing.insight.wording import mismatches
from workbench.splice import Edit

_FIELD = re.compile(rb"(?<!\{)(?:\{\{)*\{([^{}:!\\]*)(![rsa])?(:[^{}\\]*)?\}")
_DIGITS = re.compile(r"\d+")
_ASIDE = {"<": ">^", ">": "<^", "^": "<>"}
_USUAL = ((":02d", 0.5), (":.2f", 0.5), (":.1f", 0.4), (":,", 0.3), (":03d", 0.2), (":.0f", 0.15))
_SHARE, _TOLD = 0.05, 0.4
"""How often this is it where a value is written, and where the tests tell of padding or digits."""
_PADDING, _DECIMALS = re.compile(r"[ 0,%]+"), re.compile(r"[ \d.,%]+")
_MOST_ELSEWHERE = 6


class _Field(NamedTuple):
    """A place for a value in a text."""

    value: str
    spec: str
    """With its colon; empty where there is none."""
    start: int
    end: int
    """Where the spec stands, in bytes of the file."""


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    fields = [one for node in _texts(site.node) for one in _fields(site.module, node)]
    if not fields:
        return
    beside = [one.spec for one in fields if one.spec]
    elsewhere = _elsewhere(ground, site.module)
    made = (made for one in fields for made in _written(one, beside, elsewhere))
    share = _TOLD if _is_told(ground) else _SHARE
    yield from ranked(shared(site, "formats:spec", share, made))


def _texts(statement: ast.stmt) -> Iterator[ast.expr]:
    """Yield the texts of a statement that values are written into."""
    for node in heads.parts(statement):
        for one in expressions(node):
            match one:
                case ast.JoinedStr():
                    yield one
                case ast.Call(func=ast.Attribute(value=ast.Constant(str()) as text, attr="format")):
                    yield text


def _fields(module: Module, node: ast.expr) -> Iterator[_Field]:
    start = module.start(node)
    data = module.data[start : module.end(node)]
    for found in _FIELD.finditer(data):
        at = start + found.end() - 1
        spec = (found[3] or b"").decode()
        yield _Field(found[1].decode().strip(), spec, at - len(found[3] or b""), at)


def _elsewhere(ground: Ground, module: Module) -> tuple[str, ...]:
    """Return how values are written in a file, each way once; kept for each file."""
    kept: dict[Module, tuple[str, ...]] = vars(ground).setdefault("kept formats", {})
    if module not in kept:
        texts = (text for node in module.statements for text in _texts(node))
        specs = (one.spec for text in texts for one in _fields(module, text))
        kept[module] = tuple(dict.fromkeys(filter(None, specs)))[:_MOST_ELSEWHERE]
    return kept[module]


def _written(one: _Field, beside: list[str], elsewhere: tuple[str, ...]) -> Iterator[Option]:
    ways = [(spec, 1.0) for spec in beside] + [(spec, 0.6) for spec in elsewhere]
    ways += list(_near(one.spec)) if one.spec else list(_USUAL)
    for spec, weight in ways:
        if spec != one.spec:
            why = f"{one.value or 'a value'} is written as {spec or 'it is'}"
            yield from option(Edit(one.start, one.end, spec), weight, why)


def _near(spec: str) -> Iterator[tuple[str, float]]:
    """Yield what is like a way to write a value, with another width, side or kind."""
    yield "", 0.3
    for number in _DIGITS.finditer(spec):
        for step, weight in ((1, 0.6), (-1, 0.6), (2, 0.2)):
            if int(number[0]) + step >= 0:
                zeros = "0" * (number[0].startswith("0") and len(number[0]) > 1)
                other = f"{zeros}{int(number[0]) + step}"
                yield spec[: number.start()] + other + spec[number.end() :], weight
        if not number[0].startswith("0") and spec[number.start() - 1] != ".":
            yield spec[: number.start()] + "0" + spec[number.start() :], 0.4
    for side, others in _ASIDE.items():
        yield from ((spec.replace(side, other, 1), 0.6) for other in others if side in spec)
    for kind, others in (
        ("d", "fs"),
        ("f", "gd%"),
        ("s", "dr"),
        ("%", "f"),
        ("x", "Xb"),
        ("b", "x"),
    ):
        if spec.endswith(kind):
            yield from ((spec[:-1] + other, 0.2) for other in others)


def _is_told(ground: Ground) -> bool:
    """Tell whether what came and what was expected differ by padding or digits alone."""
    return any(_differs_in_padding(*pair) for pair in mismatches(ground)[:4])


def _differs_in_padding(came: str, expected: str) -> bool:
    usual = _DECIMALS if "." in came + expected else _PADDING
    codes = SequenceMatcher(None, came, expected, autojunk=False).get_opcodes()
    return all(
        tag == "equal" or (tag != "replace" and usual.fullmatch(came[a:b] + expected[c:d]))
        for tag, a, b, c, d in codes
    )
