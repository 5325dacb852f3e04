"""Conditions joined with another, without a part, negated, exchanged, or asked in another way."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Ground, Module, Site
from workbench.healing.insight.atoms import Atom, atoms, bracketed, opposite, tests_of
from workbench.healing.insight.evidence import tells_of_none
from workbench.healing.insight.kinds import dotted
from workbench.healing.insight.layout import (
    head,
    is_elif,
    leaves_loop,
    outer_end,
    place,
    stands_alone,
    wrapped,
)
from workbench.healing.insight.leanings import Leaning, Way, leaning
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.splice import Edit

_LOOSE_BESIDE_AND = (ast.IfExp, ast.Lambda, ast.NamedExpr, ast.Yield, ast.YieldFrom)
_EXCHANGED, _FILTERED, _WRAPPED = 14, 24, 20


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    tests = [test for node in head(site.node) for test in tests_of(node)]
    found = atoms(ground, site)
    yield from ranked(
        *(_of_test(ground, site, test, found) for test in tests),
        shared(site, "conditions:filter", 0.02, _filters(site, found)),
        shared(site, "conditions:branch", 0.04, _branches(site)),
        shared(site, "conditions:wrap", _often_only_if(ground), _wrapped(site, found)),
        shared(site, "conditions:answer", 0.04, _answered(site, found)),
    )


def _often_only_if(ground: Ground) -> float:
    """Return more where a None shows up: something was done that should not have been."""
    return 0.09 if tells_of_none(ground) else 0.03


def _of_test(ground: Ground, site: Site, test: ast.expr, found: list[Atom]) -> Iterator[Candidate]:
    module, own = site.module, site.module.of(test)
    taught = leaning(ground, site, test)
    others = [one for one in found if one.text != own]
    instead = _exchanged(module, test, _taught(others, taught, Way.INSTEAD))
    if isinstance(test, ast.Constant):
        yield from shared(site, "conditions:exchange", 0.08, instead)
        return
    for way, share in ((Way.AND, 0.07), (Way.OR, 0.05)):
        joined = _joined(module, test, _taught(others, taught, way), way)
        yield from shared(site, f"conditions:{way}", share * taught.share(way), joined)
    yield from shared(site, "conditions:exchange", 0.03, instead)
    yield from shared(site, "conditions:negate", 0.04, _negated(module, test))
    yield from shared(site, "conditions:drop", 0.06, _dropped(module, test))


def _taught(found: list[Atom], taught: Leaning, way: Way) -> list[Atom]:
    """Return atoms weighed by what the crashes behind the condition teach."""
    weighed = [
        Atom(one.text, one.weight * taught.fit(one.text, way), one.is_denial) for one in found
    ]
    return sorted(weighed, key=lambda one: -one.weight)


def _joined(module: Module, test: ast.expr, found: list[Atom], word: str) -> Iterator[Option]:
    """Yield `test` joined with each atom; one that protects what `test` touches goes first."""
    parts = {module.of(one) for one in _operands(test)}
    for atom in found:
        if atom.text not in parts:
            fits = 1.0 if atom.is_denial == (word == "or") else 0.5
            edits = _beside(module, test, atom.text, word)
            yield Option(edits, atom.weight * fits, f"{word} {atom.text}")


def _operands(test: ast.expr) -> Iterator[ast.expr]:
    yield test
    for one in test.values if isinstance(test, ast.BoolOp) else ():
        yield from _operands(one)


def _beside(module: Module, test: ast.expr, text: str, word: str) -> tuple[Edit, ...]:
    start, end = module.start(test), module.end(test)
    mixed = word == "and" and isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or)
    loose = isinstance(test, _LOOSE_BESIDE_AND) or mixed
    opening, closing = ("(", ")") if loose else ("", "")
    if _protects(text, test):
        edits = [Edit(start, start, f"{text} {word} {opening}"), Edit(end, end, closing)]
    else:
        edits = [Edit(start, start, opening), Edit(end, end, f"{closing} {word} {text}")]
    return tuple(edit for edit in edits if edit.text)


def _protects(text: str, test: ast.expr) -> bool:
    """Say whether `test` looks into something, or compares something, that `text` asks about."""
    asked = ast.parse(text, mode="eval").body
    inside: list[ast.AST] = [
        node
        for node in ast.walk(test)
        if isinstance(node, ast.Subscript | ast.Attribute | ast.Call)
    ]
    if _asks_for_presence(asked):
        inside.append(test)
    names = {name for node in inside for name in names_in(node)}
    return bool(names & names_in(asked))


def _asks_for_presence(node: ast.expr) -> bool:
    """Say whether a condition is about a value being there at all: None, empty, of a type."""
    match node:
        case ast.Compare(ops=[ast.Is() | ast.IsNot()]) | ast.Name() | ast.Attribute():
            return True
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return _asks_for_presence(inner)
        case ast.Call(func=ast.Name(id="isinstance")):
            return True
    return False


def names_in(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} - {"len", "isinstance"}


def _exchanged(module: Module, test: ast.expr, found: list[Atom]) -> Iterator[Option]:
    usual = 1.0 if isinstance(test, ast.Constant) else 0.5
    for atom in found[:_EXCHANGED]:
        why = f"{module.of(test)} becomes {atom.text}"
        yield Option((module.instead(test, atom.text),), atom.weight * usual, why)


def _negated(module: Module, test: ast.expr) -> Iterator[Option]:
    """Yield the opposite; of a single comparison that is an operator's to try."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield from option(module.instead(test, bracketed(module, test.operand)), 1.0, "without not")
        return
    start = module.start(test)
    if isinstance(test, ast.BoolOp | ast.IfExp | ast.NamedExpr | ast.Lambda):
        yield from option(module.around(test, "not (", ")"), 0.5, "not of all of it")
    elif not isinstance(test, ast.Compare):
        yield from option(Edit(start, start, "not "), 1.0, "not of it")
    elif len(test.ops) > 1:
        yield from option(module.around(test, "not ", ""), 0.5, "not of it")
    else:
        text = opposite(module, test)
        yield from option(module.instead(test, text), 0.4, f"{module.of(test)} becomes {text}")


