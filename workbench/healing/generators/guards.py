"""Leaving early: what is empty, missing or out of bounds is dealt with before the rest."""

from __future__ import annotations

import ast
import heapq
from collections.abc import Iterator, Mapping

from workbench.healing.answers import answers
from workbench.healing.atoms import Atom, atoms
from workbench.healing.candidate import Candidate
from workbench.healing.evidence import holds, not_raised, recorded
from workbench.healing.ground import Function, Ground, Site
from workbench.healing.layout import before, is_docstring, opening
from workbench.healing.shares import Option, option, ranked, shared
from workbench.splice import last_name

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_ASKED, _ANSWERS, _SKIPPED = 30, 5, 20
_AT_HEAD, _INSIDE = 100, 30


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    """Yield `if ...: return ...`, `continue`, `break` or `raise` before a statement."""
    node = site.node
    if isinstance(node, Function | ast.ClassDef) or is_docstring(node) or site.function is None:
        return
    asked = _weighed(ground, site)
    at_head = opening(site.function.body) is node
    yield from ranked(
        shared(
            site, "guards:return", 0.07 if at_head else 0.02, _leaving(ground, site, asked, at_head)
        ),
        shared(site, "guards:skip", 0.03, _skipping(site, asked)),
        shared(site, "guards:raise", *_raising(ground, site, asked, at_head)),
    )


def _worth(ground: Ground, site: Site, at_head: bool) -> float:
    """Return more at the head of a function, and most where one calls itself without end."""
    function = site.function
    if not at_head or function is None:
        return 0.02
    calls = (one for one in ast.walk(function) if isinstance(one, ast.Call))
    recursive = any(last_name(one.func) == function.name for one in calls)
    endless = any(
        run.raised and run.raised.name == "RecursionError" for run in ground.dossier.failing
    )
    return 0.07 if not recursive else 0.3 if endless else 0.12


def _weighed(ground: Ground, site: Site) -> list[Atom]:
    """Return what could be asked; what held when the test failed there counts more."""
    values = recorded(ground, site)
    found = [_as_recorded(one, values) for one in atoms(ground, site)]
    return sorted(found, key=lambda one: -one.weight)


def _as_recorded(atom: Atom, values: Mapping[str, str]) -> Atom:
    natural = atom.weight if atom.is_denial else atom.weight * 0.5
    held = holds(atom.text, values) if values else None
    factor = 1.0 if held is None else 3.0 if held else 0.1
    return Atom(atom.text, natural * factor, atom.is_denial)


def _leaving(ground: Ground, site: Site, asked: list[Atom], at_head: bool) -> Iterator[Option]:
    found = answers(ground, site)
    pairs = [
        (atom.weight * _of_guard(text, weight), atom.text, text)
        for atom in asked[:_ASKED]
        for text, weight in found
    ]
    for weight, asks, text in heapq.nlargest(_AT_HEAD if at_head else _INSIDE, pairs):
        edit = before(site.module, site.node, f"if {asks}:\n    return {text}")
        yield from option(edit, weight, f"return {text} if {asks}")


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
    names = not_raised(ground)
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
