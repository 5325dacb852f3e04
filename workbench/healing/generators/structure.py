"""How values are put together: nesting, pairs in the other order, keys, defaults, both ends."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Module, Site
from workbench.healing.insight.layout import head
from workbench.healing.insight.scope import Origin, Scope
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.splice import Edit

_FAMILY = {"append": "extend", "extend": "append", "add": "update", "update": "add"}
_ORDERING = frozenset({"sort", "sorted", "min", "max", "nlargest", "nsmallest"})


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    nodes = list(head(site.node))
    yield from ranked(
        shared(site, "structure:order", 0.06, _orders(site.module, nodes)),
        shared(site, "structure:nesting", 0.06, _nesting(site.module, nodes)),
        shared(site, "structure:ends", 0.05, _ends(site.module, nodes)),
        shared(site, "structure:key", 0.1, _keys(site.module, nodes)),
        shared(site, "structure:default", 0.05, _defaults(site)),
        shared(site, "structure:element", 0.04, _elements(ground, site, nodes)),
        shared(site, "structure:division", 0.05, _divisions(site.module, nodes)),
        shared(site, "structure:target", 0.03, _assigned(ground, site)),
        shared(site, "structure:collect", 0.08, _collected(site)),
        shared(site, "structure:sort", 0.03, _sorted_by(ground, site, nodes)),
    )


def _orders(module: Module, nodes: Sequence[ast.AST]) -> Iterator[Option]:
    """Yield tuples of two or three with two of their elements exchanged."""
    for node in nodes:
        if isinstance(node, ast.Tuple) and 2 <= len(node.elts) <= 4:
            count = len(node.elts)
            for one in range(count):
                for other in range(one + 1, count):
                    left, right = node.elts[one], node.elts[other]
                    yield _exchanged(module, left, right)


def _exchanged(module: Module, left: ast.expr, right: ast.expr) -> Option:
    edits = (
        module.instead(left, module.of(right)),
        module.instead(right, module.of(left)),
    )
    return Option(edits, 1.0, f"{module.of(left)} and {module.of(right)} exchanged")


def _nesting(module: Module, nodes: Sequence[ast.AST]) -> Iterator[Option]:
    """Yield one level of list more or less: `[x]` for `x`, append for extend."""
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr=method) as function, args=[given], keywords=[]):
                if method in _FAMILY:
                    yield from _added(module, function, given)
            case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
                yield from _levels(module, value, 0.3)
            case ast.Assign(value=value) if not isinstance(value, ast.Constant):
                yield from _levels(module, value, 0.1)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                yield from _levels(module, left, 0.5)
                yield from _levels(module, right, 0.7)
            case ast.AugAssign(op=ast.Add(), value=value):
                yield from _levels(module, value, 0.7)


def _added(module: Module, function: ast.Attribute, given: ast.expr) -> Iterator[Option]:
    start, end = module.end(function) - len(function.attr.encode()), module.end(function)
    other = _FAMILY[function.attr]
    yield from option(Edit(start, end, other), 1.0, f"{function.attr} becomes {other}")
    yield from _levels(module, given, 0.5)
    if isinstance(given, ast.Name | ast.Attribute | ast.Subscript) and function.attr in (
        "append",
        "add",
    ):
        at = module.end(given)
        yield from option(Edit(at, at, "[:]"), 0.6, "a copy of it")
        yield from option(module.around(given, "list(", ")"), 0.6, "a copy of it")
        yield from option(module.around(given, "tuple(", ")"), 0.3, "as a tuple")


def _levels(module: Module, node: ast.expr, weight: float) -> Iterator[Option]:
    if isinstance(node, ast.Starred | ast.NamedExpr | ast.Yield | ast.GeneratorExp | ast.Tuple):
        return
    if isinstance(node, ast.List) and len(node.elts) == 1:
        inner = node.elts[0]
        if not isinstance(inner, ast.Starred):
            yield from option(module.instead(node, module.of(inner)), weight * 2, "one level less")
    elif not isinstance(node, ast.Constant | ast.JoinedStr):
        yield from option(module.around(node, "[", "]"), weight, "one level more")


def _ends(module: Module, nodes: Sequence[ast.AST]) -> Iterator[Option]:
    """Yield slices and chains of comparisons with both ends changed alike."""
    for node in nodes:
        if isinstance(node, ast.Slice) and node.lower is not None and node.upper is not None:
            for by in (1, -1):
                edits = (_shifted(module, node.lower, by), _shifted(module, node.upper, by))
                yield Option(edits, 1.0, f"both ends {'up' if by > 0 else 'down'} by one")
        elif isinstance(node, ast.Compare) and len(node.ops) == 2:
            yield from _chain(module, node)


def _shifted(module: Module, node: ast.expr, by: int) -> Edit:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return module.instead(node, str(node.value + by))
    text = module.of(node)
    plain = isinstance(node, ast.Name | ast.Call | ast.Attribute | ast.Subscript)
    return module.instead(node, f"{text if plain else f'({text})'} {'+' if by > 0 else '-'} 1")


_STRICT = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_LOOSER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


def _chain(module: Module, node: ast.Compare) -> Iterator[Option]:
    operators = [_STRICT.get(type(op)) for op in node.ops]
    if None in operators:
        return
    parts = [node.left, *node.comparators]
    edits = []
    for operator, left, right in zip(operators, parts, parts[1:], strict=False):
        gap = module.piece(module.end(left), module.start(right))
        text = gap.replace(operator or "", _LOOSER[operator or "<"], 1)
        edits.append(Edit(module.end(left), module.start(right), text))
    yield Option(tuple(edits), 1.0, "both bounds otherwise strict")


def _keys(module: Module, nodes: Sequence[ast.AST]) -> Iterator[Option]:
    """Yield orderings reversed, by another position, or by value."""
    for node in nodes:
        if isinstance(node, ast.Call) and _name(node) in _ORDERING:
            yield from _ordering(module, node)


def _name(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _ordering(module: Module, node: ast.Call) -> Iterator[Option]:
    given = {one.arg: one.value for one in node.keywords}
    sorts = _name(node) in ("sort", "sorted")
    if None in given or (len(node.args) > 1 and sorts):
        return
    added = [] if "key" in given else [(f"key={key}", usual) for key, usual in _KEYS]
    if sorts and "reverse" not in given:
        added.append(("reverse=True", 1.0))
    for text, weight in added:
        yield from option(_argument(module, node, text), weight, text)
    if isinstance(given.get("key"), ast.Lambda):
        yield from _key(module, given["key"])
    if isinstance(given.get("reverse"), ast.Constant):
        flag = given["reverse"]
        yield from option(module.instead(flag, str(not flag.value)), 0.8, "in the other order")  # type: ignore[attr-defined]


_KEYS = (
    ("len", 0.4),
    ("lambda x: x[1]", 0.4),
    ("lambda x: x[0]", 0.3),
    ("str.lower", 0.2),
    ("abs", 0.15),
    ("lambda x: x[-1]", 0.1),
    ("str", 0.1),
    ("int", 0.1),
)


def _argument(module: Module, node: ast.Call, text: str) -> Edit | None:
    last = [*node.args, *(one.value for one in node.keywords)]
    if not last:
        end = module.end(node) - 1
        return Edit(end, end, text)
    at = max(module.end(one) for one in last)
    if module.data[at:].lstrip()[:1] not in (b")", b",") or isinstance(last[0], ast.GeneratorExp):
        return None
    return Edit(at, at, f", {text}")


def _key(module: Module, key: ast.expr) -> Iterator[Option]:
    assert isinstance(key, ast.Lambda)  # noqa: S101 - for the checker alone
    body, text = key.body, module.of(key.body)
    names = [one.arg for one in key.args.args]
    if not names or isinstance(body, ast.NamedExpr):
        return
    plain = not isinstance(body, ast.BoolOp | ast.IfExp | ast.Compare | ast.Lambda | ast.Tuple)
    if plain and not isinstance(body, ast.UnaryOp):
        loose = isinstance(body, ast.BinOp)
        yield from option(
            module.instead(body, f"-({text})" if loose else f"-{text}"), 0.8, "the other way"
        )
    if isinstance(body, ast.Tuple):
        if len(body.elts) == 2:
            yield from option(
                module.instead(body, module.of(body.elts[0])), 0.3, "by the first alone"
            )
        for one in body.elts:
            minus = f"-{module.of(one)}"
            if isinstance(one, ast.Name | ast.Subscript | ast.Attribute | ast.Call):
                yield from option(module.instead(one, minus), 0.6, f"by {minus}")
    else:
        for other, usual in ((names[0], 0.3), (f"{names[0]}[0]", 0.2), (f"{names[0]}[1]", 0.2)):
            if other != text:
                yield from option(
                    module.instead(body, f"({text}, {other})"), usual, f"then by {other}"
                )
                yield from option(
                    module.instead(body, f"({other}, {text})"), usual, f"first by {other}"
                )


def _defaults(site: Site) -> Iterator[Option]:
    """Yield other defaults of a function's parameters."""
    if not isinstance(site.node, Function):
        return
    given = site.node.args
    for node in [*given.defaults, *given.kw_defaults]:
        for text, weight in _other_defaults(node):
            if node is not None and text != site.module.of(node):
                why = f"default {site.module.of(node)} becomes {text}"
                yield Option((site.module.instead(node, text),), weight, why)


