"""A plug-in of pytest that writes which lines of a project's files each test runs."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

_lines: dict[str, set[int]] = {}
_ours: dict[CodeType, bool] = {}
_by_test: dict[str, dict[str, list[int]]] = {}
_FOLDER = f"{Path.cwd()}{os.sep}"


def _trace(frame: FrameType, _event: str, _argument: Any) -> Any:  # noqa: ANN401 as sys.settrace has it
    code = frame.f_code
    if not _ours.setdefault(code, code.co_filename.startswith(_FOLDER)):
        return None
    _lines.setdefault(code.co_filename, set()).add(frame.f_lineno)
    return _trace


def pytest_sessionstart() -> None:
    threading.settrace(_trace)
    sys.settrace(_trace)


def pytest_runtest_logstart() -> None:
    _lines.clear()


def pytest_runtest_logfinish(nodeid: str) -> None:
    found = {path.removeprefix(_FOLDER): sorted(lines) for path, lines in _lines.items()}
    _by_test[nodeid] = found


def pytest_unconfigure() -> None:
    sys.settrace(None)
    Path(os.environ["BENCH_TOUCHED"]).write_text(json.dumps(_by_test), encoding="utf-8")
