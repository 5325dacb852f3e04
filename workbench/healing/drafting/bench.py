"""What generators of changed expressions work with: the expressions of a statement, and drafts.

A draft is a change that is not yet looked at; `finished` sorts drafts and lets through what parses,
differs from what is there, and was not drafted before.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from workbench.healing.candidate import Candidate, candidate
from workbench.healing.ground import Ground, Module, Site
from workbench.healing.insight.scope import Scope, head_slots
from workbench.splice import Edit, parses

LOWEST, TEST, OR, AND, NOT, COMPARE, UNARY, POSTFIX, ATOM = 0, 2, 3, 4, 5, 6, 13, 16, 17
_BINARY: dict[type[ast.operator], int] = {
    ast.BitOr: 7,
    ast.BitXor: 8,
    ast.BitAnd: 9,
    ast.LShift: 10,
    ast.RShift: 10,
    ast.Add: 11,
    ast.Sub: 11,
    ast.Mult: 12,
    ast.MatMult: 12,
    ast.Div: 12,
    ast.FloorDiv: 12,
    ast.Mod: 12,
    ast.Pow: 14,
}
_LOOSE: dict[type[ast.expr], int] = {
    ast.NamedExpr: LOWEST,
    ast.Yield: LOWEST,
    ast.YieldFrom: LOWEST,
    ast.Starred: LOWEST,
    ast.Lambda: 1,
    ast.IfExp: 1,
    ast.Compare: COMPARE,
    ast.Await: 15,
    ast.Attribute: POSTFIX,
    ast.Call: POSTFIX,
    ast.Subscript: POSTFIX,
}
_COMMENT = re.compile(rb"#[^\r\n]*")


@dataclass(frozen=True, slots=True)
class Slot:
    """An expression of a statement, and where in its parent it stands."""

    node: ast.expr
    parent: ast.AST
    field: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A change of the statement that is worked on."""

    prior: float
    rule: str
    why: str
    edits: tuple[Edit, ...]
    path: str = ""
    """The file that is changed, where it is not that of the statement."""


def level(node: ast.expr) -> int:
    """Return how tightly an expression holds together; see `need`."""
    match node:
        case ast.BinOp(op=op):
            return _BINARY[type(op)]
        case ast.BoolOp(op=op):
            return OR if isinstance(op, ast.Or) else AND
        case ast.UnaryOp(op=op):
            return NOT if isinstance(op, ast.Not) else UNARY
        case ast.Tuple():
            return LOWEST
    return _LOOSE.get(type(node), ATOM)


@lru_cache(maxsize=4096)
def level_of(text: str) -> int:
    """Return how tightly written source holds together."""
    try:
        return level(ast.parse(text.strip(), mode="eval").body) if text[:1] != "(" else _bare(text)
    except SyntaxError:
        return LOWEST


def _bare(text: str) -> int:
    node = ast.parse(text, mode="eval").body
    return ATOM if node.col_offset > 0 or _is_enclosed(node, text) else level(node)


def _is_enclosed(node: ast.expr, text: str) -> bool:
    """Say whether a tuple is written in parentheses of its own."""
    if not isinstance(node, ast.Tuple) or text[:1] != "(" or text[-1:] != ")":
        return False
    return not node.elts or parses(f"{text[1:-1].strip()}\n")


def need(slot: Slot) -> int:  # noqa: C901, PLR0911 - one case for each place
    """Return how tightly an expression must hold together to stand here without parentheses."""
    match slot.parent, slot.field:
        case ast.BinOp(op=ast.Pow()), "left":
            return 15
        case ast.BinOp(op=ast.Pow()), _:
            return UNARY
        case ast.BinOp(op=op), side:
            return _BINARY[type(op)] + (side == "right")
        case ast.BoolOp(op=op), _:
            return AND if isinstance(op, ast.Or) else NOT
        case ast.Compare() | ast.Starred(), _:
            return 7
        case ast.UnaryOp(op=op), _:
            return NOT if isinstance(op, ast.Not) else UNARY
        case ast.Attribute() | ast.Await(), _:
            return POSTFIX
        case (ast.Call(), "func") | (ast.Subscript(), "value"):
            return POSTFIX
        case (ast.IfExp(), "body" | "test") | (ast.comprehension(), _):
            return OR
        case ast.FormattedValue(), _:
            return OR
    return 1