def _dropped(module: Module, test: ast.expr) -> Iterator[Option]:
    for one in _operands(test):
        if isinstance(one, ast.BoolOp):
            for part in one.values:
                rest = [value for value in one.values if value is not part]
                yield _without(module, one, part, rest)


def _without(module: Module, whole: ast.BoolOp, part: ast.expr, rest: list[ast.expr]) -> Option:
    word = "and" if isinstance(whole.op, ast.And) else "or"
    why = f"without {module.of(part)}"
    if len(rest) == 1:
        return Option((module.instead(whole, bracketed(module, rest[0])),), 1.0, why)
    text = f" {word} ".join(bracketed(module, one) for one in rest)
    return Option((module.instead(whole, text),), 1.0, why)


def _filters(site: Site, found: list[Atom]) -> Iterator[Option]:
    """Yield comprehensions with a condition where they have none."""
    for node in head(site.node):
        if isinstance(node, ast.comprehension) and not node.ifs:
            names = names_in(node.target)
            fit = [one for one in found if names & names_in(ast.parse(one.text))]
            end = outer_end(site.module, node.iter)
            for atom in fit[:_FILTERED]:
                yield Option((Edit(end, end, f" if {atom.text}"),), atom.weight, f"if {atom.text}")


def _wrapped(site: Site, found: list[Atom]) -> Iterator[Option]:
    """Yield the statement done only under a condition."""
    if isinstance(site.node, ast.Expr | ast.Assign | ast.AugAssign | ast.Raise | ast.Delete):
        used = _given_in(site.node)
        for atom in [*_absent(site), *found[:_WRAPPED]]:
            edit = wrapped(site.module, site.node, f"if {atom.text}:")
            natural = 4.0 if atom.text.removesuffix(" is not None") in used else 1.0
            yield from option(edit, atom.weight * natural, f"only if {atom.text}")


def _given_in(node: ast.stmt) -> set[str]:
    """Return the names and members that a statement hands on, which may be empty or None."""
    calls = (one for one in ast.walk(node) if isinstance(one, ast.Call))
    return {dotted(one) for call in calls for one in call.args} - {""}


def _absent(site: Site) -> Iterator[Atom]:
    """Yield that a key is not there yet, where a statement gives it something to begin with."""
    match site.node:
        case ast.Assign(
            targets=[ast.Subscript(value=owner, slice=key)],
            value=ast.List(elts=[]) | ast.Dict(keys=[]) | ast.Constant() | ast.Call(args=[]),
        ) if not isinstance(key, ast.Tuple | ast.Slice):
            yield Atom(f"{site.module.of(key)} not in {site.module.of(owner)}", 10.0)


def _answered(site: Site, found: list[Atom]) -> Iterator[Option]:
    """Yield a condition returned in place of True or False."""
    node = site.node
    value = node.value if isinstance(node, ast.Return) else None
    if isinstance(value, ast.Constant) and isinstance(value.value, bool):
        for atom in found[:_WRAPPED]:
            edit = site.module.instead(value, atom.text)
            yield from option(edit, atom.weight, f"return {atom.text}")


def _branches(site: Site) -> Iterator[Option]:
    node, module = site.node, site.module
    if isinstance(node, ast.If):
        yield from _of_if(module, node)
    elif isinstance(node, ast.While) and not any(map(leaves_loop, node.body)) and not node.orelse:
        start = module.start(node)
        yield from option(Edit(start, start + len("while"), "if"), 0.3, "while becomes if")


def _of_if(module: Module, node: ast.If) -> Iterator[Option]:
    start = module.start(node)
    if is_elif(module, node):
        yield from option(Edit(start, start + 2, ""), 0.5, "elif becomes if")
        return
    among, index = place(module, node)
    previous = among[index - 1] if index else None
    if isinstance(previous, ast.If) and stands_alone(module, node) and _is_open(previous):
        yield from option(Edit(start, start, "el"), 1.0, "if becomes elif")
    if not node.orelse:
        yield from option(Edit(start, start + len("if"), "while"), 0.6, "if becomes while")


def _is_open(node: ast.If) -> bool:
    """Say whether a chain of conditions ends without an `else`."""
    while len(node.orelse) == 1 and isinstance(inner := node.orelse[0], ast.If):
        node = inner
    return not node.orelse
