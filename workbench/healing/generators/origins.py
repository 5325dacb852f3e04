"""Values of the wrong type, mended where they come from: made, not only named, or converted."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import Draft, Slot, short
from workbench.healing.drafting.crash import Crash, matched, told
from workbench.healing.drafting.reasons import COMPARED, CONCATENATED, OPERANDS, converted
from workbench.healing.ground import Ground, Module
from workbench.splice import Edit

_NAMED = (
    r"descriptor '\w+' for (?:type )?'([\w.]+)' objects? doesn't apply",
    r"unbound method ([\w.]+)\.\w+\(\) needs",
    r"type object '([\w.]+)' has no attribute",
)
_SHOWN = re.compile(r"<(?:class|function|bound method|built-in (?:function|method)) '?([\w.]+)")
_PAIRS = (OPERANDS, COMPARED, CONCATENATED)
_TO: dict[str, tuple[tuple[str, float], ...]] = {
    "int": (("int({0})", 0.3), ("len({0})", 0.2)),
    "float": (("float({0})", 0.3),),
    "str": (("str({0})", 0.3),),
    "list": (("list({0})", 0.2), ("[{0}]", 0.2)),
    "tuple": (("tuple({0})", 0.2),),
    "set": (("set({0})", 0.2),),
    "bytes": (("{1}.encode()", 0.2),),
}
_HERE, _ELSEWHERE = 0.6, 0.35
"""How likely something is made by the function that failed, and in others of its file."""
_HOLDS = (
    ast.Assign,
    ast.AnnAssign,
    ast.Dict,
    ast.IfExp,
    ast.List,
    ast.ListComp,
    ast.DictComp,
    ast.Return,
    ast.Tuple,
)
"""What a value is kept in; to be called, compared or handed on is what a class is for."""


def of_failure(ground: Ground) -> Iterator[Candidate]:
    rules = {"TypeError": _mended, "AttributeError": _unmade}
    return told("origins", ground, rules)


def _mended(crash: Crash) -> Iterator[Draft]:
    yield from _unmade(crash)
    yield from _unlike(crash)


# What was named and should have been called.


def _unmade(crash: Crash) -> Iterator[Draft]:
    names = {one.rpartition(".")[2] for one in _named(crash)}
    own = set(ast.walk(crash.function)) if crash.function else set[ast.AST]()
    for node in _kept(crash.module, names) if names else ():
        end = crash.module.end(node)
        prior = _HERE if node in own else _ELSEWHERE
        why = f"{short(crash.bench.text(node), 30)} is called"
        yield Draft(prior, "called", why, (Edit(end, end, "()"),))


def _named(crash: Crash) -> Iterator[str]:
    """Yield the classes and functions that a value was taken for."""
    for pattern in _NAMED:
        yield from matched(pattern, crash.message)
    for name in _read(crash.node):
        if shown := _SHOWN.match(crash.values.get(name, "")):
            yield shown[1]


def _kept(module: Module, names: set[str]) -> Iterator[ast.expr]:
    for node in ast.walk(module.tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in names:
                parent = next(iter(module.ancestors(node)), None)
                if isinstance(parent, _HOLDS) and isinstance(node.ctx, ast.Load):
                    yield node


# What was made of another type.


def _unlike(crash: Crash) -> Iterator[Draft]:
    kinds = next(filter(None, (matched(one, crash.message) for one in _PAIRS)), ())
    for leaf in _made(crash) if kinds else ():
        known = crash.bench.scope.kinds(leaf)
        for kind in sorted(set(kinds) - known):
            slot = Slot(leaf, crash.module.parents[leaf], "value")
            yield from converted(crash, slot, *_TO.get(kind, ()))


def _made(crash: Crash) -> Iterator[ast.expr]:
    """Yield what the function sets the names to that the statement reads."""
    names = _read(crash.node)
    for node in ast.walk(crash.function) if crash.function else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in names:
                yield from _leaves(value)
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                for target, value in zip(targets, values, strict=False):
                    if isinstance(target, ast.Name) and target.id in names:
                        yield from _leaves(value)


def _leaves(value: ast.expr) -> Iterator[ast.expr]:
    """Yield what a value is made of where it is one of several, or holds several."""
    match value:
        case ast.IfExp(body=body, orelse=other):
            yield from (*_leaves(body), *_leaves(other))
        case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.GeneratorExp(elt=element):
            yield from _leaves(element)
        case ast.DictComp(value=element):
            yield from _leaves(element)
        case ast.Constant():
            return
        case _:
            yield value


def _read(node: ast.AST) -> frozenset[str]:
    names = (one for one in ast.walk(node) if isinstance(one, ast.Name))
    return frozenset(one.id for one in names if isinstance(one.ctx, ast.Load))