@dataclass(frozen=True)
class Bench:
    """One statement, taken apart."""

    ground: Ground
    site: Site

    @property
    def module(self) -> Module:
        return self.site.module

    @cached_property
    def scope(self) -> Scope:
        return Scope.of(self.ground, self.site)

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """The expressions of the statement that are read, each with its place, outermost first."""
        found = (Slot(*one) for one in head_slots(self.site.node))
        return tuple(one for one in found if _is_read(one) and self._is_placed(one))

    def of_type(self, *kinds: type[ast.expr]) -> tuple[Slot, ...]:
        return tuple(one for one in self.slots if isinstance(one.node, kinds))

    def _is_placed(self, slot: Slot) -> bool:
        """Say whether the tree is right about where it is; in formatted strings it can be wrong."""
        if slot.node not in self._within_strings:
            return True
        try:
            found = ast.parse(f"({self.module.of(slot.node)})", mode="eval").body
        except (SyntaxError, UnicodeDecodeError):
            return False
        return same(found, slot.node)

    @cached_property
    def _within_strings(self) -> frozenset[ast.AST]:
        strings = [one for _, one, _ in self._triples if isinstance(one, ast.JoinedStr)]
        return frozenset(one for string in strings for one in ast.walk(string) if one != string)

    @cached_property
    def _triples(self) -> tuple[tuple[ast.AST, ast.AST, str], ...]:
        return tuple((parent, node, field) for node, parent, field in head_slots(self.site.node))

    def text(self, node: ast.expr, needed: int = LOWEST) -> str:
        """Return an expression's source, in parentheses where it does not hold together enough."""
        text = self.module.of(node)
        is_loose = level(node) < needed and not _is_enclosed(node, text)
        return f"({text})" if is_loose else text

    def outer(self, slot: Slot) -> tuple[int, int]:
        """Return where an expression lies with the parentheses of its own around it."""
        start, end = self.module.start(slot.node), self.module.end(slot.node)
        low, high = self._limits(slot)
        while True:
            before, after = self._before(start, low), self._after(end, high)
            if before is None or after is None:
                return start, end
            start, end = before, after

    def _limits(self, slot: Slot) -> tuple[int, int]:
        match slot.parent:
            case ast.ClassDef():
                return self.module.start(slot.node), self.module.end(slot.node)
            case ast.Call() as call:
                return self.module.start(call), self.module.end(call) - 1
            case ast.expr() | ast.stmt() as around:
                return self.module.start(around), self.module.end(around)
        return 0, len(self.module.data)

    def _before(self, start: int, low: int) -> int | None:
        left = self.module.data[low:start].rstrip()
        return low + len(left) - 1 if left.endswith(b"(") else None

    def _after(self, end: int, high: int) -> int | None:
        rest = self.module.data[end:high]
        return high - len(rest.lstrip()) + 1 if rest.lstrip().startswith(b")") else None

    def instead(self, slot: Slot, text: str) -> Edit:
        """Put other source in the place of an expression, in parentheses where they are needed."""
        inner = self.module.start(slot.node), self.module.end(slot.node)
        if self.shares_parentheses(slot):
            return Edit(*inner, f"({text})")
        outer = inner if isinstance(slot.node, ast.GeneratorExp) else self.outer(slot)
        if outer != inner and (fits(slot, text) and "\n" not in text):
            return Edit(*outer, text)
        return Edit(*inner, text if outer != inner or fits(slot, text) else f"({text})")

    def shares_parentheses(self, slot: Slot) -> bool:
        """Say whether the parentheses of a generator expression are those of the call around it."""
        if not (isinstance(slot.parent, ast.Call) and isinstance(slot.node, ast.GeneratorExp)):
            return False
        return self.module.end(slot.node) == self.module.end(slot.parent)

    def wrapped(self, slot: Slot, before: str, after: str) -> Edit:
        """Put an expression into a call or the like: `before` and `after` hold it by themselves."""
        return self.instead(slot, before + self.text(slot.node) + after)

    def gap(self, left: ast.expr, right: ast.expr) -> tuple[int, bytes]:
        """Return where the operator between two operands is to be found, and what is there."""
        start, end = self.module.end(left), self.module.start(right)
        found = self.module.data[start:end]
        return start, _COMMENT.sub(lambda comment: b" " * len(comment[0]), found)

    def exchanged(self, one: Slot, other: Slot) -> tuple[Edit, ...]:
        """Let two expressions change places."""
        first, second = self.text(one.node), self.text(other.node)
        return self.instead(one, second), self.instead(other, first)

    def without(self, some: list[ast.expr], index: int) -> Edit:
        """Take one of several expressions between commas away, and the comma with it."""
        spans = [self.outer(Slot(one, self.site.node, "")) for one in some]
        if index + 1 < len(some):
            return Edit(spans[index][0], spans[index + 1][0], "")
        start = spans[index - 1][1] if index else spans[index][0]
        return Edit(start, spans[index][1], "")


