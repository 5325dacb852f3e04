"""A clause that others of the same family have: guards of like functions, branches of like chains.

Methods of a class, functions of a file, branches of one chain are written alike; what most of them
do and one does not was probably forgotten there.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Module, Site
from workbench.healing.insight.layout import (
    before,
    behind,
    fitted,
    is_docstring,
    margin,
    movable,
    newline,
    opening,
    place,
    stands_alone,
    text_of,
)
from workbench.healing.insight.scope import BUILTINS, Scope, local_nodes, parameters
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.healing.insight.siblings import Neighbour, neighbours
from workbench.splice import Edit, parses

_LONGEST, _MOST_LINES, _MOST = 240, 4, 16
_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_COMPOUND = (ast.If, ast.For, ast.While, ast.With, ast.Try)


@dataclass(frozen=True, slots=True)
class Clause:
    """A compound statement of a sibling, as it can be written in the function of a site."""

    text: str
    weight: float
    is_opening: bool
    """The sibling begins with it."""
    leaves: bool


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    function = site.function
    if function is None or site.node is function or is_docstring(site.node):
        return
    yield from ranked(
        shared(site, "clauses:sibling", 0.05, _inserted(ground, site)),
        shared(site, "clauses:branch", 0.03, _branches(ground, site)),
        shared(site, "clauses:after", 0.02, _after_the_loop(site)),
    )


def _inserted(ground: Ground, site: Site) -> Iterator[Option]:
    """Yield the clauses of siblings before the statement, and behind it where a block ends."""
    among, index = place(site.module, site.node)
    is_first = site.function is not None and opening(site.function.body) is site.node
    is_last = index + 1 == len(among) and not isinstance(site.node, _LEAVING)
    for one in _clauses(ground, site):
        if is_first or not one.is_opening:
            weight = one.weight * (1.5 if is_first == one.is_opening else 0.5)
            edit = before(site.module, site.node, one.text)
            yield from option(edit, weight, f"{_shown(one)} before it, as elsewhere")
        if is_last and not one.leaves:
            edit = behind(site.module, site.node, one.text)
            yield from option(edit, one.weight * 0.7, f"{_shown(one)} behind it, as elsewhere")


def _shown(one: Clause) -> str:
    return one.text.partition("\n")[0].rstrip(":")


def _clauses(ground: Ground, site: Site) -> list[Clause]:
    """Return what siblings have and this function lacks; kept for each function."""
    kept: dict[ast.AST | None, list[Clause]] = vars(ground).setdefault("kept clauses", {})
    if site.function not in kept:
        found = list(_of_siblings(ground, site))
        counts = Counter(one.text for one in found)
        best: dict[str, Clause] = {}
        for one in sorted(found, key=lambda one: one.weight):
            best[one.text] = one
        ordered = sorted(best.values(), key=lambda one: -one.weight * counts[one.text])
        kept[site.function] = ordered[:_MOST]
    return kept[site.function]


def _of_siblings(ground: Ground, site: Site) -> Iterator[Clause]:
    own = site.function
    if own is None:
        return
    known = {one.text for one in Scope.of(ground, site).names} | BUILTINS | _bound(own)
    known |= {Scope.of(ground, site).this}
    present = {ast.dump(one) for one in ast.walk(own) if isinstance(one, ast.stmt)}
    for sibling in neighbours(ground, site):
        if sibling.is_own or not isinstance(sibling.node, Function):
            continue
        for node in _compound(sibling.node):
            text = _adapted(sibling, node, own, known)
            if text and ast.dump(ast.parse(text).body[0]) not in present:
                is_opening = opening(sibling.node.body) is node
                leaves = isinstance(getattr(node, "body", [node])[-1], _LEAVING)
                yield Clause(text, sibling.weight, is_opening, leaves)


def _bound(function: Function) -> set[str]:
    names = (one for one in local_nodes(function) if isinstance(one, ast.Name))
    stored = {one.id for one in names if isinstance(one.ctx, ast.Store)}
    return stored | {one.arg for one in parameters(function)}


def _compound(function: Function) -> Iterator[ast.stmt]:
    """Yield the short compound statements of a function."""
    for node in local_nodes(function):
        if isinstance(node, _COMPOUND):
            lines = (node.end_lineno or 0) - node.lineno
            if lines < _MOST_LINES and movable(node):
                yield node


def _adapted(sibling: Neighbour, node: ast.stmt, own: Function, known: set[str]) -> str:
    """Return a statement as it would be written in `own`; nothing where names are missing."""
    module = sibling.module
    if not stands_alone(module, node) or not module.of(node).isascii():
        return ""
    names = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
    stored = {one.id for one in names if isinstance(one.ctx, ast.Store)}
    missing = {one.id for one in names} - known - stored
    renamed = _by_position(sibling.node, own)
    if not missing <= set(renamed):
        return ""
    text = _plain(module, node, {name: renamed[name] for name in missing})
    return text if len(text) <= _LONGEST and parses(text) else ""


def _by_position(sibling: ast.AST, own: Function) -> Mapping[str, str]:
    """Return what the parameters of a sibling are called here."""
    if not isinstance(sibling, Function):
        return {}
    pairs = zip(parameters(sibling), parameters(own), strict=False)
    return {one.arg: other.arg for one, other in pairs}


def _plain(module: Module, node: ast.stmt, names: Mapping[str, str]) -> str:
    """Return the text of a statement with four spaces a level, and some names exchanged."""
    if names:
        tree = _Renamed(names).visit(ast.parse(_dedented(module, node)))
        return ast.unparse(tree)
    return _dedented(module, node)


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.copy_location(ast.Name(self._names.get(node.id, node.id), node.ctx), node)


def _dedented(module: Module, node: ast.stmt) -> str:
    """Return the text of a statement as it is at the outermost level, four spaces a level."""
    outer = margin(module, node)
    lines = text_of(module, node).splitlines()
    rest = [line.removeprefix(outer) for line in lines[1:]]
    steps = [line[: len(line) - len(line.lstrip())] for line in rest if line.strip()]
    step = min((one for one in steps if one), key=len, default="    ")
    return "\n".join([lines[0], *(_leveled(line, step) for line in rest)])


def _leveled(line: str, step: str) -> str:
    inner = line.lstrip()
    return "    " * ((len(line) - len(inner)) // len(step)) + inner


def _branches(ground: Ground, site: Site) -> Iterator[Option]:
    """Yield a branch that a like chain of a sibling has, behind a branch of this one."""
    node = site.node
    if not isinstance(node, ast.If) or _is_chained(site.module, node):
        return
    own = _chain(node)
    asked = {ast.dump(one.test) for one in own}
    subjects = {_subject(one.test) for one in own} - {""}
    known = {one.text for one in Scope.of(ground, site).names} | BUILTINS
    for sibling, previous, other in _branches_of_siblings(ground, site):
        new = _subject(other.test) in subjects and ast.dump(other.test) not in asked
        names = {one.id for one in ast.walk(other.test) if isinstance(one, ast.Name)}
        if new and names <= known | {Scope.of(ground, site).this}:
            beside = next((one for one in own if _asks_alike(one, previous)), own[-1])
            edit = _with_branch(site, beside, sibling.module, other)
            why = f"elif {sibling.module.of(other.test)}, as elsewhere"
            yield from option(edit, sibling.weight, why)


def _branches_of_siblings(
    ground: Ground, site: Site
) -> Iterator[tuple[Neighbour, ast.If | None, ast.If]]:
    """Yield the branches of siblings, each with the one before it in its chain."""
    for sibling in neighbours(ground, site):
        heads = (one for one in ast.walk(sibling.node) if isinstance(one, ast.If))
        for head in heads if not sibling.is_own else ():
            if not _is_chained(sibling.module, head):
                chain = _chain(head)
                yield sibling, None, head
                yield from ((sibling, one, other) for one, other in pairwise(chain))


def _asks_alike(one: ast.If, other: ast.If | None) -> bool:
    return other is not None and ast.dump(one.test) == ast.dump(other.test)


def _is_chained(module: Module, node: ast.If) -> bool:
    around = module.parents.get(node)
    return isinstance(around, ast.If) and around.orelse == [node]


def _chain(node: ast.If) -> list[ast.If]:
    found = [node]
    while len(node.orelse) == 1 and isinstance(inner := node.orelse[0], ast.If):
        node = inner
        found.append(node)
    return found


def _subject(test: ast.expr) -> str:
    """Return what a condition is about, where it compares or asks for a type."""
    match test:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.In() | ast.Is()]):
            return ast.dump(left)
        case ast.Call(func=ast.Name(id="isinstance"), args=[left, _]):
            return ast.dump(left)
    return ""


def _with_branch(site: Site, last: ast.If, module: Module, other: ast.If) -> Edit | None:
    body = other.body
    if len(body) > 2 or not all(stands_alone(module, one) and movable(one) for one in body):
        return None
    if not stands_alone(site.module, last.body[-1]) or not stands_alone(site.module, site.node):
        return None
    inner = "\n".join(f"    {line}" for one in body for line in _dedented(module, one).split("\n"))
    indent = site.module.indent(site.node)
    end = site.module.line_end(site.module.end(last.body[-1]))
    text = fitted(site.module, site.node, f"elif {module.of(other.test)}:\n{inner}", indent)
    return Edit(end, end, newline(site.module, site.node) + indent + text)


def _after_the_loop(site: Site) -> Iterator[Option]:
    """Yield what a loop does to a result, done once more behind it: the last part is lost else."""
    node = site.node
    if not isinstance(node, ast.For | ast.While) or site.function is None:
        return
    for one in _collecting(node):
        text = site.module.of(one)
        if "\n" not in text and len(text) <= 80:
            yield from option(behind(site.module, node, text), 1.0, f"{text} behind the loop")
            for name in _handed_on(one):
                guarded = f"if {name}:\n    {text}"
                why = f"{text} behind the loop, if there is {name}"
                yield from option(behind(site.module, node, guarded), 0.8, why)


def _collecting(loop: ast.For | ast.While) -> Iterator[ast.stmt]:
    """Yield what adds to something within the branches of a loop."""
    for branch in loop.body:
        for one in ast.walk(branch) if isinstance(branch, ast.If) else ():
            match one:
                case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append" | "extend" | "add"))):
                    yield one
                case ast.AugAssign(op=ast.Add()):
                    yield one


def _handed_on(node: ast.stmt) -> list[str]:
    """Return the names that are added, which may be empty at the end."""
    value = node.value if isinstance(node, ast.Expr | ast.AugAssign) else node
    given = value.args if isinstance(value, ast.Call) else [value]
    names = (one for part in given for one in ast.walk(part) if isinstance(one, ast.Name))
    return [one for one in dict.fromkeys(one.id for one in names) if one not in BUILTINS][:2]
