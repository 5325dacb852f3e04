"""Results that are lost, and what should have been called but is only made: await, raise, yield."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Module, Site
from workbench.healing.insight.definitions import Definitions
from workbench.healing.insight.kinds import dotted
from workbench.healing.insight.layout import before, behind, head, opening
from workbench.healing.insight.scope import Origin, Scope, local_nodes
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.splice import Edit, last_name

_IN_PLACE = {
    **dict.fromkeys(("append", "extend", "insert", "remove", "clear", "sort", "reverse"), "list"),
    **dict.fromkeys(("add", "discard", "update"), "set"),
}
_GIVEN_BACK = frozenset(
    (
        *(
            "strip",
            "lstrip",
            "rstrip",
            "lower",
            "upper",
            "title",
            "capitalize",
            "replace",
            "format",
        ),
        *("encode", "decode", "zfill", "ljust", "rjust", "center", "swapcase", "casefold"),
        *(
            "union",
            "intersection",
            "difference",
            "symmetric_difference",
            "copy",
            "join",
            "expandtabs",
        ),
        *("removeprefix", "removesuffix", "translate"),
    )
)
_MADE_NEW = frozenset(("sorted", "reversed", "list", "set", "tuple", "abs", "int", "str", "float"))


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    yield from ranked(
        shared(site, "results:kept", 0.3, _kept(site)),
        shared(site, "results:in-place", 0.4, _in_place(site)),
        shared(site, "results:returned", 0.15, _returned(ground, site)),
        shared(site, "results:raised", 0.5, _raised(site)),
        shared(site, "results:awaited", 0.15, _awaited(ground, site)),
        shared(site, "results:gathered", 0.06, _gathered(site)),
        shared(site, "results:super", 0.1, _super(ground, site)),
        shared(site, "results:attribute", 0.12, _attributes(ground, site)),
    )


def _bare(site: Site) -> ast.Call | None:
    """Return the call that is all of a statement."""
    node = site.node
    found = node.value if isinstance(node, ast.Expr) else None
    return found if isinstance(found, ast.Call) else None


def _kept(site: Site) -> Iterator[Option]:
    """Yield `s = s.strip()` for `s.strip()`, and `x = sorted(x)` for `sorted(x)`."""
    call = _bare(site)
    if call is None:
        return
    start, method = site.module.start(call), last_name(call.func)
    if isinstance(call.func, ast.Attribute) and (owner := dotted(call.func.value)):
        weight = 1.0 if method in _GIVEN_BACK else 0.05
        yield from option(Edit(start, start, f"{owner} = "), weight, f"{owner} gets the result")
    for one in call.args if not isinstance(call.func, ast.Attribute) else ():
        if name := dotted(one):
            weight = 1.0 if method in _MADE_NEW else 0.25
            yield from option(Edit(start, start, f"{name} = "), weight, f"{name} gets the result")


def _in_place(site: Site) -> Iterator[Option]:
    """Yield `y.append(1)` for `x = y.append(1)`, which gives None, and what might be meant."""
    node, module = site.node, site.module
    value = getattr(node, "value", None)
    if not isinstance(node, ast.Assign | ast.Return | ast.AnnAssign) or not isinstance(
        value, ast.Call
    ):
        return
    function = value.func
    if not isinstance(function, ast.Attribute) or function.attr not in _IN_PLACE:
        return
    owner, start = module.of(function.value), module.start(node)
    alone = module.of(value)
    if isinstance(node, ast.Return):
        split = before(module, node, alone)
        both = (split, module.instead(value, owner)) if split else None
        yield from option(both, 1.0, f"{function.attr} first, then return {owner}")
    else:
        yield from option(Edit(start, module.start(value), ""), 1.0, "it changes in place")
    if function.attr in ("sort", "reverse"):
        given = [owner, *(module.of(one) for one in value.args), *_keywords(module, value)]
        whole = f"sorted({', '.join(given)})" if function.attr == "sort" else f"{owner}[::-1]"
        yield from option(module.instead(value, whole), 0.6, f"{whole} gives a new one")
    if function.attr in ("append", "extend") and len(value.args) == 1:
        added = module.of(value.args[0])
        text = f"{owner} + [{added}]" if function.attr == "append" else f"{owner} + {added}"
        yield from option(module.instead(value, text), 0.6, f"{text} gives a new one")


def _keywords(module: Module, call: ast.Call) -> list[str]:
    return [f"{one.arg}={module.of(one.value)}" for one in call.keywords if one.arg]


def _returned(ground: Ground, site: Site) -> Iterator[Option]:
    """Yield `return` before an expression whose result is lost; a recursive call most of all."""
    node, function = site.node, site.function
    if not isinstance(node, ast.Expr) or isinstance(
        node.value, ast.Yield | ast.YieldFrom | ast.Await
    ):
        return
    if function is None or isinstance(node.value, ast.Constant):
        return
    start = site.module.start(node)
    weight = _worth(node.value, function)
    yield from option(Edit(start, start, "return "), weight, "its result is returned")
    for name, natural in _accumulators(ground, site):
        for word in ("+=", "="):
            usual = natural * weight * (0.5 if word == "+=" else 0.4)
            yield from option(
                Edit(start, start, f"{name} {word} "), usual, f"{name} {word} its result"
            )


def _worth(value: ast.expr, function: Function) -> float:
    if not isinstance(value, ast.Call):
        return 1.0
    name = last_name(value.func)
    if name == function.name:
        return 1.0
    in_place = isinstance(value.func, ast.Attribute) and name in _IN_PLACE
    return 0.02 if in_place or name == "print" else 0.15


def _accumulators(ground: Ground, site: Site) -> Iterator[tuple[str, float]]:
    for one in Scope.of(ground, site).names:
        if one.bound and one.origin is Origin.LOCAL:
            yield one.text, 1.0 / (1 + one.distance / 6)


def _raised(site: Site) -> Iterator[Option]:
    """Yield `raise` before an exception that is only made."""
    node = site.node
    value = node.value if isinstance(node, ast.Expr | ast.Return) else None
    made = value.func if isinstance(value, ast.Call) else value
    if isinstance(made, ast.Name | ast.Attribute) and last_name(made).endswith(
        ("Error", "Exception")
    ):
        start = site.module.start(node)
        end = site.module.start(value) if value is not None else start
        yield from option(Edit(start, end, "raise "), 1.0, "it is raised")


def _awaited(ground: Ground, site: Site) -> Iterator[Option]:
    """Yield `await` before calls of coroutines, `yield from` before calls of generators."""
    call, function = _bare(site), site.function
    if isinstance(function, ast.AsyncFunctionDef):
        made = (node for node in head(site.node) if isinstance(node, ast.Call))
        for node in made:
            waited = isinstance(site.module.parents[node], ast.Await)
            if not waited and _is_coroutine(ground, node):
                yield from option(_awaiting(site.module, node), 1.0, "await it")
    if call is not None and isinstance(function, ast.FunctionDef) and _yields(function):
        start = site.module.start(call)
        usual = 1.0 if last_name(call.func) == function.name else 0.3
        yield from option(Edit(start, start, "yield from "), usual, "yield from it")
        yield from option(Edit(start, start, "yield "), usual * 0.3, "yield it")


def _awaiting(module: Module, node: ast.Call) -> tuple[Edit, ...]:
    around = module.parents[node]
    plain = isinstance(around, ast.Expr | ast.Assign | ast.Return | ast.Call | ast.keyword)
    inner = plain and not (isinstance(around, ast.Call) and around.func is node)
    return module.around(node, "await ", "") if inner else module.around(node, "(await ", ")")


def _is_coroutine(ground: Ground, node: ast.Call) -> bool:
    name = last_name(node.func)
    return any(
        isinstance(one, ast.AsyncFunctionDef) and one.name == name
        for module in ground.modules.values()
        for one in module.functions
    )


def _yields(function: Function) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in local_nodes(function))


def _gathered(site: Site) -> Iterator[Option]:
    """Yield `x += ...` for `x = ...` within a loop, and the reverse."""
    node, module = site.node, site.module
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and dotted(node.targets[0]):
        end, start = module.end(node.targets[0]), module.start(node.value)
        if module.piece(end, start).strip() == "=":
            for word, usual in (("+=", 1.0), ("-=", 0.3), ("*=", 0.3), ("|=", 0.1)):
                yield from option(Edit(end, start, f" {word} "), usual, f"= becomes {word}")
    elif isinstance(node, ast.AugAssign):
        end, start = module.end(node.target), module.start(node.value)
        if module.piece(end, start).strip().endswith("="):
            yield from option(Edit(end, start, " = "), 0.7, "it becomes =")


def _super(ground: Ground, site: Site) -> Iterator[Option]:
    """Yield a call of the base's `__init__` where a constructor has none."""
    function, module = site.function, site.module
    if function is None or opening(function.body) is not site.node or _calls_super(function):
        return
    owner = module.parents.get(function)
    if not isinstance(owner, ast.ClassDef) or function.name not in _CHAINED or not owner.bases:
        return
    own = [one.arg for one in function.args.args[1:]]
    for given, weight in _super_arguments(ground, owner, function.name, own):
        text = f"super().{function.name}({', '.join(given)})"
        yield from option(before(module, site.node, text), weight, text)


