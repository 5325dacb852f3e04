"""Installs the hook in a program that `workbench run` started, then steps aside.

Any Python may come by here, so nothing in this file is newer than Python 2.
"""

import os
import sys

_FOLDER = os.path.dirname(os.path.abspath(__file__))


def _step_aside():
    # type: () -> None
    """Leave the search path and the name as if nobody had been here."""
    sys.path[:] = [one for one in sys.path if os.path.abspath(one or ".") != _FOLDER]
    ours = sys.modules.pop("sitecustomize")
    try:
        import sitecustomize  # type: ignore[import-not-found]  # noqa: F401 - the one ours hides
    except ImportError as error:
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
        sys.modules["sitecustomize"] = ours


def _install():
    # type: () -> None
    beside = os.path.dirname(_FOLDER)
    sys.path.insert(0, beside)
    try:
        from workbench_hook import install  # type: ignore[import-not-found]
    finally:
        sys.path.remove(beside)
    install()


if sys.version_info >= (3, 9) and os.environ.get("WBCRASH_FOLDER"):
    try:
        _install()
    except Exception:  # a program starts whatever is wrong with its observer
        pass
_step_aside()
