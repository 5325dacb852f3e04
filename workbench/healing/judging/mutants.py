"""Small wrong versions of what a patch writes: tests that do not notice them prove little."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from workbench.healing import changes, heads
from workbench.healing.candidate import Candidate, candidate
from workbench.healing.compose import applied, composed
from workbench.healing.generators.operators import SYMBOLS
from workbench.healing.ground import Function, Module
from workbench.splice import Edit, parses

MOST = 24

_COMPARISONS = {
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "==": "!=",
    "!=": "==",
    "in": "not in",
    "is": "is not",
}
_ARITHMETIC = {"+": "-", "-": "+", "*": "+", "/": "*", "//": "/", "%": "*", "**": "*"}
_BITS = {"&": "|", "|": "&", "^": "&", "<<": ">>", ">>": "<<"}
_OTHER = {**_COMPARISONS, **_ARITHMETIC, **_BITS, "and": "or", "or": "and"}

Named = tuple[Edit, str]


def mutants(one: Candidate, files: Mapping[str, str]) -> tuple[Candidate, ...]:
    """Return mutants of the lines that a candidate writes, as candidates on the files as they are.

    What leads back to the files as they are is left out: that it fails is known.
    """
    found: dict[object, Candidate] = {}
    for path, after in applied(files, one).items():
        module = Module(after)
        changed = changes.changed_lines(files[path], after)
        for edit, why in _spread(_of_lines(module, changed)):
            made = composed(files, one, candidate(path, [edit], "mutants:one", 1.0, why), 1.0)
            if made.changes and parses(applied(files, made)[path].removeprefix("\ufeff")):
                found.setdefault(made.changes, made)
    return tuple(found.values())[:MOST]


def _spread(found: Iterable[tuple[int, Named]]) -> Iterator[Named]:
    """Take mutants line by line in turn, so that no line uses up all of them."""
    lines: dict[int, list[Named]] = {}
    for line, made in found:
        lines.setdefault(line, []).append(made)
    waiting = list(lines.values())
    while waiting:
        yield from (made.pop(0) for made in waiting)
        waiting = [made for made in waiting if made]


def _of_lines(module: Module, lines: frozenset[int]) -> Iterator[tuple[int, Named]]:
    for statement in module.statements:
        if heads.lines(statement) & lines and not isinstance(statement, Function | ast.ClassDef):
            for made in _of_statement(module, statement):
                yield statement.lineno, made


def _of_statement(module: Module, statement: ast.stmt) -> Iterator[Named]:
    for node in heads.nodes(statement):
        if isinstance(node, ast.expr):
            yield from _of_expression(module, node)
    if isinstance(statement, ast.If | ast.While):
        before, after = module.around(statement.test, "not (", ")")
        text = f"not ({module.of(statement.test)})"
        yield Edit(before.start, after.end, text), "the condition is turned round"
    if isinstance(statement, ast.Return) and statement.value and not _is_none(statement.value):
        yield module.instead(statement.value, "None"), "nothing is returned"
    if isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr | ast.Raise):
        start, end = module.start(statement), module.end(statement)
        yield Edit(start, end, "pass"), "the statement is left out"


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _of_expression(module: Module, node: ast.expr) -> Iterator[Named]:
    if isinstance(node, ast.Compare):
        operands = [node.left, *node.comparators]
        for at, op in enumerate(node.ops):
            yield from _operator(module, operands[at], op, operands[at + 1])
    elif isinstance(node, ast.BinOp):
        yield from _operator(module, node.left, node.op, node.right)
    elif isinstance(node, ast.BoolOp):
        yield from _operator(module, node.values[0], node.op, node.values[1])
    elif isinstance(node, ast.Constant) and not isinstance(node.value, str | bytes):
        yield from _constant(module, node)


def _operator(module: Module, left: ast.expr, op: ast.AST, right: ast.expr) -> Iterator[Named]:
    """Exchange an operator where what stands between the operands is plainly that."""
    start, end = module.end(left), module.start(right)
    symbol = SYMBOLS.get(type(op), "")
    between = module.piece(start, end)
    if symbol in _OTHER and between.strip("() \t") == symbol:
        other = _OTHER[symbol]
        yield Edit(start, end, between.replace(symbol, other)), f"{symbol} becomes {other}"


def _constant(module: Module, node: ast.Constant) -> Iterator[Named]:
    value = node.value
    if isinstance(value, bool):
        yield module.instead(node, str(not value)), f"{value} becomes {not value}"
    elif isinstance(value, int):
        yield module.instead(node, str(value + 1)), f"{value} becomes {value + 1}"


@dataclass(frozen=True, slots=True)
class Killed:
    """How many mutants the tests notice."""

    noticed: int
    tried: int

    @property
    def is_doubt(self) -> bool:
        return self.tried > 1 and self.noticed == 0

    @property
    def sentence(self) -> str:
        if not self.tried:
            return "There is nothing to mutate in what it writes."
        if self.is_doubt:
            return f"The tests notice none of {self.tried} wrong versions of what it writes."
        return f"The tests notice {self.noticed} of {self.tried} wrong versions of what it writes."
