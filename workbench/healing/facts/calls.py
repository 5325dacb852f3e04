"""Facts about expressions: results that are dropped, calls that are missing, wrong literals."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from workbench.healing.facts.values import Detect, Fact, Unit, fact, has_call, mentions
from workbench.healing.ground import Function

_PURE_METHODS = frozenset(
    [
        "strip",
        "lstrip",
        "rstrip",
        "upper",
        "lower",
        "title",
        "capitalize",
        "swapcase",
        "casefold",
        "startswith",
        "endswith",
        "isdigit",
        "isalpha",
        "isalnum",
        "isspace",
        "isupper",
        "islower",
        "zfill",
        "ljust",
        "rjust",
        "center",
        "splitlines",
        "removeprefix",
        "removesuffix",
        "translate",
        "expandtabs",
        "rsplit",
        "partition",
        "rpartition",
        "keys",
        "values",
        "items",
        "union",
        "intersection",
        "difference",
        "symmetric_difference",
        "issubset",
        "issuperset",
        "copy",
    ]
)
_PURE_ON_TEXT = frozenset({"replace", "split", "join", "format", "encode", "decode"})
"""These are methods of others too, which do something."""
_PURE_FUNCTIONS = frozenset(
    [
        "sorted",
        "reversed",
        "len",
        "abs",
        "sum",
        "min",
        "max",
        "zip",
        "map",
        "filter",
        "enumerate",
        "range",
        "str",
        "repr",
        "round",
        "int",
        "float",
        "bool",
        "tuple",
        "set",
        "frozenset",
        "ord",
        "chr",
        "divmod",
        "pow",
        "any",
        "all",
        "isinstance",
        "type",
        "bin",
        "hex",
        "hash",
    ]
)
_IN_PLACE = frozenset({"append", "extend", "insert", "sort", "reverse", "clear"})
_CHANGING = _IN_PLACE | {"add", "update", "setdefault", "pop", "remove"}
_STATIC = frozenset({"staticmethod", "classmethod", "validator", "overload"})
_NO_FORMAT = frozenset({"format", "format_map", "Template", "compile", "match", "search", "sub"})


def statements(node: ast.AST) -> Iterator[Fact]:
    """Yield statements whose value nobody takes."""
    if not isinstance(node, ast.Expr):
        return
    value = node.value
    if isinstance(value, ast.Call) and (name := _pure(value)):
        sentence = f"The result of {name} is dropped."
        yield fact("dropped-result", node, sentence, ast.unparse(value))
    idle = isinstance(value, ast.Compare | ast.BinOp | ast.Name | ast.UnaryOp | ast.BoolOp)
    if idle and not has_call(value):
        yield fact("no-effect", node, "This does nothing.", ast.unparse(value))


def _pure(call: ast.Call) -> str:
    """Return what a call is called if it does nothing but return a value."""
    if isinstance(call.func, ast.Name):
        return call.func.id if call.func.id in _PURE_FUNCTIONS else ""
    if not isinstance(call.func, ast.Attribute):
        return ""
    text = isinstance(call.func.value, ast.Constant | ast.JoinedStr)
    name = call.func.attr
    texts = [one for one in call.args if isinstance(one, ast.Constant)]
    on_text = name == "replace" and len(texts) == 2
    return name if name in _PURE_METHODS or on_text or (text and name in _PURE_ON_TEXT) else ""


def none_results(node: ast.AST) -> Iterator[Fact]:
    """Yield uses of what a method returns that changes its object and returns nothing."""
    if isinstance(node, ast.Assign | ast.Return | ast.AnnAssign):
        value = node.value
    elif isinstance(node, ast.For):
        value = node.iter
    else:
        return
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        name = value.func.attr
        if name in _IN_PLACE and isinstance(value.func.value, ast.Name | ast.Attribute | ast.List):
            yield fact("none-result", node, f"{name} returns None.", name)


def literals(node: ast.AST) -> Iterator[Fact]:
    if isinstance(node, ast.Compare):
        for op, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.Is | ast.IsNot) and _is_value(right):
                sentence = "An identity is asked where values are compared."
                yield fact("is-literal", node, sentence, ast.unparse(right))
    if isinstance(node, ast.Dict):
        yield from _duplicate_keys(node)
    if isinstance(node, ast.Assert) and isinstance(node.test, ast.Tuple) and node.test.elts:
        yield fact("true-assertion", node, "A tuple is always true.")


def _is_value(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes | int | float) and not isinstance(
            node.value, bool
        )
    return isinstance(node, ast.Tuple | ast.List | ast.Dict)


def _duplicate_keys(node: ast.Dict) -> Iterator[Fact]:
    seen: list[object] = []
    for key in node.keys:
        if isinstance(key, ast.Constant):
            if (type(key.value), key.value) in seen:
                sentence = f"The key {key.value!r} is given twice."
                yield fact("duplicate-key", key, sentence, repr(key.value))
            seen.append((type(key.value), key.value))


def defaults(unit: Unit) -> Iterator[Fact]:
    """Yield defaults that all calls share."""
    given = unit.node.args
    named = [*given.posonlyargs, *given.args]
    pairs = [*zip(reversed(named), reversed(given.defaults), strict=False)]
    pairs += [
        (arg, value)
        for arg, value in zip(given.kwonlyargs, given.kw_defaults, strict=True)
        if value
    ]
    for argument, value in pairs:
        empty = isinstance(value, ast.List | ast.Dict | ast.Set)
        called = isinstance(value, ast.Call) and getattr(value.func, "id", "") in (
            "list",
            "set",
            "dict",
        )
        if empty or called:
            code = "mutated-default" if _is_changed(unit, argument.arg) else "mutable-default"
            sentence = f"All calls share the default of {argument.arg}."
            yield fact(code, unit.node, sentence, unit.node.name, argument.arg)


def _is_changed(unit: Unit, name: str) -> bool:
    for node in unit.own:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            holder, method = node.func.value, node.func.attr
            if getattr(holder, "id", "") == name and method in _CHANGING:
                return True
        stored = isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load)
        if stored and getattr(getattr(node, "value", None), "id", "") == name:
            return True
    return False


def missing_f(unit: Unit) -> Iterator[Fact]:
    """Yield texts that name variables in braces and are no f-strings."""
    excused = {id(one) for node in unit.all for one in _formatted(node)}
    names = unit.bound
    for node in unit.all:
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in excused
        ):
            found = [name for name in names if f"{{{name}}}" in node.value]
            for name in sorted(found):
                sentence = f"{{{name}}} stands in a text that is no f-string."
                yield fact("missing-f", node, sentence, name)


def _formatted(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the texts that something else fills in, or that are only said."""
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        yield from ast.walk(node) if name in _NO_FORMAT else ()
    if isinstance(node, ast.JoinedStr | ast.Expr) or (
        isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod)
    ):
        plain = not isinstance(node, ast.Expr) or isinstance(node.value, ast.Constant)
        yield from ast.walk(node) if plain else ()
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
        yield node.value


