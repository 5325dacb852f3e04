"""Where each key of a TOML document stands, which tomllib does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import NamedTuple

KeyPath = tuple[str, ...]

DEEPEST = 8
"""No setting lies deeper, and a hostile file of endless dots shall not fill the memory."""

_TOKEN = re.compile(
    r'''(?P<quoted>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')'''
    r"|(?P<skip>[ \t\r]+|\#[^\n]*)"
    r"|(?P<mark>[][{}=,.\n])"
    r"|(?P<word>[^][{}=,.\n\s\#\"']+)",
    re.DOTALL,
)


class _Token(NamedTuple):
    mark: str
    """The punctuation that it is, or nothing."""
    text: str
    line: int


def find_lines(document: str) -> dict[KeyPath, int]:
    """Return the line on which each table and key of a valid TOML document is first named."""
    return _Finder(document).lines


def _tokens(document: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(document):
        if match.lastgroup != "skip":
            yield _Token(match["mark"] or "", match.group(), line)
        line += match.group().count("\n")


class _Finder:
    """Reads the tokens once; a stack of open brackets stands in for recursion."""

    def __init__(self, document: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._tokens = _tokens(document)
        self._read()

    def _read(self) -> None:
        table: KeyPath = ()
        parts: list[_Token] = []
        for token in self._tokens:
            if not token.mark:
                parts.append(token)
            elif token.mark == "[":
                table = self._read_header()
            elif token.mark == "=":
                self._read_value(self._note(table, parts))
                parts = []

    def _read_header(self) -> KeyPath:
        parts: list[_Token] = []
        for token in self._tokens:
            if token.mark == "\n":
                break
            if not token.mark:
                parts.append(token)
        return self._note((), parts)

    def _read_value(self, key: KeyPath) -> None:
        """Pass over a value, noting keys of inline tables; it ends with its line, all closed."""
        opened: list[KeyPath] = []
        parts: list[_Token] = []
        for token in self._tokens:
            if not token.mark:
                parts.append(token)
                continue
            if token.mark in "[{":
                opened.append(key)
            elif token.mark in "]}":
                key = opened.pop()
            elif token.mark == "=":
                key = self._note(opened[-1], parts)
            elif token.mark == "\n" and not opened:
                return
            if token.mark != ".":
                parts = []

    def _note(self, table: KeyPath, parts: list[_Token]) -> KeyPath:
        for part in parts[: DEEPEST - len(table)]:
            table = (*table, _spelled(part.text))
            self.lines.setdefault(table, part.line)
        return table


def _spelled(part: str) -> str:
    """Return the name that a bare or quoted key stands for."""
    if part[0] in "\"'":
        return next(iter(tomllib.loads(f"{part} = 0")))
    return part
