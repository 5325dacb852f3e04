"""Attributes that are not there: near misses, what is meant instead, what was never set."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping
from typing import TypeGuard

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import POSTFIX, Draft, Slot
from workbench.healing.drafting.crash import DEFAULTS, Crash, matched, told
from workbench.healing.ground import Function, Ground, Module
from workbench.healing.insight import layout
from workbench.healing.insight.definitions import Class, Definitions, methods, self_name, top_names
from workbench.healing.insight.kinds import dotted
from workbench.healing.insight.library import members
from workbench.healing.insight.nearness import nearest, nearness
from workbench.splice import Edit

_MOST_OTHERS = 12
_OF_OBJECT = r"'([\w.]+)' object has no attribute '(\w+)'"
_OF_CLASS = r"type object '([\w.]+)' has no attribute '(\w+)'"
_OF_MODULE = r"module '([\w.]+)' has no attribute '(\w+)'"
_MEANT: Mapping[tuple[str, str], tuple[str, ...]] = {
    **{("list", name): ("append",) for name in ("push", "add", "push_back", "put", "enqueue")},
    **{("list", name): ("extend", "append") for name in ("update", "addAll", "concat", "merge")},
    **{("list", name): ("pop", "remove") for name in ("popleft", "dequeue", "shift", "discard")},
    ("list", "appendleft"): ("insert",),
    ("list", "contains"): ("count",),
    **{("set", name): ("add",) for name in ("append", "insert", "push")},
    ("set", "extend"): ("update",),
    ("set", "has"): ("issuperset",),
    ("dict", "iteritems"): ("items",),
    ("dict", "itervalues"): ("values",),
    ("dict", "iterkeys"): ("keys",),
    ("dict", "append"): ("update", "setdefault"),
    ("dict", "add"): ("update", "setdefault"),
    ("dict", "remove"): ("pop",),
    **{("str", name): ("strip",) for name in ("trim", "chomp")},
    ("str", "toLowerCase"): ("lower",),
    ("str", "toUpperCase"): ("upper",),
    ("str", "to_lower"): ("lower",),
    ("str", "to_upper"): ("upper",),
    ("str", "substr"): ("replace",),
    ("str", "indexOf"): ("find", "index"),
    ("str", "contains"): ("count", "find"),
    ("str", "includes"): ("count", "find"),
    ("str", "starts_with"): ("startswith",),
    ("str", "ends_with"): ("endswith",),
    ("str", "has_prefix"): ("startswith",),
    ("collections.deque", "push"): ("append",),
    ("collections.deque", "add"): ("append",),
    ("collections.deque", "dequeue"): ("popleft",),
    ("tuple", "append"): (),
}
_LENGTHS = frozenset({"length", "size", "len", "count", "Length", "Count", "lenght"})
_FUNCTIONS = frozenset({"function", "method", "builtin_function_or_method", "type"})
_LAZY = frozenset(
    {
        *("generator", "map", "filter", "zip", "range", "reversed", "enumerate"),
        *("dict_keys", "dict_values", "dict_items"),
    }
)
_SHOWN: Mapping[str, tuple[tuple[str, float], ...]] = {
    "int": (("str({0})", 0.4),),
    "float": (("str({0})", 0.4), ("int({0})", 0.2)),
    "bytes": (("{0}.decode()", 0.5),),
    "list": (("{0}[0]", 0.25), ("{0}[-1]", 0.15), ('" ".join({0})', 0.1), ("str({0})", 0.05)),
    "tuple": (("list({0})", 0.3), ("{0}[0]", 0.3), ("{0}[1]", 0.2)),
    "dict": (("{0}.values()", 0.05), ("list({0})", 0.05)),
    "str": (("[{0}]", 0.04), ("{0}.encode()", 0.03)),
    "set": (("list({0})", 0.2), ("sorted({0})", 0.2)),
    "frozenset": (("set({0})", 0.5),),
    "NoneType": (),
}


def of_failure(ground: Ground) -> Iterator[Candidate]:
    yield from told("attributes", ground, {"AttributeError": _missing})


def _missing(crash: Crash) -> Iterator[Draft]:
    found = matched(_OF_OBJECT, crash.message) or matched(_OF_CLASS, crash.message)
    if of_module := matched(_OF_MODULE, crash.message):
        yield from _of_module(crash, *of_module)
        return
    if not found:
        return
    kind, name = found
    for slot in _uses(crash, name):
        assert isinstance(slot.node, ast.Attribute)  # noqa: S101 - for the checker alone
        yield from _instead(crash, slot, slot.node, kind)
    match crash.node:
        case ast.AugAssign(target=ast.Attribute(attr=attr) as target) if attr == name:
            yield from _members(crash, target, kind)
    if Definitions.of(crash.bench.ground).classes.get(kind):
        yield from _of_own(crash, kind, name)


def _uses(crash: Crash, name: str) -> list[Slot]:
    found = crash.slots(ast.Attribute)
    return [one for one in found if isinstance(one.node, ast.Attribute) and one.node.attr == name]


def _named(crash: Crash, node: ast.Attribute, new: str, prior: float) -> Draft:
    end = crash.module.end(node)
    edit = Edit(end - len(node.attr.encode()), end, new)
    return Draft(prior, "near", f"{node.attr} becomes {new}", (edit,))


def _instead(crash: Crash, slot: Slot, node: ast.Attribute, kind: str) -> Iterator[Draft]:
    base = crash.bench.text(node.value, POSTFIX)
    yield from _members(crash, node, kind)
    for form, prior in _SHOWN.get(kind, ()):
        edit = crash.bench.instead(Slot(node.value, node, "value"), form.format(base))
        yield Draft(prior, "converted", form.format(base), (edit,))
    if node.attr in _LENGTHS:
        whole = _whole(crash, slot)
        yield crash.put(whole, f"len({crash.bench.text(node.value)})", 0.7, "length")
    if kind in _FUNCTIONS:
        yield crash.put(Slot(node.value, node, "value"), f"{base}()", 0.6, "called")
    if kind in _LAZY:
        yield crash.put(Slot(node.value, node, "value"), f"list({base})", 0.5, "listed")
    if kind == "dict":
        yield crash.put(slot, f'{base}["{node.attr}"]', 0.5, "key")
        yield crash.put(slot, f'{base}.get("{node.attr}")', 0.3, "key")
    yield from _unwrapped(crash, slot, node, base)
    for text, prior in _others_with(crash, node) if kind != "NoneType" else ():
        yield crash.put(Slot(node.value, node, "value"), text, prior, "other")


def _others_with(crash: Crash, node: ast.Attribute) -> Iterator[tuple[str, float]]:
    """Yield what has such an attribute, as the file uses it: it was probably meant."""
    bound = {one.text for one in crash.bench.scope.names if one.bound}
    root, own = dotted(node.value).partition(".")[0], dotted(node.value)
    found = dict.fromkeys(_receivers(crash.module, node.attr))
    others = [one for one in found if one != own and one.partition(".")[0] in bound]
    akin = [one for one in others if "." in one and one.partition(".")[0] == root]
    yield from ((one, 0.5 / len(akin)) for one in akin)
    yield from ((one, 0.3 / len(others)) for one in others if one not in akin)


def _receivers(module: Module, name: str) -> Iterator[str]:
    """Yield what is asked for this attribute somewhere, and modules that are known to have it."""
    found = (one for one in ast.walk(module.tree) if isinstance(one, ast.Attribute))
    for one in found:
        receiver = dotted(one.value)
        if receiver and (one.attr == name or name in members(receiver)):
            yield receiver


def _whole(crash: Crash, slot: Slot) -> Slot:
    """Return the call of an attribute, or the attribute where it is not called."""
    found = [one for one in crash.slots(ast.Call) if getattr(one.node, "func", None) is slot.node]
    return found[0] if found else slot


def _unwrapped(crash: Crash, slot: Slot, node: ast.Attribute, base: str) -> Iterator[Draft]:
    whole = _whole(crash, slot)
    yield crash.put(whole, crash.bench.text(node.value), 0.08, "dropped")
    match whole.node:
        case ast.Call(args=[argument]) if node.attr in {"contains", "has_key", "includes", "has"}:
            text = f"{crash.bench.text(argument, 7)} in {base}"
            yield crash.put(whole, text, 0.7, "contains")
    if isinstance(node.value, ast.Attribute) and not isinstance(whole.node, ast.Call):
        outer = crash.bench.text(node.value.value, POSTFIX)
        yield crash.put(slot, f"{outer}.{node.attr}", 0.12, "dropped")


def _members(crash: Crash, node: ast.Attribute, kind: str) -> Iterator[Draft]:
    meant = _MEANT.get((kind, node.attr), ())
    for new, prior in zip(meant, (0.7, 0.25), strict=False):
        yield _named(crash, node, new, prior)
    known = [*crash.raised.has, *members_of(crash.bench.ground, kind)]
    for new in nearest(node.attr, dict.fromkeys(known), most=8, least=0.4):
        yield _named(crash, node, new, 0.8 * nearness(node.attr, new) ** 1.5)
    own = Definitions.of(crash.bench.ground).classes.get(kind, ())
    asked = _asked(crash, node)
    set_there = [name for one in own for name in one.attributes]
    others = list(dict.fromkeys([*asked, *set_there]))[:_MOST_OTHERS]
    for new in others:
        yield _named(crash, node, new, 0.3 / len(others))


def _asked(crash: Crash, node: ast.Attribute) -> list[str]:
    """Return what the class around, or the function, asks the same object for, nearest first."""
    same, function = ast.dump(node.value), crash.function or crash.node
    around = crash.module.parents.get(function)
    whole = around if isinstance(around, ast.ClassDef) else function
    found = [one for one in ast.walk(whole) if _is_of(one, same)]
    near = sorted(found, key=lambda one: abs(one.lineno - node.lineno))
    return [one.attr for one in near if one.attr != node.attr]


def _is_of(node: ast.AST, receiver: str) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and ast.dump(node.value) == receiver


def members_of(ground: Ground, kind: str) -> list[str]:
    """Return what objects of a class have, by its name in a message."""
    own = Definitions.of(ground).classes.get(kind, ())
    known = Definitions.of(ground)
    family = [one for some in own for one in known.family(some.node)]
    found = [name for one in family for name in (*one.methods, *one.attributes)]
    builtin = getattr(builtins, kind, None)
    found += [name for name in dir(builtin) if name[:1] != "_"] if builtin is not None else []
    return list(dict.fromkeys(found))


def _of_module(crash: Crash, module: str, name: str) -> Iterator[Draft]:
    paths = [path for path in crash.bench.ground.modules if _is_module(path, module)]
    own = [one for path in paths for one in top_names(crash.bench.ground.modules[path].tree)]
    for slot in _uses(crash, name):
        assert isinstance(slot.node, ast.Attribute)  # noqa: S101 - for the checker alone
        base = crash.bench.text(slot.node.value, POSTFIX)
        for new in nearest(
            name, dict.fromkeys([*crash.raised.has, *members(module), *own]), most=8, least=0.4
        ):
            yield _named(crash, slot.node, new, 0.8 * nearness(name, new) ** 1.5)
        if name in dir(builtins):
            yield crash.put(slot, name, 0.4, "builtin")
        if module in members(module):
            yield crash.put(slot, f"{base}.{module}.{name}", 0.6, "inner")
        moved = {"time": ("clock", "perf_counter"), "string": ("letters", "ascii_letters")}
        if moved.get(module, ("",))[0] == name:
            yield _named(crash, slot.node, moved[module][1], 0.7)
        if name[:1].isupper() and module == "collections":
            yield crash.put(slot, f"{base}.abc.{name}", 0.5, "inner")


def _is_module(path: str, module: str) -> bool:
    dotted = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return dotted == module or dotted.endswith(f".{module}")


def _of_own(crash: Crash, kind: str, name: str) -> Iterator[Draft]:
    """Set what an instance of the project's class lacks."""
    known = Definitions.of(crash.bench.ground)
    for one in known.classes[kind]:
        family = known.family(one.node)
        for held in family:
            yield from _set_in(crash, held, name)
        yield from _set_by_base(crash, one, family, name)


