"""A candidate as a person would look at it: what stood there, what stands there now."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from workbench.healing import changes, heads
from workbench.healing.candidate import Candidate
from workbench.healing.facts import Fact, Outer, facts, facts_in
from workbench.healing.ground import Function, Ground, Module
from workbench.healing.ranking import tokens
from workbench.splice import Edit, Source


@dataclass(frozen=True, slots=True)
class Piece:
    """The same part of a file before and after: a function, a method, or a top-level statement."""

    before: tuple[ast.stmt, ...]
    after: tuple[ast.stmt, ...]
    owner: ast.ClassDef | None


@dataclass(frozen=True)
class Known:
    """A file as it is, with what is found out about it once."""

    module: Module

    @cached_property
    def outer(self) -> Outer:
        return Outer(self.module.tree)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        return facts(self.module)

    @cached_property
    def lines(self) -> Sequence[str]:
        return changes.split(self.module.text)

    @cached_property
    def _read(self) -> dict[ast.stmt, tuple[tuple[ast.stmt, ...], tuple[Fact, ...]]]:
        return {}

    def reading(self, node: ast.stmt) -> tuple[tuple[ast.stmt, ...], tuple[Fact, ...]]:
        """Return what stands on the lines of a statement, and the facts about it."""
        if node not in self._read:
            nodes = _parsed(self.module.altered(node, ()))
            self._read[node] = nodes, self.facts_of(nodes, self.owner(node))
        return self._read[node]

    def owner(self, node: ast.stmt) -> ast.ClassDef | None:
        around = self.module.parents.get(node)
        return around if isinstance(around, ast.ClassDef) else None

    def facts_of(self, nodes: Sequence[ast.stmt], owner: ast.ClassDef | None) -> tuple[Fact, ...]:
        return tuple(one for node in nodes for one in facts_in(node, self.outer, owner))


@dataclass(frozen=True)
class FilePatch:
    """What a candidate does to one file."""

    path: str
    edits: tuple[Edit, ...]
    known: Known

    @property
    def module(self) -> Module:
        return self.known.module

    @cached_property
    def after(self) -> str:
        return self.module.spliced(self.edits)

    @cached_property
    def hunks(self) -> tuple[changes.Hunk, ...]:
        return changes.hunks(self.module.text, self.after)

    @cached_property
    def old_lines(self) -> tuple[str, ...]:
        """Return what stood where something is changed, hunk by hunk."""
        lines = self.known.lines
        return tuple("".join(lines[hunk.start : hunk.end]) for hunk in self.hunks)

    @cached_property
    def new_lines(self) -> tuple[str, ...]:
        lines = changes.split(self.after)
        return tuple("".join(lines[hunk.new_start : hunk.new_end]) for hunk in self.hunks)

    @cached_property
    def exchanged(self) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
        """Return which tokens became which others, place by place."""
        pairs = zip(self.old_lines, self.new_lines, strict=True)
        return tuple(
            (tuple(old), tuple(new))
            for before, after in pairs
            for old, new in tokens.difference(tokens.tokens(before), tokens.tokens(after))
        )

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """Return the functions that are changed, or what differs of the file's top level."""
        parts = self._parts or ()
        return parts or (Piece(*_trimmed(self.module.tree.body, self._tree.body), owner=None),)

    @cached_property
    def facts(self) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
        """Return the facts about what is changed, before and after."""
        if not self._parts:
            return self.known.facts, facts(Module(self.after))
        before = (one for part, _ in self._touched for one in self.known.reading(part)[1])
        after = (self.known.facts_of(piece.after, piece.owner) for piece in self._parts)
        return tuple(before), tuple(one for some in after for one in some)

    @cached_property
    def _tree(self) -> ast.Module:
        return Source(self.after).tree

    @cached_property
    def _parts(self) -> tuple[Piece, ...]:
        """Return the functions that are changed; none where the file's own names may change."""
        pieces = tuple(self._piece(node, edits) for node, edits in self._touched)
        return pieces if all(piece.after for piece in pieces) else ()

    @cached_property
    def _touched(self) -> tuple[tuple[ast.stmt, tuple[Edit, ...]], ...]:
        found: dict[ast.stmt, list[Edit]] = {}
        for edit in self.edits:
            node = self._around(edit)
            if not isinstance(node, Function | ast.ClassDef):
                return ()
            found.setdefault(node, []).append(edit)
        return tuple((node, tuple(edits)) for node, edits in found.items())

    def _around(self, edit: Edit) -> ast.stmt | None:
        """Return the class or the outermost function that an edit lies in, or a statement."""
        block: Sequence[ast.stmt] = self.module.tree.body
        while node := next((one for one in block if self._holds(one, edit)), None):
            if not isinstance(node, ast.ClassDef):
                return node
            if not any(self._holds(one, edit) for one in node.body):
                return node
            block = node.body
        return None

    def _holds(self, node: ast.stmt, edit: Edit) -> bool:
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        start = min([self.module.start(node), *map(self.module.start, decorators)])
        return start <= edit.start and edit.end <= self.module.line_end(self.module.end(node))

    def _piece(self, node: ast.stmt, edits: Sequence[Edit]) -> Piece:
        after = _parsed(self.module.altered(node, edits))
        return Piece(self.known.reading(node)[0], after, self.known.owner(node))


