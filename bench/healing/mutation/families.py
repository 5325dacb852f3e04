"""What people take for each other: operators, functions, exceptions."""

from __future__ import annotations

import ast
from collections.abc import Iterator

COMPARISONS: dict[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Lt: ("<", ("<=", ">")),
    ast.LtE: ("<=", ("<", ">=")),
    ast.Gt: (">", (">=", "<")),
    ast.GtE: (">=", (">", "<=")),
    ast.Eq: ("==", ("!=", "is", "<=", ">=")),
    ast.NotEq: ("!=", ("==", "is not")),
    ast.Is: ("is", ("is not", "==")),
    ast.IsNot: ("is not", ("is",)),
    ast.In: ("in", ("not in", "==")),
    ast.NotIn: ("not in", ("in",)),
}
BINARY: dict[type[ast.operator], tuple[str, tuple[str, ...]]] = {
    ast.Add: ("+", ("-",)),
    ast.Sub: ("-", ("+",)),
    ast.Mult: ("*", ("+", "**", "/")),
    ast.Div: ("/", ("//", "*")),
    ast.FloorDiv: ("//", ("/",)),
    ast.Mod: ("%", ("//", "/")),
    ast.Pow: ("**", ("*",)),
    ast.BitAnd: ("&", ("|", "^")),
    ast.BitOr: ("|", ("&",)),
    ast.LShift: ("<<", (">>",)),
    ast.RShift: (">>", ("<<",)),
}
EXCEPTIONS = {
    "KeyError": ("IndexError", "AttributeError", "ValueError"),
    "IndexError": ("KeyError", "ValueError"),
    "ValueError": ("TypeError", "KeyError", "IndexError"),
    "TypeError": ("ValueError", "AttributeError"),
    "AttributeError": ("KeyError", "TypeError"),
    "StopIteration": ("IndexError",),
    "Exception": ("ValueError",),
    "OSError": ("ValueError",),
    "ImportError": ("ValueError",),
}
_FAMILIES = (
    "append extend insert",
    "add update discard",
    "remove discard pop",
    "lower upper casefold title capitalize",
    "strip lstrip rstrip",
    "startswith endswith",
    "find rfind index",
    "split rsplit partition splitlines",
    "partition rpartition",
    "ljust rjust center",
    "keys values items",
    "get pop setdefault",
    "min max sum",
    "any all",
    "sorted list reversed",
    "list tuple set",
    "int float str",
    "str repr",
    "isdigit isalpha isalnum isspace",
    "isupper islower istitle",
    "pop popleft",
    "append appendleft",
    "union intersection difference symmetric_difference",
    "issubset issuperset",
    "floor ceil trunc",
    "match search fullmatch",
    "group groups",
    "start end span",
    "encode decode",
    "isinstance issubclass",
    "getattr hasattr",
    "next iter",
    "bisect_left bisect_right",
    "total_seconds seconds",
)


def relatives(name: str) -> Iterator[str]:
    """Return the functions or methods that `name` is mistaken for."""
    for family in _FAMILIES:
        members = family.split()
        if name in members:
            yield from (member for member in members if member != name)
