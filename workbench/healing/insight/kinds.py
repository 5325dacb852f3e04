"""Roughly what a value is, as far as source and recorded values show it.

Kinds are names of built-in types, `callable`, `none`, and `number` for what is int or float.
Nothing known is the empty set; several mean that any of them was seen.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import reduce

Kinds = frozenset[str]
UNKNOWN: Kinds = frozenset()
_NUMBERS = frozenset({"int", "float", "number", "bool"})
_SEQUENCES = frozenset({"list", "tuple", "str", "bytes"})
SIZED = _SEQUENCES | {"dict", "set"}

_DISPLAYS: Mapping[type[ast.expr], str] = {
    ast.List: "list",
    ast.ListComp: "list",
    ast.Tuple: "tuple",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.JoinedStr: "str",
    ast.Compare: "bool",
    ast.Lambda: "callable",
    ast.GeneratorExp: "iterator",
}
_CALLS: Mapping[str, str] = {
    **dict.fromkeys(("int", "len", "ord", "hash", "id"), "int"),
    **dict.fromkeys(("str", "repr", "chr", "input", "format", "hex", "bin", "oct", "ascii"), "str"),
    **dict.fromkeys(("list", "sorted", "dir"), "list"),
    **dict.fromkeys(("dict", "defaultdict", "Counter", "OrderedDict", "vars"), "dict"),
    **dict.fromkeys(("set", "frozenset"), "set"),
    **dict.fromkeys(("bool", "any", "all", "isinstance", "callable", "hasattr"), "bool"),
    **dict.fromkeys(("range", "zip", "enumerate", "map", "filter", "reversed", "iter"), "iterator"),
    **dict.fromkeys(("sum", "abs", "round", "divmod", "pow"), "number"),
    **dict.fromkeys(("float",), "float"),
    **dict.fromkeys(("tuple", "divmod"), "tuple"),
    **dict.fromkeys(("bytes", "bytearray"), "bytes"),
}
_RETURNS: Mapping[str, str] = {
    **dict.fromkeys(("strip", "lstrip", "rstrip", "lower", "upper", "join", "title"), "str"),
    **dict.fromkeys(("replace", "format", "capitalize", "decode", "read", "isoformat"), "str"),
    **dict.fromkeys(("hexdigest", "zfill", "ljust", "rjust", "center", "group"), "str"),
    **dict.fromkeys(("split", "rsplit", "splitlines", "readlines", "findall", "tolist"), "list"),
    **dict.fromkeys(("find", "index", "rfind", "rindex", "count"), "int"),
    **dict.fromkeys(("startswith", "endswith", "isdigit", "isalpha", "isspace", "isupper"), "bool"),
    **dict.fromkeys(("islower", "isalnum", "issubset", "issuperset", "exists"), "bool"),
    **dict.fromkeys(("encode", "to_bytes", "tobytes"), "bytes"),
    **dict.fromkeys(("union", "intersection", "difference"), "set"),
    **dict.fromkeys(("keys", "values", "items", "finditer"), "iterator"),
    **dict.fromkeys(("groupdict",), "dict"),
    **dict.fromkeys(("partition", "rpartition", "groups"), "tuple"),
}
_METHODS: Mapping[str, str] = {
    **dict.fromkeys(("append", "extend", "sort", "reverse"), "list"),
    **dict.fromkeys(("items", "keys", "values", "setdefault", "get"), "dict"),
    **dict.fromkeys(("add", "discard", "issubset", "union", "intersection", "difference"), "set"),
    **dict.fromkeys(("strip", "lstrip", "rstrip", "lower", "upper", "split", "rsplit"), "str"),
    **dict.fromkeys(("startswith", "endswith", "join", "replace", "splitlines", "encode"), "str"),
    **dict.fromkeys(("isdigit", "isalpha", "isspace", "isalnum", "title", "partition"), "str"),
    **dict.fromkeys(("decode",), "bytes"),
}
_ANNOTATED: Mapping[str, str] = {
    **{name: name for name in ("int", "float", "str", "bytes", "list", "tuple", "dict", "set")},
    "bool": "bool",
    "None": "none",
    "List": "list",
    "Dict": "dict",
    "Set": "set",
    "Tuple": "tuple",
    "Callable": "callable",
    "Sequence": "list",
    "Mapping": "dict",
    "MutableMapping": "dict",
    "MutableSequence": "list",
    "FrozenSet": "set",
    "Text": "str",
    "frozenset": "set",
    "Optional": "none",
    "Iterator": "iterator",
    "Generator": "iterator",
    "defaultdict": "dict",
    "Counter": "dict",
    "OrderedDict": "dict",
}
_SHOWN = (
    (re.compile(r"-?\d+\Z"), "int"),
    (re.compile(r"-?(\d+\.\d*|\d*\.\d+|\d+)(e[+-]?\d+)?\Z|-?inf\Z|nan\Z"), "float"),
    (re.compile(r"b['\"]"), "bytes"),
    (re.compile(r"['\"]"), "str"),
    (re.compile(r"\["), "list"),
    (re.compile(r"\("), "tuple"),
    (re.compile(r"\{\}|\{[^:{}]*:|defaultdict\(|OrderedDict\(|Counter\("), "dict"),
    (re.compile(r"\{|set\(|frozenset\("), "set"),
    (re.compile(r"(True|False)\Z"), "bool"),
    (re.compile(r"None\Z"), "none"),
    (re.compile(r"<(bound method|function|built-in|class)"), "callable"),
)


def agree(one: Kinds, other: Kinds) -> bool:
    """Say whether values of both may stand in the same place, as far as anything is known."""
    if not one or not other or one & other:
        return True
    return bool(one & _NUMBERS and other & _NUMBERS)


def is_number(kinds: Kinds) -> bool:
    return bool(kinds & _NUMBERS)


def dotted(node: ast.AST) -> str:
    """Return a name, or a name and attributes of it, as it is written; else nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (base := dotted(node.value)):
        return f"{base}.{node.attr}"
    return ""


