"""A plausible patch in numbers: what speaks for and against it being the right one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import exp, log, log2

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground
from workbench.healing.insight.nearness import nearness
from workbench.healing.ranking import antipatterns, tokens
from workbench.healing.ranking.natural import Usage, usage
from workbench.healing.ranking.patches import Known, Patch, patch

WEIGHTS: Mapping[str, float] = {
    "prior": 0.65,
    "site": 0.6,
    "tokens": -0.45,
    "places": -0.9,
    "edits": -1.4,
    "repeats": -0.1,
    "files": -0.8,
    "added": -0.15,
    "removed": -0.2,
    "facts-removed": 1.6,
    "facts-added": -1.4,
    "bits": -0.15,
    "restores": 1.2,
    "strange-names": -0.15,
    "new-numbers": -0.4,
    "turned": -1.0,
    "partial": -6.0,
    "agreement": 0.5,
    "typed": 0.6,
    "idle": -1.2,
    "any-number": -1.2,
    "fitted": -1.6,
    "near": 0.8,
    **{f"doubt:{code}": -weight for code, weight in antipatterns.WEIGHTS.items()},
}
"""What each number counts, as natural logarithms of odds; what is learned is added to it."""

_AGAINST = frozenset({"facts-added", "fitted", "removed"})
_TYPES = frozenset({"bool", "int", "str", "float"})
_EQUAL = frozenset({"==", "!="})
_ORDERED = frozenset({"<", "<=", ">", ">="})
_PLAIN = frozenset({"0", "1", "2"})
_NEIGHBOURS = 40
"""From so many other files it is learned what is usual in the project."""
_LONGEST = 200_000
_FITTED = "synthesis:"
"""Conditions made to fit the values of the tests fit them whatever is right."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A candidate that passes the tests when it is screened, with what was seen meanwhile."""

    candidate: Candidate
    weight: float = 1.0
    """How much its place was suspected."""
    passes: int = 1
    """How many of the failing tests it turns."""
    behaviour: str = ""
    """The same for those that nothing tells apart; empty where nobody looked."""
    covering: int = 1
    """How many tests run what it changes."""
    agreement: float | None = None
    """On inputs beside those of the tests, how often it does as the others do, where known."""
    is_idle: bool = False
    """The tests pass as well with a constant where it changes a condition."""
    is_any_number: bool = False
    """The tests pass as well with another number where it puts one."""


@dataclass(frozen=True)
class Looked:
    """A contender with all that reading its patch shows."""

    contender: Contender
    patch: Patch
    doubts: tuple[antipatterns.Doubt, ...]
    numbers: Mapping[str, float]

    @property
    def belief(self) -> float:
        """Return how much is left of it, from 0 to 1, when what speaks against it is heard."""
        against = [name for name in self.numbers if name.startswith("doubt:") or name in _AGAINST]
        return exp(sum(WEIGHTS[name] * self.numbers[name] for name in against))


@dataclass(frozen=True)
class Reader:
    """Reads the patches of one failure."""

    ground: Ground
    _known: dict[str, Known] = field(default_factory=dict)
    _usages: dict[str, Usage] = field(default_factory=dict)

    @cached_property
    def _literals(self) -> antipatterns.Literals:
        return antipatterns.literals(self.ground.dossier)

    def belief(self, one: Candidate) -> float:
        """Return the belief in a candidate; nothing speaks against what cannot be read."""
        if not set(one.by_path) <= set(self.ground.modules):
            return 1.0
        return self.look(Contender(one)).belief

    def look(self, contender: Contender) -> Looked:
        found = patch(contender.candidate, self.ground, self._known)
        doubts = antipatterns.doubts(found, self._literals)
        numbers = {name: value for name, value in self._numbers(contender, found) if value}
        numbers |= {f"doubt:{one.code}": one.much for one in doubts}
        return Looked(contender, found, doubts, numbers)

    def _numbers(self, contender: Contender, patch: Patch) -> Iterator[tuple[str, float]]:
        failing = max(len(self.ground.dossier.failing), 1)
        yield "prior", log(max(contender.candidate.prior, 1e-5))
        yield "site", log(max(contender.weight, 1e-3))
        yield "partial", 1 - min(contender.passes / failing, 1)
        yield "agreement", 0.0 if contender.agreement is None else contender.agreement - 0.5
        yield "idle", float(contender.is_idle)
        yield "any-number", float(contender.is_any_number)
        yield "fitted", _fitted(patch)
        yield "near", _nearness(patch)
        yield from _sizes(patch)
        gone, new = patch.facts
        yield "facts-removed", min(sum(one.weight for one in gone), 2.0)
        yield "facts-added", min(sum(one.weight for one in new), 2.0)
        yield "bits", self._bits(patch)
        yield "restores", float(_restores(patch, self.ground.dossier.before))
        yield from _strange(patch)
        yield "turned", float(any(_turns(*pair) for pair in patch.exchanged))
        yield "typed", _typed(patch)

    def _bits(self, patch: Patch) -> float:
        """Return by how many bits a token the changed lines became less usual."""
        found = 0.0
        for file in patch.files:
            usual = self._usage(file.path)
            before, after = "".join(file.old_lines), "".join(file.new_lines)
            found += usual.bits(after) - usual.bits(before) if before and after else 0.0
        return max(min(found, 4.0), -4.0)

    def _usage(self, path: str) -> Usage:
        if path not in self._usages:
            files = self.ground.dossier.files
            others = [text for other, text in files.items() if other != path][:_NEIGHBOURS]
            short = [text for text in others if len(text) < _LONGEST]
            self._usages[path] = usage(files[path][:_LONGEST], short)
        return self._usages[path]


