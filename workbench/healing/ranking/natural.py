"""How usual a piece of code is: in its file, in its project, and in Python as such."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import log2

from workbench.healing.ranking.tokens import is_name, is_number, is_text, tokens
from workbench.shipped import data_file

KEPT = frozenset(
    [
        *("self", "cls", "len", "range", "int", "str", "list", "dict", "set", "tuple", "sorted"),
        *("min", "max", "sum", "abs", "enumerate", "zip", "isinstance", "append", "items", "keys"),
        *("values", "get", "join", "split", "strip", "format", "i", "j", "k", "n", "x", "print"),
        *("any", "all", "reversed", "float", "bool", "ValueError", "TypeError", "KeyError", "pop"),
        *("0", "1", "2", "10", '""', "''"),
    ]
)
"""Names and literals that keep their own place in the table of Python as such."""
_START = ("\n", "\n")
_LOCAL, _WHOLE = 0.55, 0.35
"""How much the file and the project's other files say; the rest is said by Python as such."""
_UNSEEN = 1e-4


def shape(token: str) -> str:
    """Return a token as the table knows it: names and literals by their kind."""
    if token in KEPT:
        return token
    if is_name(token):
        return "NAME"
    if is_number(token):
        return "NUMBER"
    return "TEXT" if is_text(token) else token


Grams = Mapping[tuple[str, ...], int]


def grams(found: Sequence[str], length: int = 3) -> Counter[tuple[str, ...]]:
    """Count all runs of up to `length` tokens."""
    line = (*_START, *found)
    counted: Counter[tuple[str, ...]] = Counter()
    for at in range(len(_START), len(line)):
        for size in range(1, length + 1):
            counted[line[at + 1 - size : at + 1]] += 1
    return counted


@dataclass(frozen=True)
class Model:
    """Counts of runs of one, two and three tokens."""

    counts: Grams

    @cached_property
    def contexts(self) -> Grams:
        """Return how often each beginning of a run is followed by anything."""
        found: Counter[tuple[str, ...]] = Counter()
        for run, count in self.counts.items():
            found[run[:-1]] += count
        return found

    def chance(self, before: tuple[str, ...], token: str) -> float:
        """Return how likely `token` is after `before`; longer beginnings count more."""
        found = 0.0
        for size in range(len(before) + 1):
            start = before[len(before) - size :]
            seen = self.contexts.get(start, 0)
            sure = seen / (seen + 3.0)
            found = found * (1 - sure) + sure * self.counts.get((*start, token), 0) / max(seen, 1)
        return found


@cache
def python() -> Model:
    """Return the model of Python as such, from the table that ships."""
    lines = data_file("python-tokens.tsv").read_text(encoding="utf-8").splitlines()
    counts = {}
    for line in lines:
        *run, count = line.split("\t")
        counts[tuple(token.replace("\\n", "\n") for token in run)] = int(count)
    return Model(counts)


@dataclass(frozen=True)
class Usage:
    """What is usual at one file of a project."""

    here: Model
    around: Model

    def bits(self, text: str) -> float:
        """Return how many bits a token of `text` costs on average; the usual costs little."""
        found = tokens(text)
        return sum(self._costs(found)) / len(found) if found else 0.0

    def _costs(self, found: Sequence[str]) -> Iterable[float]:
        line = (*_START, *found)
        for at in range(len(_START), len(line)):
            before, token = line[at - 2 : at], line[at]
            yield -log2(self._chance(before, token))

    def _chance(self, before: tuple[str, ...], token: str) -> float:
        own = self.here.chance(before, token)
        others = self.around.chance(before, token)
        shapes = (shape(before[0]), shape(before[1]))
        usual = python().chance(shapes, shape(token))
        share = _UNSEEN if shape(token) in ("NAME", "NUMBER", "TEXT") else 1.0
        rest = 1 - _LOCAL - _WHOLE
        known = usual * max(share, self.here.chance((), token))
        return max(_LOCAL * own + _WHOLE * others + rest * known, 1e-9)


def usage(text: str, others: Iterable[str]) -> Usage:
    """Return what is usual in a file with that text, beside others."""
    return Usage(Model(grams(tokens(text))), Model(grams(_joined(others))))


def _joined(texts: Iterable[str]) -> list[str]:
    return [token for text in texts for token in tokens(text)]
