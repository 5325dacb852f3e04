"""What a language model suggests, as candidates: searched text for other text, or a whole function.

A model answers about what it was shown and not always word for word, so lines are also found where
they are indented otherwise. What does not fit, or would not compile, is dropped.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice, pairwise, product

import msgspec

from workbench.healing.candidate import Candidate, Change
from workbench.healing.compose import applied, difference
from workbench.healing.ground import Function, Ground, Module
from workbench.splice import Edit, compiles

_PRIOR, _NEXT = 0.05, 0.7
"""Less than nearly all that the rules suggest: the search tries what it thinks of itself first."""
_NAMED = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_MOST_PLACES, _MOST_WAYS = 3, 6
_LONGEST_WHY = 120


class Exchange(msgspec.Struct, frozen=True):
    """Text for other text; without a text to search, a whole function for another."""

    file: str = ""
    search: str = ""
    replace: str = ""
    function: str = ""


class Suggestion(msgspec.Struct, frozen=True):
    """Exchanges that belong together, and what they are to mend."""

    edits: tuple[Exchange, ...] = ()
    why: str = ""


class Advice(msgspec.Struct, frozen=True):
    """What a model answered, the likeliest first."""

    repairs: tuple[Suggestion, ...] = ()
    model: str = ""
    """Who said it: name and hash."""


def candidates(ground: Ground, advice: Advice) -> Iterator[Candidate]:
    """Yield what was suggested, as far as it fits the files as they are."""
    seen = set[tuple[Change, ...]]()
    for number, repair in enumerate(advice.repairs):
        places = [list(islice(_places(ground, one), _MOST_PLACES)) for one in repair.edits]
        for changes in islice(product(*places), _MOST_WAYS):
            found = tuple(sorted(changes))
            if found and found not in seen and _is_sound(ground, found):
                seen.add(found)
                prior = _PRIOR * _NEXT ** (number + len(found) - 1)
                yield Candidate(found, "advised:edit", prior, _why(repair, advice.model))


def _why(repair: Suggestion, model: str) -> str:
    told = " ".join(repair.why.split())
    told = told if len(told) <= _LONGEST_WHY else told[:_LONGEST_WHY] + "…"
    return f"suggested by {model}: {told}" if told else f"suggested by {model}"


def _places(ground: Ground, one: Exchange) -> Iterator[Change]:
    """Yield where an exchange fits, in the file that it names or, if it names none, in any."""
    for path in _paths(ground, one.file):
        module = ground.modules[path]
        edits = _texts(module, one) if one.search.strip() else _functions(module, one)
        for edit in edits:
            yield Change(path, edit)


def _paths(ground: Ground, named: str) -> Sequence[str]:
    paths = list(ground.modules)
    name = named.strip().removeprefix("./")
    exact = [path for path in paths if path == name]
    return exact or [path for path in paths if name and path.endswith(f"/{name}")] or paths


def _texts(module: Module, one: Exchange) -> Iterator[Edit]:
    """Yield each place of a text; where there is none, each of its lines in another indentation."""
    data, search = module.data, one.search.encode("utf-8", "replace")
    at = data.find(search)
    while at >= 0:
        yield from _exchanged(at, one.search, one.replace)
        at = data.find(search, at + 1)
    if search not in data:
        yield from _lines(module, one)


def _lines(module: Module, one: Exchange) -> Iterator[Edit]:
    """Yield where the lines stand, whatever is before and behind them."""
    wanted = [line.strip() for line in one.search.strip("\n").split("\n")]
    lines = module.data.decode("utf-8").split("\n")
    offsets = [0, *accumulate(len(line.encode()) + 1 for line in lines)]
    bare = [line.strip() for line in lines]
    for at in range(len(lines) - len(wanted) + 1):
        if bare[at : at + len(wanted)] == wanted:
            old = lines[at : at + len(wanted)]
            new = _indented(one.replace.strip("\n"), _margin(old))
            yield from _exchanged(offsets[at], "\n".join(old), new)


def _functions(module: Module, one: Exchange) -> Iterator[Edit]:
    """Yield the function of a name, or else all that are called so, exchanged for the new one."""
    if not one.replace.strip():
        return
    name = one.function.strip().removesuffix("()")
    exact = [function for function in module.functions if _qualified(module, function) == name]
    last = name.rpartition(".")[2]
    for function in exact or [each for each in module.functions if each.name == last]:
        start, end = module.start(function), module.end(function)
        margin = " " * function.col_offset
        new = _indented(one.replace.strip("\n"), margin).removeprefix(margin)
        yield from _exchanged(start, module.piece(start, end), new)


def _qualified(module: Module, function: Function) -> str:
    around = [one.name for one in module.ancestors(function) if isinstance(one, _NAMED)]
    return ".".join([*reversed(around), function.name])


def _exchanged(start: int, old: str, new: str) -> Iterator[Edit]:
    edit = difference(old, new)
    if edit:
        yield Edit(edit.start + start, edit.end + start, edit.text)


def _margin(lines: Sequence[str]) -> str:
    first = next((line for line in lines if line.strip()), "")
    return first[: len(first) - len(first.lstrip())]


def _indented(text: str, margin: str) -> str:
    return textwrap.indent(textwrap.dedent(text), margin)


def _is_sound(ground: Ground, changes: tuple[Change, ...]) -> bool:
    """Tell whether exchanges keep apart from each other, and what they make compiles."""
    if any(
        one.path == other.path and other.edit.start < one.edit.end
        for one, other in pairwise(changes)
    ):
        return False
    made = applied(ground.dossier.files, Candidate(changes, "advised:edit", 0.0))
    return all(map(compiles, made.values()))
