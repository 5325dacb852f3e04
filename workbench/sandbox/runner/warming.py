"""Warming up: importing once what each job would import anew."""

from __future__ import annotations

import gc
import importlib
import inspect
import os
import sys
from typing import Any

from . import landlock, work

_LATE = {"_hypothesis_pytestplugin": "hypothesis"}
"""What plug-ins of pytest import when it has begun."""


def warm_up(spec: dict[str, Any]) -> dict[str, Any]:
    """Import what was asked for; return what is known of this interpreter then."""
    sys.path += spec["lent"]
    missing = [name for name in spec["preload"] if not _imports(name)]
    _import_what_comes_late()
    work.open_streams()
    gc.collect()
    gc.freeze()
    gc.disable()
    pytest = sys.modules.get("pytest")
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "executable": sys.executable,
        "pytest": getattr(pytest, "__version__", ""),
        "landlock": landlock.abi(),
        "kernel": os.uname().release,
        "threads": len(os.listdir("/proc/self/task")),
        "missing": missing,
    }


def _import_what_comes_late() -> None:
    if "pytest" in sys.modules:
        from _pytest.config import default_plugins

        from . import endless, plugin

        del endless, plugin
        for name in default_plugins:
            importlib.import_module(f"_pytest.{name}")
    for name, late in _LATE.items():
        if name in sys.modules:
            _imports(late)
    inspect.getmodule(compile("", __name__, "exec"))  # It looks once at every module.


def _imports(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception:
        return False
    return True
