"""Markdown as parts to draw: what markdown-it reads, without what could hide or steer anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from widgets.ink import BLANK, Piece, Role, Row, outside, outside_lines
from widgets.listing import Code
from widgets.prose import Line, Prose, Table

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Part = Prose | Code | Table | Line
"""A part of a text, as it is drawn."""

_CITED = re.compile(r"(\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\])")  # noqa: RUF001 - as models write it
_BULLETS = ("• ", "◦ ", "▪ ")
_QUOTE: Piece = ("▎ ", Role.DIM)
_ROLES = {"strong": Role.STRONG, "em": Role.ACCENT, "s": Role.DIM, "link": Role.KEY}


@dataclass(frozen=True)
class Block:
    """What stands at the outermost level, where items of lists stand as well."""

    kind: str
    start: int
    """The line that it begins at."""
    parts: tuple[Part, ...]


@cache
def parser() -> MarkdownIt:
    """Return what reads Markdown; to import it takes a while, so not where a person waits.

    Definitions of references are not read: they would vanish, and citations are ours. HTML is read,
    so that blocks of code are counted as the host counts them, and shown as it is written.
    """
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark")
    return made.enable(["table", "strikethrough"]).disable("reference")


def is_loaded() -> bool:
    return parser.cache_info().currsize > 0


def blocks(text: str) -> list[Block]:
    """Read a text."""
    return [_block(some) for some in _outermost(parser().parse(text))]


def _outermost(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield the tokens of each block; an item brings the list that it belongs to."""
    start = depth = 0
    for at, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            yield from _items(tokens[start : at + 1])
            start = at + 1


def _items(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    if tokens[0].type not in ("bullet_list_open", "ordered_list_open"):
        yield tokens
        return
    start = 1
    for at, token in enumerate(tokens):
        if token.type == "list_item_close" and token.level == tokens[0].level + 1:
            yield [tokens[0], *tokens[start : at + 1], tokens[-1]]
            start = at + 1


def _block(tokens: Sequence[Token]) -> Block:
    is_item = tokens[0].type in ("bullet_list_open", "ordered_list_open")
    lines = tokens[1 if is_item else 0].map or (0, 0)
    kind = "item" if is_item else tokens[0].type
    return Block(kind, lines[0], tuple(_Reader(tokens).parts()))


class _Reader:
    """Walks through tokens with what stands before each row: quote marks, bullets, blanks."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._leads: list[tuple[Row, Row]] = []
        """For each level what stands before the next row and before the ones after it."""
        self._parts: list[Part] = []
        self._lists: list[str] = []

    def parts(self) -> list[Part]:
        at = 0
        while at < len(self._tokens):
            at = self._take(at)
        return self._parts

    def _take(self, at: int) -> int:
        """Take what begins at a token; return where to go on."""
        token = self._tokens[at]
        match token.type:
            case "paragraph_open" | "heading_open":
                role = Role.TITLE if token.type == "heading_open" else Role.PLAIN
                self._add_prose(inline(self._tokens[at + 1], role))
                return at + 3
            case "fence" | "code_block":
                self._add_code(token)
            case "html_block":
                self._add_prose((outside_lines(token.content.rstrip("\n")),))
            case "hr":
                self._parts.append(Line(self._lead()[0]))
            case "table_open":
                return self._take_table(at)
            case _:
                self._nest(token)
        return at + 1

    def _nest(self, token: Token) -> None:
        match token.type:
            case "blockquote_open":
                self._leads.append(((_QUOTE,), (_QUOTE,)))
            case "bullet_list_open":
                self._lists.append("")
            case "ordered_list_open":
                self._lists.append("1")
            case "list_item_open":
                self._leads.append(self._bullet(token))
            case "list_item_close" | "blockquote_close":
                if token.type == "list_item_close" and self._leads[-1][0] != self._leads[-1][1]:
                    self._add_prose(BLANK)  # An item with nothing in it has its mark all the same.
                self._leads.pop()
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case _:
                pass

    def _bullet(self, token: Token) -> tuple[Row, Row]:
        deep = sum(1 for one in self._lists[:-1] if not one)
        mark = f"{token.info}{token.markup} " if self._lists[-1] else _BULLETS[min(deep, 2)]
        return ((outside(mark, Role.ACCENT),), ((" " * len(mark), Role.PLAIN),))

    def _lead(self) -> tuple[Row, Row]:
        """Return what stands before the next row; a bullet does so once."""
        first = tuple(piece for lead, _ in self._leads for piece in lead)
        rest = tuple(piece for _, lead in self._leads for piece in lead)
        self._leads = [(lead, lead) for _, lead in self._leads]
        return first, rest

    def _add_prose(self, pieces: Row) -> None:
        self._parts.append(Prose(pieces, *self._lead()))

    def _add_code(self, token: Token) -> None:
        first, rest = self._lead()
        if first != rest:
            self._parts.append(Prose(BLANK, first, rest))
        code = Code(token.info.strip(), rest)
        code.add(token.content.removesuffix("\n").split("\n") if token.content else ())
        code.end()
        self._parts.append(code)

    def _take_table(self, at: int) -> int:
        end = next(
            n
            for n in range(at, len(self._tokens))
            if self._tokens[n].type == "table_close" or n == len(self._tokens) - 1
        )
        rows: list[list[Row]] = []
        aligned: list[str] = []
        for token in self._tokens[at:end]:
            if token.type == "tr_open":
                rows.append([])
            elif token.type in ("th_open", "td_open") and len(rows) == 1:
                aligned.append(str(token.attrGet("style") or "").rpartition(":")[2])
            elif token.type == "inline" and rows:
                rows[-1].append(inline(token, Role.STRONG if len(rows) == 1 else Role.PLAIN))
        first, _ = self._lead()
        width = len(aligned)
        filled = tuple((*row, *[BLANK] * (width - len(row)))[:width] for row in rows)
        self._parts.append(Table(filled, tuple(aligned), first))
        return end + 1


def inline(token: Token, plain: Role = Role.PLAIN) -> Row:
    """Return the pieces of a line of words; all of them come from outside."""
    pieces: list[Piece] = []
    roles = [plain]
    targets: list[str] = []
    for child in token.children or ():
        kind = child.type.partition("_")[0]
        if child.nesting == 1:
            roles.append(_ROLES.get(kind, roles[-1]))
            targets.append(_attribute(child, "href"))
        elif child.nesting == -1:
            roles.pop()
            target = targets.pop()
            if target and target != pieces[-1][0]:
                pieces.append(outside(f" ({target})", Role.DIM))
        else:
            pieces += _words(child, roles[-1])
    return tuple(pieces)


def _words(child: Token, role: Role) -> Iterator[Piece]:
    match child.type:
        case "softbreak":
            yield " ", role
        case "hardbreak":
            yield "\n", role
        case "code_inline":
            yield "`", Role.DIM
            yield outside(child.content, Role.LITERAL)
            yield "`", Role.DIM
        case "image":
            yield outside(f"{child.content or 'image'} ({_attribute(child, 'src')})", role)
        case _:
            yield from cited(child.content, role)


def cited(text: str, role: Role) -> Iterator[Piece]:
    """Yield a text, with what looks like citations picked out."""
    for number, part in enumerate(_CITED.split(text)):
        if part:
            yield outside(part, Role.KEY if number % 2 else role)


def _attribute(token: Token, name: str) -> str:
    found: Any = token.attrGet(name)
    return str(found or "")
