"""Another function or method in the place of one that is called; calls left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import POSTFIX, Bench, Draft, Slot, finished, ranked, short
from workbench.healing.ground import Ground, Site
from workbench.healing.insight.definitions import Definitions
from workbench.healing.insight.kinds import Kinds, agree
from workbench.healing.insight.nearness import nearness
from workbench.healing.insight.scope import BUILTINS, Origin
from workbench.splice import Edit

_METHODS: tuple[tuple[str, ...], ...] = (
    ("append", "extend", "insert", "add", "appendleft"),
    ("append", "remove", "pop"),
    ("add", "update", "discard", "remove", "append"),
    ("update", "setdefault", "difference_update", "intersection_update"),
    ("pop", "popleft", "remove", "discard", "popitem", "clear"),
    ("get", "pop", "setdefault"),
    ("strip", "lstrip", "rstrip", "removesuffix", "removeprefix"),
    ("split", "rsplit", "partition", "rpartition", "splitlines"),
    ("find", "index", "rfind", "rindex"),
    ("lower", "upper", "casefold", "title", "capitalize", "swapcase"),
    ("startswith", "endswith"),
    ("keys", "values", "items"),
    ("isdigit", "isalpha", "isalnum", "isnumeric", "isdecimal", "isspace"),
    ("islower", "isupper", "istitle"),
    ("ljust", "rjust", "center", "zfill"),
    ("union", "intersection", "difference", "symmetric_difference"),
    ("issubset", "issuperset", "isdisjoint"),
    ("read", "readline", "readlines"),
    ("write", "writelines"),
    ("match", "search", "fullmatch", "findall", "finditer"),
    ("group", "groups", "groupdict"),
    ("appendleft", "append", "extendleft"),
    ("encode", "decode"),
    ("floor", "ceil", "trunc"),
    ("sin", "cos", "tan"),
    ("log", "log2", "log10", "exp"),
    ("copy", "deepcopy"),
    ("heappush", "heappop", "heapify", "heappushpop", "heapreplace"),
    ("nlargest", "nsmallest"),
    ("bisect_left", "bisect_right", "insort", "insort_left", "insort_right", "bisect"),
    ("load", "loads"),
    ("dump", "dumps"),
    ("isfile", "isdir", "exists", "is_file", "is_dir"),
    ("basename", "dirname"),
    ("now", "utcnow", "today"),
    ("permutations", "combinations", "product", "combinations_with_replacement"),
    ("count", "index"),
    ("sort", "reverse"),
    ("seconds", "total_seconds"),
    ("warning", "error", "info", "debug", "exception"),
    ("max", "min"),
    ("minimum", "maximum"),
    ("argmax", "argmin"),
    ("sum", "mean", "prod"),
    ("put", "get", "put_nowait", "get_nowait"),
    ("acquire", "release"),
    ("lstrip", "removeprefix"),
)
_FUNCTIONS: tuple[tuple[str, ...], ...] = (
    ("min", "max", "sum"),
    ("any", "all"),
    ("int", "float", "round", "str", "bool"),
    ("sorted", "reversed", "list", "set"),
    ("list", "tuple", "set", "frozenset", "sorted", "dict"),
    ("range", "len", "enumerate"),
    ("ord", "chr"),
    ("bin", "hex", "oct"),
    ("str", "repr", "ascii"),
    ("isinstance", "issubclass"),
    ("hasattr", "getattr"),
    ("floor", "ceil", "round", "int"),
    ("map", "filter"),
    ("zip", "enumerate"),
    ("copy", "deepcopy"),
    ("heappush", "heappop", "heapify"),
    ("abs", "int"),
    ("len", "sum", "max"),
    ("deque", "list"),
    ("Counter", "set", "dict"),
    ("bisect_left", "bisect_right", "insort"),
)


def _table(families: tuple[tuple[str, ...], ...]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for family in families:
        for name in family:
            others = dict.fromkeys(other for other in family if other != name)
            found.setdefault(name, {}).update(others)
    return {name: tuple(others) for name, others in found.items()}


_ASKS_FOR_KINDS = frozenset({"isinstance", "issubclass", "hasattr", "getattr", "setattr", "super"})
"""Nobody writes these where a function of the project was meant."""
METHODS, FUNCTIONS = _table(_METHODS), _table(_FUNCTIONS)


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    return finished("calls", site, _drafts(Bench(ground, site)))


def _drafts(bench: Bench) -> Iterator[Draft]:
    for slot in bench.slots:
        match slot.node:
            case ast.Call(func=ast.Attribute() as function) as call:
                yield from _methods(bench, function, call)
                yield from _own_methods(bench, function, call)
                yield from _unwrapped(bench, slot, call)
                yield from _of_method(bench, slot, call, function)
            case ast.Call(func=ast.Name() as function) as call:
                yield from _functions(bench, function, call)
                yield from _unwrapped(bench, slot, call)
                yield from _instances(bench, call)
            case ast.Attribute() | ast.Name():
                yield from _called(bench, slot)
            case ast.Subscript() as subscript:
                yield from _gotten(bench, slot, subscript)
            case ast.List(elts=[element]) if not isinstance(element, ast.Starred):
                yield from _collected(bench, slot, element)
            case ast.Dict() | ast.Set():
                yield from _copied(bench, slot)


def _renamed(bench: Bench, function: ast.expr, name: str, prior: float, rule: str) -> Draft:
    old = getattr(function, "attr", getattr(function, "id", ""))
    end = bench.module.end(function)
    edit = Edit(end - len(old.encode()), end, name)
    return Draft(prior, rule, f"{old} becomes {name}", (edit,))


def _methods(bench: Bench, function: ast.Attribute, call: ast.Call) -> Iterator[Draft]:
    others = METHODS.get(function.attr, ())
    kinds = bench.scope.kinds(function.value)
    ended = _ENDED if b"deque" in bench.module.data else frozenset[str]()
    fitting = [
        name
        for name in others
        if (name in ended or _has(kinds, name))
        and _accepts(name, call)
        and _gives(bench, name, call)
    ]
    for name, prior in zip(fitting, ranked(0.14, len(fitting)), strict=True):
        yield _renamed(bench, function, name, prior, "method")


_ENDED = frozenset({"popleft", "appendleft", "extendleft"})
"""What a deque has besides what a list has, whose name it goes by."""
_GIVING_NOTHING = frozenset({"clear", "remove", "discard", "reverse", "append", "extend", "insert"})


def _gives(bench: Bench, name: str, call: ast.Call) -> bool:
    """Say whether a method can stand where its result is used."""
    return name not in _GIVING_NOTHING or isinstance(bench.module.parents.get(call), ast.Expr)


_NO_ARGUMENTS = frozenset(
    {
        *("popitem", "clear", "keys", "values", "items", "popleft", "reverse", "copy", "lower"),
        *("upper", "title", "capitalize", "swapcase", "casefold", "isdigit", "isalpha", "isalnum"),
    }
)
_ARGUMENTS = frozenset({"append", "extend", "insert", "add", "remove", "discard", "setdefault"})


def _accepts(name: str, call: ast.Call) -> bool:
    if call.args:
        return name not in _NO_ARGUMENTS
    return name not in _ARGUMENTS


_OWNED: Mapping[str, type] = {one.__name__: one for one in (list, dict, str, set, tuple, bytes)}


def _has(kinds: Kinds, name: str) -> bool:
    """Say whether what is of these kinds may have a method; what is not known may have any."""
    known = [_OWNED[kind] for kind in kinds if kind in _OWNED]
    return not known or len(known) < len(kinds) or any(hasattr(one, name) for one in known)


def _own_methods(bench: Bench, function: ast.Attribute, call: ast.Call) -> Iterator[Draft]:
    """Call another method of the project's class that takes as many arguments."""
    known = Definitions.of(bench.ground)
    given = len(call.args) + len(call.keywords)
    classes = [one for some in known.classes.values() for one in some]
    holding = [one for one in classes if function.attr in one.methods]
    if bench.scope.this and bench.module.of(function.value) == bench.scope.this:
        holding = list(bench.scope.classes)
    fit = [
        name
        for one in holding
        for name, held in one.methods.items()
        if held.takes(given) and name != function.attr and not name.startswith("__")
    ]
    ordered = sorted(dict.fromkeys(fit), key=lambda name: -nearness(name, function.attr))[:8]
    for name, prior in zip(ordered, ranked(0.08, len(ordered)), strict=True):
        yield _renamed(bench, function, name, prior, "method")


