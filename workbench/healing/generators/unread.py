"""What a function is given or works out and never reads: it is meant to be used somewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from workbench.healing import heads
from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Module, Site
from workbench.healing.insight.definitions import Definitions
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.splice import Edit

_THIS = frozenset({"self", "cls"})
_USUAL = 2
"""So many attributes handed on by their names make it usual."""
_INTERFACE = (ast.Pass, ast.Raise)
"""Of a function that does nothing else, others do the work."""
_SHARE = 0.5
"""How often what is not read is what is missing at the statement that is wrong."""
_SHARE_OF_OWN = 0.2
"""The same of attributes, where others are handed on under their names."""
_MOST = 3
_AND, _OR, _INSTEAD, _AS_ARGUMENT, _ALIKE = 1.0, 0.4, 0.6, 0.3, 2.0


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    if site.function is None or isinstance(site.node, Function | ast.ClassDef):
        return
    own = heads.stored(site.node)
    names = [one for one in _unread(site.function) if one not in own][:_MOST]
    made = (one for name in names for one in _uses(site, name))
    yield from ranked(
        shared(site, "unread:used", _SHARE, made),
        shared(site, "unread:handed-on", _SHARE_OF_OWN, _own_handed_on(ground, site)),
    )


@lru_cache(maxsize=256)
def _unread(function: Function) -> tuple[str, ...]:
    """Return the names that a function is given or sets, and never reads."""
    if all(isinstance(one, _INTERFACE) or _is_text(one) for one in function.body):
        return ()
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    given = [node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)]
    found = dict.fromkeys([*given, *(node.id for node in names)])
    return tuple(one for one in found if one not in read and one not in _THIS and one[0] != "_")


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _uses(site: Site, name: str) -> Iterator[Option]:
    module = site.module
    for condition in _conditions(site.node):
        yield from _joined(module, condition, name, "and", _AND)
        yield from _joined(module, condition, name, "or", _OR)
    for node in heads.nodes(site.node):
        if isinstance(node, ast.Name | ast.Constant) and _is_read(node):
            why = f"{module.of(node)} becomes {name}"
            yield from option(module.instead(node, name), _INSTEAD, why)
        elif isinstance(node, ast.Call):
            yield from _handed_on(module, node, name)


def _handed_on(module: Module, call: ast.Call, name: str) -> Iterator[Option]:
    """Give a name to a call as well; by its name, where others are handed on so."""
    alike = any(one.arg and one.arg == getattr(one.value, "id", "") for one in call.keywords)
    last = call.keywords[-1].value if call.keywords else call.args[-1] if call.args else None
    if last is None:
        return
    end = module.end(last)
    if call.keywords:
        edit, weight = Edit(end, end, f", {name}={name}"), _ALIKE if alike else _AS_ARGUMENT
    else:
        edit, weight = Edit(end, end, f", {name}"), _AS_ARGUMENT
    yield from option(edit, weight, f"{name} is handed on too")


def _own_handed_on(ground: Ground, site: Site) -> Iterator[Option]:
    """Hand on what else an object has, where some of it is: `f(width=self.width)`."""
    owner = next(
        (one for one in site.module.ancestors(site.node) if isinstance(one, ast.ClassDef)), None
    )
    calls = [node for node in heads.nodes(site.node) if isinstance(node, ast.Call)]
    for call in calls if owner else ():
        given = {one.arg for one in call.keywords}
        this = [_of_this(one) for one in call.keywords]
        if sum(map(bool, this)) < _USUAL or owner is None:
            continue
        classes = Definitions.of(ground).classes.get(owner.name, ())
        known = dict.fromkeys(name for one in classes for name in one.attributes)
        end = site.module.end(call.keywords[-1].value)
        for name in (one for one in known if one not in given):
            text = f"{name}={next(filter(None, this))}.{name}"
            yield from option(Edit(end, end, f", {text}"), 1.0, f"with {text}")


def _of_this(keyword: ast.keyword) -> str:
    """Return what an instance is called where an attribute of it is handed on under its name."""
    match keyword.value:
        case ast.Attribute(value=ast.Name(id=this), attr=name) if name == keyword.arg:
            return this
    return ""


def _joined(
    module: Module, condition: ast.expr, name: str, word: str, weight: float
) -> Iterator[Option]:
    """Ask for a name too; what binds less is put into parentheses."""
    loose = isinstance(condition, ast.IfExp | ast.Lambda) or (
        isinstance(condition, ast.BoolOp) and isinstance(condition.op, ast.Or) and word == "and"
    )
    text = f"({module.of(condition)})" if loose else module.of(condition)
    before, after = module.start(condition), module.end(condition)
    yield from option(Edit(before, after, f"{text} {word} {name}"), weight, f"{word} {name}")


def _conditions(node: ast.stmt) -> Iterator[ast.expr]:
    if isinstance(node, ast.If | ast.While):
        yield node.test
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.BoolOp | ast.Compare):
        yield node.value


def _is_read(node: ast.Name | ast.Constant) -> bool:
    return isinstance(node, ast.Constant) or isinstance(node.ctx, ast.Load)
