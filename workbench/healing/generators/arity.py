"""Calls that do not fit what is called: arguments missing, too many, unknown; `self` forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate, candidate
from workbench.healing.drafting.bench import Draft, Slot, ranked, short
from workbench.healing.drafting.crash import Crash, matched, raised, told
from workbench.healing.generators.arguments import added, callee
from workbench.healing.ground import Function, Ground, Module
from workbench.healing.insight import layout
from workbench.healing.insight.definitions import Definitions, decorators
from workbench.healing.insight.nearness import nearest, nearness
from workbench.healing.insight.scope import BUILTINS, bindings
from workbench.splice import Edit

_MISSING = r"(\w+)\(\) missing \d+ required (?:positional|keyword-only) arguments?: (.*)"
_TOO_MANY = r"(\w+)\(\) takes (?:from \d+ to )?(\d+) positional arguments? but (\d+)"
_UNKNOWN = r"(\w+)\(\) got an unexpected keyword argument '(\w+)'"
_TWICE = r"(\w+)\(\) got multiple values for argument '(\w+)'"
_NONE = r"(\w+)\(\) takes no (?:keyword )?arguments"
_OWN_CLASS = frozenset({"super", "cls", "__class__"})
_ABSTRACT = r"abstract class '?(\w+)'? .*methods? '?(\w+)'?"


def of_failure(ground: Ground) -> Iterator[Candidate]:
    yield from told("arity", ground, {"TypeError": _misfit})
    yield from _definitions(ground)


def _calls(crash: Crash, name: str) -> list[ast.Call]:
    """Return the calls in the statement that the message can be about."""
    found = [one.node for one in crash.slots(ast.Call) if isinstance(one.node, ast.Call)]
    own = [one for one in found if callee(one) == name]
    classes = Definitions.of(crash.bench.ground).classes
    made = [one for one in found if callee(one) in classes or callee(one) in _OWN_CLASS]
    return own or (made if name == "__init__" else [])


def _misfit(crash: Crash) -> Iterator[Draft]:
    message = crash.message
    if names := matched(_MISSING, message):
        for call in _calls(crash, names[0]):
            yield from _filled(crash, call, names[1])
    elif names := matched(_TOO_MANY, message):
        for call in _calls(crash, names[0]):
            yield from _fewer(crash, call)
    elif names := matched(_UNKNOWN, message):
        for call in _calls(crash, names[0]):
            yield from _renamed(crash, call, *names)
    elif names := matched(_TWICE, message):
        for call in _calls(crash, names[0]):
            yield from _fewer(crash, call)
            yield from _without_keyword(crash, call, names[1], 0.4)


def _filled(crash: Crash, call: ast.Call, listed: str) -> Iterator[Draft]:
    missing = [
        part.strip(" ',") for part in listed.replace(" and ", ",").split(",") if part.strip()
    ]
    if missing[:1] in (["self"], ["cls"]):
        yield from _instance_made(crash, call)
    texts = [_best(crash, call, name) for name in missing]
    if all(texts) and len(missing) > 1:
        whole = ", ".join(found[0] for found in texts)
        yield Draft(0.5, "filled", f"with {whole}", (added(crash.bench, call, whole),))
    if len(missing) == 1:
        name = missing[0]
        weights = ranked(0.7, len(texts[0]))
        for text, prior in zip(texts[0], weights, strict=True):
            fit = 1.6 if text.rpartition(".")[2] == name else 1.0
            for written, form in ((text, 1.0), (f"{name}={text}", 0.6)):
                better = 0.4 if call.keywords and "=" not in written else form
                edit = added(crash.bench, call, written)
                yield Draft(min(prior * fit * better, 0.9), "filled", f"with {written}", (edit,))
            yield from _put_first(crash, call, text, prior * 0.5)


def _put_first(crash: Crash, call: ast.Call, text: str, prior: float) -> Iterator[Draft]:
    for argument in call.args:
        start = crash.bench.outer(Slot(argument, call, "args"))[0]
        yield Draft(prior, "filled", f"with {text}", (Edit(start, start, f"{text}, "),))


def _best(crash: Crash, call: ast.Call, name: str) -> list[str]:
    """Return what could be given for a parameter: values that are called alike, then others."""
    given = {crash.bench.text(one) for one in call.args}
    texts = [one.text for one in crash.bench.scope.values() if one.text not in given]
    texts.sort(key=lambda text: -nearness(text.rpartition(".")[2], name))
    again = [crash.bench.text(one) for one in call.args if isinstance(one, ast.Name)]
    return [*texts[:5], *again[:1], "None", "0"]


def _instance_made(crash: Crash, call: ast.Call) -> Iterator[Draft]:
    """Call a method on an instance instead of on its class."""
    scope = crash.bench.scope
    match call.func:
        case ast.Attribute(value=ast.Name(id=name) as base, attr=_):
            slot = Slot(base, call.func, "value")
            yield crash.put(slot, f"{name}()", 0.5, "instance")
            if scope.this:
                yield crash.put(slot, scope.this, 0.4, "instance")
                yield Draft(0.5, "instance", "with self", (added(crash.bench, call, scope.this),))
            others = [one.text for one in scope.values() if nearness(one.text, name) > 0.6]
            yield from (crash.put(slot, text, 0.3, "instance") for text in others)


def _fewer(crash: Crash, call: ast.Call) -> Iterator[Draft]:
    for index, one in enumerate(call.args):
        if index + 1 < len(call.args) or not call.keywords:
            edit = crash.bench.without(call.args, index)
            why = f"without {short(crash.bench.text(one))}"
            yield Draft(0.35 if index + 1 == len(call.args) else 0.2, "fewer", why, (edit,))
    if call.args and not isinstance(call.args[-1], ast.Starred):
        start = crash.bench.outer(Slot(call.args[-1], call, "args"))[0]
        for stars, prior in (("**", 0.2), ("*", 0.15)):
            why = f"{stars}{short(crash.bench.text(call.args[-1]))}"
            yield Draft(prior, "spread", why, (Edit(start, start, stars),))
    if len(call.args) > 1:
        span = [crash.bench.outer(Slot(one, call, "args")) for one in call.args]
        inner = crash.module.piece(span[0][0], span[-1][1])
        for before, after, prior in (("(", ")", 0.2), ("[", "]", 0.2)):
            edit = Edit(span[0][0], span[-1][1], f"{before}{inner}{after}")
            yield Draft(prior, "grouped", f"{before}{short(inner, 30)}{after}", (edit,))


def _renamed(crash: Crash, call: ast.Call, name: str, unknown: str) -> Iterator[Draft]:
    known = Definitions.of(crash.bench.ground)
    own = callee(call) if name == "__init__" else name
    names = [one for held in known.signatures(own) for one in held.names]
    given = {keyword.arg for keyword in call.keywords}
    free = [one for one in dict.fromkeys(names) if one not in given]
    for near in dict.fromkeys([*nearest(unknown, free, least=0.3), *free[:3]]):
        prior = max(0.75 * nearness(unknown, near), 0.1)
        for keyword in call.keywords:
            if keyword.arg == unknown:
                low = crash.bench.outer(Slot(keyword.value, keyword, ""))[0]
                start = crash.module.data.rfind(unknown.encode(), 0, low)
                edit = Edit(start, start + len(unknown.encode()), near)
                yield Draft(prior, "keyword", f"{unknown} becomes {near}", (edit,))
    yield from _without_keyword(crash, call, unknown, 0.25)


def _without_keyword(crash: Crash, call: ast.Call, name: str, prior: float) -> Iterator[Draft]:
    for keyword in call.keywords:
        if keyword.arg == name:
            low, end = crash.bench.outer(Slot(keyword.value, keyword, ""))
            start = crash.module.data.rfind(name.encode(), 0, low)
            positional = Edit(start, low, "")
            if keyword is call.keywords[0]:
                yield Draft(prior, "keyword", f"{name} by position", (positional,))
            left = crash.module.data[:start].rstrip()
            rest = crash.module.data[end:].lstrip()
            if left.endswith(b","):
                start = len(left) - 1
            elif rest.startswith(b","):
                end = len(crash.module.data) - len(rest.removeprefix(b",").lstrip())
            yield Draft(prior, "keyword", f"without {name}", (Edit(start, end, ""),))


def _definitions(ground: Ground) -> Iterator[Candidate]:
    """Change what is called, where its definition is at fault."""
    for one in raised(ground):
        message = one.message if "TypeError" in one.kind.split(",") else ""
        if names := matched(_TOO_MANY, message):
            yield from _without_self(ground, names[0])
            yield from _with_more(ground, names[0])
        elif names := matched(_MISSING, message):
            yield from _with_default(ground, names[0], names[1])
        elif names := matched(_UNKNOWN, message):
            yield from _with_parameter(ground, *names)
        elif names := matched(_NONE, message):
            yield from _misspelled_init(ground, names[0])
        elif names := matched(_ABSTRACT, message):
            yield from _misspelled_method(ground, *names)


def _functions(ground: Ground, name: str) -> Iterator[tuple[str, Module, Function]]:
    for path, module in ground.modules.items():
        for function in module.functions if name in module.text else ():
            owner = module.parents.get(function)
            is_init = name == getattr(owner, "name", "") and function.name == "__init__"
            if function.name == name or is_init:
                yield path, module, function


def _candidate(path: str, edits: tuple[Edit, ...], rule: str, prior: float, why: str) -> Candidate:
    return candidate(path, edits, f"arity:{rule}", prior, why)


def _opening(module: Module, function: Function) -> int:
    start = module.data.find(function.name.encode(), module.start(function))
    return module.data.find(b"(", start) + 1


def _without_self(ground: Ground, name: str) -> Iterator[Candidate]:
    for path, module, function in _functions(ground, name):
        if not isinstance(module.parents.get(function), ast.ClassDef):
            continue
        first = function.args.args[0].arg if function.args.args else ""
        if first in {"self", "cls"} or "staticmethod" in decorators(function):
            continue
        at = _opening(module, function)
        edit = Edit(at, at, "self, " if first or function.args.vararg else "self")
        yield _candidate(path, (edit,), "self", 0.8, f"{name} takes self")
        if static := layout.before(module, function, "@staticmethod"):
            yield _candidate(path, (static,), "static", 0.4, f"{name} is static")


def _with_more(ground: Ground, name: str) -> Iterator[Candidate]:
    """Let a function take what it uses and nobody gives it."""
    for path, module, function in _functions(ground, name):
        for unknown in _unknown(module, function)[:2]:
            given = function.args.args
            at = module.end(given[-1]) if given else _opening(module, function)  # type: ignore[arg-type] # an arg has a place too
            if not function.args.defaults:
                edit = Edit(at, at, f", {unknown}" if given else unknown)
                yield _candidate(path, (edit,), "more", 0.8, f"{name} takes {unknown}")


def _unknown(module: Module, function: Function) -> list[str]:
    """Return the names that a function reads and nothing gives a value."""
    names = [one for one in ast.walk(function) if isinstance(one, ast.Name)]
    known = {one.id for one in names if not isinstance(one.ctx, ast.Load)} | BUILTINS
    known |= {one.arg for one in ast.walk(function) if isinstance(one, ast.arg)}
    known |= {found for found, _, _ in bindings(module.tree)}
    return list(dict.fromkeys(one.id for one in names if one.id not in known))


def _with_default(ground: Ground, name: str, listed: str) -> Iterator[Candidate]:
    missing = [part.strip(" ',") for part in listed.replace(" and ", ",").split(",")]
    for path, module, function in _functions(ground, name):
        positional = function.args.args
        last = [one for one in positional if one.arg == missing[-1]]
        if last == positional[-1:] and not function.args.defaults and len(missing) == 1:
            for text, prior in (("None", 0.12), ("0", 0.05), ('""', 0.03), ("[]", 0.02)):
                end = module.end(last[0])  # type: ignore[arg-type] # an arg has a place too
                put = Edit(end, end, f"={text}")
                yield _candidate(path, (put,), "default", prior, f"{missing[0]}={text}")
        is_bound = missing == ["self"] and isinstance(module.parents.get(function), ast.ClassDef)
        if is_bound and (edit := layout.before(module, function, "@classmethod")):
            yield _candidate(path, (edit,), "static", 0.15, f"{name} is of the class")


def _with_parameter(ground: Ground, name: str, keyword: str) -> Iterator[Candidate]:
    """Call a parameter what callers call it, in the whole function."""
    for path, module, function in _functions(ground, name):
        names = [one.arg for one in function.args.args if one.arg not in {"self", "cls"}]
        for near in nearest(keyword, names, most=3, least=0.5):
            edits = tuple(_uses_of(module, function, near, keyword))
            prior = 0.4 * nearness(keyword, near)
            yield _candidate(path, edits, "parameter", prior, f"{near} is called {keyword}")


def _uses_of(module: Module, function: Function, old: str, new: str) -> Iterator[Edit]:
    for node in ast.walk(function):
        match node:
            case ast.Name(id=found) if found == old:
                yield Edit(module.start(node), module.end(node), new)
            case ast.arg(arg=found) if found == old:
                start = module.start(node)  # type: ignore[arg-type] # as above
                yield Edit(start, start + len(old.encode()), new)


def _misspelled_init(ground: Ground, name: str) -> Iterator[Candidate]:
    for one in Definitions.of(ground).classes.get(name, ()):
        for near in nearest("__init__", one.methods, most=2, least=0.5):
            yield from _method_renamed(ground, one.path, one.node, near, "__init__")


def _misspelled_method(ground: Ground, name: str, method: str) -> Iterator[Candidate]:
    for one in Definitions.of(ground).classes.get(name, ()):
        for near in nearest(method, one.methods, most=3, least=0.5):
            yield from _method_renamed(ground, one.path, one.node, near, method)


def _method_renamed(
    ground: Ground, path: str, owner: ast.ClassDef, old: str, new: str
) -> Iterator[Candidate]:
    module = ground.modules[path]
    for node in owner.body:
        if isinstance(node, Function) and node.name == old:
            at = module.data.find(old.encode(), module.start(node))
            edit = Edit(at, at + len(old.encode()), new)
            yield _candidate(path, (edit,), "renamed", 0.75, f"{old} is called {new}")
