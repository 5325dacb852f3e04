"""Functions that a file defines and never calls: one may have been called where nothing is done."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import takewhile

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Module, Site
from workbench.healing.insight.scope import Scope
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.splice import Edit

_SHARE = 0.3
_PUBLIC = 0.3
"""Others may call what has no underscore: that this file does not says less."""
_ALONE = 0.5
"""How much rarer a call is whose answer nobody takes."""


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    if isinstance(site.node, ast.Pass) and site.function is not None:
        yield from ranked(shared(site, "uncalled:call", _SHARE, _called(ground, site)))


def _called(ground: Ground, site: Site) -> Iterator[Option]:
    bound = {one.text for one in Scope.of(ground, site).names if one.bound}
    ways = list(_ways(site))
    start, end = site.module.start(site.node), site.module.end(site.node)
    for function in _uncalled(site.module):
        given = [one.arg for one in function.args.args]
        usual = 1.0 if function.name.startswith("_") else _PUBLIC
        if given and bound.issuperset(given):
            call = f"{function.name}({', '.join(given)})"
            for way, weight in ways:
                edit = Edit(start, end, way + call)
                yield from option(edit, usual * weight, f"{function.name} is called")


def _ways(site: Site) -> Iterator[tuple[str, float]]:
    """Yield what is done with answers in the branches beside this one, and that nothing is."""
    inside = takewhile(_is_no_function, site.module.ancestors(site.node))
    around = [one for one in inside if isinstance(one, ast.If | ast.Try | ast.Match)]
    for one in ast.walk(around[-1]) if around else ():
        match one:
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield f"{name} = ", 1.0
            case ast.Return(value=ast.expr()):
                yield "return ", 1.0
    yield "", _ALONE


def _is_no_function(node: ast.AST) -> bool:
    return not isinstance(node, Function)


def _uncalled(module: Module) -> tuple[ast.FunctionDef, ...]:
    """Return the functions of a file that nothing in it names."""
    kept: dict[str, tuple[ast.FunctionDef, ...]] = vars(module).setdefault("kept uncalled", {})
    if not kept:
        named = {one.id for one in ast.walk(module.tree) if isinstance(one, ast.Name)}
        own = [one for one in module.tree.body if isinstance(one, ast.FunctionDef)]
        kept["all"] = tuple(one for one in own if one.name not in named)
    return kept["all"]
