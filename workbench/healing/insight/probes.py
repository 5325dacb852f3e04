"""What a person would ask at a suspected place: what if this came out otherwise.

A probe says how a function is changed so that whoever runs it can force something there, visit by
visit, and what is worth looking at meanwhile.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from workbench.healing.candidate import candidate
from workbench.healing.ground import Function, Ground, Site
from workbench.healing.insight.answers import answers
from workbench.healing.insight.atoms import nearby, tests_of
from workbench.healing.insight.evidence import not_raised
from workbench.healing.insight.inputs import awaited
from workbench.healing.insight.layout import before, head, is_docstring, opening, stands_alone
from workbench.healing.insight.scope import BUILTINS, Scope, local_nodes
from workbench.splice import Edit

_VISIT, _VALUE, _HEED = "__wb_visit__()", "__wb_value__()", "__wb_heed__"
"""What the sandbox answers: whether a visit is forced, to what, and what it is otherwise."""
_TERMS, _ANSWERS = 10, 8
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_GUARDED = (ast.Expr, ast.Assign, ast.AugAssign, ast.Return, ast.Raise, ast.Break, ast.Continue)
_PURE = frozenset({"len", "isinstance", "abs", "min", "max"})


class Form(StrEnum):
    """What is forced."""

    CONDITION = "condition"
    SKIP = "skip"
    """The statement is left out."""
    LEAVE = "leave"
    """The function or the loop is left before the statement, or something is raised."""


@dataclass(frozen=True, eq=False)
class Probe:
    """Something that can be forced at one statement."""

    site: Site
    form: Form
    edits: tuple[Edit, ...]
    """They put the question into the function."""
    values: tuple[str, ...]
    """What can be forced; of conditions true and false."""
    terms: tuple[str, ...]
    """What is looked at, at each visit."""
    weight: float
    """How likely the repair is of this form, beside others at this place."""
    test: ast.expr | None = None
    leave: str = ""
    """How it is left; what is returned stands behind."""
    is_pure: bool = False
    """The condition can be looked at like a term: it is the first of them."""


def probes(ground: Ground, site: Site) -> Iterator[Probe]:
    """Yield what can be forced at a site."""
    node = site.node
    if isinstance(node, Function | ast.ClassDef) or is_docstring(node) or site.function is None:
        return
    terms = tuple(one.text for one in nearby(ground, site)[:_TERMS])
    yield from _conditions(site, terms)
    yield from _leaves(ground, site, terms)
    if isinstance(node, _GUARDED) and stands_alone(site.module, node):
        start = site.module.start(node)
        edit = Edit(start, start, f"if not {_VISIT}: ")
        yield Probe(site, Form.SKIP, (edit,), ("None",), terms, 0.5)


def _conditions(site: Site, terms: tuple[str, ...]) -> Iterator[Probe]:
    for test in dict.fromkeys(test for node in head(site.node) for test in tests_of(node)):
        if isinstance(test, ast.Constant | ast.Yield | ast.YieldFrom | ast.Await):
            continue
        edits = site.module.around(test, f"({_VALUE} if {_VISIT} else {_HEED}(", "))")
        parts = (one for one in ast.walk(test) if isinstance(one, ast.expr))
        own = [site.module.of(one) for one in parts if _is_term(one)]
        found = tuple(dict.fromkeys((*own, *terms)))[: _TERMS + 2]
        pure = _is_pure(test)
        asked = (f"bool({site.module.of(test)})", *found) if pure else found
        natural = 1.0 if isinstance(site.node, ast.If | ast.While) else 0.8
        values = ("True", "False")
        yield Probe(site, Form.CONDITION, edits, values, asked, natural, test, is_pure=pure)


def _is_term(node: ast.expr) -> bool:
    match node:
        case ast.Name(ctx=ast.Load(), id=name):
            return name not in BUILTINS
        case ast.Attribute(value=ast.Name(), ctx=ast.Load()):
            return True
        case ast.Subscript(value=ast.Name(), slice=ast.Name() | ast.Constant() | ast.BinOp()):
            return True
    return False


def _is_pure(test: ast.expr) -> bool:
    """Say whether asking once more changes nothing."""
    impure = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await, ast.Lambda, ast.GeneratorExp)
    for node in ast.walk(test):
        if isinstance(node, impure) or (
            isinstance(node, ast.Call)
            and not (isinstance(node.func, ast.Name) and node.func.id in _PURE)
        ):
            return False
    return True


def _leaves(ground: Ground, site: Site, terms: tuple[str, ...]) -> Iterator[Probe]:
    """Yield leaving before the statement: with a value, out of a loop's round, by an exception."""
    function = site.function
    at_head = function is not None and opening(function.body) is site.node
    if function is not None and not _yields(function):
        values = [text for text, _ in answers(ground, site) if _is_calm(text)][:_ANSWERS]
        yield from _leave(site, "return", values, terms, 0.8 if at_head else 0.4)
    for word in ("continue", "break") if _is_in_loop(site) else ():
        yield from _leave(site, word, ["None"], terms, 0.3)
    for name in dict.fromkeys((*not_raised(ground), *awaited(ground))):
        if name in BUILTINS or name in Scope.of(ground, site).by_text:
            yield from _leave(site, f"raise {name}", ["None"], terms, 0.9 if at_head else 0.5)


def _leave(
    site: Site, word: str, values: list[str], terms: tuple[str, ...], weight: float
) -> Iterator[Probe]:
    given = f" {_VALUE}" if word == "return" else ""
    edit = before(site.module, site.node, f"if {_VISIT}: {word}{given}")
    if edit is not None and values:
        yield Probe(site, Form.LEAVE, (edit,), tuple(values), terms, weight, leave=word)


def _is_calm(text: str) -> bool:
    """Say whether nothing is called in an expression, so that it can be tried anywhere."""
    return not any(isinstance(one, ast.Call) for one in ast.walk(ast.parse(text, mode="eval")))


def _yields(function: Function) -> bool:
    return any(isinstance(one, ast.Yield | ast.YieldFrom) for one in local_nodes(function))


def _is_in_loop(site: Site) -> bool:
    for one in site.module.ancestors(site.node):
        if isinstance(one, _LOOPS):
            return site.node not in one.orelse
        if isinstance(one, Function | ast.ClassDef):
            return False
    return False


def changes(probe: Probe) -> dict[str, list[tuple[int, int, str]]]:
    """Return the edits of a probe as the sandbox takes them."""
    made = candidate(probe.site.path, probe.edits, "probe", 1.0)
    return {
        path: [(edit.start, edit.end, edit.text) for edit in edits]
        for path, edits in made.by_path.items()
    }
