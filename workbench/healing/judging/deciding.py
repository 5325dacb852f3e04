"""A call on which two repairs differ, and the test that decides between them."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass

from workbench.healing.insight.definitions import dotted_path

_RETURNS, _RAISES = "returns ", "raises "
_TEST = """\
{imports}from {module} import {function}


def test_{function}_as_decided():
    {check}
"""


@dataclass(frozen=True)
class Difference:
    """What two repairs make of the same call."""

    path: str
    function: str
    call: str
    """The arguments, as text."""
    mine: str
    theirs: str

    @property
    def sentence(self) -> str:
        return f"{self.function}({self.call}) {self.mine}; the other {self.theirs}."

    @property
    def test(self) -> str:
        """Return a test that holds with mine; nothing where it cannot be written down plainly."""
        call = f"{self.function}({self.call})"
        if not _is_plain_call(call):
            return ""
        if self.mine.startswith(_RAISES):
            check = f"with pytest.raises({self.mine.removeprefix(_RAISES)}):\n        {call}"
            return self._text(check, "import pytest\n\n") if _is_known(self.mine) else ""
        result = self.mine.removeprefix(_RETURNS)
        if not self.mine.startswith(_RETURNS) or not _is_plain(result):
            return ""
        how = "is" if result in {"None", "True", "False"} else "=="
        return self._text(f"assert {call} {how} {result}", "")

    def _text(self, check: str, imports: str) -> str:
        module = dotted_path(self.path)
        return _TEST.format(imports=imports, module=module, function=self.function, check=check)


def _is_plain_call(text: str) -> bool:
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return False
    plain = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    values = [one.value for one in node.keywords] if isinstance(node, ast.Call) else []
    return plain and all(_is_plain(ast.unparse(one)) for one in values)


def _is_plain(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return True


def _is_known(outcome: str) -> bool:
    """Tell whether the exception is one of Python's own, which needs no import."""
    name = outcome.removeprefix(_RAISES)
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, BaseException)
