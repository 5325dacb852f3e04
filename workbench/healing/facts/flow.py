"""Facts about where control goes: unreachable code, conditions that never vary, missing returns."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from workbench.healing.facts.values import Detect, Fact, Unit, fact, has_call, mentions, same

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_LEAVING = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_CHANGING = frozenset(
    [
        "append",
        "extend",
        "appendleft",
        "insert",
        "add",
        "update",
        "remove",
        "discard",
        "pop",
        "popleft",
        "clear",
    ]
)
_TRUE, _FALSE = "is always true", "is always false"


def blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yield the lists of statements directly inside of a node."""
    for _, value in ast.iter_fields(node):
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            yield value


def leaves(block: Sequence[ast.stmt]) -> bool:
    """Tell whether what comes after a block is never reached from it."""
    return any(_leaves(node) for node in block)


def _leaves(node: ast.stmt) -> bool:
    if isinstance(node, _LEAVING):
        return True
    if isinstance(node, ast.If):
        return leaves(node.body) and leaves(node.orelse)
    if isinstance(node, ast.With | ast.AsyncWith):
        return leaves(node.body) and not _may_swallow(node)
    if isinstance(node, ast.While):
        ends = not _is_true(node.test) and not leaves(node.orelse)
        return not ends and not _breaks(node.body)
    return _leaves_by_any(node)


def _leaves_by_any(node: ast.stmt) -> bool:
    """Tell the same of what has many branches, and of calls that do not return."""
    if isinstance(node, ast.For | ast.AsyncFor):
        return leaves(node.orelse) and not _breaks(node.body)
    if isinstance(node, ast.Match):
        whole = any(_takes_all(case) for case in node.cases)
        return whole and all(leaves(case.body) for case in node.cases)
    if isinstance(node, ast.Try | ast.TryStar):
        tried = leaves(node.body) or leaves(node.orelse)
        caught = all(leaves(handler.body) for handler in node.handlers)
        return leaves(node.finalbody) or (tried and caught)
    return _is_exit(node)


def _may_swallow(node: ast.With | ast.AsyncWith) -> bool:
    """Tell whether a context manager may go on after an exception."""
    text = " ".join(ast.dump(item.context_expr) for item in node.items)
    return not any(name in text for name in ("'open'", "lock", "Lock")) and any(
        isinstance(one, ast.Raise) for statement in node.body for one in ast.walk(statement)
    )


def _takes_all(case: ast.match_case) -> bool:
    return isinstance(case.pattern, ast.MatchAs) and not case.pattern.pattern and not case.guard


def _is_exit(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    return ast.unparse(node.value.func) in ("sys.exit", "os._exit", "exit", "quit", "self.fail")


def _breaks(body: Sequence[ast.stmt]) -> bool:
    """Tell whether a loop's body leaves it by `break`."""
    return any(isinstance(node, ast.Break) or _breaks_inside(node) for node in body)


def _breaks_inside(node: ast.stmt) -> bool:
    if isinstance(node, _LOOPS):
        return _breaks(node.orelse)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    inner: list[ast.AST] = [*getattr(node, "handlers", []), *getattr(node, "cases", [])]
    return any(_breaks(block) for one in (node, *inner) for block in blocks(one))


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and bool(node.value)


def unreachable(node: ast.AST) -> Iterator[Fact]:
    for block in blocks(node):
        for before, after in pairwise(block):
            if _leaves(before) and not _is_marker(after):
                yield fact("unreachable", after, "This is never reached.", type(after).__name__)
                break


def _is_marker(node: ast.stmt) -> bool:
    """Tell whether a statement is there to make a generator, or to please a checker."""
    if isinstance(node, ast.Raise | ast.Assert | ast.Pass):
        return True
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.Call)


def missing_return(unit: Unit) -> Iterator[Fact]:
    """Yield functions that return a value on some ways and fall off their end on another."""
    node = unit.node
    if any(isinstance(one, ast.Yield | ast.YieldFrom) for one in unit.own):
        return
    returns = [one for one in unit.own if isinstance(one, ast.Return)]
    valued = [one for one in returns if one.value and not _is_none(one.value)]
    if valued and not leaves(node.body):
        sentence = f"{node.name} returns a value on some ways and none at its end."
        yield fact("missing-return", node.body[-1], sentence, node.name)
    for one in returns if valued else []:
        if not one.value:
            yield fact("bare-return", one, f"{node.name} returns nothing here.", node.name)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def conditions(node: ast.AST) -> Iterator[Fact]:
    """Yield tests that cannot vary."""
    test = getattr(node, "test", None)
    if isinstance(node, ast.If | ast.While | ast.IfExp) and isinstance(test, ast.expr):
        said = _never_varies(test)
        if said and not (isinstance(node, ast.While) and _is_true(test)):
            yield fact("constant-condition", test, f"The condition {said}.", ast.unparse(test))
    if isinstance(node, ast.Compare | ast.BoolOp | ast.BinOp):
        yield from _same_operands(node)
    if isinstance(node, ast.If):
        yield from _chain(node)


