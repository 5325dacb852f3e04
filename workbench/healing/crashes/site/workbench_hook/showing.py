"""Values as text, without running a single line of the program that they belong to."""

from __future__ import annotations

from typing import Any

from .redacting import REDACTED, hides, redact

LONGEST = 400
_DEEPEST = 4
_MOST_ITEMS = 30
_MARGIN = 4_096
"""Text is redacted before it is cut, so that no half of a secret is left."""
_LONGEST_PLAIN = 4_000
_DEEPEST_PLAIN = 20
_LARGEST_INT = 1 << 1024
_BRACKETS: dict[type, tuple[str, str]] = {list: ("[", "]"), tuple: ("(", ")")}
_KNOWN = frozenset(
    ("datetime", "decimal", "fractions", "uuid", "pathlib", "pathlib._local", "re", "ipaddress")
)
"""Modules whose values show themselves without calling anybody."""


def shown(value: Any, name: str = "", depth: int = 0) -> str:
    """Return what a person would want to see of a value; it never raises."""
    try:
        if hides(name, value):
            return REDACTED
        return _cut(_shown(value, depth))
    except Exception:  # a value that changes while it is looked at
        return f"<{type(value).__name__} that cannot be read>"


def plain(value: Any, name: str = "") -> str | None:
    """Return source that makes an equal value, if it is made of plain ones and no secret."""
    try:
        text = _plain(value, name, 0)
    except Exception:  # as above
        return None
    return text if text is not None and len(text) <= _LONGEST_PLAIN else None


def _cut(text: str) -> str:
    text = redact(text[: LONGEST + _MARGIN])
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _shown(value: Any, depth: int) -> str:
    kind = type(value)
    if value is None or kind in (bool, float, complex, range, slice):
        return repr(value)
    if kind is int:
        return repr(value) if -_LARGEST_INT < value < _LARGEST_INT else _large(value)
    if kind in (str, bytes, bytearray):
        return repr(value[: LONGEST + _MARGIN])
    if kind in (list, tuple, set, frozenset, dict):
        return _container(value, kind, depth)
    return _object(value, kind, depth)


def _large(value: int) -> str:
    return f"<int of {value.bit_length()} bits>"


def _container(value: Any, kind: type, depth: int) -> str:
    opening, closing = _BRACKETS.get(kind, ("{", "}"))
    if depth >= _DEEPEST:
        return f"{opening}… {len(value)} items{closing}" if value else opening + closing
    if kind is dict:
        items = [_item(key, one, depth) for key, one in _first(value.items())]
    else:
        items = [shown(one, depth=depth + 1) for one in _first(value)]
    items += ["…"] * (len(value) > _MOST_ITEMS)
    text = opening + ", ".join(items) + ("," * (kind is tuple and len(items) == 1)) + closing
    if kind is frozenset or (kind is set and not value):
        return f"{kind.__name__}({text if value else ''})"
    return text


def _first(values: Any) -> list[Any]:
    found = []
    for one in values:
        found.append(one)
        if len(found) == _MOST_ITEMS:
            break
    return found


def _item(key: Any, value: Any, depth: int) -> str:
    name = key if type(key) is str else ""
    return f"{shown(key, depth=depth + 1)}: {shown(value, name, depth + 1)}"


def _object(value: Any, kind: type, depth: int) -> str:
    if isinstance(value, type) or kind.__name__ == "module":
        return f"<{'class' if isinstance(value, type) else 'module'} {value.__name__}>"
    if kind.__module__ in _KNOWN:
        return repr(value)
    if isinstance(value, BaseException):
        return f"{kind.__name__}({', '.join(shown(one, depth=depth + 1) for one in value.args)})"
    if _is_enum(value):
        return f"{kind.__name__}.{value._name_}"
    name = getattr(value, "__qualname__", None) if kind.__module__ == "builtins" else None
    if isinstance(name, str):
        return f"<{kind.__name__} {name}>"
    return _instance(value, kind, depth)


def _instance(value: Any, kind: type, depth: int) -> str:
    """Show an object by its attributes, read past whatever its class does when asked."""
    own = _attributes(value, kind)
    title = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__qualname__}"
    if not own or depth >= _DEEPEST - 1:
        return f"<{kind.__module__}.{title}>"
    parts = [f"{name}={shown(one, name, depth + 1)}" for name, one in _first(own.items())]
    return f"{title}({', '.join(parts)})"


def _attributes(value: Any, kind: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for base in kind.__mro__:
        for slot, one in vars(base).items():
            if type(one).__name__ == "member_descriptor" and base is not object:
                try:
                    found[slot] = one.__get__(value, kind)
                except AttributeError:
                    continue
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return found
    return {**found, **own} if type(own) is dict else found


def _is_enum(value: Any) -> bool:
    return any(base.__module__ == "enum" for base in type(value).__mro__) and hasattr(
        value, "_name_"
    )


def _plain(value: Any, name: str, depth: int) -> str | None:
    kind = type(value)
    if depth > _DEEPEST_PLAIN or hides(name, value):
        return None
    if kind in (type(None), bool, int, float, str, bytes):
        return _plain_leaf(value, kind)
    if kind not in (list, tuple, set, frozenset, dict) or len(value) > _LONGEST_PLAIN // 2:
        return None
    if kind is dict:
        return _plain_dict(value, depth)
    return _plain_items(value, kind, depth)
    return None


def _plain_leaf(value: Any, kind: type) -> str | None:
    if kind is float and value - value != 0:
        return None  # Infinity has no source.
    text = repr(value[: _LONGEST_PLAIN + 1] if kind in (str, bytes) else value)
    return text if kind not in (str, bytes) or redact(text) == text else None


def _plain_dict(value: dict[Any, Any], depth: int) -> str | None:
    pairs = [
        (_plain(key, "", depth + 1), _plain(one, key if type(key) is str else "", depth + 1))
        for key, one in value.items()
    ]
    if any(key is None or one is None for key, one in pairs):
        return None
    return "{" + ", ".join(f"{key}: {one}" for key, one in pairs) + "}"


def _plain_items(value: Any, kind: type, depth: int) -> str | None:
    parts = [_plain(one, "", depth + 1) for one in value]
    items = [one for one in parts if one is not None]
    if len(items) < len(parts):
        return None
    text = ", ".join(items)
    if kind is list:
        return f"[{text}]"
    if kind is tuple:
        return f"({text},)" if len(items) == 1 else f"({text})"
    inner = f"{{{text}}}" if items else ""
    return f"frozenset({inner})" if kind is frozenset else inner or "set()"
