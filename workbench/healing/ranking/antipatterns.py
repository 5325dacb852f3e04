"""What patches do that pass tests without being repairs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from workbench.healing import heads
from workbench.healing.dossier import Dossier
from workbench.healing.ranking.patches import Patch
from workbench.splice import last_name, parses

_BROAD = frozenset({"", "Exception", "BaseException"})
_PLAIN: tuple[object, ...] = (None, True, False, "", 0, 1, -1, 2, " ", ",", ".", "\n", 0.0, 1.0)
_CHECKS = (ast.Raise, ast.Assert)
_DOING = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return, ast.Delete, ast.Yield)
_NEVER_REACHED = frozenset({"unreachable", "runs-once"})
_WITHOUT_USE = frozenset(
    {"unused-argument", "unused-variable", "unused-loop-variable", "never-read"}
)
SAID_AS_DOUBT = _NEVER_REACHED | _WITHOUT_USE | {"constant-condition"}
"""Facts that a doubt tells of, where a patch brings them."""
_FEWEST_ALIKE = 3
_EXCHANGED = 0.3
"""What of a doubt is left where one value is singled out instead of another."""
_LEAVING = (ast.Return, ast.Continue, ast.Break, ast.Pass)


@dataclass(frozen=True, slots=True)
class Doubt:
    """One way in which a patch looks as if it only pleased the tests."""

    code: str
    much: float
    """1 is the usual case; it may be more of it, or less."""
    sentence: str


@dataclass(frozen=True, slots=True)
class Literals:
    """What the failing tests' files write out, as `repr` shows it; what is everywhere left out."""

    expected: frozenset[str] = frozenset()
    """What results are compared with."""
    given: frozenset[str] = frozenset()
    """What stands in calls."""


@dataclass(frozen=True, slots=True)
class _Case:
    patch: Patch
    gone: tuple[ast.stmt, ...]
    new: tuple[ast.stmt, ...]
    literals: Literals


def literals(dossier: Dossier) -> Literals:
    """Return the literals in the files of the failing tests."""
    failing = {run.id.split("::", 1)[0] for run in dossier.failing}
    known = [path for path in dossier.tests if path in failing] or list(dossier.tests)
    trees = [ast.parse(dossier.tests[one]) for one in known if parses(dossier.tests[one])]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    expected = {text for node in nodes for part in _expected(node) for text in _literals(part)}
    every = {text for tree in trees for text in _literals(tree)}
    return Literals(frozenset(expected), frozenset(every - expected))


