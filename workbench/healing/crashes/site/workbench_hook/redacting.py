"""What looks like a secret, by the name that it goes by or by its shape."""

from __future__ import annotations

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
"""Names of secrets, and as often of what is none: numbers and signs under them are shown."""
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")

_NAME = (
    r"(?<![\w.-])[\w.-]{0,100}?(?:passw(?:or)?d|passwd|passphrase|secret|token|api[_-]?key|apikey|access[_-]?key|"
    r"private[_-]?key|authorization|credential|cookie|session(?:[_-]?id)?|pwd)[\w-]{0,64}"
)
_SHAPES = (
    re.compile(r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?"
               r"(?:-----END [A-Z0-9 ]*-----|\Z)"),
    re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}\b"),
    re.compile(r"(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?"),
    re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-|sk-|sk_live_|rk_live_|pk_live_|"
               r"sk_test_|hf_|npm_|pypi-|dop_v1_|shpat_|SG\.|AIza|ya29\.)[\w.-]{8,}"),
    re.compile(r"(?<=://)[^\s/@:'\"]*:[^\s/'\"]+(?=@)"),
    re.compile(r"(?i)\b(?:bearer|basic|digest|negotiate)\s+(?=[\w.~+/=-]*(?:[\d=]|(?-i:[a-z][A-Z])))"
               r"[\w.~+/=-]{8,}"),
)  # fmt: skip
_SIGN = r"['\"]?\]?\s*(?:=(?!=)|:(?!:)|=>)\s*)"
_QUOTED = r"(?P<quote>['\"]).*?(?:(?P=quote)|\Z)"
_PAIR = re.compile(
    rf"(?i)(?P<name>{_NAME}{_SIGN}(?P<value>[a-z]{{0,2}}{_QUOTED}|[^\s,;&'\"(){{}}\[\]]+)"
)
_PAIR_IN_CODE = re.compile(rf"(?i)(?P<name>{_NAME}{_SIGN}(?P<value>[a-z]{{0,2}}{_QUOTED})")
_CARD = re.compile(r"(?<![\d.])[3-6]\d{3}([ -]?)\d{4,6}\1\d{4,5}(?:\1\d{1,4})?(?![\d.])")
_TOKEN = re.compile(r"[A-Za-z0-9+_=-]{20,}(?:/[A-Za-z0-9+_=-]+)*")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_HEX = re.compile(r"[0-9a-fA-F]+")
_MACHINE = re.compile(
    r"(?:x86_64|i[3-6]86|aarch64|armv\d\w*|ppc64(?:le)?|riscv64|s390x)"
    r"[-_](?:linux|unknown|pc|apple|w64)(?:[-_][a-z]+\d*)*"
)
"""What compilers and built files are named after says nothing of the rest."""
_FEW_PAIRS = 6
_USUAL = frozenset(
    re.findall(
        "..",
        "thheineranreonatenndtiesorteofedisitalarsttontngsehaasouiole"
        "vecomedehiriroicneearacelichllbemasiomurcaeltalansdifohopeec"
        "prnoctusacotiltrlyncetutsssorsunlowageiewiemadolrtponaulnits"
        "moowpaimmishsuidosiviaamficivipligtuldagflodduapspupifckabex"
        "oppyrvubgrbrls",
    )
)
"""Letters that often follow each other in words and names."""
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
    if isinstance(value, (int, float, complex)) or (type(value) is str and len(value) <= 2):
        return False
    return is_doubtful_name(name)


def redact(text: str, *, code: bool = False) -> str:
    """Return `text` with everything replaced that has the shape of a secret."""
    text = without_shapes(text)
    text = (_PAIR_IN_CODE if code else _PAIR).sub(_without_value, text)
    return _TOKEN.sub(_without_noise, text)


def without_shapes(text: str) -> str:
    """Replace what is a secret by its shape alone, wherever it stands."""
    for shape in _SHAPES:
        text = shape.sub(REDACTED, text)
    return _CARD.sub(_without_card, text)


def without_noise(text: str, spared: Any) -> str:
    """Replace what was drawn rather than written, but for the words that `spared` knows."""
    return _TOKEN.sub(lambda found: found[0] if spared(found[0]) else _without_noise(found), text)


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
    text = _MACHINE.sub("", text)
    digits = sum(map(str.isdigit, text))
    if digits == len(text) or _UUID.fullmatch(text):
        return False
    if len(text) >= 32 and _HEX.fullmatch(text):
        return digits > 0
    lower = text.lower()
    pairs = [one + two for one, two in zip(lower, lower[1:]) if one.isalpha() and two.isalpha()]
    usual = sum(pair in _USUAL for pair in pairs)
    if len(pairs) < _FEW_PAIRS:
        return digits >= 4 and len(text) - digits >= 4 and _changes(text) >= 0.3 * len(text)
    if not digits:
        mixed = text not in (lower, text.upper())
        return mixed and len(pairs) >= 2 * _FEW_PAIRS and usual < 0.25 * len(pairs)
    return usual < 0.5 * len(pairs)


def _changes(text: str) -> int:
    """Count how often digits, capitals, small letters and signs take turns."""
    return sum(_class(one) != _class(two) for one, two in zip(text, text[1:]))


def _without_value(found: Any) -> str:
    value = found["value"]
    plain = value in ("None", "True", "False", "null", "true", "false", REDACTED)
    plain = plain or (value.isdigit() and "token" in found["name"].lower())  # How many there are.
    told: str = found[0] if plain or value.startswith(REDACTED) else found["name"] + REDACTED
    return told


def _without_card(found: Any) -> str:
    """Replace the number of a card, which its last digit checks."""
    digits = [int(one) for one in found[0] if one.isdigit()]
    doubled = [sum(divmod(2 * one, 10)) for one in digits[-2::-2]]
    is_card = len(digits) >= 14 and (sum(digits[::-2]) + sum(doubled)) % 10 == 0
    return REDACTED if is_card else str(found[0])


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


def _scrubbed(told: Any, pattern: Any) -> Any:
    if isinstance(told, str):
        return pattern.sub(REDACTED, told)
    if isinstance(told, dict):
        return {_scrubbed(name, pattern): _scrubbed(value, pattern) for name, value in told.items()}
    if isinstance(told, (list, tuple)):
        return [_scrubbed(one, pattern) for one in told]
    return told
