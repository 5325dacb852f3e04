"""Text from outside in other languages: XML, Markdown, URIs. Nothing of it can become markup."""

from __future__ import annotations

import re
from urllib.parse import quote

from workbench.visible import visible, visible_line

_BACKTICKS = re.compile("`+")
_MARKS = re.compile(r"([!#&()*+\-/:<=>@\[\\\]^_`{|}~]|\.(?=\S))")
"""What can mean something in Markdown; a full stop only inside of an address or a number."""


def uri(path: str) -> str:
    """Return a path of the project as a relative reference."""
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")


def xml(text: str) -> str:
    """Return text that XML can hold, on any number of lines: the rest is made visible."""
    return "\n".join(map(visible_line, text.split("\n")))


def code(text: str) -> str:
    """Return text as code of Markdown, in which nothing is markup; never for a cell of a table."""
    shown = visible_line(text)
    fence = "`" * (_longest(shown) + 1)
    return f"{fence} {shown} {fence}" if shown.strip() else "` `"


def block(text: str, language: str = "") -> str:
    """Return text as a block of code, fenced so that nothing in it ends the block."""
    shown = visible(text)
    fence = "`" * max(3, _longest(shown) + 1)
    return f"{fence}{language}\n{shown.rstrip(chr(10))}\n{fence}"


def prose(text: str) -> str:
    """Return text as prose in which every mark stands for itself."""
    return _MARKS.sub(r"\\\1", visible_line(text))


def _longest(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)
