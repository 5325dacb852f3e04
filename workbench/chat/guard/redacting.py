"""Secrets are taken out here, and nowhere else, before a model, a log or the journal sees a text.

Shapes and names are those that reports of crashes go by. What is read here is source and talk, in
which `token = next(tokens)` is no secret, so a name alone is not enough: its value must be written
out, and must not look like an expression, a type, or something to be filled in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from workbench.healing.crashes.site.workbench_hook.redacting import (
    REDACTED,
    is_secret_name,
    looks_random,
    without_noise,
    without_shapes,
)

_NAME = (
    r"(?<![\w.-])[\w.-]{0,80}?(?:passw(?:or)?d|passphrase|secret|token|credential|cookie|pwd|auth(?!or)"
    r"|(?:api|access|account|private|shared|signing|encryption|master|session)[_-]?(?:key|id)"
    r"|connection[_-]?string|dsn)[\w-]{0,40}"
)
_PARTS = re.findall(
    r"\w+",
    "passw passphrase secret token credential cookie pwd auth api access account private shared"
    " signing encryption master session connection dsn",
)
"""One of them is in each such name."""
_QUOTED = re.compile(
    rf"(?i)(?P<name>{_NAME})"
    r"(?P<sign>['\"]?\]?[ \t]{0,40}(?:=(?!=)|:(?!:)|=>)[ \t]{0,40}[a-z]{0,2})"
    r"(?P<quote>['\"])(?P<value>[^'\"\n]{1,4000})(?P=quote)"
)
_BARE = re.compile(
    rf"(?i)(?P<name>{_NAME})(?P<sign>(?:=(?!=)|:[ \t]{{1,8}}(?!:)|[ \t]{{1,8}}=[ \t]{{1,8}}))"
    r"(?P<value>[^\s,;&'\"(){}\[\]<>`$]{3,4000})"
)
_LOGIN = re.compile(
    r"(?i)(?P<before>\blogin[ \t\n]{1,8}\S{1,200}[ \t\n]{1,8}password[ \t\n]{1,8})\S{1,400}"
)
_LAST_WORD = re.compile(r"[A-Za-z][a-z]*$|[A-Z]+$")
_ABOUT = frozenset(
    re.findall(
        r"\w+",
        "age class count dir env error expires expiry field file format header help hint "
        "label len length limit message msg name path pattern placeholder policy prefix re regex "
        "size strength suffix text title ttl type types uri url urls var",
    )
)
"""What such a name ends in is about a secret, and none itself."""
_OPEN = re.compile(r"\$\{|\{\{|%\(|%s|\{\}|\{\w*\}|\.\.\.|\*\*\*|^<.*>$|^x+$|^\s*$", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*|[\d.]+")
_DIGEST = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})")
"""Commits and checksums are drawn too, and no secrets."""
_NUMBER = re.compile(r"[+-]?(?:0[xX][\dA-Fa-f_]+|[\d_]+)(?:[eE][+-]?\d+)?")


def redact(text: str) -> str:
    """Return `text` with keys, tokens, passwords and the like replaced by `[redacted]`."""
    text = without_shapes(text)
    text = _LOGIN.sub(lambda found: found["before"] + REDACTED, text)
    return without_noise(_without_named(text), _is_harmless)


def holds_secrets(text: str) -> bool:
    """Say whether anything would be taken out of `text`."""
    return redact(text) != text


def _without_named(text: str) -> str:
    """Take out what goes by the name of a secret; most lines hold no part of such a name."""
    low = text.lower()
    parts = [part for part in _PARTS if part in low]
    if not parts:
        return text
    return "\n".join(_without_pairs(line, parts) for line in text.split("\n"))


def _without_pairs(line: str, parts: Sequence[str]) -> str:
    low = line.lower()
    if not any(part in low for part in parts):
        return line
    return _BARE.sub(_without_bare, _QUOTED.sub(_without_quoted, line))


def _is_harmless(word: str) -> bool:
    """Say whether a word that looks drawn is a checksum, a number, or an alphabet."""
    last = word.rpartition("=")[2]
    if _DIGEST.fullmatch(last.lower()) or _NUMBER.fullmatch(last):
        return True
    rising = sum(ord(two) - ord(one) == 1 for one, two in pairwise(word))
    return 2 * rising > len(word)


def _without_quoted(found: re.Match[str]) -> str:
    name, value = found["name"], found["value"]
    if _OPEN.search(value) or not _is_given(name, value):
        return found[0]
    return f"{name}{found['sign']}{found['quote']}{REDACTED}{found['quote']}"


def _is_given(name: str, value: str) -> bool:
    """Say whether a text under such a name is the secret itself."""
    is_number = not value.strip(_DIGITS + "._")
    if is_number or value.lower().rstrip(_DIGITS) in name.lower() or value.startswith(REDACTED):
        return False
    if _last_word(name) in _ABOUT or not (is_secret_name(name) or len(value) >= _SHORT):
        return looks_random(value)
    return is_secret_name(name) or any(map(str.isdigit, value))


_DIGITS = "0123456789"
_SHORT = 8
"""Under a name that may mean something else, such as `token`, what is shorter is a word."""


def _without_bare(found: re.Match[str]) -> str:
    """Take out a value without quotes, which in source would be an expression."""
    name, value = found["name"], found["value"]
    if value.startswith(REDACTED) or _OPEN.search(value) or not _is_written(found):
        return found[0]
    if not _is_given(name, value):
        return found[0]
    return f"{name}{found['sign']}{REDACTED}"


def _is_written(found: re.Match[str]) -> bool:
    """Tell a value from an expression: by its look, or since settings have capital names."""
    name, sign, value = found["name"], found["sign"], found["value"]
    if name.isupper() and sign == "=":
        return not value.isdigit()
    if not _PLAIN.fullmatch(value):
        return any(map(str.isalnum, value)) and not value.startswith(("self.", "lambda", "."))
    mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return mixed and "." not in value and "_" not in value and not _NUMBERED.fullmatch(value)


_NUMBERED = re.compile(r"(?i)(?:u?int|float|str|bytes|char|uuid|base|utf|sha|md|v)?\d+|[a-z]\d+")


def _last_word(name: str) -> str:
    found = _LAST_WORD.search(name)
    return found[0].lower() if found else ""
