"""Files of the project as text: where their functions lie, and what becomes of them by splicing."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_LINE = re.compile(rb"\r\n|\r|\n")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Edit = Sequence[Any]
"""Start, end and the new text; offsets count bytes of UTF-8, without a byte order mark."""


def decoded(content: bytes) -> str:
    """Return the text of a file as Python reads it."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return content.decode(encoding).lstrip("\ufeff")


def encoded(text: str, before: bytes) -> bytes:
    """Return a text as bytes, in the encoding that those before were in."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(before).readline)
    return text.encode(encoding)


class Place:
    """A function that no other function is around; its lines alone can be compiled."""

    def __init__(
        self, node: Any, classes: tuple[str, ...], begin: int, body: int, end: int
    ) -> None:
        self.node = node
        self.name: str = node.name
        self.kind = type(node)
        self.classes = classes
        self.line: int = node.lineno
        self.last: int = node.end_lineno
        self.first: int = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        self.begin, self.body, self.end = begin, body, end


class Text:
    """One file, as UTF-8."""

    def __init__(self, text: str) -> None:
        self.data = text.encode("utf-8")
        self._text = text
        self._lines = [0, *(match.end() for match in _LINE.finditer(self.data))]
        self._found: list[Place] | None = None

    @property
    def places(self) -> list[Place]:
        """The functions, if it can be parsed."""
        if self._found is None:
            self._found = list(self._places(ast.parse(self._text), ()))
        return self._found

    def place_of(self, edits: Iterable[Edit]) -> Place | None:
        """Return the function in whose body all of `edits` lie."""
        spans = [(edit[0], edit[1]) for edit in edits]
        low, high = min(start for start, _ in spans), max(end for _, end in spans)
        return next((one for one in self.places if one.body <= low and high <= one.end), None)

    def spliced(self, edits: Iterable[Edit], start: int = 0, end: int | None = None) -> str:
        """Return the text between two offsets with `edits` made."""
        end = len(self.data) if end is None else end
        pieces, done = [], start
        for begin, stop, text in sorted(edits, key=list):
            pieces += [self.data[done:begin], text.encode("utf-8")]
            done = stop
        return b"".join([*pieces, self.data[done:end]]).decode("utf-8")

    def _places(self, node: Any, classes: tuple[str, ...]) -> Iterator[Place]:
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            for child in getattr(node, field, ()):
                if isinstance(child, _FUNCTIONS):
                    yield self._place(child, classes)
                else:
                    inside = isinstance(child, ast.ClassDef)
                    yield from self._places(child, (*classes, child.name) if inside else classes)

    def margin(self, node: Any) -> tuple[int, int]:
        """Return where the line of a statement begins, and where on it the statement does."""
        decorators = getattr(node, "decorator_list", ())
        start = self._lines[min([node.lineno, *(one.lineno for one in decorators)]) - 1]
        return start, start + int(node.col_offset)

    def _place(self, node: Any, classes: tuple[str, ...]) -> Place:
        start, offset = self.margin(node.body[0])
        body = offset if self.data[start:offset].strip() else start
        last = self._lines[node.end_lineno :]
        end = last[0] if last else len(self.data)
        return Place(node, classes, self._lines[node.lineno - 1], body, end)
