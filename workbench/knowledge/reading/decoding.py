"""Bytes as text: UTF-8, or what the file says of itself, or the usual guess."""

from __future__ import annotations

import codecs
import re

from workbench.knowledge.reading.values import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?:coding|charset)[:=][ \t]*["']?([-_.A-Za-z0-9]{1,40})""")
_BEGINNING = 1_024
_KNOWN = frozenset(
    (
        *(f"cp{number}" for number in (*range(1250, 1259), 437, 850, 866, 932, 936, 949, 950)),
        *(f"iso8859-{number}" for number in range(1, 17)),
        *("ascii", "big5", "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "koi8-r", "koi8-u"),
        *("mac-roman", "shift_jis", "utf-8", "iso2022_jp"),
    )
)
"""Others could be a way to make a small file huge, or slow."""
_CONTROLS = re.compile("[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f]")
_FEW_CONTROLS = 8
_MOST_CONTROLS = 0.002
_LATIN_LETTERS = re.compile(r"[^\W\d_]")


def decode(content: bytes) -> str:
    """Return text with line ends as they should be."""
    text = _decoded(content)
    if len(_CONTROLS.findall(text)) > _FEW_CONTROLS + len(text) * _MOST_CONTROLS:
        raise Unreadable("it is binary")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], encoding)
    if b"\0" in content:
        raise Unreadable("it is binary")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return _strictly(content, _declared(content) or _guessed(content))


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise Unreadable("its encoding is not known") from error


def _declared(content: bytes) -> str:
    """Return the encoding that is named at the beginning, if it is one that is known."""
    found = _DECLARED.search(content[:_BEGINNING])
    try:
        name = codecs.lookup(found[1].decode()).name if found else ""
    except LookupError:
        return ""
    return name if name in _KNOWN and name != "utf-8" else ""


def _guessed(content: bytes) -> str:
    """Take it for Western text if few of its bytes would be something else there."""
    high = sum(byte >= 0x80 for byte in content)
    letters = len(_LATIN_LETTERS.findall(content.decode("latin-1")))
    if high * 5 > letters or any(0x80 <= byte < 0xA0 and byte in _UNUSED for byte in content):
        raise Unreadable("its encoding is not known")
    return "cp1252"


_UNUSED = frozenset((0x81, 0x8D, 0x8F, 0x90, 0x9D))
"""What no character has in that encoding."""
