"""Text from outside, made safe to show: what would steer a terminal or deceive a reader is seen."""

from __future__ import annotations

import unicodedata

_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
"""Controls, formats, halves, unassigned, and separators that some terminals take for line ends."""
_INVISIBLE = frozenset(
    map(ord, "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
) | frozenset((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
"""Letters without ink, and variation selectors."""


class _Shown(dict[int, int | str]):
    """How each character is shown, found out when it is first met."""

    def __missing__(self, code: int) -> int | str:
        hidden = unicodedata.category(chr(code)) in _HIDDEN or code in _INVISIBLE
        shown = _PICTURES.get(code) or f"\u27e8U+{code:04X}\u27e9" if hidden else code
        self[code] = shown
        return shown


_SHOWN = _Shown({ord("\n"): ord("\n")})


def visible(text: str) -> str:
    """Return `text` with control sequences and deceptive Unicode shown instead of obeyed."""
    return text.translate(_SHOWN)


def visible_line(text: str) -> str:
    """Return `text` on one line, line ends shown."""
    return visible(text).replace("\n", "\u240a")