_CHAINED = ("__init__", "setUp", "tearDown", "__enter__", "__exit__", "__new__", "close", "reset")


def _calls_super(function: Function) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "super" for node in local_nodes(function))


def _super_arguments(
    ground: Ground, owner: ast.ClassDef, name: str, own: list[str]
) -> Iterator[tuple[list[str], float]]:
    for base in Definitions.of(ground).family(owner)[1:2]:
        found = base.methods.get(name)
        if found is not None:
            yield [one for one in found.positional if one in own], 1.0
    yield [], 0.6
    yield own, 0.5


def _attributes(ground: Ground, site: Site) -> Iterator[Option]:
    """Yield `self.x = x` in a constructor for each parameter that nothing reads."""
    function, node = site.function, site.node
    if function is None or function.name != "__init__" or node is not function.body[-1]:
        return
    scope = Scope.of(ground, site)
    read = {one.id for one in local_nodes(function) if isinstance(one, ast.Name)}
    for arg in [*function.args.args[1:], *function.args.kwonlyargs] if scope.this else ():
        weight = 1.0 if arg.arg not in read else 0.1
        text = f"{scope.this}.{arg.arg} = {arg.arg}"
        yield from option(behind(site.module, node, text), weight, text)
    yield from _forgotten(scope, site, read)


def _forgotten(scope: Scope, site: Site, known: set[str]) -> Iterator[Option]:
    """Yield a beginning for each attribute that the class reads but never binds."""
    held = {name for one in scope.classes for name in (*one.attributes, *one.methods)}
    wanted = {name for one in scope.classes[:1] for name in one.read - held}
    for name in sorted(wanted - known)[:6]:
        for text, usual in (("[]", 0.5), ("0", 0.4), ("None", 0.4), ("{}", 0.4), ("set()", 0.2)):
            line = f"{scope.this}.{name} = {text}"
            yield from option(behind(site.module, site.node, line), usual, line)
