"""Small programs and their tests, run here and watched, as values that healing works on."""

from __future__ import annotations

import sys
import traceback
from collections import defaultdict
from collections.abc import Callable, Mapping
from types import CodeType, FrameType, ModuleType
from typing import TYPE_CHECKING

from workbench.healing.dossier import CUT, FAILED, PASSED, Dossier, Frame, Raised, TestRun
from workbench.healing.ground import Ground, Site

if TYPE_CHECKING:
    from _typeshed import TraceFunction

_MOST_LINES = 20_000


class _TooLong(BaseException):
    pass


class _Watch:
    """Notes which lines of which files run; ends what goes on and on."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        self.lines: defaultdict[str, set[int]] = defaultdict(set)
        self._paths = paths
        self._count = 0

    def __call__(self, frame: FrameType, event: str, _: object) -> TraceFunction | None:
        path = frame.f_code.co_filename
        if path not in self._paths:
            return None
        if event == "line":
            self.lines[path].add(frame.f_lineno)
            self._count += 1
            if self._count > _MOST_LINES:
                raise _TooLong
        return self


def observe(
    files: Mapping[str, str],
    test: str,
    before: Mapping[str, str] | None = None,
    *,
    cover: bool = True,
) -> Dossier:
    """Run the tests in `test`, which import the files by their names, and say what happened."""
    tests = {"test_it.py": test}
    modules = _loaded({**files, **tests})
    try:
        space = vars(modules["test_it"])
        names = [name for name in space if name.startswith("test_")]
        runs = tuple(_run(name, space[name], {**files, **tests}, files, cover) for name in names)
    finally:
        for name in modules:
            del sys.modules[name]
    return Dossier(runs, dict(files), tests, before or {})


def _loaded(files: Mapping[str, str]) -> dict[str, ModuleType]:
    modules = {}
    for path, text in files.items():
        name = path.removesuffix(".py")
        modules[name] = sys.modules[name] = ModuleType(name)
        exec(compile(text.removeprefix("\ufeff"), path, "exec"), vars(modules[name]))  # noqa: S102
    return modules


def _run(
    name: str,
    function: Callable[[], object],
    known: Mapping[str, str],
    files: Mapping[str, str],
    cover: bool,
) -> TestRun:
    watch, outcome, raised = _Watch(known), PASSED, None
    sys.settrace(watch)
    try:
        function()
    except _TooLong:
        outcome = CUT
    except Exception as error:  # noqa: BLE001
        outcome, raised = FAILED, _raised(error, known)
    finally:
        sys.settrace(None)
    lines = {path: tuple(sorted(watch.lines[path])) for path in files if watch.lines[path]}
    return TestRun(f"test_it.py::{name}", outcome, raised, lines=lines if cover else {})


def _raised(error: Exception, known: Mapping[str, str]) -> Raised:
    frames = [
        Frame(code.co_filename, line, code.co_qualname, _values(frame, code))
        for frame, line in traceback.walk_tb(error.__traceback__)
        if (code := frame.f_code).co_filename in known
    ]
    kinds = ",".join(one.__name__ for one in type(error).__mro__[:-2])
    return Raised(kinds, str(error), tuple(frames))


def _values(frame: FrameType, code: CodeType) -> dict[str, str]:
    return {
        name: repr(frame.f_locals[name])[:80] for name in code.co_varnames if name in frame.f_locals
    }


def lines_of(sites: tuple[Site, ...]) -> list[int]:
    """Return the lines where the sites begin, in their order."""
    return [site.node.lineno for site in sites]


def ground_of(source: str, test: str, *, cover: bool = True) -> Ground:
    """Return the ground of one file, `it.py`, with its tests."""
    return Ground(observe({"it.py": source}, test, cover=cover))