def _functions(bench: Bench, function: ast.Name, call: ast.Call) -> Iterator[Draft]:
    others = FUNCTIONS.get(function.id, ()) if function.id not in bench.scope.by_text else ()
    known = [name for name in others if _is_callable(bench, name)]
    for name, prior in zip(known, ranked(0.12, len(known)), strict=True):
        yield _renamed(bench, function, name, prior, "function")
    if function.id in _ASKS_FOR_KINDS:
        return
    given = len(call.args) + len(call.keywords)
    found = bench.scope.of_origin(Origin.FUNCTION, Origin.CLASS, Origin.IMPORT, Origin.METHOD)
    names = [one.text for one in found if one.text != function.id]
    fit = [name for name in names if _takes(bench, name, given)]
    ordered = sorted(fit, key=lambda name: -nearness(name, function.id))[:8]
    for name, prior in zip(ordered, ranked(0.08, len(ordered)), strict=True):
        edit = bench.instead(Slot(function, call, "func"), name)
        yield Draft(prior, "function", f"{function.id} becomes {name}", (edit,))


def _is_callable(bench: Bench, name: str) -> bool:
    return name in bench.scope.by_text or name in BUILTINS


def _takes(bench: Bench, name: str, given: int) -> bool:
    known = list(Definitions.of(bench.ground).signatures(name.rpartition(".")[2]))
    return any(one.takes(given) for one in known)


