"""Several changes of one statement that only make sense together."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import islice, product

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import COMPARE, Bench, Draft, Slot, finished, short
from workbench.healing.generators.operators import SYMBOLS, token
from workbench.healing.ground import Ground, Site
from workbench.healing.insight.kinds import is_number
from workbench.splice import Edit

_SUMS, _PRODUCTS = (ast.Add, ast.Sub), (ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)
_BESIDE = {"<": ("<=", ">"), "<=": ("<", ">="), ">": (">=", "<"), ">=": (">", "<="), "==": ("!=",)}
_MOST_PAIRS = 24
_WORD, _INDEX = re.compile(r"\b[A-Za-z_]\w*"), re.compile(r"\[(\d+)\]")


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    return finished("together", site, _drafts(Bench(ground, site)), 60)


def _drafts(bench: Bench) -> Iterator[Draft]:
    for slot in bench.slots:
        match slot.node:
            case ast.Compare(left=left, ops=[op], comparators=[right]) as node:
                yield from _both_sides(bench, node, left, right)
                yield from _with_index(bench, node, op)
                yield from _by_value(bench, slot, node)
            case ast.BoolOp() as node:
                yield from _analogous(bench, slot, node)
            case ast.BinOp(op=op) as node if isinstance(op, _SUMS):
                yield from _grouped(bench, node)
            case ast.Subscript(slice=ast.Slice() as part):
                yield from _from_the_end(bench, part)
    yield from _constants(bench)


def _both_sides(
    bench: Bench, node: ast.Compare, left: ast.expr, right: ast.expr
) -> Iterator[Draft]:
    """Compare lengths, sizes or spellings instead of the things themselves."""
    if isinstance(left, ast.Constant) or isinstance(right, ast.Constant):
        return
    kinds = bench.scope.kinds(left) | bench.scope.kinds(right)
    ways = []
    if not is_number(kinds) and not isinstance(
        node.ops[0], ast.Is | ast.IsNot | ast.In | ast.NotIn
    ):
        ways += [("len(", ")", 0.03), ("", ".lower()", 0.02), ("sorted(", ")", 0.01)]
        ways += [("set(", ")", 0.008), ("int(", ")", 0.012), ("str(", ")", 0.008)]
    if not kinds or is_number(kinds):
        ways += [("abs(", ")", 0.012)]
    for opening, closing, prior in ways:
        edits = []
        for one, field in ((left, "left"), (right, "comparators")):
            text = bench.text(one, 16 if closing.startswith(".") else 1)
            edits.append(bench.instead(Slot(one, node, field), f"{opening}{text}{closing}"))
        yield Draft(prior, "both", f"{opening}…{closing} of both", tuple(edits))


def _analogous(bench: Bench, slot: Slot, node: ast.BoolOp) -> Iterator[Draft]:
    """Ask once more about others what is asked about some; or about others instead."""
    texts = [bench.text(one, COMPARE) for one in node.values]
    present = {ast.dump(one) for one in node.values}
    word = SYMBOLS[type(node.op)]
    made = [
        (part, text)
        for part, one in zip(node.values, texts, strict=True)
        if isinstance(part, ast.Compare)
        for text in _with_others(part, one, node)
        if ast.dump(ast.parse(text, mode="eval").body) not in present
    ]
    for part, text in made[:_MOST_PAIRS]:
        more = bench.instead(slot, f" {word} ".join([*texts, text]))
        yield Draft(0.04 / len(made), "analogous", f"{word} {text}", (more,))
        one = bench.instead(Slot(part, node, "values"), text)
        why = f"{short(bench.text(part))} becomes {text}"
        yield Draft(0.03 / len(made), "analogous", why, (one,))


def _with_others(part: ast.Compare, text: str, whole: ast.BoolOp) -> Iterator[str]:
    """Yield a comparison with two of the names exchanged, or with indexes one further on."""
    if not text.isascii() or "\n" in text:
        return
    used = [one.id for one in ast.walk(part) if isinstance(one, ast.Name)]
    names = dict.fromkeys(one.id for one in ast.walk(whole) if isinstance(one, ast.Name))
    for old, new in product(dict.fromkeys(used), names):
        if old != new:
            swapped = {old: new, new: old}
            yield _WORD.sub(lambda word, found=swapped: found.get(word[0], word[0]), text)  # type: ignore[misc]
    for by in (1, -1):
        moved = _INDEX.sub(lambda index, step=by: f"[{int(index[1]) + step}]", text)  # type: ignore[misc]
        if moved != text and "[-" not in moved:
            yield moved


def _with_index(bench: Bench, node: ast.Compare, op: ast.cmpop) -> Iterator[Draft]:
    """Compare otherwise, and with the element beside."""
    old = SYMBOLS[type(op)]
    indexes = [
        Slot(one.slice, one, "slice")
        for one in ast.walk(node)
        if isinstance(one, ast.Subscript)
        and isinstance(one.slice, ast.Constant)
        and type(one.slice.value) is int
    ]
    for new, slot in product(_BESIDE.get(old, ()), indexes[:4]):
        edit = token(bench, node.left, node.comparators[0], new, old)
        for text in (_moved(slot, 1), _moved(slot, -1)):
            if edit and text:
                why = f"{old} becomes {new}, and the index becomes {text}"
                yield Draft(0.004, "index", why, (edit, bench.instead(slot, text)))


def _by_value(bench: Bench, slot: Slot, node: ast.Compare) -> Iterator[Draft]:
    """Compare by value what is compared by identity, and expect the opposite."""
    match node:
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as op], comparators=[right]):
            new = "!=" if isinstance(op, ast.Is) else "=="
            text = f"{bench.text(left, COMPARE + 1)} {new} {bench.text(right, COMPARE + 1)}"
            if not (isinstance(right, ast.Constant) and right.value is None):
                yield Draft(0.02, "equality", short(text), (bench.instead(slot, text),))


def _grouped(bench: Bench, node: ast.BinOp) -> Iterator[Draft]:
    """Put parentheses around a sum that is multiplied: `(a + b) * c / d`, `a * (b + c)`."""
    first, last = _innermost(node.right, "left"), _innermost(node.left, "right")
    module = bench.module
    if first is not node.right:
        edits = _parentheses(module.start(node.left), module.end(first))
        yield Draft(0.03, "grouped", f"{short(bench.text(node.left), 16)} is added first", edits)
    if last is not node.left:
        edits = _parentheses(module.start(last), module.end(node.right))
        yield Draft(0.025, "grouped", f"{short(bench.text(node.right), 16)} is added first", edits)
    if first is not node.right and last is not node.left:
        edits = _parentheses(module.start(last), module.end(first))
        yield Draft(0.02, "grouped", "the sum in the middle comes first", edits)


def _parentheses(start: int, end: int) -> tuple[Edit, Edit]:
    return Edit(start, start, "("), Edit(end, end, ")")


def _innermost(node: ast.expr, side: str) -> ast.expr:
    """Return the operand at the outer end of a product."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, _PRODUCTS):
        node = node.left if side == "left" else node.right
    return node