def _set_in(crash: Crash, one: Class, name: str) -> Iterator[Draft]:
    module = crash.bench.ground.modules[one.path]
    for method in methods(one.node):
        this = self_name(method)
        for node in ast.walk(method):
            match node:
                case ast.Assign(targets=[ast.Name(id=found) as target]) if found == name and this:
                    edit = Edit(module.start(target), module.end(target), f"{this}.{name}")
                    prior = 0.7 if method.name == "__init__" else 0.3
                    yield Draft(prior, "kept", f"{this}.{name} is set", (edit,), one.path)
    for method in methods(one.node):
        if method.name == "__init__":
            yield from _set_at_end(module, one, method, name)


def _set_at_end(module: Module, one: Class, method: Function, name: str) -> Iterator[Draft]:
    this = self_name(method)
    given = [argument.arg for argument in (*method.args.args, *method.args.kwonlyargs)]
    near = [found for found in given if found != this and nearness(found, name.strip("_")) > 0.9]
    ways = [(text, 0.65) for text in near]
    ways += [(text, 0.12) for text in ("None", "[]", "0", "{}", '""', "False", "set()")]
    kinds = one.attributes.get(name, frozenset())
    ways += [(DEFAULTS[kind], 0.35) for kind in sorted(kinds) if kind in DEFAULTS]
    best = dict(sorted(ways, key=lambda way: way[1]))
    for text, prior in best.items():
        edit = layout.behind(module, method.body[-1], f"{this}.{name} = {text}")
        if edit is not None and not isinstance(method.body[-1], ast.Return | ast.Raise):
            yield Draft(prior, "set", f"{this}.{name} = {text}", (edit,), one.path)


def _set_by_base(crash: Crash, one: Class, family: tuple[Class, ...], name: str) -> Iterator[Draft]:
    """Let the bases set up what they set up."""
    if not any(name in base.attributes for base in family[1:]):
        return
    module = crash.bench.ground.modules[one.path]
    for method in methods(one.node):
        has_super = any(
            isinstance(node, ast.Name) and node.id == "super" for node in ast.walk(method)
        )
        opening = layout.opening(method.body)
        if method.name == "__init__" and not has_super and opening is not None:
            wanted = next((one.methods["__init__"] for one in family[1:] if _has_init(one)), None)
            shared = [one.arg for one in method.args.args if wanted and one.arg in wanted.names]
            edit = layout.before(module, opening, f"super().__init__({', '.join(shared)})")
            if edit is not None:
                yield Draft(0.7, "base", "super().__init__()", (edit,), one.path)


def _has_init(one: Class) -> bool:
    return "__init__" in one.methods
