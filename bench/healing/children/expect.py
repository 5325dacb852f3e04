"""Tells, as assertions, what calls of a right program return or raise."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

_EXACT = (type(None), bool, int, str, bytes, list, tuple, dict, set, frozenset)


def _assertion(call: str, names: dict[str, Any]) -> str:
    try:
        value = eval(call, names)  # noqa: S307 what it is for
    except Exception as error:  # noqa: BLE001 whatever it raises is expected
        return f"with pytest.raises({type(error).__name__}):\n    {call}"
    if isinstance(value, float):
        return f"assert {call} == pytest.approx({value!r})"
    if value is None or isinstance(value, bool):
        return f"assert {call} is {value!r}"
    if not isinstance(value, _EXACT):
        raise TypeError(f"{call} returns {value!r}, which no test can state")
    return f"assert {call} == {value!r}"


def main() -> None:
    """Read the head of the tests and the calls, write the assertions."""
    sys.path.insert(0, str(Path.cwd()))
    head, calls = json.load(sys.stdin)
    names: dict[str, Any] = {}
    exec(head, names)  # noqa: S102 what it is for
    json.dump([_assertion(call, names) for call in calls], sys.stdout)


main()