def _unwrapped(bench: Bench, slot: Slot, call: ast.Call) -> Iterator[Draft]:
    """Leave a call out, and keep what it is given or what it is called on."""
    if isinstance(slot.parent, ast.Expr):
        return
    name = short(bench.text(call.func), 20)
    for argument in call.args[:3]:
        if not isinstance(argument, ast.Starred | ast.GeneratorExp):
            prior = 0.04 if len(call.args) == 1 else 0.012
            edit = bench.instead(slot, bench.text(argument))
            yield Draft(prior, "unwrapped", f"without {name}()", (edit,))
    match call.func:
        case ast.Attribute(value=base) if not _is_imported(bench, base):
            edit = bench.instead(slot, bench.text(base))
            prior = 0.03 if len(call.args) < 2 else 0.01
            yield Draft(prior, "unwrapped", f"without .{call.func.attr}()", (edit,))
            end = bench.module.end(call.func)
            bare = Edit(end, bench.module.end(call), "")
            if not call.args:
                yield Draft(0.02, "uncalled", f".{call.func.attr} is not called", (bare,))


def _is_imported(bench: Bench, base: ast.expr) -> bool:
    named = bench.scope.by_text.get(bench.text(base))
    return named is not None and named.origin in {Origin.IMPORT, Origin.CLASS}


_OBJECT_TO_FUNCTION = {"sort": "sorted({0})", "reverse": "{0}[::-1]", "copy": "list({0})"}


_REWRITTEN: Mapping[tuple[str, int], tuple[tuple[float, str], ...]] = {
    ("append", 1): (
        (0.02, "{0}.append({1}[:])"),
        (0.02, "{0}.append(list({1}))"),
        (0.012, "{0}.insert(0, {1})"),
        (0.012, "{0}.extend({1})"),
        (0.01, "{0}.append([{1}])"),
        (0.01, "{0}.append({1}.copy())"),
    ),
    ("add", 1): ((0.02, "{0}.add(tuple({1}))"), (0.02, "{0}.update({1})")),
    ("get", 1): ((0.02, "{0}[{1}]"),),
    ("get", 2): ((0.01, "{0}[{1}]"), (0.01, "{0}.get({1})")),
    ("pop", 0): ((0.05, "{0}.pop(0)"), (0.008, "{0}[-1]")),
    ("pop", 1): ((0.05, "{0}.pop()"),),
    ("insert", 2): ((0.05, "{0}.append({2})"),),
    ("extend", 1): ((0.03, "{0}.append({1})"), (0.012, "{0}.extend([{1}])")),
    ("join", 1): ((0.02, "{0}.join(map(str, {1}))"),),
    ("remove", 1): ((0.02, "{0}.discard({1})"), (0.006, "{0}.pop({1})")),
    ("update", 1): ((0.012, "{0}.add({1})"),),
}
"""What a method with so many arguments can be written as: `{0}` is what it is called on."""


