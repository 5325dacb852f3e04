"""Facts about names: never read, never set, set too late, hiding others."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from workbench.healing.facts.values import BUILTINS, Fact, Unit, binds, bound, fact, mentions
from workbench.healing.ground import Function

_FILLING = frozenset(
    [
        "append",
        "extend",
        "insert",
        "add",
        "update",
        "setdefault",
        "appendleft",
        "extendleft",
        "push",
        "put",
        "remove",
        "discard",
        "pop",
        "popitem",
        "popleft",
        "clear",
        "sort",
        "reverse",
        "intersection_update",
        "difference_update",
        "symmetric_difference_update",
        "rotate",
        "write",
    ]
)
_COLLECTIONS = frozenset({"list", "dict", "set", "deque", "Counter", "OrderedDict"})
_ONLY_READING = frozenset(
    [
        "len",
        "sorted",
        "list",
        "tuple",
        "set",
        "dict",
        "frozenset",
        "str",
        "repr",
        "print",
        "any",
        "all",
        "sum",
        "min",
        "max",
        "enumerate",
        "reversed",
        "zip",
        "map",
        "filter",
        "iter",
        "bool",
        "range",
        "isinstance",
        "type",
    ]
)
_LATER: Mapping[type[ast.AST], tuple[str, ...]] = {
    ast.Assign: ("targets",),
    ast.AnnAssign: ("target",),
    ast.AugAssign: ("target",),
    ast.NamedExpr: ("target",),
    ast.For: ("target", "body", "orelse"),
    ast.AsyncFor: ("target", "body", "orelse"),
}
"""The fields that are evaluated last, though they are written first."""
_INTERFACE = (ast.Pass, ast.Raise)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def unused(unit: Unit) -> Iterator[Fact]:
    """Yield the variables that are set and never read."""
    if unit.dynamic:
        return
    for node in unit.own:
        for name in _single_targets(node):
            if _is_meant(name) and name not in unit.loads | unit.declared:
                yield fact("unused-variable", node, f"{name} is set and never read.", name)


def _single_targets(node: ast.AST) -> Iterator[str]:
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AugAssign) or (isinstance(node, ast.AnnAssign) and node.value):
        targets = [node.target]
    yield from (one.id for one in targets if isinstance(one, ast.Name))


def _is_meant(name: str) -> bool:
    return not name.startswith("_")


def unused_arguments(unit: Unit) -> Iterator[Fact]:
    node = unit.node
    if unit.dynamic or _is_interface(node) or node.decorator_list or _is_special(node.name):
        return
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    for argument in given[1:] if unit.owner else given:
        if _is_meant(argument.arg) and argument.arg not in unit.loads:
            sentence = f"{node.name} never uses {argument.arg}."
            yield fact("unused-argument", node, sentence, node.name, argument.arg)


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and name != "__init__"


def _is_interface(node: Function) -> bool:
    """Tell whether a function is only there to be overridden."""
    return all(
        isinstance(one, _INTERFACE) or (isinstance(one, ast.Expr) and _is_constant(one.value))
        for one in node.body
    )


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def unused_loop_variables(unit: Unit) -> Iterator[Fact]:
    for node in unit.own:
        if not isinstance(node, ast.For) or unit.dynamic:
            continue
        if isinstance(node.target, ast.Name) and not _is_range(node.iter):
            name = node.target.id
            if _is_meant(name) and name not in unit.loads:
                sentence = f"The loop never uses {name}."
                yield fact("unused-loop-variable", node, sentence, name)


def _is_range(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "range"


def collections(unit: Unit) -> Iterator[Fact]:
    """Yield collections that are made empty and read but never filled, or filled but never read."""
    made = {name: node for node in unit.own for name in _made_empty(node)}
    stored = [name for node in unit.own for name in _stored(node)]
    for name, node in made.items():
        if name in unit.declared or unit.dynamic or name.startswith("_"):
            continue
        uses = [_use(parents, one) for parents, one in _chains(unit) if one.id == name]
        reads = [use for use in uses if use != "set"]
        if reads and stored.count(name) == 1 and set(reads) == {"read"}:
            yield fact("never-filled", node, f"{name} is read but never filled.", name)
        if reads and set(reads) == {"fill"}:
            yield fact("never-read", node, f"{name} is filled but never read.", name)


def _made_empty(node: ast.AST) -> Iterator[str]:
    value = getattr(node, "value", None)
    empty = isinstance(value, ast.List | ast.Set) and not value.elts
    empty = empty or (isinstance(value, ast.Dict) and not value.keys)
    if isinstance(value, ast.Call) and not value.args and not value.keywords:
        empty = getattr(value.func, "id", "") in _COLLECTIONS
    if empty and isinstance(node, ast.Assign | ast.AnnAssign):
        yield from _single_targets(node)


def _stored(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id


def _chains(unit: Unit) -> Iterator[tuple[list[ast.AST], ast.Name]]:
    """Yield every name of a function with what is around it, innermost last."""
    waiting: list[tuple[list[ast.AST], ast.AST]] = [([], one) for one in unit.node.body]
    while waiting:
        around, node = waiting.pop()
        if isinstance(node, ast.Name):
            yield around, node
        waiting += [([*around, node], child) for child in ast.iter_child_nodes(node)]


def _use(around: list[ast.AST], node: ast.Name) -> str:
    """Tell what is done with a collection: set, fill, read, or anything else."""
    parent = around[-1]
    if isinstance(parent, ast.AugAssign) and parent.target is node:
        return "fill"
    if not isinstance(node.ctx, ast.Load):
        return "set"
    if isinstance(parent, ast.Attribute) and parent.value is node:
        return _use_of_method(around, parent)
    if isinstance(parent, ast.Subscript) and parent.value is node:
        return _use_of_item(around, parent)
    if isinstance(parent, ast.Call) and getattr(parent.func, "id", "") not in _ONLY_READING:
        return "other"
    reading = (ast.Return, ast.For, ast.comprehension, ast.Compare, ast.Call, ast.If, ast.While)
    return "read" if isinstance(parent, reading) else "other"


def _use_of_method(around: list[ast.AST], parent: ast.Attribute) -> str:
    if parent.attr not in _FILLING:
        return "read"
    ignored = len(around) > 2 and isinstance(around[-3], ast.Expr)
    return "fill" if ignored and isinstance(around[-2], ast.Call) else "other"


def _use_of_item(around: list[ast.AST], parent: ast.Subscript) -> str:
    if isinstance(parent.ctx, ast.Load):
        outer = around[-2]
        deeper = isinstance(outer, ast.Attribute | ast.Subscript) and outer.value is parent
        return "other" if deeper else "read"
    return "fill"


def undefined(unit: Unit) -> Iterator[Fact]:
    """Yield the names that are read and bound nowhere."""
    known = unit.outer.names
    if known is None:
        return
    inner = known | unit.around | unit.bound | unit.declared
    yield from _undefined(unit.node.body, inner)


def _undefined(nodes: list[ast.stmt], known: frozenset[str]) -> Iterator[Fact]:
    for node in nodes:
        for name in _free(node, known):
            yield fact("undefined-name", name, f"{name.id} is not defined.", name.id)


def _free(node: ast.AST, known: frozenset[str]) -> Iterator[ast.Name]:
    """Yield the names read at or below a node that nothing around binds."""
    if isinstance(node, ast.Name):
        if not isinstance(node.ctx, ast.Store) and node.id not in known:
            yield node
        return
    if isinstance(node, Function):
        outside = [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
        yield from (name for one in outside for name in _free(one, known))
        return
    inner = known
    if isinstance(node, ast.Lambda | ast.ClassDef):
        inner = known | frozenset(bound(node))
    elif isinstance(node, _COMPREHENSIONS):
        stores = (one.target for one in node.generators)
        inner = known | {name.id for target in stores for name in mentions(target)}
    for child in ast.iter_child_nodes(node):
        yield from _free(child, inner)


def used_before_set(unit: Unit) -> Iterator[Fact]:
    """Yield variables whose every binding comes after, or lies inside, what first reads them."""
    first: dict[str, tuple[str, ast.Name]] = {}
    loops = [node for node in unit.own if isinstance(node, ast.For | ast.While | ast.AsyncFor)]
    ours = unit.bound - unit.declared - frozenset(unit.parameters)
    other = {name for node in unit.own for name in _bound_otherwise(node)}
    for name in _in_order(unit.node.body):
        first.setdefault(name.id, ("store" if isinstance(name.ctx, ast.Store) else "load", name))
    for text, (kind, name) in first.items():
        inside = any(loop.lineno <= name.lineno <= (loop.end_lineno or 0) for loop in loops)
        if kind == "load" and text in ours - other and not inside:
            yield fact("used-before-set", name, f"{text} is read before it is set.", text)


def _bound_otherwise(node: ast.AST) -> Iterator[str]:
    """Yield what is bound by more than a plain name: definitions, imports, patterns."""
    if not isinstance(node, ast.Name):
        yield from binds(node)
    if isinstance(node, _COMPREHENSIONS):
        yield from (name.id for part in node.generators for name in mentions(part.target))


def _in_order(body: list[ast.stmt]) -> Iterator[ast.Name]:
    """Yield the names of a body as they are evaluated, as far as that matters here."""
    for statement in body:
        yield from _evaluated(statement)


def _evaluated(node: ast.AST) -> Iterator[ast.Name]:
    if isinstance(node, ast.Name):
        yield node
    if isinstance(node, (*_SCOPES, *_COMPREHENSIONS)):
        return
    for child in _children(node):
        if isinstance(node, ast.AugAssign) and child is node.target and isinstance(child, ast.Name):
            yield ast.copy_location(ast.Name(child.id, ast.Load()), child)
        yield from _evaluated(child)


def _children(node: ast.AST) -> list[ast.AST]:
    """Return the nodes below one in the order in which they are evaluated."""
    later = _LATER.get(type(node))
    if not later:
        return list(ast.iter_child_nodes(node))
    fields = [(name, value) for name, value in ast.iter_fields(node) if name not in later]
    fields += [(name, getattr(node, name)) for name in later]
    values = [one for _, value in fields for one in (value if isinstance(value, list) else [value])]
    return [one for one in values if isinstance(one, ast.AST)]


def shadowed(unit: Unit) -> Iterator[Fact]:
    """Yield built-in functions that are called though a variable hides them."""
    ours = (unit.bound - unit.declared) & BUILTINS
    values = {name for node in unit.own for name in _plainly_set(node)}
    for node in unit.own:
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if name in ours & values:
            sentence = f"{name} is called, but a variable hides the built-in function."
            yield fact("shadowed-builtin", node, sentence, name)


def _plainly_set(node: ast.AST) -> Iterator[str]:
    """Yield the names that are set to something that cannot be called."""
    value = getattr(node, "value", None)
    if isinstance(node, ast.Assign) and isinstance(
        value, ast.Constant | ast.List | ast.Dict | ast.Set | ast.BinOp | ast.ListComp | ast.Call
    ):
        yield from _single_targets(node)


def undefined_attributes(unit: Unit) -> Iterator[Fact]:
    """Yield attributes of the instance that nothing in its file sets."""
    first = unit.parameters[:1]
    if not unit.owner or first != ("self",) or not unit.outer.owner(unit.owner).is_closed:
        return
    known = {name for one in unit.outer.owner(unit.owner).line for name in one.members}
    known |= unit.outer.attributes
    for node in unit.own:
        name = _read_of_self(node)
        if name and name not in known:
            sentence = f"self.{name} is read, but nothing sets it."
            yield fact("undefined-attribute", node, sentence, name)


def _read_of_self(node: ast.AST) -> str:
    """Return which attribute of the instance a node reads."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
        return ""
    own = getattr(node.value, "id", "") == "self" and not node.attr.startswith("__")
    return node.attr if own else ""


DETECTORS = (
    unused,
    unused_arguments,
    unused_loop_variables,
    collections,
    undefined,
    used_before_set,
    shadowed,
    undefined_attributes,
)