def _is_read(slot: Slot) -> bool:
    return isinstance(getattr(slot.node, "ctx", None), ast.Load | None)


def fits(slot: Slot, text: str) -> bool:
    if isinstance(slot.parent, ast.FormattedValue) and text[:1] == "{":
        return False
    if isinstance(slot.parent, ast.Attribute) and text.isdigit():
        return False
    return level_of(text) >= need(slot)


def same(one: object, other: object) -> bool:
    """Say whether two trees mean the same."""
    if isinstance(one, ast.AST):
        if type(one) is not type(other):
            return False
        return all(
            same(getattr(one, name, None), getattr(other, name, None)) for name in one._fields
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


@dataclass(frozen=True)
class _Head:
    """The source of a statement as far as drafts change it, made a statement of its own."""

    site: Site

    @cached_property
    def _start(self) -> int:
        module, node = self.site.module, self.site.node
        decorated = getattr(node, "decorator_list", [])
        first = module.start(decorated[0]) if decorated else module.start(node)
        start = module.data.rfind(b"@", 0, first) if decorated else first
        return start + 2 if module.data[start : start + 4] == b"elif" else start

    @cached_property
    def _end(self) -> int:
        body = getattr(self.site.node, "body", None)
        return self.site.module.start(body[0]) if body else self.site.module.end(self.site.node)

    @cached_property
    def _is_whole(self) -> bool:
        return isinstance(self.site.node, ast.Match | ast.Try | ast.TryStar)

    def tree(self, edits: Iterable[Edit]) -> ast.Module | None:
        try:
            return ast.parse(self.text(edits))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    def text(self, edits: Iterable[Edit]) -> str:
        module, node = self.site.module, self.site.node
        if self._is_whole:
            return module.altered(node, edits)
        pieces, done = [], self._start
        for edit in sorted(edits):
            pieces += [module.data[done : edit.start], edit.text.encode("utf-8")]
            done = edit.end
        written = b"".join([*pieces, module.data[done : self._end]]).decode("utf-8")
        indent = module.indent(node)
        indent = indent if indent and indent.isspace() else " "
        return f"if 1:\n{indent}{written}{'pass' if getattr(node, 'body', None) else ''}"


def finished(
    name: str, site: Site, drafts: Iterable[Draft], most: int = 150
) -> Iterator[Candidate]:
    """Yield the drafts that hold, the likeliest first, as candidates of the generator `name`."""
    return islice(_finished(name, site, drafts), most)


def _finished(name: str, site: Site, drafts: Iterable[Draft]) -> Iterator[Candidate]:
    head = _Head(site)
    before = head.tree(())
    seen = {head.text(())}
    for draft in sorted(drafts, key=lambda one: -one.prior):
        text = head.text(draft.edits)
        if text in seen:
            continue
        seen.add(text)
        tree = head.tree(draft.edits)
        if tree is not None and not same(tree, before):
            prior = min(max(draft.prior, 1e-6), 1.0)
            yield candidate(site.path, draft.edits, f"{name}:{draft.rule}", prior, draft.why)


def short(text: str, limit: int = 40) -> str:
    """Return source on one line, cut short, to be read in a reason."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def ranked(total: float, count: int) -> list[float]:
    """Share a weight among `count` choices, more to the earlier ones."""
    parts = [1 / (place + 2) for place in range(count)]
    return [total * part / sum(parts) for part in parts]