def missing_self(unit: Unit) -> Iterator[Fact]:
    """Yield methods that take no instance."""
    node, owner = unit.node, unit.owner
    if not owner or any(_named(one) in _STATIC for one in node.decorator_list):
        return
    if node.name in ("__new__", "__init_subclass__", "__class_getitem__") or node.args.vararg:
        return
    first = [*node.args.posonlyargs, *node.args.args][:1]
    if not first and not node.decorator_list:
        sentence = f"{node.name} takes no self."
        yield fact("missing-self", node, sentence, node.name)
    elif first and first[0].arg not in ("self", "cls") and _uses_self(unit, owner):
        yield fact("missing-self", node, f"{node.name} takes no self.", node.name)


def _named(node: ast.expr) -> str:
    inner = node.func if isinstance(node, ast.Call) else node
    return inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "")


def _uses_self(unit: Unit, owner: ast.ClassDef) -> bool:
    others = [one for one in owner.body if isinstance(one, Function) and one is not unit.node]
    usual = sum(1 for one in others if one.args.args and one.args.args[0].arg == "self")
    return "self" in unit.loads or (bool(others) and usual == len(others) and usual > 1)


def same_recursion(unit: Unit) -> Iterator[Fact]:
    """Yield calls of a function by itself with exactly what it was given."""
    names = [argument.arg for argument in unit.node.args.args]
    changed = {name for node in unit.own for name in _set_names(node)}
    names = names[1:] if unit.owner and names else names
    for node in unit.own:
        if isinstance(node, ast.Call) and _is_itself(unit, node) and not node.keywords:
            given = [getattr(one, "id", "") for one in node.args]
            if given == names and given and not changed & set(given):
                sentence = f"{unit.node.name} calls itself with what it was given."
                yield fact("same-recursion", node, sentence, unit.node.name)


