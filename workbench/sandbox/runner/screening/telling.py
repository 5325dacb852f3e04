"""What is told of an exception: its kind, its message, its frames with the values in them."""

from __future__ import annotations

import os
import re
import sys
from difflib import get_close_matches
from reprlib import Repr
from types import CodeType, FrameType, TracebackType
from typing import Any

from .loading import Loader

_LONGEST, _MOST_VALUES, _MOST_FRAMES = 200, 20, 40
_LONGEST_MESSAGE = 2000
_MOST_LIKE, _LIKE = 8, 0.5
_NOT_IN = re.compile(r"cannot import name '(\w+)'")
_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = _LONGEST
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxset = _SHORT.maxdict = _SHORT.maxdeque = 20
_SHORT.maxlevel = 4


def raised(error: BaseException, loader: Loader, *, values: bool = True) -> dict[str, Any]:
    """Return an exception as the outside knows it; to read all values may take very long."""
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind not in (object, BaseException)]
    frames = [frame for frame in _frames(error.__traceback__, loader, values) if frame]
    frames += _written_wrong(error, loader)
    if len(frames) > _MOST_FRAMES:
        frames = frames[: _MOST_FRAMES // 2] + frames[-_MOST_FRAMES // 2 :]
    told = {"kind": ",".join(kinds), "message": message(error), "frames": frames}
    return {**told, "has": _has(error)}


def _has(error: BaseException) -> list[str]:
    """Return names like the one that an object, or a module, does not have."""
    name, owner = getattr(error, "name", None), getattr(error, "obj", None)
    if isinstance(error, ImportError):
        found = _NOT_IN.match(message(error))
        name, owner = found and found.group(1), sys.modules.get(str(name))
    if not isinstance(name, str) or not isinstance(error, (AttributeError, ImportError)):
        return []
    try:
        return get_close_matches(name, [str(one) for one in dir(owner)], _MOST_LIKE, _LIKE)
    except BaseException:
        return []  # What an object says of itself may fail in any way.


def _written_wrong(error: BaseException, loader: Loader) -> list[dict[str, Any]]:
    """Return the place of what Python cannot read."""
    if not isinstance(error, SyntaxError) or not error.filename:
        return []
    path = loader.path_of(os.path.abspath(error.filename))
    if path is None:
        return []
    return [{"path": path, "line": error.lineno or 1, "function": "<module>", "values": {}}]


def message(error: BaseException | None) -> str:
    """Return what an exception says, whatever it does."""
    try:
        return _plain(str(error))[:_LONGEST_MESSAGE]
    except BaseException as other:
        return f"[its message fails with {type(other).__name__}]"


def _frames(at: TracebackType | None, loader: Loader, values: bool) -> list[dict[str, Any] | None]:
    found = []
    while at is not None:
        found.append(_frame(at.tb_frame, at.tb_lineno, loader, values))
        at = at.tb_next
    return found


def _frame(frame: FrameType, line: int, loader: Loader, values: bool) -> dict[str, Any] | None:
    path = loader.path_of(os.path.abspath(frame.f_code.co_filename))
    if path is None:
        return None
    shown = _values(frame) if values else {}
    return {"path": path, "line": line, "function": name_of(frame.f_code), "values": shown}


def _values(frame: FrameType) -> dict[str, str]:
    values = [one for one in frame.f_locals.items() if not _is_machinery(str(one[0]))]
    return {str(name): short(value) for name, value in values[:_MOST_VALUES]}


def _is_machinery(name: str) -> bool:
    """Tell whether Python or pytest keeps it among the variables."""
    return name.startswith(("@", "__"))


def name_of(code: CodeType) -> str:
    return str(getattr(code, "co_qualname", code.co_name))


def short(value: Any) -> str:
    """Return what `repr` shows, cut short, whatever the object does."""
    try:
        return _plain(_SHORT.repr(value))[:_LONGEST]
    except BaseException as error:
        return f"<{type(value).__name__}: its repr fails with {type(error).__name__}>"


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
