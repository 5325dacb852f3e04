"""Exceptions that are let through: caught where they are raised, or raised anew as expected."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Site
from workbench.healing.insight.answers import answers
from workbench.healing.insight.evidence import crashes
from workbench.healing.insight.inputs import awaited
from workbench.healing.insight.layout import is_docstring, wrapped
from workbench.healing.insight.scope import Scope
from workbench.healing.insight.shares import Option, option, ranked, shared

_CHECKS = frozenset({"AssertionError", "Failed", "RecursionError", "NameError", "ImportError"})
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_ANSWERS = 4
_RAISED_ANEW, _MISTAKES_ANEW = 0.2, 0.05
_MISTAKES = frozenset({"TypeError", "AttributeError", "UnboundLocalError"})
"""What is raised by mistake is hardly what another exception was meant to tell of."""


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    """Yield the statement that raised within a `try`."""
    node = site.node
    if isinstance(node, Function | ast.ClassDef | ast.Try) or is_docstring(node):
        return
    here = [one for one in crashes(ground, site) if one.is_within([_first_line(node)])]
    for kind in dict.fromkeys(one.kind for one in here if _is_nameable(ground, site, one.kind)):
        likely = _MISTAKES_ANEW if kind in _MISTAKES else _RAISED_ANEW
        expected = [one for one in awaited(ground) if _is_nameable(ground, site, one)]
        yield from ranked(
            shared(site, "rescues:raise", likely, _raised_anew(site, kind, expected)),
            shared(site, "rescues:catch", 0.01, _caught(ground, site, kind)),
        )


def _first_line(node: ast.stmt) -> ast.stmt | ast.expr:
    """Return what of a statement runs before its body."""
    heads = (getattr(node, name, None) for name in ("test", "iter"))
    return next((one for one in heads if isinstance(one, ast.expr)), node)


def _is_nameable(ground: Ground, site: Site, kind: str) -> bool:
    known = isinstance(getattr(builtins, kind, None), type)
    return kind not in _CHECKS and (known or kind in Scope.of(ground, site).by_text)


def _raised_anew(site: Site, kind: str, expected: list[str]) -> Iterator[Option]:
    for one in expected:
        if one != kind:
            tail = f"except {kind} as error:\n    raise {one}(str(error)) from error"
            edit = wrapped(site.module, site.node, "try:", tail)
            yield from option(edit, 1.0, f"{kind} becomes {one}")


def _caught(ground: Ground, site: Site, kind: str) -> Iterator[Option]:
    ways = [(f"return {text}", weight) for text, weight in answers(ground, site)[:_ANSWERS]]
    if _is_in_loop(site):
        ways += [("continue", 1.0), ("break", 0.4)]
    for way, weight in [*ways, ("pass", 0.3)]:
        edit = wrapped(site.module, site.node, "try:", f"except {kind}:\n    {way}")
        yield from option(edit, weight, f"{way} on {kind}")


def _is_in_loop(site: Site) -> bool:
    for one in site.module.ancestors(site.node):
        if isinstance(one, Function | ast.ClassDef):
            return False
        if isinstance(one, _LOOPS):
            return True
    return False
