"""What failing assertions say about texts: how the expected one differs from what came."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator, Sequence

from workbench.healing.ground import Ground

_TEXT = r"""('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
_COMPARED = re.compile(rf"{_TEXT}\s*(?:==|!=)\s*{_TEXT}")
_PLACE = re.compile(r"(\{[^{}]*\}|%[-+ 0-9.]*[sdrfx])")
_LIMIT = 400


def mismatches(ground: Ground) -> tuple[tuple[str, str], ...]:
    """Return what texts came and which were expected in their place, from failing assertions."""
    kept = vars(ground).setdefault("kept mismatches", tuple(dict.fromkeys(_mismatches(ground))))
    return tuple(kept)


def _mismatches(ground: Ground) -> Iterator[tuple[str, str]]:
    for run in ground.dossier.failing:
        message = run.raised.message if run.raised else ""
        for came, expected in _COMPARED.findall(message[:4000]):
            pair = _read(came), _read(expected)
            if all(len(one) < _LIMIT for one in pair) and pair[0] != pair[1]:
                yield pair


def _read(written: str) -> str:
    try:
        return str(ast.literal_eval(written))
    except (SyntaxError, ValueError):
        return written[1:-1]


def rewordings(ground: Ground, value: str) -> Iterator[tuple[str, float]]:
    """Yield what a text of the program would be if it were the cause of a mismatch.

    Which side of a comparison is the expected one is up to who wrote the test, so both are tried;
    what a whole text is expected to be is no more than a guess, since it answers one input.
    """
    for came, expected in mismatches(ground)[:4]:
        for one, other, fit in ((came, expected, 1.0), (expected, came, 0.5)):
            for text in dict.fromkeys(_within(one, other, value)):
                yield text, 0.2 * fit


def _within(came: str, expected: str, value: str) -> Iterator[str]:
    """Yield `value` with one of the parts between its places for values as it should be."""
    parts = _PLACE.split(value)
    for index, part in enumerate(parts):
        for text in _applied(came, expected, part):
            yield "".join([*parts[:index], text, *parts[index + 1 :]])


def _applied(came: str, expected: str, value: str) -> Iterator[str]:
    """Yield `value` with the differences that fall into the place where it occurs."""
    matcher = difflib.SequenceMatcher(None, came, expected, autojunk=False)
    changes = [one for one in matcher.get_opcodes() if one[0] != "equal"]
    for start in _occurrences(came, value) if len(changes) <= 6 else ():
        end = start + len(value)
        inside = [one for one in changes if start <= one[1] and one[2] <= end]
        if inside and (len(value) > 1 or came != value):
            yield _patched(value, start, expected, inside)


def _occurrences(text: str, value: str) -> Iterator[int]:
    """Yield where a text occurs, or the fixed part of a format in it."""
    if not value or len(value) > _LIMIT:
        return
    start = text.find(value)
    while start >= 0:
        yield start
        start = text.find(value, start + 1)


def _patched(
    value: str, start: int, expected: str, changes: Sequence[tuple[str, int, int, int, int]]
) -> str:
    for _, low, high, left, right in reversed(changes):
        value = value[: low - start] + expected[left:right] + value[high - start :]
    return value
