"""Imports that a candidate adds at the top of a module: carried out in the module that lives."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from types import CodeType, ModuleType
from typing import Any

from .sources import Edit, Text

_BEGINNINGS = ("import ", "from ")


class Added:
    """An import, and the modules it is added to."""

    def __init__(self, code: CodeType, modules: list[ModuleType]) -> None:
        self._code = code
        self._modules = modules

    def carry_out(self) -> None:
        for module in self._modules:
            exec(self._code, module.__dict__)


def is_import(text: Text, edit: Edit) -> bool:
    """Tell whether an edit does nothing but add a line with an import that is not in a function."""
    start, end, new = edit
    before = text.data[:start]
    if start != end or not new.lstrip("\r\n").startswith(_BEGINNINGS):
        return False
    on_its_own = before[-1:] in (b"", b"\n", b"\r") or new[:1] in ("\r", "\n")
    inside = any(place.begin < start < place.end for place in text.places)
    return on_its_own and not inside and bool(_statements(new))


def _statements(new: str) -> list[ast.stmt]:
    try:
        body = ast.parse(new).body
    except (SyntaxError, ValueError):
        return []
    plain = all(isinstance(one, (ast.Import, ast.ImportFrom)) for one in body)
    special = any(getattr(one, "module", "") == "__future__" for one in body)
    return body if plain and not special else []


def added(edit: Edit, file: str) -> Added | None:
    """Return what the edit adds to the modules of a file; None where it would take a name away."""
    modules = [one for one in list(sys.modules.values()) if getattr(one, "__file__", "") == file]
    names = set(_bound(_statements(edit[2])))
    if not modules or "*" in names or any(names & set(module.__dict__) for module in modules):
        return None
    return Added(compile(edit[2].lstrip(), file, "exec", dont_inherit=True), modules)


def _bound(statements: Iterable[Any]) -> list[str]:
    aliases = [alias for statement in statements for alias in statement.names]
    return [alias.asname or alias.name.partition(".")[0] for alias in aliases]


def key_of(edit: Edit) -> Any:
    """Return what tells one import from others."""
    return "".join(map(ast.dump, _statements(edit[2])))
