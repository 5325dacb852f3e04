"""What a user may choose about the interface, and which theme suits a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from workbench.errors import ConfigurationError

THEMES = ("dark", "light", "16-colour", "no-colour")
_FEW_COLOURS = ("linux", "xterm-16color", "ansi", "screen", "xterm", "rxvt", "cygwin")
_LIGHT_BACKGROUNDS = ("7", "15")


@dataclass(frozen=True)
class Look:
    """The settings under `interface` and `keymap`, and how the interface begins."""

    theme: str = "auto"
    keymap: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    mouse: bool = True
    follow: bool = False
    first: str = ""
    """The screen to begin with; empty for the first one."""


def choose_theme(wanted: str, environ: Mapping[str, str]) -> str:
    """Return the theme to use; `auto` goes by what the terminal says of itself."""
    if wanted in THEMES:
        return wanted
    if wanted != "auto":
        nearest = get_close_matches(wanted, (*THEMES, "auto"), 1, 0)[0]
        raise ConfigurationError(
            f"There is no theme `{wanted}`; did you mean `{nearest}`?",
            f"Themes: auto, {', '.join(THEMES)}.",
        )
    return _suitable_theme(environ)


def _suitable_theme(environ: Mapping[str, str]) -> str:
    term = environ.get("TERM", "")
    if environ.get("NO_COLOR") or term in ("", "dumb") or term.startswith("vt"):
        return "no-colour"
    if not environ.get("COLORTERM") and term in _FEW_COLOURS:
        return "16-colour"
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    return "light" if background in _LIGHT_BACKGROUNDS else "dark"