def _of_method(
    bench: Bench, slot: Slot, call: ast.Call, function: ast.Attribute
) -> Iterator[Draft]:
    """Write what a method does in another way: a copy, an insertion at the front, a subscript."""
    texts = [bench.text(function.value, POSTFIX), *(bench.text(one, 1) for one in call.args)]
    for prior, form in _REWRITTEN.get((function.attr, len(call.args)), ()):
        text = form.format(*texts)
        yield Draft(prior, "method", short(text), (bench.instead(slot, text),))
    if isinstance(slot.parent, ast.Assign | ast.Return) and function.attr in _OBJECT_TO_FUNCTION:
        text = _OBJECT_TO_FUNCTION[function.attr].format(*texts)
        yield Draft(0.1, "result", short(text), (bench.instead(slot, text),))


def _instances(bench: Bench, call: ast.Call) -> Iterator[Draft]:
    """Let `isinstance` accept another class, or one more."""
    match call:
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, wanted]):
            yield from _accepted(bench, call, wanted)


_ALIKE = {
    "int": ("float", "bool", "str"),
    "float": ("int",),
    "list": ("tuple", "dict", "set", "str"),
    "tuple": ("list",),
    "str": ("bytes", "int", "list"),
    "bytes": ("str", "bytearray"),
    "dict": ("list", "set"),
    "set": ("frozenset", "list"),
    "bool": ("int",),
}


def _accepted(bench: Bench, call: ast.Call, wanted: ast.expr) -> Iterator[Draft]:
    slot, text = Slot(wanted, call, "args"), bench.text(wanted)
    for name in _ALIKE.get(text, ()):
        both = bench.instead(slot, f"({text}, {name})")
        yield Draft(0.03, "instance", f"{name} too", (both,))
        yield Draft(0.02, "instance", f"{text} becomes {name}", (bench.instead(slot, name),))
    if isinstance(wanted, ast.Tuple):
        for one in wanted.elts:
            edit = bench.instead(slot, bench.text(one))
            yield Draft(0.012, "instance", f"only {bench.text(one)}", (edit,))


def _called(bench: Bench, slot: Slot) -> Iterator[Draft]:
    """Call what is only named: a method of the project, a function, a copy."""
    if slot.field == "func" or isinstance(slot.parent, ast.Attribute):
        return
    named = bench.scope.by_text.get(bench.text(slot.node))
    origins = {Origin.METHOD, Origin.FUNCTION, Origin.CLASS}
    is_own = named is not None and named.origin in origins
    attr = slot.node.attr if isinstance(slot.node, ast.Attribute) else ""
    is_method = attr in METHODS or attr in Definitions.of(bench.ground).methods
    if is_own or (is_method and (named is None or named.origin is not Origin.ATTRIBUTE)):
        prior = 0.12 if isinstance(slot.parent, ast.Expr) else 0.04
        edit = bench.instead(slot, f"{bench.text(slot.node)}()")
        yield Draft(prior, "called", f"{bench.text(slot.node)} is called", (edit,))


def _gotten(bench: Bench, slot: Slot, node: ast.Subscript) -> Iterator[Draft]:
    """Take what a key stands for if it is there, or something empty."""
    if isinstance(node.slice, ast.Slice | ast.Tuple):
        return
    kinds = bench.scope.kinds(node.value)
    if not agree(kinds, frozenset({"dict"})):
        return
    prior = 0.03 if "dict" in kinds else 0.004
    base, key = bench.text(node.value, 16), bench.text(node.slice, 1)
    for default, fit in (("", 1.0), (", 0", 0.8), (", []", 0.5), (', ""', 0.5), (", {}", 0.2)):
        edit = bench.instead(slot, f"{base}.get({key}{default})")
        yield Draft(prior * fit, "get", f".get({short(key, 20)}{default})", (edit,))


def _collected(bench: Bench, slot: Slot, element: ast.expr) -> Iterator[Draft]:
    """Take what is in a list of one as the list, or by itself."""
    text = bench.text(element, 1)
    yield Draft(0.02, "list", f"list({short(text)})", (bench.instead(slot, f"list({text})"),))
    yield Draft(0.02, "list", f"{short(text)} itself", (bench.instead(slot, text),))


def _copied(bench: Bench, slot: Slot) -> Iterator[Draft]:
    """Let an empty dict count or hold lists by itself where the module knows how."""
    names = {one.text for one in bench.scope.of_origin(Origin.IMPORT)}
    if isinstance(slot.node, ast.Dict) and not slot.node.keys and "defaultdict" in names:
        for kind in ("int", "list", "set"):
            edit = bench.instead(slot, f"defaultdict({kind})")
            yield Draft(0.02, "default", f"defaultdict({kind})", (edit,))
