"""What variables hold whenever a test comes by given lines."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from functools import partial
from types import FrameType
from typing import Any

from .forks import Child, Message, Patience, Teller
from .ground import Ground
from .items import Runner, be_brief
from .loading import Loader
from .telling import short

_MOST_HITS, _MOST_ITEMS, _MOST_NAMES = 40, 30, 30
_LARGEST, _LONGEST = 1 << 53, 200
_PATIENCE = Patience(10.0, 20.0)


def record(runner: Runner, ground: Ground, loader: Loader, order: Message) -> Message:
    """Return what was held at `places` in each of `tests`."""
    hits: list[Any] = []
    child = Child(partial(_in_fork, runner, ground, loader, order))
    for one in child.messages(_PATIENCE):
        hits += one.get("hits", [])
    return {"op": "answer", "id": order["id"], "hits": hits}


def _in_fork(
    runner: Runner, ground: Ground, loader: Loader, order: Message, teller: Teller
) -> None:
    be_brief()
    places = {(loader.file_of(path), line): path for path, line in order["places"]}
    for test in order["tests"]:
        if test in runner.items:
            tracer = _Tracer(places)
            sys.settrace(tracer.called)
            try:
                runner.run(test, ground.limit(test, long=False))
            finally:
                sys.settrace(None)
            teller.tell({"hits": [{"test": test, **hit} for hit in tracer.hits]})


class _Tracer:
    def __init__(self, places: dict[tuple[str, int], str]) -> None:
        self._places = places
        self._files = {file for file, _ in places}
        self._counts: dict[tuple[str, int], int] = {}
        self.hits: list[Message] = []

    def called(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        return self._line if frame.f_code.co_filename in self._files else None

    def _line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        at = (frame.f_code.co_filename, frame.f_lineno)
        if event == "line" and at in self._places:
            count = self._counts[at] = self._counts.get(at, 0) + 1
            if count <= _MOST_HITS:
                values = dict(_values(frame.f_locals))
                self.hits.append({"path": self._places[at], "line": at[1], "values": values})
        return self._line


def _values(variables: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the variables, and the attributes of what is no plain value."""
    for name, value in list(variables.items())[:_MOST_NAMES]:
        yield name, _shown(value)
        if name == "self":
            attributes = getattr(value, "__dict__", {})
            for attribute, inner in list(attributes.items())[:_MOST_NAMES]:
                yield f"{name}.{attribute}", _shown(inner)


def _shown(value: Any) -> Any:
    """Return a plain value as it is, and what is known of any other."""
    if is_plain(value):
        return {"plain": value, "type": type(value).__name__}
    known = {"type": type(value).__name__, "repr": short(value)}
    try:
        return {**known, "len": len(value)}
    except Exception:
        return known


def is_plain(value: Any, depth: int = 0) -> bool:
    """Tell whether JSON holds a value as it is; a tuple becomes a list there."""
    kind = type(value)
    if value is None or kind is bool:
        return True
    if kind is int:
        return bool(abs(value) < _LARGEST)
    if kind is float:
        return math.isfinite(value)
    if kind is str:
        return len(value) <= _LONGEST and value.isprintable()
    if kind in (list, tuple) and depth < 2 and len(value) <= _MOST_ITEMS:
        return all(is_plain(one, depth + 1) for one in value)
    return False