def of_repr(shown: str) -> Kinds:
    """Return what a recorded value is."""
    return next((frozenset({kind}) for form, kind in _SHOWN if form.match(shown)), UNKNOWN)


def of_annotation(node: ast.expr | None) -> Kinds:
    match node:
        case ast.Constant(value=None):
            return frozenset({"none"})
        case ast.Constant(value=str(text)):
            return _of_written(text)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return frozenset({_ANNOTATED[name]}) if name in _ANNOTATED else UNKNOWN
        case ast.Subscript(value=base, slice=inner):
            return _of_generic(base, inner)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return of_annotation(left) | of_annotation(right)
    return UNKNOWN


def _of_written(text: str) -> Kinds:
    try:
        return of_annotation(ast.parse(text, mode="eval").body)
    except SyntaxError:
        return UNKNOWN


def _of_generic(base: ast.expr, inner: ast.expr) -> Kinds:
    name = getattr(base, "attr", getattr(base, "id", ""))
    if name == "Optional":
        return of_annotation(inner) | {"none"}
    if name == "Union" and isinstance(inner, ast.Tuple):
        return reduce(frozenset.union, map(of_annotation, inner.elts), UNKNOWN)
    return of_annotation(base)


def of_expression(  # noqa: C901, PLR0911 - one case for each form
    node: ast.expr, known: Mapping[str, Kinds]
) -> Kinds:
    """Return what an expression yields, from its form and what its names are known to be."""
    if (name := type(node)) in _DISPLAYS:
        return frozenset({_DISPLAYS[name]})
    match node:
        case ast.Constant(value=value):
            return of_constant(value)
        case ast.Name() | ast.Attribute():
            return known.get(dotted(node), UNKNOWN)
        case ast.Call(func=function):
            return _of_call(function)
        case ast.BinOp():
            return _of_operation(node, known)
        case ast.UnaryOp(op=ast.Not()):
            return frozenset({"bool"})
        case ast.UnaryOp(operand=operand):
            return of_expression(operand, known) or frozenset({"number"})
        case ast.BoolOp(values=values):
            return reduce(frozenset.union, (of_expression(one, known) for one in values))
        case ast.IfExp(body=body, orelse=orelse):
            return of_expression(body, known) | of_expression(orelse, known)
        case ast.NamedExpr(value=value):
            return of_expression(value, known)
        case ast.Subscript(value=base, slice=ast.Slice()):
            return of_expression(base, known)
        case ast.Subscript(value=base):
            return of_expression(base, known) & {"str"}
    return UNKNOWN


