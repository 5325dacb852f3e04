"""From bytes to parts: what kind of file it is, who parses it, how it is cut."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from hashlib import sha256
from importlib import import_module
from typing import Any

from workbench.knowledge.reading.cutting import Section, cut
from workbench.knowledge.reading.decoding import decode
from workbench.knowledge.reading.languages import (
    TEXT_LIMIT,
    Language,
    is_squeezed,
    language_of,
    reason_by_name,
)
from workbench.knowledge.reading.opening import read_below, too_large
from workbench.knowledge.reading.values import Ask, Parsed, Part, Unreadable

_LARGEST = 128 << 20
_MOST_PARTS = 20_000
_LONGEST_LINE = 20_000
_OF_BYTES = ("pdf",)
"""Parsers that take bytes, not text."""
_LONG_LINES = ("html", "notebook", "pdf", "markdown")
"""Kinds of files in which a long line is nothing odd."""


def parse(ask: Ask) -> Parsed:
    """Read one file; whatever is wrong with it becomes the reason why it is skipped."""
    digest, size, mtime = "", 0, 0
    try:
        if reason := reason_by_name(ask.name):
            return Parsed(reason=reason)
        content, size, mtime = _content(ask)
        digest = sha256(content).hexdigest()
        if digest == ask.known:
            return Parsed(digest, size, mtime, same=True)
        return Parsed(digest, size, mtime, tuple(_parts(ask, content)))
    except Unreadable as reason:
        return Parsed(digest, size, mtime, reason=str(reason))
    except (MemoryError, RecursionError):
        return Parsed(
            digest, size, mtime, reason="it is nested too deeply or needs too much memory"
        )
    except Exception as error:  # noqa: BLE001 - whatever a parser meets costs this file alone
        return Parsed(digest, size, mtime, reason=f"it is damaged ({type(error).__name__})")


def _content(ask: Ask) -> tuple[bytes, int, int]:
    if ask.content is not None:
        return ask.content, len(ask.content), 0
    limit = language_of(ask.name).limit if "." in ask.name else _LARGEST
    content, found = read_below(ask.root, ask.name, limit)
    return content, found.st_size, found.st_mtime_ns


def _parts(ask: Ask, content: bytes) -> Iterator[Part]:
    if is_squeezed(ask.name):
        content = _unsqueezed(content)
    language = language_of(ask.name, content)
    if len(content) > language.limit:
        raise too_large(language.limit)
    count = 0
    for section in _sections(ask, language, content):
        for piece in cut(section):
            if (count := count + 1) > _MOST_PARTS:
                raise Unreadable(f"it has more than {_MOST_PARTS:,} pieces")
            yield _part(piece, ask, language)


def _sections(ask: Ask, language: Language, content: bytes) -> Iterator[Section]:
    parser = _parser(language.parser)
    if language.parser in _OF_BYTES:
        yield from parser(content)
        return
    text = decode(content)
    if language.parser not in _LONG_LINES:
        _refuse_long_lines(text)
    if ask.kind == "package" and language.parser == "python":
        yield from _module("python").python_of_package(text, ask.module)
    elif language.parser == "trees":
        yield from parser(text, language.name)
    else:
        yield from parser(text)


def _parser(name: str) -> Callable[..., Iterator[Section]]:
    found: Callable[..., Iterator[Section]] = getattr(_module(name), name)
    return found


def _module(name: str) -> Any:  # noqa: ANN401 - a module
    return import_module(f"workbench.knowledge.reading.parsers.{name}")


def _refuse_long_lines(text: str) -> None:
    if len(text) > _LONGEST_LINE and max(map(len, text.split("\n"))) > _LONGEST_LINE:
        raise Unreadable(f"it has a line of more than {_LONGEST_LINE:,} characters")


def _unsqueezed(content: bytes) -> bytes:
    """Return what was compressed, unless it is too much: a small file can hold gigabytes."""
    opener = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        found = opener.decompress(content, TEXT_LIMIT + 1)
    except zlib.error as error:
        raise Unreadable("it is damaged") from error
    if len(found) > TEXT_LIMIT:
        raise too_large(TEXT_LIMIT)
    return found


def _part(section: Section, ask: Ask, language: Language) -> Part:
    numbers = [number for number, _ in section.lines]
    return Part(
        min(numbers),
        max(numbers),
        section.heading,
        section.kind or ("package" if ask.kind == "package" else language.kind),
        section.language or language.name,
        section.symbol,
        "\n".join(text.rstrip() for _, text in section.lines),
    )
