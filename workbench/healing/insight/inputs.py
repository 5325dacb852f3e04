"""What tests call a function with, and what they expect, as far as it is written in them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from workbench.healing.dossier import TestRun
from workbench.healing.ground import Function, Ground
from workbench.healing.insight.synthesis import Predicate, Visit, separating
from workbench.splice import last_name, parses

_RUNS, _LONGEST = 30, 2000
_WAITING = frozenset({"raises", "assertRaises", "assertRaisesRegex"})
_ROW = (tuple, list)


@dataclass(frozen=True, slots=True)
class Given:
    """One call of a function in a test: what its parameters are, and what should come of it."""

    values: Mapping[str, str]
    expected: str | None


@dataclass(frozen=True, slots=True)
class Inputs:
    """The calls of a function in tests that fail, and in those that pass."""

    failing: tuple[Given, ...]
    passing: tuple[Given, ...]


NONE = Inputs((), ())


def inputs(ground: Ground, function: Function) -> Inputs:
    """Return what the tests give a function; kept for each function."""
    kept: dict[ast.AST, Inputs] = vars(ground).setdefault("kept inputs", {})
    if function not in kept:
        dossier = ground.dossier
        kept[function] = Inputs(
            tuple(_all(ground, dossier.failing[:_RUNS], function)),
            tuple(_all(ground, dossier.passing[:_RUNS], function)),
        )
    return kept[function]


def _all(ground: Ground, runs: Iterable[TestRun], function: Function) -> Iterator[Given]:
    for run in runs:
        path, *names = run.id.split("::")
        if names:
            plain, _, parameters = names[-1].partition("[")
            test = _tests(ground, path).get(plain)
            if test is not None:
                yield from _calls(test, _parametrized(test, parameters.removesuffix("]")), function)


def _tests(ground: Ground, path: str) -> Mapping[str, Function]:
    """Return the functions of a test file by name."""
    kept: dict[str, Mapping[str, Function]] = vars(ground).setdefault("kept tests", {})
    if path not in kept:
        text = ground.dossier.tests.get(path, "").removeprefix("\ufeff")
        nodes = ast.walk(ast.parse(text)) if parses(text) else iter(())
        kept[path] = {node.name: node for node in nodes if isinstance(node, Function)}
    return kept[path]


def _calls(test: Function, known: Mapping[str, object], function: Function) -> Iterator[Given]:
    expected: dict[ast.AST, str] = {}
    for node in ast.walk(test):
        for call, value in _expectations(node):
            found = _plain(value, known)
            if found is not None:
                expected[call] = found
    for node in ast.walk(test):
        if isinstance(node, ast.Call) and last_name(node.func) == function.name:
            values = _bound(node, known, function)
            if values:
                yield Given(values, expected.get(node))


def _expectations(node: ast.AST) -> Iterator[tuple[ast.AST, ast.expr]]:
    """Yield calls that are compared with something, and with what."""
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            yield from ((left, right), (right, left))
        case ast.Call(func=ast.Attribute(attr="assertEqual" | "assertIs"), args=[left, right]):
            yield from ((left, right), (right, left))
        case ast.Call(func=ast.Attribute(attr="assertIsNone"), args=[left]):
            yield left, ast.Constant(None)


def _plain(node: ast.expr, known: Mapping[str, object]) -> str | None:
    """Return a value as `repr` shows it, if the test says what it is."""
    if isinstance(node, ast.Name) and node.id in known:
        return repr(known[node.id])
    try:
        shown = repr(ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return None
    return shown if len(shown) <= _LONGEST else None


def _bound(call: ast.Call, known: Mapping[str, object], function: Function) -> dict[str, str]:
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    own = names[1:] if names[:1] in (["self"], ["cls"]) else names
    given = {one.arg: one.value for one in call.keywords if one.arg}
    given |= dict(zip(own, call.args, strict=False))
    found = {name: _plain(node, known) for name, node in (_defaults(function) | given).items()}
    return {name: value for name, value in found.items() if value is not None}


def _defaults(function: Function) -> dict[str, ast.expr]:
    plain = [*function.args.posonlyargs, *function.args.args]
    late = plain[len(plain) - len(function.args.defaults) :]
    return {one.arg: node for one, node in zip(late, function.args.defaults, strict=True)}


def _parametrized(test: Function, wanted: str) -> Mapping[str, object]:
    """Return the values of the set of parameters that pytest calls `wanted`."""
    for decorator in test.decorator_list if wanted else ():
        if isinstance(decorator, ast.Call) and last_name(decorator.func) == "parametrize":
            names, sets = _sets(decorator)
            for index, values in enumerate(sets):
                if _label(names, values, index) == wanted:
                    return dict(zip(names, values, strict=True))
    return {}


def _sets(decorator: ast.Call) -> tuple[list[str], list[tuple[object, ...]]]:
    """Return the names and the sets of values that a decorator lists; none if it computes them."""
    try:
        given, listed = (ast.literal_eval(one) for one in decorator.args[:2])
        listed = list(listed)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return [], []
    names = [one.strip() for one in given.split(",")] if isinstance(given, str) else list(given)
    many = len(names) > 1
    rows = [tuple(one) if many else (one,) for one in listed if not many or isinstance(one, _ROW)]
    return names, [row for row in rows if len(row) == len(names)]


def _label(names: list[str], values: tuple[object, ...], index: int) -> str:
    """Return how pytest calls a set of values."""
    pairs = zip(names, values, strict=True)
    return "-".join(_part(name, value, index) for name, value in pairs)


def _part(name: str, value: object, index: int) -> str:
    plain = value is None or isinstance(value, bool | int | float | str)
    return str(value) if plain else f"{name}{index}"


def awaited(ground: Ground) -> tuple[str, ...]:
    """Return the exceptions that failing tests wait for, as they name them."""
    found: dict[str, None] = {}
    for run in ground.dossier.failing[:_RUNS]:
        path, *names = run.id.split("::")
        test = _tests(ground, path).get(names[-1].partition("[")[0]) if names else None
        for node in ast.walk(test) if test is not None else ():
            if isinstance(node, ast.Call) and last_name(node.func) in _WAITING and node.args:
                found |= dict.fromkeys(_kinds(node.args[0]))
    return tuple(found)


def _kinds(node: ast.expr) -> list[str]:
    some = node.elts if isinstance(node, ast.Tuple) else [node]
    return [name for one in some if (name := last_name(one))]


def telling(given: Inputs) -> list[Predicate]:
    """Return conditions that hold for the calls that fail and for none of those that pass."""
    visits = [Visit(values, wanted) for values, wanted in _visits(given)]
    return separating(visits) if visits else []


def _visits(given: Inputs) -> Iterator[tuple[dict[str, object], bool]]:
    for calls, wanted in ((given.failing, True), (given.passing, False)):
        for one in calls:
            yield {name: ast.literal_eval(shown) for name, shown in one.values.items()}, wanted