def _is_itself(unit: Unit, call: ast.Call) -> bool:
    if unit.owner:
        mine = isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "self"
        return mine and getattr(call.func, "attr", "") == unit.node.name
    return getattr(call.func, "id", "") == unit.node.name


def _set_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from (name.id for name in mentions(node.func.value))


def not_called(unit: Unit) -> Iterator[Fact]:
    """Yield functions and methods that are used as if they were their results."""
    ours = unit.bound | unit.around
    for node in unit.own:
        for one in _tested(node):
            name = _of_function(one, unit, ours)
            if name:
                sentence = f"{name} is not called here."
                yield fact("not-called", one, sentence, name)


def _tested(node: ast.AST) -> Iterator[ast.expr]:
    """Yield expressions that are asked for their truth or their value."""
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        yield node.test
    if isinstance(node, ast.UnaryOp):
        yield node.operand
    if isinstance(node, ast.BoolOp):
        yield from node.values[:-1]
    if isinstance(node, ast.BinOp):
        yield from (node.left, node.right)
    if isinstance(node, ast.Compare) and any(
        isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops
    ):
        yield from (node.left, *node.comparators)
    if isinstance(node, ast.For | ast.comprehension):
        yield node.iter


def _of_function(node: ast.expr, unit: Unit, ours: frozenset[str]) -> str:
    if isinstance(node, ast.Name):
        return node.id if node.id in unit.outer.functions and node.id not in ours else ""
    if not isinstance(node, ast.Attribute) or not unit.owner:
        return ""
    mine = getattr(node.value, "id", "") == "self"
    return node.attr if mine and node.attr in unit.outer.owner(unit.owner).methods else ""


def wrong_arguments(unit: Unit) -> Iterator[Fact]:
    """Yield calls of functions and methods of the file that they cannot take."""
    ours = unit.bound | unit.around
    for node in unit.own:
        if not isinstance(node, ast.Call):
            continue
        target, skipped = _target(node, unit, ours)
        if target and _does_not_fit(node, target, skipped):
            sentence = f"{target.name} does not take these arguments."
            yield fact("wrong-arguments", node, sentence, target.name, str(len(node.args)))


def _target(call: ast.Call, unit: Unit, ours: frozenset[str]) -> tuple[Function | None, int]:
    if isinstance(call.func, ast.Name) and call.func.id not in ours:
        found = unit.outer.functions.get(call.func.id)
        return (found, 0) if found and not found.decorator_list else (None, 0)
    mine = isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "self"
    if mine and unit.owner and not unit.owner.decorator_list:
        methods = unit.outer.owner(unit.owner).methods
        return methods.get(getattr(call.func, "attr", "")), 1
    return None, 0


def _does_not_fit(call: ast.Call, target: Function, skipped: int) -> bool:
    given = target.args
    starred = any(isinstance(one, ast.Starred) for one in call.args)
    if starred or any(one.arg is None for one in call.keywords):
        return False
    places = [one.arg for one in [*given.posonlyargs, *given.args]][skipped:]
    keywords = {one.arg for one in call.keywords}
    allowed = {*places, *(one.arg for one in given.kwonlyargs)}
    needed = places[: len(places) - len(given.defaults)] if given.defaults else places
    missing = [name for name in needed[len(call.args) :] if name not in keywords]
    too_many = len(call.args) > len(places) and not given.vararg
    unknown = bool(keywords - allowed) and not given.kwarg
    return bool(missing) or too_many or unknown


EVERYWHERE: Sequence[tuple[Detect, tuple[type[ast.AST], ...]]] = (
    (statements, (ast.Expr,)),
    (none_results, (ast.Assign, ast.Return, ast.AnnAssign, ast.For)),
    (literals, (ast.Compare, ast.Dict, ast.Assert)),
)
IN_FUNCTIONS = (defaults, missing_f, missing_self, same_recursion, not_called, wrong_arguments)