def of_constant(value: object) -> Kinds:
    if value is None:
        return frozenset({"none"})
    name = type(value).__name__
    return UNKNOWN if name == "ellipsis" else frozenset({name})


def _of_call(function: ast.expr) -> Kinds:
    table = _RETURNS if isinstance(function, ast.Attribute) else _CALLS
    name = getattr(function, "attr", getattr(function, "id", ""))
    kind = table.get(name) or (_CALLS.get(name) if name[:1].isupper() else None)
    return frozenset({kind}) if kind else UNKNOWN


def _of_operation(node: ast.BinOp, known: Mapping[str, Kinds]) -> Kinds:
    left, right = of_expression(node.left, known), of_expression(node.right, known)
    match node.op:
        case ast.Mod() if left & {"str", "bytes"}:
            return left & {"str", "bytes"}
        case ast.Add():
            return left & right or left or right
        case ast.Mult():
            return (
                (left | right) & (_SEQUENCES - {"tuple"}) or left & right or frozenset({"number"})
            )
        case ast.BitOr() | ast.BitAnd() | ast.BitXor() | ast.Sub():
            return left | right or frozenset({"number"})
        case ast.Div():
            return frozenset({"number"}) if not left else left & {"int"} and frozenset({"float"})
    return left & right & _NUMBERS or frozenset({"number"})


def by_use(nodes: Iterable[ast.AST]) -> dict[str, Kinds]:
    """Return what the names and attributes in some code are, judged by what is done with them."""
    kept = list(nodes)
    found: defaultdict[str, Kinds] = defaultdict(frozenset)
    for node in kept:
        for name, kinds in _evidence(node, found):
            if name and kinds:
                found[name] |= kinds
    weak: defaultdict[str, Kinds] = defaultdict(frozenset)
    for node in kept:
        for name, kinds in _hints(node, found):
            if name and kinds and name not in found:
                weak[name] = weak[name] & kinds or kinds
    return {**weak, **found}


_INDEXED = _SEQUENCES - {"bytes"}
_WALKED = SIZED - {"bytes"}


def _hints(node: ast.AST, known: Mapping[str, Kinds]) -> Iterable[tuple[str, Kinds]]:
    """Return what is likely of names of which nothing is sure."""
    match node:
        case ast.Subscript(value=base, slice=ast.Slice() | ast.Constant(value=int())):
            return [(dotted(base), _INDEXED)]
        case ast.Subscript(value=base, slice=index) if is_number(of_expression(index, known)):
            return [(dotted(base), _INDEXED | {"dict"})]
        case ast.For(iter=walked) | ast.comprehension(iter=walked):
            return [(dotted(walked), _WALKED)]
        case ast.Call(func=ast.Name(id="len"), args=[measured]):
            return [(dotted(measured), _WALKED)]
        case ast.Compare(left=left, ops=[ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()]):
            right = node.comparators[0]
            sides = ((left, right), (right, left))
            return [(dotted(one), of_expression(other, known) & _NUMBERS) for one, other in sides]
    return ()


