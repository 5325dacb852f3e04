"""Which paths may be written at all, told from their names alone."""

from __future__ import annotations

from workbench.errors import Findings
from workbench.visible import visible_line

_OWN = frozenset({".git", ".workbench"})
_LAST_CONTROL, _DELETE = 31, 127


def checked(path: str) -> tuple[str, ...]:
    """Return the parts of a path within the project, or refuse it in a sentence."""
    parts = tuple(path.split("/"))
    if any(part in ("", ".", "..") for part in parts):
        raise Findings(
            f"{visible_line(path)} is no path within the project.", "Nothing was written."
        )
    if any(ord(letter) <= _LAST_CONTROL or ord(letter) == _DELETE for letter in path):
        raise Findings(
            f"The name {visible_line(path)} has control characters.",
            "Nothing was written. Rename the file first.",
        )
    if any(_folded(part) in _OWN for part in parts):
        raise Findings(
            f"{visible_line(path)} belongs to git or to the workbench.", "Nothing was written."
        )
    return parts


def _folded(name: str) -> str:
    """Return what a name is on a disk that does not mind its case, nor what ends it."""
    return name.casefold().rstrip(". ").replace("\u200c", "").replace("\u200d", "")


def folders_above(path: str) -> tuple[str, ...]:
    """Return the folders that a path lies in, the outermost first, without the project's own."""
    parts = path.split("/")
    return tuple("/".join(parts[:length]) for length in range(1, len(parts)))
