"""What looks like a secret, by the name that it goes by or by its shape."""

from __future__ import annotations

import math
import re
from typing import Any

REDACTED = "[redacted]"
SHORTEST = 5
"""What is shorter is not looked for in other texts: it would be found everywhere."""
_ALWAYS = frozenset(
    ("password", "passwords", "passwd", "passphrase", "passcode", "pwd", "pw", "pass", "secret")
    + ("secrets", "credential", "credentials", "cookie", "cookies", "apikey", "privatekey", "pin")
    + ("accesskey", "authorization", "bearer", "jwt", "otp", "totp", "cvv", "cvc", "ssn", "csrf")
    + ("xsrf", "salt", "dsn", "sessionid", "sid", "oauth")
)
_PAIRS = frozenset(
    ("api_key", "private_key", "access_key", "secret_key", "signing_key", "encryption_key")
    + ("master_key", "auth_key", "ssh_key", "card_number", "credit_card", "connection_string")
)
_OFTEN = frozenset(
    ("key", "keys", "token", "tokens", "session", "sessions", "auth", "signature", "private")
)
"""Names that go by secrets, and as often by what is none: numbers under them are shown."""
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")

_NAME = (
    r"[\w.-]{0,64}(?:passw(?:or)?d|passwd|passphrase|secret|token|api[_-]?key|apikey|access[_-]?key|"
    r"private[_-]?key|authorization|credential|cookie|session(?:[_-]?id)?|pwd)[\w-]{0,64}"
)
_SHAPES = (
    re.compile(r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)"),
    re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}\b"),
    re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?"),
    re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-|sk-|sk_live_|rk_live_|pk_live_|"
               r"sk_test_|hf_|npm_|pypi-|dop_v1_|shpat_|SG\.|AIza|ya29\.)[\w.-]{8,}"),
    re.compile(r"(?<=://)[^\s/@:'\"]*:[^\s/@'\"]+(?=@)"),
    re.compile(r"(?i)\b(?:bearer|basic|digest|negotiate)\s+[\w.~+/=-]{8,}"),
    re.compile(r"\b\d{4}([ -]?)\d{4}\1\d{4}\1\d{1,7}\b"),
)  # fmt: skip
_PAIR = re.compile(
    r"(?i)(?P<name>(?:--?)?['\"]?" + _NAME + r"['\"]?\s*(?:=(?!=)|:(?!:)|=>)\s*)"
    r"(?P<value>(?P<quote>['\"]).*?(?:(?P=quote)|\Z)|[^\s,;&'\"(){}\[\]]+)"
)
_TOKEN = re.compile(r"[A-Za-z0-9+_=-]{20,}(?:/[A-Za-z0-9+_=-]+)*")
_CLASSES = (str.isdigit, str.islower, str.isupper)


def is_secret_name(name: str) -> bool:
    """Say whether whatever goes by this name is a secret."""
    words = [word.lower() for word in _WORDS.findall(name)]
    pairs = {f"{one}_{two}" for one, two in zip(words, words[1:])}
    return not _ALWAYS.isdisjoint(words) or not _PAIRS.isdisjoint(pairs)


def is_doubtful_name(name: str) -> bool:
    """Say whether text that goes by this name may be a secret."""
    return not _OFTEN.isdisjoint(word.lower() for word in _WORDS.findall(name))


def hides(name: str, value: Any) -> bool:
    """Say whether a value must not be shown because of its name."""
    if value is None or isinstance(value, bool):
        return False
    if is_secret_name(name):
        return True
    return is_doubtful_name(name) and not isinstance(value, (int, float, complex))


def redact(text: str) -> str:
    """Return `text` with everything replaced that has the shape of a secret."""
    for shape in _SHAPES:
        text = shape.sub(REDACTED, text)
    text = _PAIR.sub(_without_value, text)
    return _TOKEN.sub(_without_noise, text)


def redact_arguments(arguments: Any) -> list[str]:
    """Return a command line; what follows the name of a secret is replaced as well."""
    done: list[str] = []
    follows = False
    for argument in map(str, arguments):
        done.append(REDACTED if follows and not argument.startswith("-") else redact(argument))
        flag = argument.startswith("-") and "=" not in argument
        follows = flag and (is_secret_name(argument) or is_doubtful_name(argument))
    return done


def secrets_of_arguments(arguments: Any) -> set[str]:
    """Return what is a secret because of the flag before it."""
    shown = redact_arguments(arguments)
    return {str(one) for one, text in zip(arguments, shown) if text == REDACTED}


def secrets_of_environment(environ: Any) -> set[str]:
    """Return the values that go by the names of secrets, but for places of files."""
    return {
        value
        for name, value in environ.items()
        if not value.startswith(("/", "~"))
        and (is_secret_name(name) or (hides(name, value) and looks_random(value)))
    }


def scrub(told: Any, secrets: Any) -> Any:
    """Return a structure with `secrets` replaced wherever they stand in its text."""
    long = sorted({one for one in secrets if len(one) >= SHORTEST}, key=len, reverse=True)
    if not long:
        return told
    return _scrubbed(told, re.compile("|".join(map(re.escape, long))))


def looks_random(text: str) -> bool:
    """Say whether text was drawn rather than written: keys are, names and words are not."""
    digits = sum(map(str.isdigit, text))
    if len(text) >= 32 and re.fullmatch(r"[0-9a-fA-F]+", text):
        return 0 < digits < len(text)
    if digits < 2 or digits == len(text):
        return False
    changes = sum(_class(one) != _class(two) for one, two in zip(text, text[1:]))
    return changes >= 0.3 * len(text) and _bits(text) > 3.3


def _without_value(found: Any) -> str:
    value = found["value"]
    plain = value in ("None", "True", "False", "null", "true", "false", REDACTED)
    told: str = found[0] if plain or value.startswith(REDACTED) else found["name"] + REDACTED
    return told


def _without_noise(found: Any) -> str:
    parts = found[0].split("/")
    whole = "".join(parts) if len(parts) <= 4 else ""
    if looks_random(whole) and not _is_path(parts):
        return REDACTED
    return "/".join(REDACTED if len(one) >= 20 and looks_random(one) else one for one in parts)


def _is_path(parts: list[str]) -> bool:
    return len(parts) > 1 and any(part.isalpha() and len(part) > 1 for part in parts)


def _class(character: str) -> int:
    return next((at for at, is_one in enumerate(_CLASSES) if is_one(character)), len(_CLASSES))


def _bits(text: str) -> float:
    """Return the entropy of a character, in bits."""
    counts = [text.count(one) for one in set(text)]
    return -sum(many / len(text) * math.log2(many / len(text)) for many in counts)


def _scrubbed(told: Any, pattern: Any) -> Any:
    if isinstance(told, str):
        return pattern.sub(REDACTED, told)
    if isinstance(told, dict):
        return {_scrubbed(name, pattern): _scrubbed(value, pattern) for name, value in told.items()}
    if isinstance(told, (list, tuple)):
        return [_scrubbed(one, pattern) for one in told]
    return told
