"""Names that are not there: near misses, missing imports, members named without `self`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import Draft, Slot
from workbench.healing.drafting.crash import DEFAULTS, Crash, imported, matched, told
from workbench.healing.ground import Function, Ground
from workbench.healing.insight.definitions import Definitions, dotted_path, self_name
from workbench.healing.insight.kinds import by_use
from workbench.healing.insight.library import OLD_NAMES, homes
from workbench.healing.insight.nearness import nearest, nearness
from workbench.healing.insight.scope import BUILTINS, bindings, head_slots
from workbench.splice import Edit

_NAME = r"name '(\w+)' is not defined"
_UNBOUND = r"(?:local|free) variable '(\w+)'"


def of_failure(ground: Ground) -> Iterator[Candidate]:
    return told("names", ground, {"NameError": _undefined, "UnboundLocalError": _unbound})


def _undefined(crash: Crash) -> Iterator[Draft]:
    names = matched(_NAME, crash.message)
    if not names or not crash.is_innermost:
        return
    name = names[0]
    yield from _imports(crash, name)
    yield from _replaced(crash, name)
    yield from _parameter(crash, name)


def _uses(crash: Crash, name: str) -> list[Slot]:
    slots = [Slot(*one) for one in head_slots(crash.node)]
    return [one for one in slots if isinstance(one.node, ast.Name) and one.node.id == name]


def _all_put(crash: Crash, name: str, text: str, prior: float, rule: str) -> Draft:
    """Put another name in for all uses of one in the statement."""
    edits = tuple(crash.bench.instead(one, text) for one in _uses(crash, name))
    return Draft(prior, rule, f"{name} becomes {text}", edits)


def _replaced(crash: Crash, name: str) -> Iterator[Draft]:
    scope = crash.bench.scope
    if name in OLD_NAMES:
        yield _all_put(crash, name, OLD_NAMES[name], 0.75, "known")
    for one in scope.names:
        if scope.this and one.text in (f"{scope.this}.{name}", f"{scope.this}._{name}"):
            yield _all_put(crash, name, one.text, 0.8, "member")
    yield from _of_class(crash, name)
    for module in _plainly_imported(crash):
        yield _all_put(crash, name, f"{module}.{name}", 0.25, "module")
    written = {one.text for one in scope.names if one.bound and "." not in one.text}
    choices = nearest(name, written - {name}, most=8, least=0.5)
    choices += nearest(name, BUILTINS - written, most=3, least=0.75)
    for text in choices:
        weight = nearness(name, text) ** 3 * (0.8 if text in written else 0.6)
        for slot in _uses(crash, name) if len(_uses(crash, name)) > 1 else ():
            yield crash.put(slot, text, weight * 0.2, "near")
        yield _all_put(crash, name, text, weight, "near")
    values = [one.text for one in scope.values() if one.text not in choices][:10]
    for place, text in enumerate(values):
        yield _all_put(crash, name, text, 0.12 / (place + 2), "other")
    for text, prior in ((repr(name), 0.05), ("None", 0.004)):
        yield _all_put(crash, name, text, prior, "other")


def _plainly_imported(crash: Crash) -> list[str]:
    """Return the modules that are imported as such, whose names need theirs before them."""
    imports = (one for one in crash.module.tree.body if isinstance(one, ast.Import))
    return [found.asname or found.name for one in imports for found in one.names][:4]


def _of_class(crash: Crash, name: str) -> Iterator[Draft]:
    """Name what is defined in a class by the class, or by its instance."""
    for some in Definitions.of(crash.bench.ground).classes.values():
        for one in some:
            is_here = one.path == crash.frame.path and (
                name in one.methods or name in one.attributes
            )
            if is_here:
                yield _all_put(crash, name, f"{one.node.name}.{name}", 0.25, "member")


def _imports(crash: Crash, name: str) -> Iterator[Draft]:
    ways = dict.fromkeys(homes(name)[:3], 0.7)
    ways |= dict.fromkeys(_defined_elsewhere(crash, name), 0.45)
    ways |= dict.fromkeys(_imported_elsewhere(crash, name), 0.85)
    for text, prior in ways.items():
        edit = imported(crash.module, text)
        yield Draft(prior, "import", text, (edit,))


def _imported_elsewhere(crash: Crash, name: str) -> Iterator[str]:
    """Yield the imports by which other files of the project bind a name."""
    for path, module in crash.bench.ground.modules.items():
        for node in module.tree.body if path != crash.frame.path else ():
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    if (alias.asname or alias.name) == name and _travels(node, path, crash):
                        yield _import_text(node, alias)


def _travels(node: ast.Import | ast.ImportFrom, path: str, crash: Crash) -> bool:
    """Say whether an import means the same in the file that fails."""
    level = getattr(node, "level", 0)
    return not level or PurePosixPath(path).parent == PurePosixPath(crash.frame.path).parent


def _import_text(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    shown = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
    if isinstance(node, ast.Import):
        return f"import {shown}"
    return f"from {'.' * node.level}{node.module or ''} import {shown}"


def _defined_elsewhere(crash: Crash, name: str) -> Iterator[str]:
    """Yield imports of what a name is in other files of the project."""
    known = Definitions.of(crash.bench.ground)
    for path in known.homes.get(name, ()):
        for way in module_names(crash, path)[:2] if path != crash.frame.path else ():
            yield f"from {way} import {name}"
    for path in crash.bench.ground.modules:
        if PurePosixPath(path).stem == name and path != crash.frame.path:
            parent, _, last = module_name(crash, path).rpartition(".")
            start = "." * (parent == "" and module_name(crash, path).startswith("."))
            yield f"from {parent or start} import {last}" if parent or start else f"import {last}"


def module_name(crash: Crash, path: str) -> str:
    """Return how the file that fails would import another one, as files there do it."""
    return module_names(crash, path)[0]


def module_names(crash: Crash, path: str) -> list[str]:
    """Return the ways to name another file in an import, first as files around do it."""
    here, there = PurePosixPath(crash.frame.path), PurePosixPath(path)
    dotted = dotted_path(path)
    if here.parent != there.parent:
        return [dotted]
    is_init = there.name == "__init__.py"
    relative, bare = "." if is_init else f".{there.stem}", there.stem
    ways = {relative: 0.0, dotted: 0.2, bare: 0.1 if _is_folder(crash, here) else 0.3}
    for name, level in _imported_from(crash, here):
        if level:
            ways[relative] += 1.0
        elif name == dotted_path(str(here.parent / "__init__.py")) or "." in name:
            ways[dotted] += 1.0 if dotted.startswith(name.partition(".")[0]) else 0.0
        elif str(here.parent / f"{name}.py") in crash.bench.ground.dossier.files:
            ways[bare] += 1.0
    return sorted(ways, key=lambda way: -ways[way])


def _is_folder(crash: Crash, here: PurePosixPath) -> bool:
    return str(here.parent / "__init__.py") in crash.bench.ground.dossier.files


def _imported_from(crash: Crash, here: PurePosixPath) -> Iterator[tuple[str, int]]:
    """Yield what the files of a folder import, and from how many levels up."""
    for path, module in crash.bench.ground.modules.items():
        if PurePosixPath(path).parent == here.parent:
            for node in module.tree.body:
                if isinstance(node, ast.ImportFrom):
                    yield node.module or "", node.level
                elif isinstance(node, ast.Import):
                    yield from ((one.name, 0) for one in node.names)


def _parameter(crash: Crash, name: str) -> Iterator[Draft]:
    """Let the function take what it uses, if that is the instance."""
    function = crash.function
    if function is None or name not in {"self", "cls"}:
        return
    start = crash.module.data.find(b"(", crash.module.start(function)) + 1
    has_more = bool(function.args.args or function.args.vararg or function.args.kwonlyargs)
    edit = Edit(start, start, f"{name}, " if has_more else name)
    yield Draft(0.8, "parameter", f"{function.name} takes {name}", (edit,))
    if self_name(function):
        yield _all_put(crash, name, self_name(function), 0.4, "member")


def _unbound(crash: Crash) -> Iterator[Draft]:
    names = matched(_UNBOUND, crash.message)
    if not names or crash.function is None or not crash.is_innermost:
        return
    name = names[0]
    yield from _declared(crash, name)
    yield from _initialised(crash, crash.function, name)
    for draft in _replaced(crash, name):
        yield replace(draft, prior=draft.prior * 0.3)


def _declared(crash: Crash, name: str) -> Iterator[Draft]:
    module_names = {found for found, _, _ in bindings(crash.module.tree)}
    around = [one for one in crash.module.ancestors(crash.node) if isinstance(one, Function)]
    outer = {found for one in around[1:] for found, _, _ in bindings(one)}
    outer |= {argument.arg for one in around[1:] for argument in one.args.args}
    if name in outer:
        yield crash.at_head(f"nonlocal {name}", 0.75, "nonlocal")
    elif name in module_names:
        yield crash.at_head(f"global {name}", 0.5, "global")
    if f"{crash.bench.scope.this}.{name}" in crash.bench.scope.by_text:
        yield _all_put(crash, name, f"{crash.bench.scope.this}.{name}", 0.3, "member")


def _initialised(crash: Crash, function: Function, name: str) -> Iterator[Draft]:
    """Give the name a value before the block that may not bind it."""
    kinds = by_use(ast.walk(function)).get(name, frozenset())
    likely = list(dict.fromkeys(DEFAULTS[one] for one in sorted(kinds) if one in DEFAULTS))
    others = [one for one in ("0", "None", "[]", '""', "False", "{}", "1") if one not in likely]
    weights = [*(0.5 / max(len(likely), 1) for _ in likely), *(0.12 for _ in others)]
    block = _block_of(function, name)
    for text, prior in zip([*likely, *others], weights, strict=True):
        assigned = f"{name} = {text}"
        if block is not None:
            yield crash.before(assigned, prior, "initialised", block)
        yield crash.at_head(assigned, prior * (0.5 if block else 1.0), "initialised")


def _block_of(function: Function, name: str) -> ast.stmt | None:
    """Return the first statement of the function's body in whose block the name is bound."""
    for one in function.body:
        bound = [found for found, _, _ in bindings(one)]
        if name in bound and hasattr(one, "body") and not isinstance(one, Function):
            return one
    return None
