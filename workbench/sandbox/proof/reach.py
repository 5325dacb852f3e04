"""Which statements of a test are reached whenever it passes, and fail it if they fail."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from workbench.splice import last_name

Kinds = tuple[type[ast.stmt], ...]
Block = Sequence[ast.stmt]
_WAYS_OUT: Kinds = (ast.Return, ast.Break, ast.Continue)


def statements(body: Block, constants: Mapping[str, bool]) -> Iterator[tuple[ast.stmt, bool]]:
    """Yield the statements whose failure fails the test, and whether each is surely reached.

    `constants` are the names of the module, with whether each is a display that is not empty.
    """
    sure = True
    for node in body:
        yield node, sure
        for inner, reached in _blocks(node, constants):
            yield from (
                (found, sure and reached and also) for found, also in statements(inner, constants)
            )
        sure = sure and not leaves(node)
        if isinstance(node, (ast.Return, ast.Raise, ast.Break, ast.Continue)):
            return


def _blocks(node: ast.stmt, constants: Mapping[str, bool]) -> Iterator[tuple[Block, bool]]:
    """Yield the blocks of a compound statement from which a failure gets out."""
    if isinstance(node, (ast.With, ast.AsyncWith)):
        if not any(map(_swallows, node.items)):
            yield node.body, True
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        yield node.body, _runs(node.iter, constants) and not any(map(leaves, node.body))
    elif isinstance(node, (ast.If, ast.While)):
        yield from ((node.body, False), (node.orelse, False))
    elif isinstance(node, ast.Match):
        yield from ((case.body, False) for case in node.cases)
    elif isinstance(node, (ast.Try, ast.TryStar)):
        if not node.handlers:
            yield node.body, True
        yield from ((node.orelse, False), (node.finalbody, True))


_SWALLOWING = re.compile(r"raises|suppress|warns|ignor|expect|retry|exit_?stack", re.IGNORECASE)


def _swallows(item: ast.withitem) -> bool:
    """Tell whether a context manager may keep a failure to itself."""
    call = item.context_expr
    return bool(_SWALLOWING.search(last_name(call.func if isinstance(call, ast.Call) else call)))


def _runs(iterated: ast.expr, constants: Mapping[str, bool]) -> bool:
    """Tell whether a loop over `iterated` runs at least once."""
    if isinstance(iterated, ast.Call) and last_name(iterated.func) in {"items", "enumerate"}:
        method = iterated.func.value if isinstance(iterated.func, ast.Attribute) else None
        first = method or next(iter(iterated.args), None)
        return first is not None and _runs(first, constants)
    if isinstance(iterated, ast.Name):
        return constants.get(iterated.id, False)
    return is_filled(iterated)


def is_filled(node: ast.expr) -> bool:
    """Tell whether a node is a display with something in it."""
    if isinstance(node, ast.Dict):
        return any(key is not None for key in node.keys)
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return any(not isinstance(item, ast.Starred) for item in node.elts)
    return False


def leaves(node: ast.AST, kinds: Kinds = _WAYS_OUT) -> bool:
    """Tell whether a statement may end the test, or the loop around it, before what comes next."""
    if isinstance(node, kinds):
        return True
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
        return False
    inner = (ast.Return,) if isinstance(node, (ast.For, ast.AsyncFor, ast.While)) else kinds
    return any(leaves(child, inner) for child in ast.iter_child_nodes(node))
