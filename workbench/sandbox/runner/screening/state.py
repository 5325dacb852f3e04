"""What a candidate may leave behind in the process: noted before, put back after each."""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import random
import sys
import threading
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from operator import is_
from types import CellType, FunctionType, ModuleType
from typing import Any

_MAPPINGS = (dict, defaultdict, OrderedDict)
_LARGEST, _MOST = 300, 4000
_DEEPEST = 5
_CACHE = type(functools.lru_cache(len))
_GENERATOR = random.random.__self__  # type: ignore[attr-defined]


class Memory:
    """The state of some modules, their classes and functions, as far as it is plain containers."""

    def __init__(self, modules: Iterable[ModuleType], owns: Callable[[Any], bool]) -> None:
        self._owns = owns
        self._seen: set[int] = set()
        self._mappings: list[tuple[Any, Any, list[Any]]] = []
        self._others: list[tuple[Any, Any]] = []
        self._classes: list[tuple[type, dict[str, Any]]] = []
        self._cells: list[tuple[CellType, Any]] = []
        self._caches = [one for one in gc.get_objects() if type(one) is _CACHE and owns(one)]
        self._random = False
        for module in modules:
            self._keep(module.__dict__, 0)
        self._keep(os.environ._data, 0)  # type: ignore[attr-defined]  # noqa: SLF001 - a mapping of bytes
        self._keep(sys.path, 0)
        self._streams = sys.stdin, sys.stdout, sys.stderr
        self._folder = os.getcwd()
        self._threads = threading.active_count()

    def restore(self) -> bool:
        """Put everything back; say whether it could be."""
        for mapping, saved, values in self._mappings:
            if len(mapping) != len(values) or not all(map(is_, mapping.values(), values)):
                mapping.clear()
                mapping.update(saved)
        for container, content in self._others:
            if len(container) != len(content) or not all(map(is_, container, content)):
                _refill(container, content)
        for kind, members in self._classes:
            if len(kind.__dict__) != len(members) or not all(
                map(is_, kind.__dict__.values(), members.values())
            ):
                _reset(kind, members)
        for cell, content in self._cells:
            if cell.cell_contents is not content:
                cell.cell_contents = content
        for cache in self._caches:
            cache.cache_clear()
        self._restore_process()
        return threading.active_count() == self._threads

    def _restore_process(self) -> None:
        if self._random:
            random.seed(0)
        if sys.stdout is not self._streams[1] or sys.stderr is not self._streams[2]:
            sys.stdin, sys.stdout, sys.stderr = self._streams
        if os.getcwd() != self._folder:
            os.chdir(self._folder)

    def _keep(self, value: Any, depth: int) -> None:
        if id(value) in self._seen or len(self._seen) > _MOST or depth > _DEEPEST:
            return
        kind = type(value)
        if kind in _MAPPINGS:
            self._keep_mapping(value, depth)
        elif kind in (list, deque, set, bytearray):
            self._keep_other(value, depth)
        elif kind is FunctionType:
            self._keep_function(value, depth)
        elif kind in (staticmethod, classmethod, property):
            for one in (getattr(value, "__func__", None), getattr(value, "fget", None)):
                self._keep(one, depth)
        else:
            with contextlib.suppress(Exception):  # An object answers these questions itself.
                self._keep_object(value, depth)

    def _keep_object(self, value: Any, depth: int) -> None:
        if value is random or getattr(value, "__self__", None) is _GENERATOR:
            self._random = True
        elif isinstance(value, type):
            self._keep_class(value, depth)
        elif self._owns(type(value)) and hasattr(value, "__dict__"):
            self._keep(value.__dict__, depth + 1)
        elif hasattr(value, "__wrapped__"):
            self._keep(value.__wrapped__, depth + 1)

    def _keep_mapping(self, mapping: Any, depth: int) -> None:
        self._seen.add(id(mapping))
        if depth and len(mapping) > _LARGEST:
            return
        self._mappings.append((mapping, dict(mapping), list(mapping.values())))
        for value in list(mapping.values()):
            self._keep(value, depth + 1)

    def _keep_other(self, container: Any, depth: int) -> None:
        self._seen.add(id(container))
        if len(container) > _LARGEST:
            return
        self._others.append((container, list(container)))
        for value in list(container):
            self._keep(value, depth + 1)

    def _keep_function(self, function: Any, depth: int) -> None:
        if not self._owns(function):
            return
        self._seen.add(id(function))
        self._keep(function.__dict__, depth + 1)
        for value in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._keep(value, depth + 1)
        for cell in function.__closure__ or ():
            with contextlib.suppress(ValueError):  # It is empty.
                self._cells.append((cell, cell.cell_contents))
                self._keep(cell.cell_contents, depth + 1)

    def _keep_class(self, kind: type, depth: int) -> None:
        if not self._owns(kind):
            return
        self._seen.add(id(kind))
        members = dict(kind.__dict__)
        self._classes.append((kind, members))
        for value in members.values():
            self._keep(value, depth + 1)


def _refill(container: Any, content: list[Any]) -> None:
    container.clear()
    if isinstance(container, set):
        container.update(content)
    else:
        container.extend(content)


def _reset(kind: type, members: dict[str, Any]) -> None:
    for name in set(kind.__dict__) - set(members):
        with contextlib.suppress(AttributeError, TypeError):  # What Python itself keeps there.
            delattr(kind, name)
    for name, value in members.items():
        if kind.__dict__.get(name) is not value:
            with contextlib.suppress(AttributeError, TypeError):  # As above.
                setattr(kind, name, value)
