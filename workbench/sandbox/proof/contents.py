"""What a changed file may hold: text in UTF-8, readable as it looks, and Python if it says so."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Mapping

from workbench.sandbox.proof.ground import Touch

Rule = Callable[[Touch, bytes], str | None]
"""A rule over a path and its new content: the sentence of its objection, or nothing."""

_MAGIC = (b"\x7fELF", b"PK\x03\x04", b"PK\x05\x06", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa")
_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_LINE_END = re.compile(r"\r\n|\r|\n")
_UTF_8 = frozenset({"utf-8", "utf8", "u8", "utf8-sig"})
_OLD_ENCODINGS = re.compile(
    r"(?:us-?)?ascii|latin-?1|iso-?8859-?\d+|l1|cp125\d|windows-125\d|koi8-[ru]|mac-?roman"
)
"""One byte a letter and ASCII as it is: what these decode is what an editor shows."""
_DECEPTIVE = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f"  # controls
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # writing direction
    "\u200b\u2028\u2029\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\u00ad\u034f\u180e"  # unseen
    "\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # letters without ink
    "\U000e0000-\U000e0fff]"  # tags, variation selectors
)


def _size(touch: Touch, content: bytes) -> str | None:
    limit = touch.ground.limits.bytes
    return f"The file is larger than {limit:,} bytes." if len(content) > limit else None


def _binary(_touch: Touch, content: bytes) -> str | None:
    if b"\0" in content or content.startswith(_MAGIC):
        return "The file is no text."
    return None


def _encoding(touch: Touch, content: bytes) -> str | None:
    names = _declared(content) if touch.source else set()
    if names - _declared(touch.before or b""):
        return "The file declares an encoding that the base does not."
    if not all(map(_OLD_ENCODINGS.fullmatch, names)):
        return "The file declares an encoding under which it may not be what it looks like."
    return None


def _text(touch: Touch, content: bytes) -> str | None:
    return "The file is not UTF-8." if _decode(content, touch) is None else None


def _deceptive(touch: Touch, content: bytes) -> str | None:
    """Refuse lines with characters that deceive, unless the base has the same lines."""
    found = _deceptive_lines(_decode(content, touch) or "")
    if found - _deceptive_lines(_decode(touch.before or b"", touch) or ""):
        return "The file holds characters that control, hide or turn the text around."
    return None


def _syntax(touch: Touch, content: bytes) -> str | None:
    """Parse, and no more: compiling can take for ever or bring the process down."""
    text = _decode(content, touch)
    if not touch.source or text is None or touch.ground.python > sys.version_info[:2]:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<repair>", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except SyntaxError as error:
        return f"The file is no Python: line {error.lineno or 0}."
    except (ValueError, RecursionError, MemoryError):
        return "The file is no Python that can be read."
    return None


FATAL: Mapping[str, Rule] = {"size": _size, "binary": _binary, "encoding": _encoding}
"""Where one of these objects, the others are not asked."""
READABLE: Mapping[str, Rule] = {"text": _text, "deceptive": _deceptive, "syntax": _syntax}


def _declared(content: bytes) -> set[str]:
    """Return the encodings but UTF-8 that the first two lines name, wherever they do so."""
    lines = re.split(rb"\r\n|\r|\n", content[:4096])[:2]
    found = (match[1].decode("ascii") for line in lines for match in _COOKIE.finditer(line))
    names = {name.lower().replace("_", "-") for name in found}
    return {name for name in names if name not in _UTF_8 and not name.startswith("utf-8-")}


def _decode(content: bytes, touch: Touch) -> str | None:
    """Read the text as UTF-8, or as source in the encoding that the base declares."""
    both = _declared(touch.before or b"") & _declared(content) if touch.source else set()
    known = sorted(filter(_OLD_ENCODINGS.fullmatch, both))
    try:
        return content.decode(known[0] if known else "utf-8-sig")
    except (UnicodeDecodeError, LookupError):
        return None


def _deceptive_lines(text: str) -> Counter[str]:
    return Counter(line for line in _LINE_END.split(text) if _DECEPTIVE.search(line))