def _never_varies(node: ast.expr) -> str:
    if isinstance(node, ast.Constant | ast.Lambda):
        return _TRUE if isinstance(node, ast.Lambda) or node.value else _FALSE
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return _TRUE if node.elts else _FALSE
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = _never_varies(node.operand)
        return {_TRUE: _FALSE, _FALSE: _TRUE}.get(inner, "")
    if isinstance(node, ast.BoolOp):
        deciding = _TRUE if isinstance(node.op, ast.Or) else _FALSE
        said = [_never_varies(one) for one in node.values]
        return deciding if deciding in said else said[0] if len({*said}) == 1 else ""
    return _never_varies_compared(node) if isinstance(node, ast.Compare) else ""


def _never_varies_compared(node: ast.Compare) -> str:
    if len(node.ops) != 1:
        return ""
    left, right, op = node.left, node.comparators[0], node.ops[0]
    if isinstance(left, ast.Call) and getattr(left.func, "id", "") == "len":
        number = right.value if isinstance(right, ast.Constant) else None
        if isinstance(op, ast.GtE) and number == 0:
            return _TRUE
        if isinstance(op, ast.Lt) and number == 0:
            return _FALSE
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        return "compares two constants"
    return ""


def _same_operands(node: ast.Compare | ast.BoolOp | ast.BinOp) -> Iterator[Fact]:
    if isinstance(node, ast.BinOp):
        if not isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv | ast.Mod | ast.BitXor):
            return
        pairs = [(node.left, node.right)]
    elif isinstance(node, ast.Compare):
        pairs = list(pairwise([node.left, *node.comparators]))
        if any(isinstance(op, ast.NotEq | ast.Eq) for op in node.ops) and len(pairs) > 1:
            return
    else:
        pairs = list(combinations(node.values, 2))
    for one, other in pairs:
        if not isinstance(one, ast.Constant) and not has_call(one) and same(one, other):
            sentence = f"{ast.unparse(one)} stands on both sides."
            yield fact("same-operands", node, sentence, ast.unparse(one))


def idle(node: ast.AST) -> Iterator[Fact]:
    """Yield arithmetic that leaves a value as it is."""
    if not isinstance(node, ast.BinOp | ast.AugAssign):
        return
    right = node.right if isinstance(node, ast.BinOp) else node.value
    left = node.left if isinstance(node, ast.BinOp) else None
    zero = isinstance(node.op, ast.Add | ast.Sub) and _is_number(right, 0)
    one = isinstance(node.op, ast.Mult | ast.FloorDiv | ast.Pow) and _is_number(right, 1)
    turned = isinstance(node.op, ast.Add) and left and _is_number(left, 0)
    if zero or one or turned:
        yield fact("idle-operand", node, "This leaves the value as it is.", ast.unparse(node))


def _is_number(node: ast.expr, number: int) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value == number


def _chain(node: ast.If) -> Iterator[Fact]:
    """Yield conditions that were asked before in the same chain, and branches that do the same."""
    seen = [node.test]
    rest = node.orelse
    if rest and [ast.dump(one) for one in node.body] == [ast.dump(one) for one in rest]:
        yield fact("same-branches", node, "Both branches do the same.", ast.unparse(node.test))
    while len(rest) == 1 and isinstance(rest[0], ast.If):
        test = rest[0].test
        if not has_call(test) and any(same(test, one) for one in seen):
            yield fact("same-condition", test, "This was asked before.", ast.unparse(test))
        seen.append(test)
        rest = rest[0].orelse


def loops(node: ast.AST) -> Iterator[Fact]:
    """Yield loops that end after one round or never, and those that change what they go through."""
    if isinstance(node, ast.While):
        yield from _endless(node)
    if isinstance(node, ast.For):
        yield from _changed_while_read(node)
    if isinstance(node, _LOOPS) and leaves(node.body) and not _continues(node.body):
        if isinstance(node, ast.While) and _is_true(node.test):
            return
        yield fact("runs-once", node, "The loop ends in its first round.", type(node).__name__)


def _continues(body: Sequence[ast.stmt]) -> bool:
    return any(isinstance(one, ast.Continue) for node in body for one in ast.walk(node))