def _sizes(patch: Patch) -> Iterator[tuple[str, float]]:
    """Yield how much a patch changes; one exchange at several places counts once."""
    pairs = patch.exchanged
    counted = pairs[:1] if patch.is_same_everywhere else pairs
    yield "tokens", log2(1 + sum(max(len(old), len(new)) for old, new in counted))
    yield "edits", float(patch.candidate.operator.count("+"))
    places = sum(1 for pair in counted if not _only_closes(pair))
    yield "places", 0.0 if _only_moves(counted) else float(max(places - 1, 0))
    yield "repeats", log2(len(pairs)) if patch.is_same_everywhere else 0.0
    yield "files", float(len(patch.files) - 1)
    gone, new = patch.statements
    yield "added", float(max(len(new) - len(gone), 0))
    yield "removed", float(max(len(gone) - len(new), 0))


Exchanged = tuple[tuple[str, ...], tuple[str, ...]]


def _only_moves(pairs: Sequence[Exchanged]) -> bool:
    """Tell whether what goes at one place comes at another, as where arguments are swapped."""
    old = sorted(token for gone, _ in pairs for token in gone)
    return bool(old) and old == sorted(token for _, new in pairs for token in new)


def _fitted(patch: Patch) -> float:
    """Return how much of what is written was chosen to fit the values of the tests."""
    if _FITTED not in patch.candidate.operator:
        return 0.0
    written = [token for _, new in patch.exchanged for token in new]
    return 1.0 + sum(_is_chosen(one) for one in written)


def _is_chosen(token: str) -> bool:
    """Tell whether this is a number or a text that hardly anything but a test suggests."""
    return (tokens.is_number(token) and token not in {"0", "1"}) or token[0] in "\"'"


def _nearness(patch: Patch) -> float:
    """Return how alike the names are, where one name becomes another: such are mixed up."""
    if len(patch.exchanged) != 1:
        return 0.0
    old, new = patch.exchanged[0]
    one_each = len(old) == len(new) == 1 and tokens.is_name(old[0]) and tokens.is_name(new[0])
    return nearness(old[0], new[0]) if one_each else 0.0


def _only_closes(pair: tuple[tuple[str, ...], tuple[str, ...]]) -> bool:
    """Tell whether an exchange is the other end of something that is put around a piece."""
    return all(part in ")]}" for some in pair for part in some)


def _restores(patch: Patch, before: Mapping[str, str]) -> bool:
    """Tell whether a patch brings back what stood there when the tests passed."""
    texts = [(file.new_lines, before.get(file.path, "")) for file in patch.files]
    return bool(texts) and all(
        old and "".join(lines).strip() and all(line in old for line in lines)
        for lines, old in texts
    )


def _turns(old: Sequence[str], new: Sequence[str]) -> bool:
    """Tell whether an equality becomes an order, or the other way: boundaries are off oftener."""
    both = {*old, *new}
    return len(old) == len(new) == 1 and bool(both & _EQUAL) and bool(both & _ORDERED)


def _strange(patch: Patch) -> Iterator[tuple[str, float]]:
    """Yield how many names and numbers a patch uses that its function did not know."""
    nodes = (node for _, piece in patch.pieces for node in piece.before)
    known = {token for node in nodes for token in tokens.tokens(ast.unparse(node))}
    added = {token for _, new in patch.exchanged for token in new} - known
    yield "strange-names", float(sum(1 for one in added if tokens.is_name(one)))
    yield "new-numbers", float(sum(1 for one in added - _PLAIN if tokens.is_number(one)))


def _typed(patch: Patch) -> float:
    """Return 1 where new results agree with what is declared, -1 where they do not."""
    nodes = (node for _, piece in patch.pieces for node in piece.after)
    functions = (node for node in nodes if isinstance(node, Function))
    declared = [one.returns.id for one in functions if isinstance(one.returns, ast.Name)]
    results = [one.value for one in patch.statements[1] if isinstance(one, ast.Return)]
    found = sum(_agrees(value, wanted) for wanted in declared for value in results)
    return max(min(found, 1.0), -1.0)


def _agrees(value: ast.expr | None, wanted: str) -> float:
    kind = _kind(value)
    if not kind or wanted not in _TYPES:
        return 0.0
    return 0.5 if kind == wanted or {kind, wanted} == {"int", "float"} else -1.0


def _kind(value: ast.expr | None) -> str:
    """Return the type of an expression that can have only one."""
    if isinstance(value, ast.Constant):
        return type(value.value).__name__
    negated = isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not)
    return "bool" if negated or isinstance(value, ast.Compare) else ""