def _other_defaults(node: ast.expr | None) -> Iterator[tuple[str, float]]:
    match node:
        case ast.Constant(value=bool(value)):
            yield str(not value), 1.0
            yield "None", 0.3
        case ast.Constant(value=int(value)):
            yield from ((str(value + 1), 0.4), (str(max(value - 1, 0)), 0.4), ("None", 0.3))
            yield from (("0", 0.4), ("1", 0.4))
        case ast.Constant(value=str()):
            yield from (('""', 0.5), ("None", 0.5), ('" "', 0.3))
        case ast.Constant(value=None):
            yield from (("()", 0.4), ('""', 0.3), ("0", 0.3), ("True", 0.3), ("False", 0.3))
        case ast.List() | ast.Dict() | ast.Set():
            yield "None", 1.0


def _elements(ground: Ground, site: Site, nodes: Sequence[ast.AST]) -> Iterator[Option]:
    """Yield comprehensions with another element, made of what they bind."""
    module = site.module
    for node in nodes:
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            bound = [name for part in node.generators for name in _names(part.target)]
            for name in [one for one in dict.fromkeys(bound) if one != module.of(node.elt)]:
                yield Option((module.instead(node.elt, name),), 0.7, f"collects {name}")
            over = node.generators[-1].iter
            if isinstance(node.elt, ast.Name) and isinstance(over, ast.Name):
                for one in Scope.of(ground, site).like(frozenset({"list"}), but={over.id})[:4]:
                    if one.text not in bound:
                        yield Option((module.instead(over, one.text),), 0.4, f"over {one.text}")
        elif isinstance(node, ast.DictComp) and module.of(node.key) != module.of(node.value):
            yield _exchanged(module, node.key, node.value)


