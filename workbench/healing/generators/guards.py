"""Leaving early: what is empty, missing or out of bounds is dealt with before the rest."""

from __future__ import annotations

import ast
import heapq
from collections.abc import Iterator, Mapping, Sequence

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Site
from workbench.healing.insight.answers import answers
from workbench.healing.insight.atoms import Atom, atoms
from workbench.healing.insight.evidence import holds, not_raised, recorded
from workbench.healing.insight.inputs import NONE, Given, Inputs, awaited, inputs, telling
from workbench.healing.insight.layout import before, is_docstring, opening
from workbench.healing.insight.scope import BUILTINS, Scope
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.splice import last_name

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_ASKED, _ANSWERS, _SKIPPED = 30, 5, 20
_AT_HEAD, _INSIDE, _TOLD = 100, 30, 4


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    """Yield `if ...: return ...`, `continue`, `break` or `raise` before a statement."""
    node = site.node
    if isinstance(node, Function | ast.ClassDef) or is_docstring(node) or site.function is None:
        return
    at_head = opening(site.function.body) is node
    given = inputs(ground, site.function) if at_head else NONE
    asked = _weighed(ground, site, given)
    leaving = _leaving(ground, site, asked, given)
    yield from ranked(
        shared(site, "guards:return", _worth(ground, site, at_head), leaving),
        shared(site, "guards:skip", 0.03, _skipping(site, asked)),
        shared(site, "guards:raise", *_raising(ground, site, asked, at_head)),
    )


def _worth(ground: Ground, site: Site, at_head: bool) -> float:
    """Return more at the head of a function, and most where one calls itself without end."""
    function = site.function
    if not at_head or function is None:
        return 0.03
    calls = (one for one in ast.walk(function) if isinstance(one, ast.Call))
    recursive = any(last_name(one.func) == function.name for one in calls)
    endless = any(
        run.raised and run.raised.name == "RecursionError" for run in ground.dossier.failing
    )
    return 0.07 if not recursive else 0.3 if endless else 0.12


def _weighed(ground: Ground, site: Site, given: Inputs) -> list[Atom]:
    """Return what could be asked; what held when tests failed, and else not, counts more."""
    values, checked = recorded(ground, site), _checks_of_result(site)
    found = []
    for one in atoms(ground, site):
        natural = one.weight if one.is_denial else one.weight * 0.5
        factor = _as_recorded(one.text, values) * _as_given(one.text, given)
        factor *= 4.0 if one.text in checked else 1.0
        found.append(Atom(one.text, natural * factor, one.is_denial))
    told = [Atom(one.text, 3.0 / (2 + n)) for n, one in enumerate(telling(given)[:_TOLD])]
    fresh = {one.text for one in told}
    found = [*told, *(one for one in found if one.text not in fresh)]
    return sorted(found, key=lambda one: -one.weight)


def _checks_of_result(site: Site) -> tuple[str, ...]:
    """Return what could be asked about the name that a statement returns."""
    match site.node:
        case ast.Return(value=ast.Name(id=name)):
            return f"{name} is None", f"not {name}"
    return ()


def _as_recorded(condition: str, values: Mapping[str, str]) -> float:
    held = holds(condition, values) if values else None
    return 1.0 if held is None else 3.0 if held else 0.1


def _as_given(condition: str, given: Inputs) -> float:
    failing = _part_that_holds(condition, given.failing)
    if failing is None:
        return 1.0
    return 0.1 + 4 * failing * (1 - (_part_that_holds(condition, given.passing) or 0.0))


def _part_that_holds(condition: str, given: Sequence[Given]) -> float | None:
    known = [held for one in given if (held := holds(condition, one.values)) is not None]
    return sum(known) / len(known) if known else None


def _leaving(ground: Ground, site: Site, asked: list[Atom], given: Inputs) -> Iterator[Option]:
    found = answers(ground, site)
    pairs = [
        (atom.weight * _fit(atom.text, text, weight, given), atom.text, text)
        for atom in asked[:_ASKED]
        for text, weight in found
    ]
    most = _INSIDE if given is NONE else _AT_HEAD
    for weight, asks, text in heapq.nlargest(most, pairs):
        edit = before(site.module, site.node, f"if {asks}:\n    return {text}")
        yield from option(edit, weight, f"return {text} if {asks}")


def _fit(condition: str, answer: str, weight: float, given: Inputs) -> float:
    return _of_guard(answer, weight) * _as_expected(condition, answer, given)


def _as_expected(condition: str, answer: str, given: Inputs) -> float:
    """Return more for what the tests expect where the condition holds."""
    cases = [one for one in given.failing if one.expected and holds(condition, one.values)]
    if not cases:
        return 1.0
    same = sum(one.expected == _shown(answer) for one in cases)
    named = sum(one.expected == one.values.get(answer) for one in cases)
    return 0.2 + (3 * same + 1.5 * named) / len(cases)


def _shown(answer: str) -> str:
    return "''" if answer == '""' else answer


def _of_guard(text: str, weight: float) -> float:
    """Return how natural an answer is when there is nothing to do: rather plain values."""
    return weight if text.isidentifier() or len(text) < 3 else weight * 0.5


def _skipping(site: Site, asked: list[Atom]) -> Iterator[Option]:
    if not _is_in_loop(site):
        return
    for atom in asked[:_SKIPPED]:
        for word, usual in (("continue", 1.0), ("break", 0.6)):
            edit = before(site.module, site.node, f"if {atom.text}:\n    {word}")
            yield from option(edit, atom.weight * usual, f"{word} if {atom.text}")


def _is_in_loop(site: Site) -> bool:
    for one in site.module.ancestors(site.node):
        if isinstance(one, _LOOPS):
            return site.node not in one.orelse
        if isinstance(one, Function | ast.ClassDef):
            return False
    return False


def _raising(
    ground: Ground, site: Site, asked: list[Atom], at_head: bool
) -> tuple[float, Iterator[Option]]:
    """Return the guards that raise; tests that wait for an exception name it."""
    known = Scope.of(ground, site).by_text
    names = tuple(
        one
        for one in dict.fromkeys((*not_raised(ground), *awaited(ground)))
        if one in BUILTINS or one in known
    )
    if names:
        return 0.3 if at_head else 0.08, _raises(site, asked, names)
    return 0.005, _raises(site, asked[:_ANSWERS], ("ValueError",) if at_head else ())


def _raises(site: Site, asked: list[Atom], names: tuple[str, ...]) -> Iterator[Option]:
    for name in names:
        for atom in asked[:_SKIPPED]:
            head = f"if {atom.text}:\n    raise {name}"
            edit = before(site.module, site.node, f"{head}({_message(atom.text)})")
            yield from option(edit, atom.weight, f"raise {name} if {atom.text}")


def _message(condition: str) -> str:
    return '"' + condition.replace("\\", "\\\\").replace('"', "'") + '"'
