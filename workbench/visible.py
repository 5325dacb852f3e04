"""Text from outside, made safe to show: what would steer a terminal or deceive a reader is seen."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[\x20-\x7e\n]*\Z")
_CONTROL_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}
_DECEPTIVE = re.compile(
    "["
    "\x00-\x09\x0b-\x1f\x7f-\x9f"  # control characters, except the newline
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # invisible letters and joiners
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, separators, bidirectional orders
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"  # fillers, variation selectors, annotations
    "\ud800-\udfff"  # halves of characters
    "\U000e0000-\U000e0fff"  # tags
    "]"
)


def visible(text: str) -> str:
    """Return `text` with control sequences and deceptive Unicode shown instead of obeyed."""
    if _PLAIN.match(text):
        return text
    return _DECEPTIVE.sub(_show, text)


def visible_line(text: str) -> str:
    """Return `text` on one line, line ends shown."""
    return visible(text).replace("\n", "\u240a")


def _show(match: re.Match[str]) -> str:
    code = ord(match.group())
    return _CONTROL_PICTURES.get(code) or f"\u27e8U+{code:04X}\u27e9"