def _parsed(text: str) -> tuple[ast.stmt, ...]:
    """Return the statements of a piece of source, or none if it is no whole."""
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return ()
    inner = body[0] if text.startswith("if True:\n") else None
    return tuple(inner.body) if isinstance(inner, ast.If) else tuple(body)


def _trimmed(
    before: Sequence[ast.stmt], after: Sequence[ast.stmt]
) -> tuple[tuple[ast.stmt, ...], tuple[ast.stmt, ...]]:
    """Leave out what both begin and end with."""
    old, new = [ast.dump(one) for one in before], [ast.dump(one) for one in after]
    most = min(len(old), len(new))
    start = next((at for at in range(most) if old[at] != new[at]), most)
    end = next((at for at in range(most - start) if old[-1 - at] != new[-1 - at]), most - start)
    return tuple(before[start : len(old) - end]), tuple(after[start : len(new) - end])


@dataclass(frozen=True)
class Patch:
    """What a candidate does, file by file."""

    candidate: Candidate
    files: tuple[FilePatch, ...]

    @cached_property
    def pieces(self) -> tuple[tuple[FilePatch, Piece], ...]:
        return tuple((file, piece) for file in self.files for piece in file.pieces)

    @cached_property
    def exchanged(self) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
        return tuple(pair for file in self.files for pair in file.exchanged)

    @cached_property
    def is_same_everywhere(self) -> bool:
        """Tell whether one exchange is made at several places."""
        return len(self.exchanged) > 1 and len({*self.exchanged}) == 1

    @cached_property
    def facts(self) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
        """Return the facts that it takes away, and those that it brings."""
        before = [one for file in self.files for one in file.facts[0]]
        after = [one for file in self.files for one in file.facts[1]]
        return tuple(_without(before, after)), tuple(_without(after, before))

    @cached_property
    def statements(self) -> tuple[tuple[ast.stmt, ...], tuple[ast.stmt, ...]]:
        """Return the statements whose heads are gone, and those whose heads are new."""
        gone: list[ast.stmt] = []
        new: list[ast.stmt] = []
        for _, piece in self.pieces:
            old, young = _flat(piece.before), _flat(piece.after)
            matcher = SequenceMatcher(None, [*map(_key, old)], [*map(_key, young)], autojunk=False)
            for tag, start, end, new_start, new_end in matcher.get_opcodes():
                if tag != "equal":
                    gone += old[start:end]
                    new += young[new_start:new_end]
        return tuple(gone), tuple(new)


def _without(some: Sequence[Fact], others: Sequence[Fact]) -> Iterator[Fact]:
    left = [one.kind for one in others]
    for one in some:
        if one.kind in left:
            left.remove(one.kind)
        else:
            yield one


def _flat(nodes: Sequence[ast.stmt]) -> list[ast.stmt]:
    return [one for node in nodes for one in _below(node)]


def _below(node: ast.AST) -> Iterator[ast.stmt]:
    if isinstance(node, ast.stmt):
        yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            yield from _below(child)


def _key(node: ast.stmt) -> str:
    return " ".join([type(node).__name__, *(ast.dump(part) for part in heads.parts(node))])


def patch(candidate: Candidate, ground: Ground, known: dict[str, Known]) -> Patch:
    """Return a candidate as a patch; what is found out about files is kept in `known`."""
    files = []
    for path, edits in candidate.by_path.items():
        if path not in known:
            known[path] = Known(ground.modules[path])
        files.append(FilePatch(path, edits, known[path]))
    return Patch(candidate, tuple(files))
