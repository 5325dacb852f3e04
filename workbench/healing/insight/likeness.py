"""How a piece of code is like another but for its names, and the one place where they part."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from workbench.healing.ground import Module
from workbench.splice import Edit

_LISTS = (ast.BoolOp, ast.Call, ast.Tuple, ast.List, ast.Set)
_MOST_MORE = 2
_OF_EQUAL, _OF_RENAMED = 1.0, 0.5
_LONGEST_ROW = 8
Pair = tuple[ast.expr, ast.expr]


@dataclass(frozen=True)
class Parting:
    """What stands here, what stands there in its place, and how sure it is that both are kin."""

    own: ast.expr
    other: ast.expr
    names: Mapping[str, str]
    """What the names there are here."""
    agreed: float
    has_less: bool
    """What stands here is a part of what stands there."""

    @cached_property
    def made(self) -> ast.expr:
        """What would stand here if it were as it is there."""
        made: ast.expr = _Renamed(self.names).visit(deepcopy(self.other))
        return made

    def text(self, module: Module) -> str:
        """Return it as source, in the words of the place that it is from, if these are one line."""
        start, end = module.start(self.other), module.end(self.other)
        text = bytearray(module.data[start:end])
        if b"\n" in text or any(map(self._has_no_place, ast.walk(self.other))):
            return ast.unparse(self.made)
        for one in sorted(self._exchanged(module), reverse=True):
            text[one.start - start : one.end - start] = one.text.encode()
        return text.decode()

    def _has_no_place(self, node: ast.AST) -> bool:
        """Tell whether names in a node cannot be exchanged where they stand."""
        is_renamed = isinstance(node, ast.keyword) and self.names.get(_name(node)) != node.arg
        return is_renamed or isinstance(node, ast.JoinedStr)

    def _exchanged(self, module: Module) -> Iterator[Edit]:
        for node in ast.walk(self.other):
            if isinstance(node, ast.Name | ast.Attribute | ast.Constant):
                old = _name(node)
                if (new := self.names.get(old, old)) != old:
                    yield _exchanged(module, node, new)


def parting(own: ast.AST, other: ast.AST) -> Parting | None:
    """Return the one place where two pieces part; nothing where there is none, or more."""
    match = _Match()
    if not match.walk(own, other) or match.parted is None:
        return None
    return Parting(*match.parted, match.names, match.agreed, match.has_less)


@dataclass
class _Match:
    """Two trees that are walked side by side."""

    names: dict[str, str] = field(default_factory=dict)
    back: dict[str, str] = field(default_factory=dict)
    agreed: float = 0.0
    parted: Pair | None = None
    has_less: bool = False

    def walk(self, own: ast.AST, other: ast.AST) -> bool:
        """Take in what agrees; say whether they part in one place at most."""
        if not self._is_alike(own, other):
            return self._part(own, other)
        parts, others = _parts(own), _parts(other)
        return all(self.walk(one, two) for one, two in zip(parts, others, strict=True))

    def _is_alike(self, own: ast.AST, other: ast.AST) -> bool:
        if type(own) is not type(other) or len(_parts(own)) != len(_parts(other)):
            return False
        if isinstance(own, ast.Constant) and not _may_differ(own, other):
            return ast.dump(own) == ast.dump(other)
        names = _name(own), _name(other)
        if names == ("", ""):
            return True
        return "" not in names and self._agree(*names)

    def _agree(self, own: str, other: str) -> bool:
        """Take in that a name stands for another, always the same."""
        if self.names.get(other, own) != own or self.back.get(own, other) != other:
            return False
        self.names[other], self.back[own] = own, other
        self.agreed += _OF_EQUAL if own == other else _OF_RENAMED
        return True

    def _part(self, own: ast.AST, other: ast.AST) -> bool:
        if self.parted or not (isinstance(own, ast.expr) and isinstance(other, ast.expr)):
            return False
        self.parted = own, other
        less = self._first(_inside(own, other))
        if kin := less or self._first(_inside(other, own)):
            self.names, self.back, self.agreed = kin.names, kin.back, kin.agreed
        self.has_less = less is not None
        return True

    def _first(self, pairs: Iterator[tuple[Sequence[ast.AST], Sequence[ast.AST]]]) -> _Match | None:
        """Return the first way in which two rows of parts agree wholly."""
        for ones, others in pairs:
            match = _Match(dict(self.names), dict(self.back), self.agreed, self.parted)
            if all(match.walk(one, other) for one, other in zip(ones, others, strict=True)):
                return match
        return None


def _may_differ(own: ast.Constant, other: ast.AST) -> bool:
    """Tell whether one constant may stand for another as a name does: both can be written down."""
    values = own.value, getattr(other, "value", None)
    if type(values[0]) is not type(values[1]) or "inf" in map(repr, values):
        return False
    return isinstance(values[0], str | int | float | bytes)


def _exchanged(module: Module, node: ast.expr, new: str) -> Edit:
    """Return where a name or a value stands, and what stands there instead, quoted alike."""
    start, end = module.start(node), module.end(node)
    if isinstance(node, ast.Attribute):
        return Edit(end - len(node.attr.encode()), end, new)
    if isinstance(node, ast.Name):
        return Edit(start, end, new)
    text = repr(_value(new))
    is_double = module.data[start:end].startswith(b'"') and text[0] == "'" and '"' not in text
    return Edit(start, end, f'"{text[1:-1]}"' if is_double else text)


def _inside(
    small: ast.AST, large: ast.AST
) -> Iterator[tuple[Sequence[ast.AST], Sequence[ast.AST]]]:
    """Yield the ways in which one may be what is left of another."""
    if type(small) is type(large) and isinstance(small, _LISTS):
        ones, others = _parts(small), _parts(large)
        if 0 < len(others) - len(ones) <= _MOST_MORE and len(others) <= _LONGEST_ROW:
            yield from ((ones, some) for some in combinations(others, len(ones)))
    yield from (([small], [one]) for one in _parts(large) if isinstance(one, ast.expr))


def _parts(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.JoinedStr):  # What is in it has no sure place.
        return []
    inner = ast.iter_child_nodes(node)
    return [one for one in inner if not isinstance(one, ast.expr_context | ast.stmt)]


def _name(node: ast.AST) -> str:
    """Return what tells a node from others of its type; a name is one, whatever bears it."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
            return name
        case ast.Constant(value=str(text)) if text.isidentifier():
            return text
        case ast.Constant(value=value):
            return f"={value!r}"
        case ast.JoinedStr():
            return ast.dump(node)
    return ""


def _value(name: str) -> str | float | bytes:
    """Return the value of a constant that is called so."""
    value: str | float | bytes = ast.literal_eval(name[1:]) if name.startswith("=") else name
    return value


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._names.get(node.id, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node.attr = self._names.get(node.attr, node.attr)
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        node.arg = node.arg and self._names.get(node.arg, node.arg)
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        old = _name(node)
        new = self._names.get(old, old)
        return node if new == old else ast.Constant(_value(new))
