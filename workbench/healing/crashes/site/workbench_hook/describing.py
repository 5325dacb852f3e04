"""An exception with its frames, as values that JSON holds."""

from __future__ import annotations

import linecache
import os
import sys
import time
from hashlib import sha256
from typing import Any

from .redacting import (
    hides,
    is_secret_name,
    looks_random,
    redact,
    redact_arguments,
    scrub,
    secrets_of_arguments,
    secrets_of_environment,
)
from .showing import plain, shown
from .surroundings import head_of, stdin_of

FORMAT = 1
_MOST_RAISED = 8
_FIRST, _LAST = 10, 30
"""Of the frames of one exception, outermost and innermost, when there are more."""
_MOST_LOCALS = 60
_MOST_TEXT = 200_000
_LONGEST_MESSAGE = 4_000
_MOST_FILES = 20
_LARGEST_FILE = 4 << 20
_NOT_OURS = ("/site-packages/", "/dist-packages/", "/lib/python", "<frozen ", "/workbench_hook/")
_VARARGS, _VARKEYWORDS = 0x04, 0x08
_KINDS = {0x20: "generator", 0x80: "coroutine", 0x200: "async generator"}


def key_of(value: Any, trace: Any) -> tuple[Any, ...]:
    """Return what tells crashes apart, found quickly."""
    places = []
    while trace is not None:
        places.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return (type(value), *places[-_LAST:])


def fingerprint_of(kind: str, frames: Any) -> str:
    """Return what stays the same when lines above move: kind, files, functions, last line."""
    ours = [one for one in frames if is_ours(one["file"])] or list(frames)
    places = [f"{_tail(one['file'])}:{one['function'].rpartition('.')[2]}" for one in ours[-10:]]
    text = ours[-1].get("text", "") if ours else ""
    return sha256("\n".join([kind, *places, text]).encode("utf-8", "replace")).hexdigest()[:16]


def is_ours(file: str) -> bool:
    """Say whether a file belongs neither to Python nor to an installed package."""
    return not any(mark in file for mark in _NOT_OURS) and not file.startswith("<")


def describe(value: Any, trace: Any, project: str) -> dict[str, Any]:
    """Return all that is worth keeping of a crash, without its secrets."""
    budget = _Budget()
    raised = [_raised(one, relation, tb, budget) for one, relation, tb in _chain(value, trace)]
    command = getattr(sys, "orig_argv", None) or [sys.executable, *sys.argv]
    hidden = secrets_of_arguments(sys.argv) | secrets_of_environment(os.environ)
    told = {
        "format": FORMAT,
        "at": time.time(),
        "run": os.environ.get("WBCRASH_RUN", ""),
        "pid": os.getpid(),
        "python": ".".join(map(str, sys.version_info[:3])),
        "executable": sys.executable or "",
        "command": redact_arguments(command),
        "arguments": redact_arguments(sys.argv),
        "folder": _here(),
        "project": project,
        "stdin": stdin_of(),
        "environment": sorted(os.environ),
        "head": head_of(project),
        "fingerprint": fingerprint_of(raised[0]["kind"], raised[0]["frames"]),
        "raised": raised,
        "digests": _digests(raised),
    }
    clean: dict[str, Any] = scrub(told, budget.secrets | hidden)
    return clean


class _Budget:
    """How much text may still be written, and the secrets that were met on the way."""

    def __init__(self) -> None:
        self.left = _MOST_TEXT
        self.secrets: set[str] = set()

    def spend(self, text: str) -> str:
        self.left -= len(text)
        return text if self.left > 0 else "…"


def _chain(value: Any, trace: Any) -> list[tuple[Any, str, Any]]:
    """Return an exception and those that led to it, latest first."""
    found, seen = [(value, "", trace)], {id(value)}
    while len(found) < _MOST_RAISED:
        cause, relation = value.__cause__, "cause"
        if cause is None and not value.__suppress_context__:
            cause, relation = value.__context__, "context"
        if cause is None or id(cause) in seen:
            break
        seen.add(id(cause))
        found.append((cause, relation, cause.__traceback__))
        value = cause
    inner = getattr(value, "exceptions", None)
    if isinstance(inner, tuple):
        room = _MOST_RAISED - len(found)
        found += [(one, "part", one.__traceback__) for one in inner[:room]]
    return found


def _raised(value: Any, relation: str, trace: Any, budget: _Budget) -> dict[str, Any]:
    kind = type(value)
    return {
        "kind": name_of(kind),
        "bases": [name_of(one) for one in kind.__mro__[1:-1]],
        "relation": relation,
        "message": budget.spend(_message(value)),
        "frames": [*_frames(trace, budget), *_place_of_syntax(value)],
    }


