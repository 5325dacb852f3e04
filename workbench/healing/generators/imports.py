"""Imports that fail: near misses of modules and names, where things moved, circles."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from itertools import accumulate
from pathlib import PurePosixPath

from workbench.healing.candidate import Candidate, Change
from workbench.healing.drafting.bench import Draft
from workbench.healing.drafting.crash import Crash, matched, raised, told
from workbench.healing.generators.names import module_name
from workbench.healing.ground import Ground
from workbench.healing.insight import layout
from workbench.healing.insight.definitions import Definitions, dotted_path, top_names
from workbench.healing.insight.library import homes, members, modules, renamed_module
from workbench.healing.insight.nearness import nearest, nearness
from workbench.splice import Edit

_NO_NAME = r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'"
_NO_MODULE = r"No module named '([\w.]+)'"


def of_failure(ground: Ground) -> Iterator[Candidate]:
    yield from told("imports", ground, {"ImportError": _failed})
    yield from _asked_from_outside(ground)


def _failed(crash: Crash) -> Iterator[Draft]:
    if not isinstance(crash.node, ast.Import | ast.ImportFrom) or not crash.is_innermost:
        return
    if names := matched(_NO_NAME, crash.message):
        yield from _no_name(crash, *names)
    elif names := matched(_NO_MODULE, crash.message):
        yield from _no_module(crash, names[0])
    elif "relative import" in crash.message and isinstance(crash.node, ast.ImportFrom):
        yield from _other_levels(crash, crash.node)


def _said(crash: Crash, old: str, new: str, prior: float, rule: str) -> Draft:
    """Say one thing of the import in another way; what is unused of it stays."""
    start, end = crash.module.start(crash.node), crash.module.end(crash.node)
    place = crash.module.data.find(old.encode(), start, end)
    edits = (Edit(place, place + len(old.encode()), new),) if place >= 0 else ()
    return Draft(prior, rule, f"{old} becomes {new}", edits)


def _whole(crash: Crash, text: str, prior: float, rule: str) -> Draft:
    edit = Edit(crash.module.start(crash.node), crash.module.end(crash.node), text)
    return Draft(prior, rule, text, (edit,))


def _no_name(crash: Crash, name: str, module: str) -> Iterator[Draft]:
    node = crash.node
    if not isinstance(node, ast.ImportFrom):
        return
    known = dict.fromkeys([*_names_of(crash.bench.ground, module), *crash.raised.has])
    for near in nearest(name, known, least=0.5):
        alias = next((one for one in node.names if one.name == name), None)
        bound = f"{near} as {name}" if alias is not None and alias.asname is None else near
        weight = nearness(name, near)
        yield _renamed_with_uses(crash, node, name, near, 0.7 * weight)
        yield _name_said(crash, node, name, bound, 0.25 * weight)
    yield from _from_elsewhere(crash, node, name)
    if "partially initialized" in crash.message or "circular" in crash.message:
        yield from _later(crash, node)


def _names_of(ground: Ground, module: str) -> list[str]:
    found = list(members(module))
    for path, one in ground.modules.items():
        if _is_called(path, module):
            found += [*top_names(one.tree), *_submodules(ground, path)]
    return found


def _is_called(path: str, module: str) -> bool:
    known = dotted_path(path)
    return known == module or known.endswith(f".{module}")


def _submodules(ground: Ground, path: str) -> Iterator[str]:
    parent = PurePosixPath(path)
    if parent.name == "__init__.py":
        for other in map(PurePosixPath, ground.modules):
            if other.parent == parent.parent and other != parent:
                yield other.stem


def _name_said(crash: Crash, node: ast.ImportFrom, old: str, new: str, prior: float) -> Draft:
    """Import another name; where it is looked for stays, even if it is called the same."""
    data, start = crash.module.data, crash.module.start(node)
    at = data.find(b"import", start)
    alias = next((one for one in node.names if one.name == old), None)
    if alias is None:
        return Draft(prior, "name", "", ())
    line = sum(len(one) for one in data.splitlines(keepends=True)[: alias.lineno - 1])
    at = max(at, line + alias.col_offset)
    return Draft(prior, "name", f"{old} becomes {new}", (Edit(at, at + len(old.encode()), new),))


def _renamed_with_uses(
    crash: Crash, node: ast.ImportFrom, old: str, new: str, prior: float
) -> Draft:
    first = _name_said(crash, node, old, new, prior)
    if any(one.name == old and one.asname for one in node.names):
        return first
    edits = [
        Edit(crash.module.start(one), crash.module.end(one), new)
        for one in ast.walk(crash.module.tree)
        if isinstance(one, ast.Name) and one.id == old
    ]
    return Draft(prior, "name", first.why, (*first.edits, *edits))


def _from_elsewhere(crash: Crash, node: ast.ImportFrom, name: str) -> Iterator[Draft]:
    """Import from where it is defined."""
    known = Definitions.of(crash.bench.ground)
    places = [path for path in known.homes.get(name, ()) if path != crash.frame.path]
    ways = [(module_name(crash, path), 0.7) for path in places]
    found = [text.split() for text in homes(name) if text.startswith("from ")]
    ways += [(words[1], 0.6) for words in found]
    for module, prior in ways:
        if len(node.names) == 1:
            yield _said_module(crash, node, module, prior)
        else:
            yield _split_off(crash, node, name, module, prior)
    if f"import {name}" in homes(name) and len(node.names) == 1:
        yield _whole(crash, f"import {name}", 0.3, "module")


def _said_module(crash: Crash, node: ast.ImportFrom, module: str, prior: float) -> Draft:
    return _said(crash, "." * node.level + (node.module or ""), module, prior, "module")


def _split_off(crash: Crash, node: ast.ImportFrom, name: str, module: str, prior: float) -> Draft:
    """Import one of several names from elsewhere."""
    rest = [one for one in node.names if one.name != name]
    texts = [f"{one.name} as {one.asname}" if one.asname else one.name for one in rest]
    here = f"from {'.' * node.level}{node.module or ''} import {', '.join(texts)}"
    text = f"{here}\nfrom {module} import {name}"
    return _whole(crash, layout.fitted(crash.module, node, text, ""), prior, "module")


def _later(crash: Crash, node: ast.ImportFrom) -> Iterator[Draft]:
    """Import where the names are used, since the modules need each other."""
    bound = {one.asname or one.name for one in node.names}
    users = [one for one in crash.module.functions if _reads(one, bound)]
    outer = [one for one in users if not any(a in users for a in crash.module.ancestors(one))]
    openings = [layout.opening(one.body) for one in outer]
    text = crash.module.of(node)
    edits = [layout.before(crash.module, one, text) for one in openings if one is not None]
    removed = layout.without(crash.module, node)
    if removed is not None:
        found = tuple(edit for edit in edits if edit is not None)
        yield Draft(0.45, "later", "imported where it is used", (removed, *found))


def _reads(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(one, ast.Name) and one.id in names for one in ast.walk(node))


def _no_module(crash: Crash, missing: str) -> Iterator[Draft]:
    ground = crash.bench.ground
    own = {dotted_path(path): path for path in ground.modules if path != crash.frame.path}
    last = missing.rpartition(".")[2]
    for dotted, path in own.items():
        weight = nearness(dotted.rpartition(".")[2], last)
        if weight > 0.6:
            yield from _as_module(crash, missing, module_name(crash, path), 0.7 * weight)
            yield from _as_module(crash, missing, dotted, 0.5 * weight)
    if known := renamed_module(missing):
        yield from _as_module(crash, missing, known, 0.6)
    for near in nearest(missing, modules(), most=4, least=0.7):
        yield from _as_module(crash, missing, near, 0.5 * nearness(missing, near))


def _as_module(crash: Crash, old: str, new: str, prior: float) -> Iterator[Draft]:
    node = crash.node
    if isinstance(node, ast.ImportFrom):
        written = node.module or ""
        if not node.level and old in (written, *_parents(written)):
            yield _said(crash, old, new, prior, "module")
        elif node.level:
            yield _said_module(crash, node, new, prior)
    elif isinstance(node, ast.Import) and any(one.name == old for one in node.names):
        parent, _, last = new.rpartition(".")
        start = "." if new.startswith(".") else parent
        aliased = next(one for one in node.names if one.name == old)
        shown = f" as {aliased.asname or old}" if (aliased.asname or old) != last else ""
        text = f"from {start or '.'} import {last}{shown}" if start else f"import {new}{shown}"
        if len(node.names) == 1 and "." not in old:
            yield _whole(crash, text, prior, "module")


def _parents(module: str) -> Iterator[str]:
    while "." in module:
        module = module.rpartition(".")[0]
        yield module


def _other_levels(crash: Crash, node: ast.ImportFrom) -> Iterator[Draft]:
    old = "." * node.level + (node.module or "")
    if node.module:
        for level, prior in ((1, 0.5), (2, 0.3), (0, 0.5)):
            if level != node.level:
                yield _said(crash, old, "." * level + node.module, prior, "level")
    own = [dotted_path(path) for path in crash.bench.ground.modules]
    for dotted in own:
        if node.module and dotted.rpartition(".")[2] == node.module.rpartition(".")[2]:
            yield _said(crash, old, dotted, 0.4, "level")


def _asked_from_outside(ground: Ground) -> Iterator[Candidate]:
    """Give what the tests import the name that they import it by."""
    for one in raised(ground):
        names = matched(_NO_NAME, one.message) or _attribute_of_module(one.message)
        if names and not (one.frames and one.frames[-1].path in ground.modules):
            yield from _offered(ground, *names)


def _attribute_of_module(message: str) -> tuple[str, ...]:
    found = matched(r"module '([\w.]+)' has no attribute '(\w+)'", message)
    return (found[1], found[0]) if found else ()


def _offered(ground: Ground, name: str, module: str) -> Iterator[Candidate]:
    for path, one in ground.modules.items():
        if _is_called(path, module):
            for near in nearest(name, top_names(one.tree), most=4, least=0.5):
                weight = nearness(name, near)
                yield _renamed(ground, near, name, 0.6 * weight)
            yield from _passed_on(ground, path, name)


def _renamed(ground: Ground, old: str, new: str, prior: float) -> Candidate:
    """Rename a definition and all its uses in the project."""
    changes = tuple(
        sorted(
            Change(path, edit)
            for path, module in ground.modules.items()
            for edit in _renamings(module.data, old, new)
            if old in module.text
        )
    )
    return Candidate(changes, "imports:renamed", prior, f"{old} is called {new}")


def _renamings(data: bytes, old: str, new: str) -> Iterator[Edit]:
    texts = [f"{line}\n" for line in data.decode().split("\n")]
    lines = [0, *accumulate(len(line.encode()) for line in texts)]
    for token in tokenize.generate_tokens(io.StringIO(data.decode()).readline):
        if token.type == tokenize.NAME and token.string == old:
            row, column = token.start
            start = lines[row - 1] + len(texts[row - 1][:column].encode())
            yield Edit(start, start + len(old.encode()), new)


def _passed_on(ground: Ground, path: str, name: str) -> Iterator[Candidate]:
    """Let a package offer what one of its modules defines."""
    here = PurePosixPath(path)
    if here.name != "__init__.py":
        return
    for home in Definitions.of(ground).homes.get(name, ()):
        there = PurePosixPath(home)
        if there.parent == here.parent and there != here:
            data = ground.modules[path].data
            start = "" if not data or data.endswith(b"\n") else "\n"
            edit = Edit(len(data), len(data), f"{start}from .{there.stem} import {name}\n")
            why = f"{path} offers {name}"
            yield Candidate((Change(path, edit),), "imports:passed on", 0.6, why)