def _expected(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what a comparison or an assertion method compares with, without the calls in it."""
    parts: list[ast.expr] = []
    if isinstance(node, ast.Compare):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.Call) and last_name(node.func).lower().startswith("assert"):
        parts = node.args
    yield from (one for one in parts if not isinstance(one, ast.Call))


def _literals(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and not _is_plain(one.value):
            yield repr(one.value)
        if isinstance(one, ast.List | ast.Tuple | ast.Dict | ast.Set):
            try:
                yield repr(ast.literal_eval(one))
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                continue


def _is_plain(value: object) -> bool:
    return any(type(value) is type(one) and value == one for one in _PLAIN)


def doubts(patch: Patch, known: Literals) -> tuple[Doubt, ...]:
    """Return all that speaks against a patch; `known` are the literals of the tests."""
    gone, new = patch.statements
    case = _Case(patch, gone, new, known)
    return tuple(doubt for find in _FINDERS for doubt in find(case))


def _unpaired(some: Sequence[ast.stmt], others: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Return the statements that are not merely changed: for which no other of the kind came."""
    left = [type(one) for one in others]
    found = []
    for one in some:
        if type(one) in left:
            left.remove(type(one))
        else:
            found.append(one)
    return found


def _deletes(case: _Case) -> Iterator[Doubt]:
    lost = [one for one in _unpaired(case.gone, case.new) if isinstance(one, _DOING)]
    if len(case.new) >= len(case.gone):
        return
    if lost:
        many = "a statement" if len(lost) == 1 else f"{len(lost)} statements"
        yield Doubt("deletes", min(len(lost), 4), f"It takes away {many}.")
    tests = [one for one in _unpaired(case.gone, case.new) if isinstance(one, ast.If | ast.While)]
    if tests and not lost:
        yield Doubt("deletes-condition", 1, "It takes away a condition.")


def _disables(case: _Case) -> Iterator[Doubt]:
    lost = [one for one in _unpaired(case.gone, case.new) if isinstance(one, _CHECKS)]
    if lost:
        yield Doubt("disables-check", 1, "It takes away a check.")


def _empties(case: _Case) -> Iterator[Doubt]:
    if any(isinstance(one, ast.Pass) for one in case.new):
        yield Doubt("empties", 1, "It does nothing where something was done.")


def _constant_condition(case: _Case) -> Iterator[Doubt]:
    added = [one for one in case.patch.facts[1] if one.code == "constant-condition"]
    fixed = any(_is_fixed(one) for one in case.new if isinstance(one, ast.If))
    if added or fixed:
        yield Doubt("constant-condition", 1, "It makes a condition constant.")


def _is_fixed(node: ast.If) -> bool:
    """Tell whether a condition has a part that is simply true or false."""
    parts = [node.test, *(node.test.values if isinstance(node.test, ast.BoolOp) else [])]
    return any(isinstance(one, ast.Constant) and isinstance(one.value, bool) for one in parts)


def _added_constants(case: _Case) -> Iterator[tuple[str, ast.stmt]]:
    """Yield the literals that stand in new statements and did not stand in what they replace."""
    old = {repr(node.value) for one in case.gone for node in _constants(one)}
    for one in case.new:
        for node in _constants(one):
            if repr(node.value) not in old:
                yield repr(node.value), one


def _constants(node: ast.stmt) -> Iterator[ast.Constant]:
    return (one for one in heads.nodes(node) if isinstance(one, ast.Constant))


def _literal_of_test(case: _Case) -> Iterator[Doubt]:
    for text, node in _added_constants(case):
        returned = isinstance(node, ast.Return)
        much = 2.0 if returned else 0.7
        if text in case.literals.expected or (returned and text in case.literals.given):
            what = "returns" if returned else "brings in"
            yield Doubt("literal-of-test", much, f"It {what} {text[:40]}, which the tests contain.")
            return


def _special_case(case: _Case) -> Iterator[Doubt]:
    """Doubt new conditions that single out one value, less where they did so before."""
    old, new = ([*_singling(some)] for some in (case.gone, case.new))
    known = {ast.dump(node) for node in old}
    found = next((node for node in new if ast.dump(node) not in known), None)
    if found:
        every = case.literals.expected | case.literals.given
        is_of_test = any(repr(part.value) in every for part in _values(found))
        share = 1.0 if len(new) > len(old) else _EXCHANGED
        much = share * (2.0 if is_of_test else 0.5)
        yield Doubt("special-case", much, f"It singles out one value: {ast.unparse(found)}.")


def _singling(statements: Sequence[ast.stmt]) -> Iterator[ast.Compare]:
    nodes = (node for one in statements for node in heads.nodes(one))
    return (node for node in nodes if isinstance(node, ast.Compare) and _singles_out(node))


def _singles_out(node: ast.Compare) -> bool:
    asks = any(isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for op in node.ops)
    return asks and any(not _is_plain(one.value) for one in _values(node))


def _values(node: ast.Compare) -> Iterator[ast.Constant]:
    for part in (node.left, *node.comparators):
        if isinstance(part, ast.Constant | ast.Tuple | ast.List | ast.Set):
            yield from (one for one in ast.walk(part) if isinstance(one, ast.Constant))


def _returns_constant(case: _Case) -> Iterator[Doubt]:
    """Doubt results that depend on nothing any more."""
    old = [one for one in case.gone if isinstance(one, ast.Return) and not _is_constant(one.value)]
    new = [one for one in case.new if isinstance(one, ast.Return) and _is_constant(one.value)]
    if old and new:
        yield Doubt("returns-constant", 1, "It returns a constant instead of a result.")


def _is_constant(node: ast.expr | None) -> bool:
    empty = isinstance(node, ast.List | ast.Tuple | ast.Set) and not node.elts
    return empty or node is None or isinstance(node, ast.Constant)


def _widens(case: _Case) -> Iterator[Doubt]:
    old = {name for one in case.gone for name in _caught(one)}
    for one in case.new:
        names = set(_caught(one)) - old
        if names & _BROAD:
            yield Doubt("widens-except", 2, "It catches every exception.")
            return
        if names:
            yield Doubt("widens-except", 0.6, f"It catches {' and '.join(sorted(names))}.")
            return


def _caught(node: ast.stmt) -> Iterator[str]:
    for handler in getattr(node, "handlers", []):
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        yield from (last_name(kind) if kind else "" for kind in kinds)


def _leaves_early(case: _Case) -> Iterator[Doubt]:
    """Doubt statements that only skip what comes after them."""
    added = [one for one in _unpaired(case.new, case.gone) if isinstance(one, _LEAVING)]
    guarded = any(isinstance(one, ast.If | ast.Try) for one in _unpaired(case.new, case.gone))
    if added and not guarded and any(isinstance(one, ast.Continue | ast.Break) for one in added):
        yield Doubt("skips", 1, "It skips what comes after.")
    elif any(_ends_on_a_number(one) for one in case.new):
        yield Doubt("skips", 1, "It does nothing where two numbers happen to be the same.")


def _ends_on_a_number(node: ast.stmt) -> bool:
    """Tell whether a branch only ends the function with nothing, where something is reckoned."""
    match node:
        case ast.If(
            test=ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]),
            body=[ast.Return(value=None | ast.Constant(value=None))],
            orelse=[],
        ):
            return any(isinstance(part, ast.BinOp) for part in (left, right))
    return False