def _place_of_syntax(value: Any) -> list[dict[str, Any]]:
    """Return the line that does not parse as if it had been run."""
    if not isinstance(value, SyntaxError) or not value.filename:
        return []
    text = redact(str(value.text or "").strip()[:1000], code=True)
    line = value.lineno or 1
    place = {"file": os.path.abspath(value.filename), "line": line, "function": "<module>"}
    return [{**place, "module": "", "text": text, "locals": {}, "call": None}]


def name_of(kind: Any) -> str:
    """Return the name of a class as a traceback prints it."""
    name = str(kind.__qualname__)
    return name if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{name}"


def _message(value: Any) -> str:
    try:
        text = str(value)
        text = "\n".join([text, *map(str, getattr(value, "__notes__", ()))])
    except Exception:  # its class is at fault
        text = f"<{type(value).__name__} that cannot be shown>"
    return redact(text[: 2 * _LONGEST_MESSAGE])[:_LONGEST_MESSAGE]


def _frames(trace: Any, budget: _Budget) -> list[dict[str, Any]]:
    levels = []
    while trace is not None:
        levels.append((trace.tb_frame, trace.tb_lineno))
        trace = trace.tb_next
    if len(levels) > _FIRST + _LAST:
        levels = levels[:_FIRST] + levels[-_LAST:]
    innermost_first = [_frame(frame, line, budget) for frame, line in reversed(levels)]
    return innermost_first[::-1]


def _frame(frame: Any, line: int, budget: _Budget) -> dict[str, Any]:
    code = frame.f_code
    text = linecache.getline(code.co_filename, line, frame.f_globals).strip()
    told = {
        "file": code.co_filename,
        "line": line,
        "function": getattr(code, "co_qualname", code.co_name),
        "module": str(frame.f_globals.get("__name__", "")),
        "text": redact(text[:1000], code=True),
        "locals": {},
        "call": None,
    }
    if is_ours(code.co_filename) and budget.left > 0:
        values = dict(frame.f_locals)
        told["locals"] = _locals(values, budget)
        told["call"] = _call(code, values)
    return told


def _locals(values: dict[str, Any], budget: _Budget) -> dict[str, str]:
    names = [name for name in values if _is_worth(name, values[name])][:_MOST_LOCALS]
    for name in names:
        _remember(name, values[name], budget, 0)
    return {name: budget.spend(shown(values[name], name)) for name in names}


def _is_worth(name: str, value: Any) -> bool:
    """Leave out what a module is made of: its imports, functions and classes."""
    made = isinstance(value, type) or type(value).__name__ in ("module", "function")
    return not made and not name.startswith(("__", "@"))


def _remember(name: str, value: Any, budget: _Budget, depth: int) -> None:
    """Note secret text, so that it is found wherever else it stands."""
    if type(value) is bytes:
        value = value.decode("utf-8", "replace")
    if type(value) is str:
        if name and (is_secret_name(name) or (hides(name, value) and looks_random(value))):
            budget.secrets.add(value)
    elif type(value) is dict and depth < 3:
        for key, one in list(value.items())[:100]:
            _remember(key if type(key) is str else "", one, budget, depth + 1)


def _call(code: Any, values: dict[str, Any]) -> dict[str, Any] | None:
    """Return the arguments as source, if all of them can be written down."""
    if code.co_name.startswith("<"):
        return None
    names = code.co_varnames
    many, after = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    positional = [plain(values[name], name) if name in values else None for name in names[:many]]
    named = {
        name: plain(values[name], name) if name in values else None for name in names[many:after]
    }
    if code.co_flags & _VARARGS:
        positional += [plain(one) for one in values.get(names[after], ())]
        after += 1
    if code.co_flags & _VARKEYWORDS:
        named.update({name: plain(one, name) for name, one in values.get(names[after], {}).items()})
    if None in positional or None in named.values():
        return None
    kinds = (kind for flag, kind in _KINDS.items() if code.co_flags & flag)
    return {"positional": positional, "named": named, "kind": next(kinds, "")}


def _digests(raised: list[dict[str, Any]]) -> dict[str, str]:
    """Return what the program's own files were, so that nobody takes later ones for them."""
    files = {frame["file"] for one in raised for frame in one["frames"] if is_ours(frame["file"])}
    found = {}
    for file in sorted(files)[:_MOST_FILES]:
        try:
            with open(file, "rb") as opened:
                content = opened.read(_LARGEST_FILE)
        except OSError:
            continue
        found[file] = sha256(content).hexdigest()
    return found


def _tail(file: str) -> str:
    return "/".join(file.replace("\\", "/").split("/")[-2:])


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""