def _from_the_end(bench: Bench, part: ast.Slice) -> Iterator[Draft]:
    """Count both bounds of the statement's slices from the end."""
    bounds = [
        Slot(one, slot.node.slice, field)
        for slot in bench.slots
        if isinstance(slot.node, ast.Subscript) and isinstance(slot.node.slice, ast.Slice)
        for one, field in ((slot.node.slice.lower, "lower"), (slot.node.slice.upper, "upper"))
        if isinstance(one, ast.Name)
    ]
    texts = {bench.text(one.node) for one in bounds}
    is_first = bool(bounds) and bounds[0].parent is part
    if len(bounds) > 1 and len(texts) == 1 and is_first:
        text = f"-{texts.pop()}"
        edits = tuple(bench.instead(one, text) for one in bounds)
        yield Draft(0.03, "slices", f"{text} in each slice", edits)


def _constants(bench: Bench) -> Iterator[Draft]:
    """Let two whole numbers of the statement be larger or smaller by one, each in its way."""
    found = [one for one in bench.slots if _is_whole(one)]
    pairs = [(one, other) for n, one in enumerate(found) for other in found[n + 1 :]]
    for (one, other), by, more in islice(product(pairs, (1, -1), (1, -1)), _MOST_PAIRS):
        texts = [_moved(one, by), _moved(other, more)]
        if all(texts):
            edits = (bench.instead(one, texts[0]), bench.instead(other, texts[1]))
            why = (
                f"{bench.text(one.node)} and {bench.text(other.node)} become {' and '.join(texts)}"
            )
            yield Draft(0.01 / len(pairs), "constants", why, edits)


def _is_whole(slot: Slot) -> bool:
    node = slot.node
    signed = isinstance(slot.parent, ast.UnaryOp | ast.JoinedStr | ast.FormattedValue)
    return isinstance(node, ast.Constant) and type(node.value) is int and not signed


def _moved(slot: Slot, by: int) -> str:
    value = slot.node.value if isinstance(slot.node, ast.Constant) else None
    return str(value + by) if isinstance(value, int) and value + by >= 0 else ""