def _names(node: ast.AST) -> list[str]:
    return [one.id for one in ast.walk(node) if isinstance(one, ast.Name)]


def _divisions(module: Module, nodes: Sequence[ast.AST]) -> Iterator[Option]:
    """Yield all divisions of a statement as whole ones, or none of them."""
    found = [one for one in nodes if isinstance(one, ast.BinOp) and isinstance(one.op, _DIVIDING)]
    kinds = {type(one.op) for one in found}
    if len(found) < 2 or len(kinds) > 1:
        return
    old, new = ("//", "/") if kinds == {ast.FloorDiv} else ("/", "//")
    edits = []
    for one in found:
        start, end = module.end(one.left), module.start(one.right)
        edits.append(Edit(start, end, module.piece(start, end).replace(old, new, 1)))
    yield Option(tuple(edits), 1.0, f"each {old} becomes {new}")


_DIVIDING = (ast.Div, ast.FloorDiv)


def _assigned(ground: Ground, site: Site) -> Iterator[Option]:
    """Yield the result bound to another name, or to two at once."""
    node = site.node
    if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
        return
    target = node.targets[0]
    near = [one for one in Scope.of(ground, site).values() if one.text != target.id]
    for one in near[:6]:
        weight = 1.0 / (1 + one.distance / 6) * (0.3 if "." in one.text else 1.0)
        yield Option((site.module.instead(target, one.text),), weight, f"{one.text} gets it")


def _collected(site: Site) -> Iterator[Option]:
    """Yield adding to what a key stands for, where a new list takes its place; append for `+=`."""
    module, node = site.module, site.node
    match node:
        case ast.Assign(
            targets=[ast.Subscript(value=owner, slice=key) as target],
            value=ast.List(elts=[ast.expr() as one]),
        ) if not isinstance(key, ast.Slice | ast.Tuple):
            start, end = module.start(node), module.end(node)
            owned, item = module.of(owner), module.of(one)
            for text, weight in (
                (f"{module.of(target)}.append({item})", 1.0),
                (f"{owned}.setdefault({module.of(key)}, []).append({item})", 1.0),
            ):
                yield from option(Edit(start, end, text), weight, text)
        case ast.AugAssign(target=ast.Name() | ast.Attribute() as target, op=ast.Add(), value=one):
            for method, weight in (("append", 0.5), ("extend", 0.1), ("add", 0.1)):
                text = f"{module.of(target)}.{method}({module.of(one)})"
                yield from option(Edit(module.start(node), module.end(node), text), weight, text)


def _sorted_by(ground: Ground, site: Site, nodes: Sequence[ast.AST]) -> Iterator[Option]:
    """Yield orderings by what a function or a class of the module makes of each element."""
    known = Scope.of(ground, site).of_origin(Origin.FUNCTION, Origin.CLASS)[:6]
    for node in nodes:
        if isinstance(node, ast.Call) and _name(node) in _ORDERING and not _has_key(node):
            for one in known:
                text = f"key={one.text}"
                yield from option(_argument(site.module, node, text), 0.3, text)


def _has_key(node: ast.Call) -> bool:
    return any(one.arg in ("key", None) for one in node.keywords)
