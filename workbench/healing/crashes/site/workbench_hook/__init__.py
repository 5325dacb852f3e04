"""Writes down how a program crashes; standard library alone, Python 3.9 and later.

Whatever goes wrong in here stays in here: the program that is observed never notices.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading

from .keeping import Keeper

TYPE_CHECKING = False
"""As in typing, which takes as long to import as all of this."""
if TYPE_CHECKING:
    from typing import Any

FOLDER, PROJECT, RUN = "WBCRASH_FOLDER", "WBCRASH_PROJECT", "WBCRASH_RUN"
_ERROR = 40
"""`logging.ERROR`, known without importing it."""
_WANTED = (KeyboardInterrupt, SystemExit)
"""What ends a program because somebody wanted it to."""
_installed: list[Keeper] = []


def install(folder: str | None = None, *, project: str | None = None, logged: bool = True) -> None:
    """Write every exception that nobody catches to `folder`, and those that are logged as errors.

    Without `folder` it is the one of the workspace around the current folder, else one of the user.
    """
    if _installed:
        return
    try:
        project = project or os.environ.get(PROJECT) or _project()
        keeper = Keeper(folder or os.environ.get(FOLDER) or _usual(project), project)
        _installed.append(keeper)
        _hook_exceptions(keeper)
        _hook_threads(keeper)
        if logged:
            _hook_logging(keeper)
        atexit.register(_at_exit, keeper)
        _hook_signals(keeper)
    except Exception:  # see above
        pass


def _hook_exceptions(keeper: Keeper) -> None:
    previous = sys.excepthook

    def excepthook(kind: Any, value: Any, trace: Any) -> None:
        if not hasattr(sys, "ps1") and not isinstance(value, _WANTED):
            keeper.keep("uncaught", value, trace)
        previous(kind, value, trace)

    sys.excepthook = excepthook


def _hook_threads(keeper: Keeper) -> None:
    previous = threading.excepthook

    def excepthook(args: Any) -> None:
        if not issubclass(args.exc_type, _WANTED):
            name = getattr(args.thread, "name", "")
            keeper.keep("thread", args.exc_value, args.exc_traceback, thread=name)
        previous(args)

    threading.excepthook = excepthook


def _hook_logging(keeper: Keeper) -> None:
    """Hear of errors that are logged with their exception, as asyncio and frameworks do."""
    import logging

    previous = logging.getLogRecordFactory()

    def factory(*args: Any, **names: Any) -> Any:
        record = previous(*args, **names)
        _keep_logged(keeper, record)
        return record

    logging.setLogRecordFactory(factory)


def _keep_logged(keeper: Keeper, record: Any) -> None:
    try:
        found = record.exc_info if record.levelno >= _ERROR else None
        if found and isinstance(found, tuple) and isinstance(found[1], Exception):
            keeper.keep("logged", found[1], found[2], thread=record.threadName or "")
    except Exception:  # see above
        pass


def _hook_signals(keeper: Keeper) -> None:
    """Let fatal signals write to a file of ours, unless they write elsewhere already."""
    import faulthandler

    if not faulthandler.is_enabled():
        descriptor = keeper.open_fault()
        if descriptor is not None:
            faulthandler.enable(descriptor)


def _at_exit(keeper: Keeper) -> None:
    """Keep what ended the program although another hook took the place of ours."""
    value = getattr(sys, "last_value", None)
    if value is not None and not isinstance(value, _WANTED) and not hasattr(sys, "ps1"):
        keeper.keep("uncaught", value, value.__traceback__)
    keeper.close()


def _usual(project: str) -> str:
    if os.path.isdir(os.path.join(project, ".workbench")):
        return os.path.join(project, ".workbench", "crashes")
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(state, "workbench", "crashes")


def _project() -> str:
    """Return the workspace or checkout around the current folder, or that folder."""
    here = os.getcwd()
    folder: str | None = here
    while folder:
        if any(os.path.exists(os.path.join(folder, mark)) for mark in (".workbench", ".git")):
            return folder
        folder = os.path.dirname(folder) if folder != os.path.dirname(folder) else None
    return here