def _evidence(  # noqa: PLR0911 - as above
    node: ast.AST, known: Mapping[str, Kinds]
) -> Iterable[tuple[str, Kinds]]:
    match node:
        case ast.Assign(targets=[target], value=value):
            return _assigned(target, value, known)
        case ast.NamedExpr(target=target, value=value):
            return [(dotted(target), of_expression(value, known))]
        case ast.AnnAssign(target=target, annotation=annotation):
            return [(dotted(target), of_annotation(annotation))]
        case ast.AugAssign(target=target, value=value):
            return [(dotted(target), of_expression(value, known))]
        case (
            ast.For(target=target, iter=iterated) | ast.comprehension(target=target, iter=iterated)
        ):
            return _iterated(target, iterated, known)
        case ast.arguments():
            return _parameters(node)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [(name, frozenset({"callable"}))]
        case ast.expr():
            return _used(node)
    return ()


def _used(node: ast.expr) -> Iterable[tuple[str, Kinds]]:  # noqa: PLR0911 - as above
    match node:
        case ast.Call(func=ast.Attribute(value=base, attr=name)) if name in _METHODS:
            return [(dotted(base), frozenset({_METHODS[name]}))]
        case ast.Call(func=ast.Name(id=name)) if name not in _CALLS:
            return [(name, frozenset({"callable"}))]
        case ast.Call(func=ast.Name(id="range"), args=args):
            return [(dotted(one), frozenset({"int"})) for one in args]
        case ast.BinOp(
            left=left, op=ast.Sub() | ast.FloorDiv() | ast.Div() | ast.Pow(), right=right
        ):
            number = frozenset({"number"})
            return [(dotted(left), number), (dotted(right), number)]
        case ast.BinOp(left=left, op=ast.Add(), right=ast.Constant(value=value)):
            return [(dotted(left), of_constant(value))]
        case ast.Compare(left=left, ops=[op], comparators=[ast.Constant(value=value)]):
            is_telling = not isinstance(op, ast.In | ast.NotIn)
            return [(dotted(left), of_constant(value))] if is_telling else ()
        case ast.Subscript(value=base, slice=ast.Constant(value=str())):
            return [(dotted(base), frozenset({"dict"}))]
    return ()


def _assigned(
    target: ast.expr, value: ast.expr, known: Mapping[str, Kinds]
) -> Iterable[tuple[str, Kinds]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = zip(target.elts, value.elts, strict=False)
        return [(dotted(one), of_expression(other, known)) for one, other in pairs]
    return [(dotted(target), of_expression(value, known))]


def _iterated(
    target: ast.expr, iterated: ast.expr, known: Mapping[str, Kinds]
) -> Iterable[tuple[str, Kinds]]:
    match target, iterated:
        case ast.Name(id=name), ast.Call(func=ast.Name(id="range")):
            return [(name, frozenset({"int"}))]
        case ast.Tuple(elts=[first, *_]), ast.Call(func=ast.Name(id="enumerate")):
            return [(dotted(first), frozenset({"int"}))]
        case ast.Name(id=name), ast.List(elts=elements) | ast.Tuple(elts=elements) if elements:
            return [(name, of_expression(elements[0], known))]
        case ast.Name(id=name), _:
            return [(name, of_expression(iterated, known) & {"str"})]
    return ()


def _parameters(node: ast.arguments) -> Iterable[tuple[str, Kinds]]:
    named = [*node.posonlyargs, *node.args]
    values = [*[None] * (len(named) - len(node.defaults)), *node.defaults, *node.kw_defaults]
    for argument, value in zip([*named, *node.kwonlyargs], values, strict=True):
        shown = of_expression(value, {}) if value is not None else UNKNOWN
        yield argument.arg, of_annotation(argument.annotation) | shown
    for extra, kind in ((node.vararg, "tuple"), (node.kwarg, "dict")):
        if extra is not None:
            yield extra.arg, frozenset({kind})
