"""What failing tests name: the functions that they call, and the words of their exceptions."""

from __future__ import annotations

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import count

from workbench.healing import heads
from workbench.healing.dossier import Dossier, Frame, Raised, TestRun
from workbench.healing.ground import Function
from workbench.splice import last_name, parses

_CODE = re.compile(r"\w+(?=\()|(?<=\.)[A-Za-z_]\w*|[A-Za-z]\w*_\w+|_\w+")
"""What looks like a name of code in a sentence: before a bracket, behind a dot, with a bar."""
_QUOTED = re.compile(r"'([^'\n]{1,80})'|\"([^\"\n]{1,80})\"|`([^`\n]{1,80})`")
_NO_NAMES = frozenset({*dir(builtins), "NoneType", "function", "module", "<locals>", "locals"})
_SET_UP = frozenset({"setUp", "setup_method", "setUpClass", "setup_class", "setup_module"})


def words(raised: Raised) -> frozenset[str]:
    """Return what the message of an exception may name; an assertion shows values, not names."""
    if raised.name in ("AssertionError", "Failed"):
        return frozenset()
    quoted = {text for found in _QUOTED.findall(raised.message) for text in found if text}
    named = {word for word in _CODE.findall(raised.message) if len(word) > 1}
    return frozenset((quoted | named) - _NO_NAMES)


def test_name(run: TestRun) -> str:
    """Return the name of the function that a test id means."""
    return re.split(r"::|\.|/", run.id.split("[", 1)[0].rstrip("()"))[-1]


def named_by(run: TestRun, dossier: Dossier) -> Mapping[str, float]:
    """Return what a test calls, and how much it accuses that: most in the line that failed."""
    found: defaultdict[str, float] = defaultdict(float)
    for tree in _trees(run, dossier):
        functions = {node.name: node for node in ast.walk(tree) if isinstance(node, Function)}
        chosen = functions.get(test_name(run))
        if chosen:
            _accuse(chosen, found, 0.8)
            for helper in _helpers(chosen, functions):
                _accuse(helper, found, 0.6)
        for line in _failed_lines(run, dossier):
            for node in _statements_at(chosen or tree, line):
                _accuse(node, found, 1.0)
    return found


def _trees(run: TestRun, dossier: Dossier) -> Iterator[ast.Module]:
    path = run.id.split("::", 1)[0]
    texts = [dossier.tests[path]] if path in dossier.tests else list(dossier.tests.values())
    yield from (tree for text in texts if (tree := _parsed(text)))


@cache
def _parsed(text: str) -> ast.Module | None:
    return ast.parse(text.removeprefix("\ufeff")) if parses(text.removeprefix("\ufeff")) else None


def _failed_lines(run: TestRun, dossier: Dossier) -> Iterator[int]:
    frames: tuple[Frame, ...] = run.raised.frames if run.raised else ()
    yield from (frame.line for frame in frames if frame.path in dossier.tests)


def _statements_at(scope: ast.AST, line: int) -> Iterator[ast.stmt]:
    for node in ast.walk(scope):
        if not isinstance(node, ast.stmt) or hasattr(node, "body"):
            continue
        if node.lineno <= line <= (node.end_lineno or node.lineno):
            yield node


def _helpers(test: Function, functions: Mapping[str, Function]) -> Iterator[Function]:
    """Yield the fixtures and the functions of its file that a test uses."""
    used = {argument.arg for argument in test.args.args} | called(test) | _SET_UP
    yield from (node for name, node in functions.items() if name in used and node is not test)


def _accuse(node: ast.AST, found: defaultdict[str, float], much: float) -> None:
    calls = called(node)
    for name in mentioned(node):
        found[name] = max(found[name], much if name in calls else much / 2)


def called(node: ast.AST) -> frozenset[str]:
    """Return the last names of all that is called in a piece of code."""
    calls = (one.func for one in ast.walk(node) if isinstance(one, ast.Call))
    return frozenset(name for function in calls if (name := last_name(function)))


def mentioned(node: ast.AST) -> frozenset[str]:
    """Return every name and attribute in a piece of code."""
    nodes = (one for one in ast.walk(node) if isinstance(one, ast.Name | ast.Attribute))
    return frozenset(last_name(one) for one in nodes)


def called_in(node: ast.stmt) -> frozenset[str]:
    """Return what a statement's head calls."""
    return frozenset(name for part in heads.parts(node) for name in called(part))


def depths(
    start: Mapping[str, float], functions: Iterable[tuple[str, Function]]
) -> Mapping[str, int]:
    """Return how many calls lie between the test and each function that it reaches, by name."""
    callees: defaultdict[str, set[str]] = defaultdict(set)
    for name, node in functions:
        callees[name] |= mentioned(node)
    found = {name: 0 for name in callees if start.get(name, 0) > 0}
    edge = set(found)
    for depth in count(1):
        edge = {one for name in edge for one in callees[name] if one in callees} - found.keys()
        if not edge:
            break
        found |= dict.fromkeys(edge, depth)
    return found
