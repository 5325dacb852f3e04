"""What a name begins with, what is made of a parameter first, and what is given back instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import takewhile

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Module, Site
from workbench.healing.insight.answers import answers
from workbench.healing.insight.kinds import Kinds, dotted, is_number
from workbench.healing.insight.layout import before, is_docstring
from workbench.healing.insight.scope import Named, Origin, Scope, parameters
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.healing.insight.usage import usage
from workbench.splice import Edit

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_SEQUENCES = frozenset({"list", "tuple", "str"})
_PLAIN = (ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.List, ast.Dict, ast.Compare)


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    if site.function is None or site.node is site.function:
        return
    yield from ranked(
        shared(site, "beginnings:value", 0.08, _values(ground, site)),
        shared(site, "beginnings:sign", 0.6, _signs(site)),
        shared(site, "beginnings:parameter", 0.03, _prepared(ground, site)),
        shared(site, "beginnings:answer", 0.05, _answers(ground, site)),
        shared(site, "beginnings:jump", 0.04, _jumps(site)),
        shared(site, "beginnings:own", 0.03, _kept(site)),
    )


def _values(ground: Ground, site: Site) -> Iterator[Option]:
    """Yield other values for a name to begin with, before the loop that works on it."""
    match site.node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if isinstance(value, _PLAIN):
            is_begun = _is_before_a_loop(site, name)
            for text, weight in _begun(Scope.of(ground, site), name, value):
                if text != site.module.of(value):
                    edit = site.module.instead(value, text)
                    usual = weight if is_begun else weight * 0.2
                    yield from option(edit, usual, f"{name} begins with {text}")


def _is_before_a_loop(site: Site, name: str) -> bool:
    """Say whether a loop further down changes the name."""
    around = site.function
    loops = (one for one in ast.walk(around) if isinstance(one, _LOOPS)) if around else iter(())
    return any(
        isinstance(one, ast.Name) and one.id == name and one.lineno > site.node.lineno
        for loop in loops
        for one in ast.walk(loop)
    )


def _begun(scope: Scope, name: str, value: ast.expr) -> Iterator[tuple[str, float]]:
    kinds = scope.kinds(value)
    given = [one for one in scope.of_origin(Origin.PARAMETER, Origin.ATTRIBUTE) if one.text != name]
    for one in [one for one in given if not one.kinds or one.kinds & _SEQUENCES][:3]:
        near = 1.0 / (1 + one.distance / 12)
        yield f"{one.text}[0]", 0.8 * near
        yield from ((f"{one.text}[-1]", 0.2 * near), (f"len({one.text})", 0.2 * near))
        yield from ((f"list({one.text})", 0.1 * near), (f"{one.text}[:]", 0.2 * near))
    others = [one.text for one in scope.values() if one.bound and one.text != name]
    yield from ((text, 0.2) for text in others[:4])
    unsure = 0.3 if isinstance(value, ast.Constant) else 0.7
    yield from ((text, unsure) for text in ("[]", "{}", "set()", '""', "0", "1", "None"))
    if is_number(kinds) or isinstance(value, ast.Call | ast.Subscript):
        yield from (('float("inf")', 0.3), ('float("-inf")', 0.3))


def _signs(site: Site) -> Iterator[Option]:
    """Yield `x -= 1` for `x =- 1`, which Python reads as `x = -1`."""
    match site.node:
        case ast.Assign(
            targets=[target], value=ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=inner) as value
        ):
            start, end = site.module.end(target), site.module.start(inner)
            written = site.module.piece(start, end)
            sign = "-" if isinstance(value.op, ast.USub) else "+"
            usual = 1.0 if f"={sign} " in written else 0.05
            yield from option(Edit(start, end, f" {sign}= "), usual, f"={sign} becomes {sign}=")


def _prepared(ground: Ground, site: Site) -> Iterator[Option]:
    """Yield what is often made of a parameter before anything else is done with it."""
    function = site.function
    if function is None or site.node not in _early(function):
        return
    scope = Scope.of(ground, site)
    for arg in [one.arg for one in parameters(function) if one.arg != scope.this][:4]:
        named = scope.by_text.get(arg)
        sized = usage(ground, site).holders
        for text, weight in _made_of(arg, named.kinds if named else frozenset(), scope, sized):
            line = f"{arg} = {text}"
            yield from option(before(site.module, site.node, line), weight, line)


def _early(function: Function) -> list[ast.stmt]:
    """Return the first statement of a function, and the one behind its guards."""
    body = [one for one in function.body if not is_docstring(one)]
    guards = [*takewhile(lambda one: isinstance(one, ast.If) and not one.orelse, body[:3])]
    return [*body[:1], *body[len(guards) : len(guards) + 1]]


def _made_of(
    name: str, kinds: Kinds, scope: Scope, holders: frozenset[str]
) -> Iterator[tuple[str, float]]:
    unsure = 0.5 if not kinds else 1.0
    if not kinds or is_number(kinds):
        yield from ((f"{one}({name})", 0.4 * unsure) for one in ("abs", "int", "float"))
        sized = [one.text for one in scope.values() if _is_sized(one, holders)]
        yield from ((f"{name} % len({one})", 0.5) for one in sized[:2] if one != name)
    if not kinds or "str" in kinds:
        yield from ((f"{name}.{one}()", 0.5 * unsure) for one in ("lower", "strip", "upper"))
        yield f"str({name})", 0.4
    if not kinds or kinds & {"list", "tuple", "iterator", "set", "dict"}:
        yield from ((f"{one}({name})", 0.4 * unsure) for one in ("list", "sorted", "set"))


def _is_sized(one: Named, holders: frozenset[str]) -> bool:
    return bool(one.kinds & (_SEQUENCES | {"dict", "set"})) or one.text in holders


def _answers(ground: Ground, site: Site) -> Iterator[Option]:
    """Yield something else given back."""
    match site.node:
        case ast.Return(value=ast.expr() as value) if isinstance(value, _PLAIN):
            old = site.module.of(value)
            constant = isinstance(value, ast.Constant)
            for text, weight in answers(ground, site):
                if text != old:
                    natural = weight * (1.0 if constant or text.isidentifier() else 0.6)
                    edit = site.module.instead(value, text)
                    yield from option(edit, natural, f"return {text}")
            for text, weight in _asked(site.module, value):
                yield from option(site.module.instead(value, text), weight, f"return {text}")


def _asked(module: Module, value: ast.expr) -> Iterator[tuple[str, float]]:
    """Yield an answer put into a list, or into no list."""
    match value:
        case ast.List(elts=[]):
            yield "[[]]", 0.5
        case ast.Name() | ast.Attribute():
            yield f"len({module.of(value)}) == 0", 0.2
            yield f"not {module.of(value)}", 0.2


def _jumps(site: Site) -> Iterator[Option]:
    """Yield going on with a loop, or leaving it, where the whole function is left."""
    if not isinstance(site.node, ast.Return) or not _is_in_loop(site):
        return
    start, end = site.module.start(site.node), site.module.end(site.node)
    bare = site.node.value is None or isinstance(site.node.value, ast.Constant)
    for word, weight in (("continue", 1.0), ("break", 0.7)):
        usual = weight if bare else weight * 0.3
        yield from option(Edit(start, end, word), usual, f"return becomes {word}")


def _is_in_loop(site: Site) -> bool:
    around = site.module.ancestors(site.node)
    for one in around:
        if isinstance(one, _LOOPS):
            return site.node not in one.orelse
        if one is site.function:
            return False
    return False


def _kept(site: Site) -> Iterator[Option]:
    """Yield the result of a chain of calls bound to what the chain begins with."""
    match site.node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Call() as inner))):
            root: ast.expr = inner
            while isinstance(root, ast.Call | ast.Attribute) and not dotted(root):
                root = root.func if isinstance(root, ast.Call) else root.value
            owner, start = _owner(root), site.module.start(site.node)
            if owner:
                edit = Edit(start, start, f"{owner} = ")
                yield from option(edit, 1.0, f"{owner} gets the result")


def _owner(root: ast.expr) -> str:
    """Return what the first method of a chain is called on."""
    return dotted(root.value) if isinstance(root, ast.Attribute) else ""
