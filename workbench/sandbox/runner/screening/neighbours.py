"""Values like a given one: where two repairs differ is seldom far from what the tests use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_LONGEST = 400


def neighbours(value: Any) -> Iterator[Any]:
    """Yield values of the same kind, the likeliest to tell two repairs apart first."""
    kind = type(value)
    if kind is bool:
        yield not value
    elif kind is int:
        yield from _numbers(value, 1)
    elif kind is float:
        yield from _numbers(value, 0.5)
    elif kind in (str, bytes, tuple, list):
        yield from _sequences(value)
    elif kind is dict:
        yield from _mappings(value)
    elif kind in (set, frozenset):
        yield from map(kind, _sequences(sorted(value, key=repr)))


def _numbers(value: Any, step: Any) -> Iterator[Any]:
    for one in (value + step, value - step, type(value)(0), -value, value * 2, type(value)(1)):
        if one != value:
            yield one


def _sequences(value: Any) -> Iterator[Any]:
    """Yield it empty, shorter, longer, doubled, turned round, and with one item exchanged."""
    if not value:
        yield from _like_nothing(value)
        return
    yield value[:0]
    yield value[:1]
    yield value[1:]
    yield value[:-1]
    yield value[::-1]
    if len(value) < _LONGEST:
        yield value + value[:1]
        yield value + value
    if isinstance(value, (str, bytes)):
        yield from _letters(value)
        return
    for index in dict.fromkeys((0, len(value) - 1, len(value) // 2)):
        for one in _first(neighbours(value[index]), 3):
            yield value[:index] + type(value)([one]) + value[index + 1 :]
            yield value + type(value)([one])


def _letters(value: Any) -> Iterator[Any]:
    yield value.upper()
    yield value.lower()
    yield value + (" " if isinstance(value, str) else b" ")


def _like_nothing(value: Any) -> Iterator[Any]:
    """Yield something to begin with: what would be in it, nobody knows."""
    kind = type(value)
    if kind is str:
        yield from ("a", " ", "ab")
    elif kind is bytes:
        yield b"a"
    else:
        yield from (kind([0]), kind([1, 2]), kind([2, 1]))


def _mappings(value: Any) -> Iterator[Any]:
    yield {}
    for key in list(value)[:3]:
        yield {one: value[one] for one in value if one != key}
        for other in _first(neighbours(value[key]), 2):
            yield {**value, key: other}


def calls_between(recorded: list[dict[str, Any]], keep: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Yield calls with arguments of two of those recorded."""
    for distance in range(1, len(recorded)):
        for one, other in zip(recorded, recorded[distance:]):
            for name in [name for name in one if name not in keep]:
                if type(one[name]) is type(other[name]):
                    yield {**one, name: other[name]}
                    yield {**other, name: one[name]}


def _first(values: Iterator[Any], count: int) -> Iterator[Any]:
    for _, value in zip(range(count), values):
        yield value


def calls_near(arguments: dict[str, Any], keep: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Yield other arguments: one exchanged, or two of the same kind swapped."""
    names = [name for name in arguments if name not in keep]
    streams = {name: neighbours(arguments[name]) for name in names}
    while streams:
        for name in list(streams):
            try:
                yield {**arguments, name: next(streams[name])}
            except StopIteration:
                del streams[name]
            except Exception:
                del streams[name]  # Its own operators fail.
    for index, other in enumerate(names[1:]):
        one = names[index]
        if type(arguments[one]) is type(arguments[other]):
            yield {**arguments, one: arguments[other], other: arguments[one]}
