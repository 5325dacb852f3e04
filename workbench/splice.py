"""Exchanging pieces of Python source where the syntax tree says that they are."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial

_BOM = "\ufeff"
_LINE = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """One exchange, by offsets into the bytes of a source."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Source:
    """Python source and where its nodes lie; the tree's columns count bytes of UTF-8."""

    text: str

    @cached_property
    def data(self) -> bytes:
        return self.text.removeprefix(_BOM).encode("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text.removeprefix(_BOM))

    @cached_property
    def _lines(self) -> tuple[int, ...]:
        return (0, *(match.end() for match in _LINE.finditer(self.data)))

    def start(self, node: ast.expr | ast.stmt) -> int:
        return self._lines[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt) -> int:
        return self._lines[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)

    def piece(self, start: int, end: int) -> str:
        return self.data[start:end].decode("utf-8")

    def of(self, node: ast.expr | ast.stmt) -> str:
        return self.piece(self.start(node), self.end(node))

    def indent(self, node: ast.stmt) -> str:
        """Return what is before `node` on its line."""
        return self.piece(self._lines[node.lineno - 1], self.start(node))

    def line_end(self, offset: int) -> int:
        """Return where the line that `offset` lies in ends, before its line break."""
        found = _LINE.search(self.data, offset)
        return found.start() if found else len(self.data)

    def around(self, node: ast.expr, before: str, after: str) -> tuple[Edit, Edit]:
        """Put something before and behind a node."""
        start, end = self.start(node), self.end(node)
        return Edit(start, start, before), Edit(end, end, after)

    def instead(self, node: ast.expr, text: str) -> Edit:
        return Edit(self.start(node), self.end(node), text)

    def spliced(self, edits: Iterable[Edit]) -> str:
        """Return the source with all of `edits` made."""
        text = self._spliced(edits, 0, len(self.data))
        return _BOM + text if self.text.startswith(_BOM) else text

    def altered(self, node: ast.stmt, edits: Iterable[Edit]) -> str:
        """Return the lines of one statement alone with `edits` made, as source of its own."""
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        start = self._lines[first - 1]
        text = self._spliced(edits, start, self.line_end(self.end(node)))
        return f"if True:\n{text}" if text[:1].isspace() else text

    def _spliced(self, edits: Iterable[Edit], start: int, end: int) -> str:
        pieces, done = [], start
        for edit in sorted(edits):
            pieces += [self.data[done : edit.start], edit.text.encode("utf-8")]
            done = edit.end
        return b"".join([*pieces, self.data[done:end]]).decode("utf-8")


def last_name(node: ast.expr) -> str:
    """Return the last part of a dotted name, or nothing."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def parses(text: str) -> bool:
    return _is_made(ast.parse, text)


def compiles(text: str) -> bool:
    """Tell whether Python takes it as a module: a `return` outside of a function only parses."""
    return _is_made(partial(compile, filename="<made>", mode="exec", dont_inherit=True), text)


def _is_made(make: Callable[[str], object], text: str) -> bool:
    try:
        make(text.removeprefix(_BOM))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
