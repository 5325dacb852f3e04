"""Conditions of a patch that may as well be constant: the tests do not tell why they are so."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from workbench.healing.candidate import Candidate, candidate
from workbench.healing.compose import applied, composed
from workbench.healing.ground import Module
from workbench.healing.searching.asking import Asking
from workbench.splice import Edit, parses

_TRUTHS = ("True", "False")
Span = tuple[int, int]


def idle(
    some: Sequence[Candidate], files: Mapping[str, str], asking: Asking
) -> frozenset[Candidate]:
    """Return those that pass as well with a constant where they change a condition."""
    asked = [(one, fixed) for one in some for fixed in constants(one, files)]
    verdicts = asking.ask([fixed for _, fixed in asked]) if asked else []
    pairs = zip(asked, verdicts, strict=True)
    return frozenset(one for (one, _), verdict in pairs if verdict and verdict.state == "passed")


def constants(one: Candidate, files: Mapping[str, str]) -> tuple[Candidate, ...]:
    """Return a patch with each condition that it changes exchanged for a constant."""
    found: dict[object, Candidate] = {}
    for path, text in applied(files, one).items():
        if not parses(text.removeprefix("\ufeff")):
            continue
        module, spans = Module(text), list(_spans(one.by_path[path]))
        for node in _changed(module, spans):
            for truth in _TRUTHS:
                edit = module.instead(node, truth)
                made = composed(files, one, candidate(path, [edit], "idle", 1.0, truth), 1.0)
                if made.changes:
                    found.setdefault(made.changes, made)
    return tuple(found.values())


def _spans(edits: Sequence[Edit]) -> Iterator[Span]:
    """Yield where what is written stands in the new text."""
    shift = 0
    for edit in sorted(edits, key=lambda one: one.start):
        length = len(edit.text.encode())
        yield edit.start + shift, edit.start + shift + length
        shift += length - (edit.end - edit.start)


def _changed(module: Module, spans: Sequence[Span]) -> Iterator[ast.expr]:
    for node in ast.walk(module.tree):
        for condition in _conditions(node):
            start, end = module.start(condition), module.end(condition)
            is_constant = isinstance(condition, ast.Constant)
            if not is_constant and any(first < end and start < last for first, last in spans):
                yield condition


def _conditions(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what is asked at a place, in its smallest parts."""
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        yield from _parts(node.test)
    elif isinstance(node, ast.comprehension):
        for test in node.ifs:
            yield from _parts(test)
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.BoolOp | ast.Compare):
        yield from _parts(node.value)


def _parts(test: ast.expr) -> Iterator[ast.expr]:
    if isinstance(test, ast.BoolOp):
        for value in test.values:
            yield from _parts(value)
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield from _parts(test.operand)
    else:
        yield test
