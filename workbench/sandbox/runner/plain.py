"""Values of the standard library that are nothing but their content, and so cross as it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

_Spread = Callable[[Any], Any]
_Make = Callable[[Any, Any], Any]


def _text(kind: Any, content: Any) -> Any:
    return kind(content)


def _by_iso(kind: Any, content: Any) -> Any:
    return kind.fromisoformat(content)


def _by_parts(kind: Any, content: Any) -> Any:
    return kind(*content)


def _iso(value: Any) -> Any:
    return value.isoformat()


_KINDS: dict[str, tuple[str, str, _Spread, _Make]] = {
    "decimal": ("decimal", "Decimal", str, _text),
    "fraction": ("fractions", "Fraction", str, _text),
    "uuid": ("uuid", "UUID", str, _text),
    "path": ("pathlib", "PosixPath", str, _text),
    "purepath": ("pathlib", "PurePosixPath", str, _text),
    "date": ("datetime", "date", _iso, _by_iso),
    "time": ("datetime", "time", _iso, _by_iso),
    "datetime": ("datetime", "datetime", _iso, _by_iso),
    "timedelta": (
        "datetime",
        "timedelta",
        lambda value: [value.days, value.seconds, value.microseconds],
        _by_parts,
    ),
}
"""Where each class is, how a value is taken apart and how one is made."""


def tag_of(value: Any) -> str:
    """Return the name of the kind that `value` is of, or nothing."""
    kind = type(value)
    for tag, (module, name, _, _) in _KINDS.items():
        if getattr(sys.modules.get(module), name, None) is kind:
            return "" if _has_zone(value) else tag
    return ""


def _has_zone(value: Any) -> bool:
    """Tell whether a time has a zone with a mind of its own."""
    zone = getattr(value, "tzinfo", None)
    return zone is not None and type(zone) is not sys.modules["datetime"].timezone


def spread(tag: str, value: Any) -> Any:
    return _KINDS[tag][2](value)


def make(tag: str, content: Any) -> Any:
    module, name, _, maker = _KINDS[tag]
    return maker(getattr(importlib.import_module(module), name), content)


TAGS = frozenset(_KINDS)