def _endless(node: ast.While) -> Iterator[Fact]:
    inside = [one for statement in node.body for one in ast.walk(statement)]
    leaving = any(isinstance(one, ast.Break | ast.Return | ast.Raise) for one in inside)
    waiting = any(isinstance(one, ast.Yield | ast.Await | ast.YieldFrom) for one in inside)
    if leaving or waiting or not _is_len(node.test):
        return
    asked = {name.id for name in mentions(node.test)}
    touched = {name.id for statement in node.body for name in _touched(statement)}
    plain = not any(isinstance(one, ast.Attribute | ast.Subscript) for one in ast.walk(node.test))
    if asked and plain and not asked & touched and not _walrus(node.test):
        names = " and ".join(sorted(asked))
        yield fact("endless", node, f"Nothing in the loop changes {names}.", *sorted(asked))


def _is_len(node: ast.expr) -> bool:
    """Tell whether an expression calls nothing, or nothing but `len`."""
    calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    return all(getattr(one.func, "id", "") == "len" for one in calls)


def _walrus(node: ast.expr) -> bool:
    return any(isinstance(one, ast.NamedExpr) for one in ast.walk(node))


def _touched(node: ast.stmt) -> Iterator[ast.Name]:
    """Yield names that a statement sets, calls methods of, or hands to somebody."""
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load):
            yield one
        if isinstance(one, ast.Call):
            yield from mentions(one)
        if isinstance(one, ast.Subscript | ast.Attribute) and not isinstance(one.ctx, ast.Load):
            yield from mentions(one)


def _changed_while_read(node: ast.For) -> Iterator[Fact]:
    if not isinstance(node.iter, ast.Name | ast.Attribute):
        return
    for block in (found for one in ast.walk(node) for found in blocks(one)):
        for statement in block:
            if _changes(statement, node.iter) and not leaves(block):
                text = ast.unparse(node.iter)
                sentence = f"{text} is changed while the loop goes through it."
                yield fact("changed-while-read", statement, sentence, text)


def _changes(node: ast.stmt, what: ast.expr) -> bool:
    """Tell whether a statement adds to a collection or takes away from it."""
    value = node.value if isinstance(node, ast.Expr | ast.Assign) else None
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return value.func.attr in _CHANGING and _is(value.func.value, what)
    targets = node.targets if isinstance(node, ast.Delete) else []
    return any(isinstance(one, ast.Subscript) and _is(one.value, what) for one in targets)


def _is(one: ast.expr, other: ast.expr) -> bool:
    return ast.unparse(one) == ast.unparse(other)


def self_assignments(unit: Unit) -> Iterator[Fact]:
    for node in unit.own:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
            if type(target) is type(value) and not has_call(value) and _is(target, value):
                text = ast.unparse(value)
                yield fact("self-assignment", node, f"{text} is set to itself.", text)


def overwritten(node: ast.AST) -> Iterator[Fact]:
    """Yield assignments that the next one makes useless."""
    for block in blocks(node):
        for before, after in pairwise(block):
            name = _plain_target(before)
            useless = name and name == _plain_target(after) and not _reads(after, name)
            if useless and not has_call(before):
                sentence = f"{name} is set again before it is read."
                yield fact("overwritten", before, sentence, name)


def _plain_target(node: ast.stmt) -> str:
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        return getattr(node.targets[0], "id", "")
    return ""


def _reads(node: ast.stmt, name: str) -> bool:
    value = getattr(node, "value", None)
    return value is not None and any(one.id == name for one in mentions(value))


def swallowed(node: ast.AST) -> Iterator[Fact]:
    if not isinstance(node, ast.ExceptHandler):
        return
    broad = node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException")
    if broad and all(isinstance(one, ast.Pass | ast.Continue) for one in node.body):
        yield fact("swallowed", node, "Every exception is swallowed here.")


_BLOCKS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.If, *_LOOPS, ast.With)
_MORE_BLOCKS = (ast.AsyncWith, ast.Try, ast.TryStar, ast.ExceptHandler, ast.match_case)

EVERYWHERE: Sequence[tuple[Detect, tuple[type[ast.AST], ...]]] = (
    (unreachable, (*_BLOCKS, *_MORE_BLOCKS)),
    (overwritten, (*_BLOCKS, *_MORE_BLOCKS)),
    (conditions, (ast.If, ast.While, ast.IfExp, ast.Compare, ast.BoolOp, ast.BinOp)),
    (idle, (ast.BinOp, ast.AugAssign)),
    (loops, _LOOPS),
    (swallowed, (ast.ExceptHandler,)),
)
"""What to look for, and at which nodes."""
IN_FUNCTIONS = (missing_return, self_assignments)
