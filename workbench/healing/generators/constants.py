"""Another constant in the place of one: numbers, truth values, texts, empty collections."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from functools import lru_cache

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import Bench, Draft, Slot, finished, ranked, short
from workbench.healing.ground import Ground, Site
from workbench.healing.insight.kinds import SIZED
from workbench.healing.insight.scope import literals
from workbench.healing.insight.wording import rewordings

_EMPTY = ("[]", "{}", '""', "0", "None", "set()", "()")


_UNITS = (7, 12, 24, 30, 52, 60, 100, 365, 1000, 1024, 3600, 86400)
"""Of how many one thing another is made up: such are mixed up with each other."""


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    return finished("constants", site, _drafts(Bench(ground, site)))


def _drafts(bench: Bench) -> Iterator[Draft]:
    for slot in bench.slots:
        if isinstance(slot.parent, ast.Expr | ast.JoinedStr):
            continue
        if isinstance(slot.node, ast.Constant):
            yield from _named(bench, slot, slot.node)
        yield from _of_slot(bench, slot)


def _of_slot(bench: Bench, slot: Slot) -> Iterator[Draft]:
    match slot.node:
        case ast.Constant(value=bool()) | ast.Constant(value=None):
            yield from _truth(bench, slot, slot.node.value)
        case ast.Constant(value=int(value)):
            yield from _integer(bench, slot, value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            yield from _negative(bench, slot, value)
        case ast.Constant(value=float(value)):
            yield from _float(bench, slot, value)
        case ast.Constant(value=str(value)):
            yield from _text(bench, slot, value)
        case ast.JoinedStr():
            yield from _formatted(bench, slot, slot.node)
        case ast.List(elts=[]) | ast.Dict(keys=[]) | ast.Tuple(elts=[]):
            yield from _empty(bench, slot)


def _named(bench: Bench, slot: Slot, node: ast.Constant) -> Iterator[Draft]:
    """Let a value in scope stand where a constant is written."""
    kinds = bench.scope.kinds(node)
    if node.value is None or isinstance(slot.parent, ast.UnaryOp | ast.MatchValue):
        return
    likely = [one for one in bench.scope.values() if one.kinds & kinds or not one.kinds]
    is_alike = [bool(one.kinds & kinds) for one in likely]
    near = sorted(zip(is_alike, likely, strict=True), key=lambda one: not one[0])[:8]
    total = 0.06 if any(is_alike) else 0.03
    for (_, one), prior in zip(near, ranked(total, len(near)), strict=True):
        yield _put(bench, slot, one.text, prior * _share(bench))
    if type(node.value) is int:
        sized = [one.text for one in bench.scope.values() if one.kinds & SIZED][:3]
        for name, prior in zip(sized, ranked(0.015, len(sized)), strict=True):
            yield _put(bench, slot, f"len({name})", prior * _share(bench))


def _put(bench: Bench, slot: Slot, text: str, prior: float) -> Draft:
    why = f"{short(bench.text(slot.node), 20)} becomes {short(text, 30)}"
    return Draft(prior, "constant", why, (bench.instead(slot, text),))


def _integer(bench: Bench, slot: Slot, value: int) -> Iterator[Draft]:
    signed = isinstance(slot.parent, ast.UnaryOp) and isinstance(slot.parent.op, ast.USub)
    near = _near(value)
    others = [one for one in _numbers(bench) if one not in near and isinstance(one, int)]
    for other, prior in zip(others[:12], ranked(0.05, len(others[:12])), strict=True):
        near[other] = prior
    share = _share(bench)
    if _is_added(slot):  # Nothing is added or taken away by leaving the operand out.
        near.pop(0, None)
    for other, prior in near.items():
        fit = share * 0.15 if other < 0 and (signed or value == 0) and other != -1 else share
        if other != value and not (signed and other <= 0):
            yield _put(bench, slot, str(other), prior * fit)
    yield _put(bench, slot, "None", 0.004)
    if value in (0, 1):
        yield _put(bench, slot, str(bool(value)), 0.006)
        for text in ('""', "[]"):
            yield _put(bench, slot, text, 0.004)
        for text in ('float("inf")', 'float("-inf")'):
            yield _put(bench, slot, text, 0.006 if isinstance(slot.parent, ast.Assign) else 0.002)


def _is_added(slot: Slot) -> bool:
    match slot.parent:
        case ast.BinOp(op=ast.Add()):
            return True
        case ast.BinOp(op=ast.Sub()):
            return slot.field == "right"
    return False


def _negative(bench: Bench, slot: Slot, value: int) -> Iterator[Draft]:
    """Let a number below zero be another, written as a whole."""
    for other, prior in ((0, 0.06), (value, 0.04), (1, 0.03), (1 - value, 0.012)):
        yield _put(bench, slot, str(other), prior * _share(bench))


def _near(value: int) -> dict[int, float]:
    """Return the whole numbers that are most often meant in the place of one."""
    ways = [(value + 1, 0.07), (value - 1, 0.07), (0, 0.05), (1, 0.05), (2, 0.012), (-1, 0.02)]
    ways += [(-value, 0.015), (value * 2, 0.008), (value // 2, 0.008), (10 * value, 0.01)]
    ways += [(value // 10, 0.008), (value + 2, 0.006), (value - 2, 0.006), (value + 10, 0.003)]
    if value in _UNITS:
        ways += [(unit, 0.012) for unit in _UNITS]
    found: dict[int, float] = {}
    for other, prior in ways:
        found[other] = max(prior, found.get(other, 0.0))
    return found


def _share(bench: Bench) -> float:
    """Return how far each of the constants is suspected, when there are several."""
    count = sum(isinstance(slot.node, ast.Constant) for slot in bench.slots)
    return float(1.5 / max(count, 2.25) ** 0.5)


@lru_cache(maxsize=512)
def _literals(node: ast.AST) -> tuple[ast.Constant, ...]:
    return tuple(literals(node))


def _numbers(bench: Bench) -> list[int | float]:
    """Return the numbers of the function, then those of the module, each once."""
    around = bench.site.function
    nodes = [*(_literals(around) if around else ()), *_literals(bench.module.tree)]
    numbers = (one.value for one in nodes if isinstance(one.value, int | float))
    values = [one for one in numbers if not isinstance(one, bool)]
    return list(dict.fromkeys(values))


def _float(bench: Bench, slot: Slot, value: float) -> Iterator[Draft]:
    near = {value + 1: 0.03, value - 1: 0.03, -value: 0.03, 0.0: 0.02, 1.0: 0.03, 0.5: 0.012}
    near |= {round(value * 10, 12): 0.02, round(value / 10, 12): 0.02}
    near |= {round(value * 2, 12): 0.02, round(value / 2, 12): 0.02, 100 * value: 0.01}
    near |= {round(value / 100, 12): 0.01, round(1 - value, 12): 0.012}
    near |= {float(one): 0.01 for one in _numbers(bench)[:12] if float(one) not in near}
    for other, prior in near.items():
        if other != value:
            yield _put(bench, slot, repr(other), prior)
    if value == int(value):
        yield _put(bench, slot, str(int(value)), 0.02)


def _truth(bench: Bench, slot: Slot, value: object) -> Iterator[Draft]:
    if value is None:
        yield from _sentinels(bench, slot)
        others = {"True": 0.015, "False": 0.02, "0": 0.015, '""': 0.015, "[]": 0.02, "{}": 0.012}
    else:
        others = {str(not value): 0.18, "None": 0.02}
        others |= {"0": 0.004, "1": 0.004}
    for text, prior in others.items():
        yield _put(bench, slot, text, prior)


def _sentinels(bench: Bench, slot: Slot) -> Iterator[Draft]:
    """Compare with what the module uses in the place of None."""
    if not isinstance(slot.parent, ast.Compare):
        return
    found = _instead_of_none(bench.module.tree)
    for name in [one for one in found if one in bench.scope.by_text][:3]:
        yield _put(bench, slot, name, 0.08)


@lru_cache(maxsize=256)
def _instead_of_none(tree: ast.Module) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="object"))
            ):
                found[name] = None
            case ast.Compare(ops=[ast.Is() | ast.IsNot()], comparators=[ast.Name(id=name)]):
                found[name] = None
    return tuple(found)


def _empty(bench: Bench, slot: Slot) -> Iterator[Draft]:
    is_display = isinstance(slot.node, ast.List | ast.Dict | ast.Tuple)
    for text in _EMPTY:
        if text != bench.text(slot.node):
            yield _put(bench, slot, text, 0.02 if is_display and text[0] in "[{s(" else 0.008)
    if isinstance(slot.node, ast.List):
        yield _put(bench, slot, "[[]]", 0.008)
        names = [one.text for one in bench.scope.values()][:6]
        for name, prior in zip(names, ranked(0.05, len(names)), strict=True):
            yield _put(bench, slot, f"[{name}]", prior)


def _text(bench: Bench, slot: Slot, value: str) -> Iterator[Draft]:
    written = bench.text(slot.node)
    for text, prior in rewordings(bench.ground, value):
        yield _put(bench, slot, _quoted(text, written), prior)
    others = [one for one in _texts(bench, value) if one != value]
    for text, prior in zip(others, ranked(0.10, len(others)), strict=True):
        yield _put(bench, slot, _quoted(text, written), prior)
    for text, prior in _small_changes(value):
        yield _put(bench, slot, _quoted(text, written), prior)


def _formatted(bench: Bench, slot: Slot, node: ast.JoinedStr) -> Iterator[Draft]:
    """Reword what stands between the values of a formatted string."""
    written = bench.text(slot.node)
    for part in node.values:
        match part:
            case ast.Constant(value=str(value)) if written.count(value) == 1:
                for text, prior in rewordings(bench.ground, value):
                    if text.isprintable() and not set(text) & set("{}\\'\""):
                        yield _put(bench, slot, written.replace(value, text), prior)


def _texts(bench: Bench, value: str) -> list[str]:
    """Return other texts of the module that could be meant, the likest first."""
    found = [one.value for one in _literals(bench.module.tree) if isinstance(one.value, str)]
    counted = {text: _likeness(text, value) for text in dict.fromkeys(found) if len(text) < 60}
    ordered = sorted(counted, key=lambda text: -counted[text])
    return ordered[:12]


def _likeness(one: str, other: str) -> float:
    same_length = 0.2 if len(one) == len(other) else 0.0
    return difflib.SequenceMatcher(None, one, other).ratio() + same_length


def _small_changes(value: str) -> Iterator[tuple[str, float]]:
    if value == "":
        yield from ((" ", 0.03), ("\n", 0.01), ("0", 0.003))
        return
    yield "", 0.02
    yield from ((one, 0.008) for one in (value.lower(), value.upper(), value.strip()))
    yield from ((one, 0.006) for one in (f"{value} ", f" {value}", f"{value}\n"))
    if value.isalpha() and value.islower() and len(value) > 3:
        yield value + value.upper(), 0.01
    if len(value) <= 3:
        yield from ((one, 0.004) for one in (value[1:], value[:-1]))
    if len(value) == 1 and not value.isalnum():
        marks = " ,.:;-_/\n\t|'\""
        yield from ((one, 0.01) for one in marks if one != value)
    yield from _patterns(value)


def _patterns(value: str) -> Iterator[tuple[str, float]]:
    """Yield what is commonly wrong in regular expressions and in formats."""
    swaps = (("+", "*"), ("*", "+"), (r"\d", r"\w"), (r"\w", r"\d"), (".", r"\."), (r"\.", "."))
    more = ((r"\s", r"\S"), ("%m", "%M"), ("%M", "%m"), ("%d", "%s"), ("%s", "%r"), ("%y", "%Y"))
    last = ((".*", ".*?"), (".+", ".+?"), ("%I", "%H"), ("%H", "%I"), ("*", "*?"), ("{}", "{!r}"))
    for old, new in (*swaps, *more, *last):
        if old in value and len(value) > 1:
            yield value.replace(old, new), 0.008
            yield value.replace(old, new, 1), 0.006
    if any(mark in value for mark in "\\[(*+") and len(value) > 2:
        yield f"{value}$", 0.01
        yield f"^{value}", 0.01
        yield value.removesuffix("$"), 0.008
        yield value.removeprefix("^"), 0.008


def _quoted(text: str, written: str) -> str:
    """Write a text as one that is there is written: with its prefix and its quotes."""
    prefix = written[: len(written) - len(written.lstrip("rRbBuU"))]
    quote = written.rstrip()[-1:]
    if "r" in prefix.lower():
        raw = f"{prefix}{quote}{text}{quote}"
        return raw if _evaluates(raw, text) else repr(text)
    plain = repr(text)
    if plain[0] != quote and quote not in text and quote in "'\"":
        plain = quote + plain[1:-1].replace("\\'", "'") + quote
    return plain if _evaluates(plain, text) else repr(text)


def _evaluates(written: str, text: str) -> bool:
    try:
        return bool(ast.literal_eval(written) == text)
    except (SyntaxError, ValueError):
        return False
