"""Taking back what changed since the failing tests last passed, wholly or in parts."""

from __future__ import annotations

import ast
import difflib
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from workbench.healing.candidate import Candidate, Change
from workbench.healing.dossier import Dossier
from workbench.healing.ground import Function, Ground
from workbench.splice import Edit, Source, parses

_TOKEN = re.compile(r"\w+|[ \t]+|\r\n|[^\w\s]+|\s")
_BREAK = re.compile(r"\r\n|\r|\n")
_HUNKS, _PIECES, _PAIRS = 60, 12, 40
_ALIKE = 0.4


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that changed, and the edit that takes them back."""

    change: Change
    lines: range
    """The numbers of the lines as they are now."""


def of_failure(ground: Ground) -> Iterator[Candidate]:
    """Yield each hunk taken back alone, its parts, each whole function, pairs, and everything."""
    hunks = [hunk for path in sorted(ground.dossier.before) for hunk in _hunks(ground, path)]
    made = itertools.chain(
        _alone(ground.dossier, hunks),
        _everything(hunks),
        _parts(ground.dossier, hunks),
        _functions(ground, hunks),
        _pairs(hunks),
    )
    yield from _sound(ground.dossier, made)


def _sound(dossier: Dossier, made: Iterable[Candidate]) -> Iterator[Candidate]:
    seen = set()
    for one in made:
        if one.changes not in seen and _parse(dossier, one):
            seen.add(one.changes)
            yield one


def _parse(dossier: Dossier, one: Candidate) -> bool:
    results = ((path, Source(dossier.files[path]).spliced(es)) for path, es in one.by_path.items())
    return all(text != dossier.files[path] and _is_sound(text) for path, text in results)


def _is_sound(text: str) -> bool:
    return parses(text.removeprefix("\ufeff"))


def _hunks(ground: Ground, path: str) -> Iterator[Hunk]:
    now = ground.dossier.files.get(path)
    if now is None:
        return
    source = Source(now)
    old, new = _lines(Source(ground.dossier.before[path])), _lines(source)
    offsets = [0, *itertools.accumulate(len(line.encode()) for line in new)]
    for i1, i2, j1, j2 in _differing(old, new):
        text = _with_breaks("".join(old[i1:i2]), now)
        edit = Edit(offsets[j1], offsets[j2], text)
        yield Hunk(Change(path, edit), range(j1 + 1, max(j2, j1 + 1) + 1))


def _lines(source: Source) -> list[str]:
    text = source.data.decode()
    ends = [match.end() for match in _BREAK.finditer(text)]
    found = [text[start:end] for start, end in itertools.pairwise([0, *ends, len(text)])]
    return found if found[-1] else found[:-1]


def _with_breaks(old: str, now: str) -> str:
    """Return `old` with the line breaks that the file has now."""
    found = _BREAK.search(now)
    return _BREAK.sub(found.group(), old) if found else old


def _differing(old: list[str], new: list[str]) -> Iterator[tuple[int, int, int, int]]:
    bare = [line.rstrip("\r\n") for line in old], [line.rstrip("\r\n") for line in new]
    head = _common(*bare)
    tail = _common(bare[0][head:][::-1], bare[1][head:][::-1])
    left, right = bare[0][head : len(old) - tail], bare[1][head : len(new) - tail]
    found = difflib.SequenceMatcher(None, left, right, autojunk=len(left) > 2000).get_opcodes()
    changed = [one for one in found if one[0] != "equal"][:_HUNKS]
    for _, i1, i2, j1, j2 in changed:
        yield i1 + head, i2 + head, j1 + head, j2 + head


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    both = zip(left, right, strict=False)
    return next((n for n, (a, b) in enumerate(both) if a != b), min(len(left), len(right)))


def _seen(dossier: Dossier, hunk: Hunk) -> float:
    """Return less for lines that no failing test ran, where that is known."""
    ran = [run.lines for run in dossier.failing if run.lines]
    touched = any(line in lines.get(hunk.change.path, ()) for lines in ran for line in hunk.lines)
    return 1.0 if touched or not ran else 0.3


def _alone(dossier: Dossier, hunks: Sequence[Hunk]) -> Iterator[Candidate]:
    for hunk in sorted(hunks, key=lambda one: -_seen(dossier, one)):
        prior = 0.6 * _seen(dossier, hunk) / len(hunks) ** 0.5
        yield Candidate((hunk.change,), "reverts:hunk", prior, _why(hunk))


def _why(hunk: Hunk) -> str:
    first, last = hunk.lines[0], hunk.lines[-1]
    where = f"line {first}" if first == last else f"lines {first} to {last}"
    return f"{where} as before the tests failed"


def _everything(hunks: Sequence[Hunk]) -> Iterator[Candidate]:
    if len(hunks) > 1:
        changes = tuple(sorted(hunk.change for hunk in hunks))
        yield Candidate(changes, "reverts:all", 0.2, "everything as before the tests failed")
    for path in sorted({hunk.change.path for hunk in hunks}):
        changes = tuple(sorted(one.change for one in hunks if one.change.path == path))
        if 1 < len(changes) < len(hunks):
            yield Candidate(changes, "reverts:file", 0.1, f"{path} as before the tests failed")


def _parts(dossier: Dossier, hunks: Sequence[Hunk]) -> Iterator[Candidate]:
    for hunk in hunks:
        parts = _pieces(dossier.files[hunk.change.path], hunk.change.edit)
        for edit in parts if 1 < len(parts) <= _PIECES else ():
            prior = 0.5 * _seen(dossier, hunk) / len(hunks) ** 0.5 / len(parts)
            change = Change(hunk.change.path, edit)
            yield Candidate((change,), "reverts:part", prior, f"part of {_why(hunk)}")


def _pieces(now: str, edit: Edit) -> list[Edit]:
    """Return what differs within a hunk, token by token; nothing where all of it does."""
    old = _TOKEN.findall(edit.text)
    new = _TOKEN.findall(Source(now).piece(edit.start, edit.end))
    found = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if found.ratio() < _ALIKE:
        return []
    offsets = [edit.start + n for n in (0, *itertools.accumulate(len(t.encode()) for t in new))]
    return [
        Edit(offsets[j1], offsets[j2], "".join(old[i1:i2]))
        for tag, i1, i2, j1, j2 in found.get_opcodes()
        if tag != "equal"
    ]


def _pairs(hunks: Sequence[Hunk]) -> Iterator[Candidate]:
    pairs = list(itertools.islice(itertools.combinations(hunks, 2), _PAIRS))
    for one, other in pairs if len(hunks) > 2 else ():
        changes = tuple(sorted((one.change, other.change)))
        why = f"{_why(one)}, and {_why(other)}"
        yield Candidate(changes, "reverts:pair", 0.15 / len(pairs), why)


def _functions(ground: Ground, hunks: Sequence[Hunk]) -> Iterator[Candidate]:
    """Yield each function in which several hunks lie, as it was."""
    for path in sorted({hunk.change.path for hunk in hunks}):
        module, before = ground.modules.get(path), ground.dossier.before[path]
        if module is None or not _is_sound(before):
            continue
        old = _named(source := Source(before))
        for name, node in _named(module).items():
            if name in old and module.of(node) != (text := source.of(old[name])):
                text = _with_breaks(text, module.text)
                change = Change(path, Edit(module.start(node), module.end(node), text))
                yield Candidate((change,), "reverts:function", 0.1, f"{name} as before")


def _named(source: Source) -> dict[str, Function]:
    """Return functions by qualified name; of those that share one, the last."""
    found: dict[str, Function] = {}
    pending: list[tuple[str, ast.AST]] = [("", source.tree)]
    while pending:
        prefix, node = pending.pop()
        for child in ast.iter_child_nodes(node):
            named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            name = f"{prefix}{child.name}" if named else prefix  # type: ignore[attr-defined]
            if isinstance(child, Function):
                found[name] = child
            pending.append((f"{name}." if named else prefix, child))
    return found
