"""Exchanging the code of functions that live, and putting it back."""

from __future__ import annotations

import gc
from collections.abc import Container
from types import CodeType, FunctionType
from typing import Any

from . import compiling, importing
from .ground import Spans
from .loading import Loader
from .sources import Edit, Place, Text
from .templates import Template

Swap = tuple[Any, CodeType]
_Key = tuple[str, int, str]


class Unswappable(Exception):
    """The module must be run anew."""


class Unchanged(Exception):
    """It compiles to what the project is."""


class Prepared:
    """What to do in a process so that it is as a candidate would have it."""

    def __init__(self) -> None:
        self.swaps: list[Swap] = []
        self.imports: list[importing.Added] = []
        self.changed: Spans = {}
        """The lines of the functions that it changes."""
        self.shape = 0
        """What tells it from others that do something else."""

    def exchange(self) -> list[Swap]:
        """Do it; return how the code is put back."""
        before = exchange(self.swaps)
        for one in self.imports:
            one.carry_out()
        return before


class Functions:
    """The functions of the project that live when its tests have been collected."""

    def __init__(self, loader: Loader, run_early: Container[int]) -> None:
        self._loader = loader
        self._run_early = run_early
        self._live: dict[int, list[Any]] = {}
        self._outermost: dict[_Key, CodeType] = {}
        self._templates: dict[tuple[str, int], Template] = {}
        self._shapes: dict[int, Any] = {}
        files = {loader.file_of(path) for path in loader.codes}
        for one in gc.get_objects():
            if type(one) is FunctionType and one.__code__.co_filename in files:
                self._live.setdefault(id(one.__code__), []).append(one)
                self._outermost[key_of(one.__code__)] = one.__code__

    def prepared(self, changes: dict[str, list[Edit]], *, exact: bool) -> Prepared:
        """Return what to do for these changes; unless `exact` the numbers of lines may be wrong."""
        made = Prepared()
        shapes: list[Any] = []
        for path, edits in sorted(changes.items()):
            if path not in self._loader.codes:
                raise Unswappable
            imports, others = self._parted(path, edits)
            shapes += [(path, importing.key_of(edit)) for edit in imports]
            made.imports += [self._added(path, edit) for edit in imports]
            for place, mine in self._by_place(path, others):
                old, new = self._codes(path, place, mine, exact=exact)
                shape = compiling.full_shape(new)
                self._pair(old, new, shape, made.swaps)
                shapes.append((path, place.first, shape))
                made.changed.setdefault(path, []).append((place.first, place.last))
        if not made.swaps and not made.imports:
            raise Unchanged
        made.shape = hash(tuple(shapes))
        return made

    def at(self, path: str, line: int) -> Any:
        """Return the function that a line lies in, as it lives."""
        if path not in self._loader.codes:
            return None
        places = self._loader.text(path).places
        place = next((one for one in places if one.first <= line <= one.last), None)
        if place is None:
            return None
        code = self._outermost.get((self._loader.file_of(path), place.first, place.name))
        return self._live[id(code)][0] if code else None

    def _parted(self, path: str, edits: list[Edit]) -> tuple[list[Edit], list[Edit]]:
        """Return those that add imports, and the others."""
        text = self._loader.text(path)
        imports = [edit for edit in edits if importing.is_import(text, edit)]
        return imports, [edit for edit in edits if edit not in imports]

    def _added(self, path: str, edit: Edit) -> importing.Added:
        found = importing.added(edit, self._loader.file_of(path))
        if found is None:
            raise Unswappable
        return found

    def _by_place(self, path: str, edits: list[Edit]) -> list[tuple[Place, list[Edit]]]:
        text = self._loader.text(path)
        found: dict[int, tuple[Place, list[Edit]]] = {}
        for edit in edits:
            place = text.place_of([edit])
            if place is None:
                raise Unswappable
            found.setdefault(place.begin, (place, []))[1].append(edit)
        return list(found.values())

    def _codes(
        self, path: str, place: Place, edits: list[Edit], *, exact: bool
    ) -> tuple[CodeType, CodeType]:
        """Return the code of a function as it is, and with `edits` made."""
        file = self._loader.file_of(path)
        old = self._outermost.get((file, place.first, place.name))
        if old is None:
            raise Unswappable
        text, flags = self._loader.text(path), compiling.flags_of(self._loader.codes[path])
        new = None if exact else self._template(text, place, file, flags).code(edits)
        new = new or compiling.function(text, place, edits, file, flags)
        if new is None:
            raise Unswappable
        return old, new

    def _template(self, text: Text, place: Place, file: str, flags: int) -> Template:
        key = (file, place.begin)
        if key not in self._templates:
            self._templates[key] = Template(text, place, file, flags)
        return self._templates[key]

    def _pair(self, old: CodeType, new: CodeType, shape: Any, swaps: list[Swap]) -> None:
        """Note the functions to exchange for a changed code and for what lies in it."""
        before = self._shape(old)
        if before == shape:
            return
        if before[0] != shape[0] and id(old) in self._run_early:
            raise Unswappable
        functions = self._live.get(id(old), [])
        if functions and old.co_freevars != new.co_freevars:
            raise Unswappable
        swaps += [(function, new) for function in functions]
        olds, news = compiling.nested(old), compiling.nested(new)
        if [one.co_name for one in olds] == [one.co_name for one in news]:
            for one, other, inner in zip(olds, news, shape[2:]):
                self._pair(one, other, inner, swaps)
        elif any(map(self._lives, olds)):
            raise Unswappable

    def _shape(self, old: CodeType) -> Any:
        if id(old) not in self._shapes:
            self._shapes[id(old)] = compiling.full_shape(old)
        return self._shapes[id(old)]

    def _lives(self, code: CodeType) -> bool:
        return id(code) in self._live or any(map(self._lives, compiling.nested(code)))


def key_of(code: CodeType) -> _Key:
    return code.co_filename, code.co_firstlineno, code.co_name


def exchange(swaps: list[Swap]) -> list[Swap]:
    """Give each function its code; return what it had."""
    before = [(function, function.__code__) for function, _ in swaps]
    for function, code in swaps:
        function.__code__ = code
    return before
