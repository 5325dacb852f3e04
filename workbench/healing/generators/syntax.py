"""Files that do not parse: small edits near where the parser stopped, until it does not.

Each edit is of one line or two. What is tried first is what the parser's message speaks of; what
makes the file parse is a candidate, and how often such a slip happens is its prior.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from itertools import islice

from workbench.healing.candidate import Candidate, candidate
from workbench.healing.generators.margins import Try, cut, indentations, unbodied
from workbench.healing.ground import Ground
from workbench.healing.insight.slips import slips
from workbench.splice import Edit
from workbench.splice import parses as _parses

_BOM = "\ufeff"
_MOST_TRIED, _MOST_NEARER, _MOST_FOUND, _MOST_ROUNDS = 900, 120, 12, 3
_WINDOW = 200


def of_failure(ground: Ground) -> Iterator[Candidate]:
    files = ground.dossier.files
    for path in files:
        if path not in ground.modules:
            yield from islice(_repaired(path, files[path]), _MOST_FOUND)


def _repaired(path: str, text: str) -> Iterator[Candidate]:
    bare = text.removeprefix(_BOM)
    seen: set[str] = set()
    for prior, new, why in _searched(bare):
        if new in seen:
            continue
        seen.add(new)
        yield candidate(path, _edits(bare, new), "syntax:line", min(prior, 1.0), why)


def _searched(text: str) -> Iterator[tuple[float, str, str]]:
    """Yield texts that parse: those one edit away, or where there are none, some more."""
    current = [(1.0, text, "")]
    for _ in range(_MOST_ROUNDS):
        is_found = False
        for weight, old, said in current:
            for one in _ordered(old):
                if _fits(old, one) and parses(new := _with(old, one)):
                    is_found = True
                    yield weight * one.prior, new, _reason(said, one)
        if is_found:
            return
        current = _nearer(current)


def _reason(said: str, one: Try) -> str:
    return "; ".join(part for part in (said, one.why) if part)


def _nearer(current: list[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """Return the edits after which the parser gets furthest."""
    further: list[tuple[int, float, str, str]] = []
    for weight, old, said in current:
        for one in _ordered(old)[:_MOST_NEARER]:
            new = _with(old, one)
            if (line := _error_line(new)) > _error_line(old):
                further.append((line, weight * one.prior, new, _reason(said, one)))
    further.sort(key=lambda one: (-one[0], -one[1]))
    return [(prior * 0.7, new, why) for _, prior, new, why in further[:3]]


def _fits(text: str, one: Try) -> bool:
    """Say whether the top-level definition that is changed parses alone, which is quick to see."""
    lines = _lines(text)
    if one.count > _WINDOW:
        return True
    low, high = one.first, one.first + max(one.count, 1)
    low = next((place for place in range(low, -1, -1) if _starts_definition(lines, place)), 0)
    last = range(high, len(lines))
    high = next((place for place in last if _starts_definition(lines, place)), len(lines))
    chunk = [*lines[low : one.first], *one.lines, *lines[one.first + one.count : high]]
    return parses("".join(chunk))


def _starts_definition(lines: Sequence[str], place: int) -> bool:
    return (
        place < len(lines)
        and re.match(r"(def|class|async def|import|from)\b", lines[place]) is not None
    )


def parses(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _parses(text)


def _error(text: str) -> SyntaxError | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError):
        return SyntaxError("the file cannot be read", ("", 1, 1, "", 1, 1))
    return None


def _error_line(text: str) -> int:
    error = _error(text)
    return (error.lineno or 0) if error else 1 << 30


def _edits(old: str, new: str) -> list[Edit]:
    """Return the smallest exchange of bytes that makes the one of the other."""
    start = _common(old, new)
    end = min(_common(old[::-1], new[::-1]), len(old) - start, len(new) - start)
    low = len(old[:start].encode())
    high = len(old[: len(old) - end].encode())
    return [Edit(low, high, new[start : len(new) - end])]


def _common(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    limit = min(len(one), len(other))
    return next((place for place, (a, b) in enumerate(pairs) if a != b), limit)


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", text)


def _with(text: str, one: Try) -> str:
    lines = _lines(text)
    lines[one.first : one.first + one.count] = one.lines
    return "".join(lines)


def _ordered(text: str) -> list[Try]:
    error = _error(text)
    lines = _lines(text)
    if error is None or not lines:
        return []
    tries = {(one.first, one.count, one.lines): one for one in _tries(lines, error)}
    kept = [one for one in tries.values() if tuple(lines[one.first :][: one.count]) != one.lines]
    return sorted(kept, key=lambda one: -one.prior)[:_MOST_TRIED]


def _tries(lines: Sequence[str], error: SyntaxError) -> Iterator[Try]:
    at = min(max((error.lineno or 1) - 1, 0), len(lines) - 1)
    message = (error.msg or "").lower()
    column = (error.offset or 1) - 1
    for place, fit in _places(lines, at, message):
        for prior, new, why in slips(lines[place], message, column if place == at else -1):
            yield Try(prior * fit, place, 1, (new,), why)
    yield from indentations(lines, at, message)
    yield from unbodied(lines, at, message)
    yield from cut(lines, at)


def _places(lines: Sequence[str], at: int, message: str) -> list[tuple[int, float]]:
    """Return which lines can be meant: where it stopped, and those before that say something."""
    opened = re.search(r"(?:on|detected at) line (\d+)", message)
    found = [(at, 1.0)]
    if opened:
        found.append((int(opened[1]) - 1, 0.9))
    before = [place for place in range(at - 1, -1, -1) if lines[place].strip()][:4]
    found += [(place, weight) for place, weight in zip(before, (0.8, 0.4, 0.3, 0.2), strict=False)]
    best: dict[int, float] = {}
    for place, weight in found:
        if 0 <= place < len(lines):
            best[place] = max(weight, best.get(place, 0.0))
    return list(best.items())