def _unreachable(case: _Case) -> Iterator[Doubt]:
    if any(one.code in _NEVER_REACHED for one in case.patch.facts[1]):
        yield Doubt("unreachable", 1, "It leaves code that is never reached.")


def _drops_parameter(case: _Case) -> Iterator[Doubt]:
    for one in case.patch.facts[1]:
        if one.code in _WITHOUT_USE:
            yield Doubt("drops-use", 1, f"It leaves {one.names[-1]} without a use.")
            return


def _hard_codes(case: _Case) -> Iterator[Doubt]:
    """Doubt numbers and texts where something was computed."""
    for old, new in case.patch.exchanged:
        named = any(token.isidentifier() for token in old)
        plain = len(new) == 1 and (new[0][0].isdigit() or new[0][0] in "\"'")
        if named and plain:
            yield Doubt("hard-codes", 1, f"It puts {new[0][:40]} where something was computed.")
            return


def _drops_argument(case: _Case) -> Iterator[Doubt]:
    """Doubt calls that are given less than before: what was given meant something."""
    old, new = (sum(map(_given, some)) for some in (case.gone, case.new))
    calls = {sum(map(_calls, some)) for some in (case.gone, case.new)}
    if new < old and len(calls) == 1:
        yield Doubt("drops-argument", 1, "It gives a call less than before.")


def _given(statement: ast.stmt) -> int:
    found = (node for node in heads.nodes(statement) if isinstance(node, ast.Call))
    return sum(len(node.args) + len(node.keywords) for node in found)


def _calls(statement: ast.stmt) -> int:
    return sum(1 for node in heads.nodes(statement) if isinstance(node, ast.Call))


def _same_each_round(case: _Case) -> Iterator[Doubt]:
    """Doubt what is gathered round by round and does not depend on the round."""
    old = {ast.dump(node) for one in case.gone for node in _idle_rounds(one)}
    if any(ast.dump(node) not in old for one in case.new for node in _idle_rounds(one)):
        yield Doubt("same-each-round", 1, "It gathers the same value in each round.")


def _idle_rounds(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield comprehensions of names that are not those of the round."""
    for node in heads.nodes(statement):
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            targets = {name for one in node.generators for name in _names(one.target)}
            used = set(_names(node.elt))
            if used and not used & targets:
                yield node


def _odd_branch(case: _Case) -> Iterator[Doubt]:
    """Doubt a branch that now asks otherwise than all others of its chain."""
    if not any(isinstance(one, ast.If) for one in case.new):
        return
    pieces = [piece for _, piece in case.patch.pieces]
    old, new = (
        {ast.dump(test) for part in parts for test in _odd(part)}
        for parts in ([one.before for one in pieces], [one.after for one in pieces])
    )
    if new - old:
        yield Doubt("odd-branch", 1, "It compares otherwise than the other branches do.")


def _odd(statements: Sequence[ast.stmt]) -> Iterator[ast.expr]:
    """Yield the one test of a chain that does not ask whether the same is equal."""
    for chain in (_chain(one) for top in statements for one in ast.walk(top)):
        same = [test for test in chain if ast.dump(test.left) == ast.dump(chain[0].left)]
        others = [one for one in same if not isinstance(one.ops[0], ast.Eq)]
        if len(others) == 1 and len(same) > _FEWEST_ALIKE:
            yield from others


def _chain(node: ast.AST) -> list[ast.Compare]:
    """Return the comparisons of a chain of branches, from a node on."""
    found = []
    while isinstance(node, ast.If):
        if isinstance(node.test, ast.Compare) and len(node.test.ops) == 1:
            found.append(node.test)
        node = node.orelse[0] if len(node.orelse) == 1 else ast.Pass()
    return found


def _names(node: ast.AST) -> Iterator[str]:
    return (one.id for one in ast.walk(node) if isinstance(one, ast.Name))


_FINDERS: Sequence[Callable[[_Case], Iterator[Doubt]]] = (
    _deletes,
    _disables,
    _empties,
    _constant_condition,
    _literal_of_test,
    _special_case,
    _returns_constant,
    _widens,
    _leaves_early,
    _unreachable,
    _drops_parameter,
    _hard_codes,
    _same_each_round,
    _drops_argument,
    _odd_branch,
)

WEIGHTS: Mapping[str, float] = {
    "deletes": 0.9,
    "deletes-condition": 0.5,
    "disables-check": 1.5,
    "empties": 2.0,
    "constant-condition": 1.8,
    "literal-of-test": 1.5,
    "special-case": 1.5,
    "returns-constant": 1.5,
    "widens-except": 1.5,
    "skips": 1.0,
    "unreachable": 1.5,
    "drops-use": 0.8,
    "hard-codes": 0.8,
    "same-each-round": 1.8,
    "drops-argument": 0.7,
    "odd-branch": 1.5,
}
"""How much each speaks against a patch, as natural logarithms of odds."""
