"""How the roles look in each theme."""

from __future__ import annotations

from rich.style import Style

from widgets.canvas import Ink
from widgets.ink import Role


def _shades(styles: dict[Role, str], ground: str) -> Ink:
    """Make a theme; a style that names no background of its own lies on `ground`."""
    return {
        role: Style.parse(text if " on " in f" {text}" else f"{text} {ground}".strip() or "none")
        for role, text in styles.items()
    }


def _syntax(styles: str, side: str = "", ground: str = "") -> dict[Role, str]:
    """Return the styles of keywords, literals, comments and names, with commas between.

    They are for where nothing changed, or for one side of a change.
    """
    kinds = zip(("KEYWORD", "LITERAL", "COMMENT", "NAME"), styles.split(","), strict=True)
    return {Role[side + kind]: f"{style.strip()} {ground}".strip() for kind, style in kinds}


_DARK = _shades(
    {
        Role.PLAIN: "#d5d9e0",
        Role.DIM: "#8a93a3",
        Role.STRONG: "bold #f2f4f8",
        Role.TITLE: "bold #f2f4f8",
        Role.ACCENT: "#6fb7c4",
        Role.KEY: "#6fb7c4",
        Role.GOOD: "#93c07d",
        Role.WARN: "#e3b565",
        Role.BAD: "bold #e88073",
        Role.ADDED: "#a6cf92 on #17231a",
        Role.ADDED_PART: "bold #d7f0c8 on #2b4f30",
        Role.REMOVED: "#e59a90 on #2a1a1b",
        Role.REMOVED_PART: "bold #fad7d2 on #5a2a2a",
        Role.BAR: "#d5d9e0 on #20242c",
        Role.BAR_DIM: "#8a93a3 on #20242c",
        Role.BAR_KEY: "#6fb7c4 on #20242c",
        Role.BAR_GOOD: "#93c07d on #20242c",
        Role.BAR_WARN: "#e3b565 on #20242c",
        Role.BAR_BAD: "bold #e88073 on #20242c",
        Role.ACTIVE: "bold #14161a on #6fb7c4",
        Role.CURSOR: "#f2f4f8 on #2d3440",
        Role.CURSOR_DIM: "#a9b1bf on #2d3440",
        Role.SELECTED: "#f2f4f8 on #24404a",
        Role.FOUND: "bold #f6e3b8 on #5a4417",
        **_syntax("#c39be0, #d9b27c, #8a93a3, #7fb0e6"),
        **_syntax("#c9a8e2, #dcc08e, #8fa38c, #93bfe8", "ADDED_", "on #17231a"),
        **_syntax("#c9a8e2, #dcc08e, #a89290, #93bfe8", "REMOVED_", "on #2a1a1b"),
    },
    "on #14161a",
)
_LIGHT = _shades(
    {
        Role.PLAIN: "#272b33",
        Role.DIM: "#626a77",
        Role.STRONG: "bold #0e1116",
        Role.TITLE: "bold #0e1116",
        Role.ACCENT: "#0d6a78",
        Role.KEY: "#0d6a78",
        Role.GOOD: "#2c7230",
        Role.WARN: "#855600",
        Role.BAD: "bold #b0281e",
        Role.ADDED: "#2c7230 on #eef6ea",
        Role.ADDED_PART: "bold #15501a on #c3e2bc",
        Role.REMOVED: "#a8332a on #fbeeeb",
        Role.REMOVED_PART: "bold #7d140d on #f3c9c3",
        Role.BAR: "#272b33 on #e9e8e3",
        Role.BAR_DIM: "#5b626e on #e9e8e3",
        Role.BAR_KEY: "#0d6a78 on #e9e8e3",
        Role.BAR_GOOD: "#2c7230 on #e9e8e3",
        Role.BAR_WARN: "#855600 on #e9e8e3",
        Role.BAR_BAD: "bold #b0281e on #e9e8e3",
        Role.ACTIVE: "bold #fbfaf7 on #0d6a78",
        Role.CURSOR: "#0e1116 on #d8e4ea",
        Role.CURSOR_DIM: "#4a525f on #d8e4ea",
        Role.SELECTED: "#0e1116 on #cbe3e8",
        Role.FOUND: "bold #4f3300 on #f6dfa4",
        **_syntax("#7a3d9a, #8a5200, #626a77, #1f5fa8"),
        **_syntax("#7a3d9a, #8a5200, #56684f, #1f5fa8", "ADDED_", "on #eef6ea"),
        **_syntax("#7a3d9a, #8a5200, #75605d, #1f5fa8", "REMOVED_", "on #fbeeeb"),
    },
    "on #fbfaf7",
)
_SIXTEEN = _shades(
    {
        Role.PLAIN: "",
        Role.DIM: "dim",
        Role.STRONG: "bold",
        Role.TITLE: "bold",
        Role.ACCENT: "cyan",
        Role.KEY: "cyan",
        Role.GOOD: "green",
        Role.WARN: "yellow",
        Role.BAD: "bold red",
        Role.ADDED: "green",
        Role.ADDED_PART: "bold reverse green",
        Role.REMOVED: "red",
        Role.REMOVED_PART: "bold reverse red",
        Role.BAR: "",
        Role.BAR_DIM: "dim",
        Role.BAR_KEY: "cyan",
        Role.BAR_GOOD: "green",
        Role.BAR_WARN: "yellow",
        Role.BAR_BAD: "bold red",
        Role.ACTIVE: "bold reverse",
        Role.CURSOR: "reverse",
        Role.CURSOR_DIM: "reverse",
        Role.SELECTED: "bold underline",
        Role.FOUND: "bold underline yellow",
        **_syntax("magenta, yellow, dim, blue"),
        **_syntax("bold green, green, dim green, green", "ADDED_"),
        **_syntax("bold red, red, dim red, red", "REMOVED_"),
    },
    "",
)
_NO_COLOUR = _shades(
    {
        Role.PLAIN: "",
        Role.DIM: "dim",
        Role.STRONG: "bold",
        Role.TITLE: "bold",
        Role.ACCENT: "",
        Role.KEY: "bold",
        Role.GOOD: "",
        Role.WARN: "underline",
        Role.BAD: "bold underline",
        Role.ADDED: "bold",
        Role.ADDED_PART: "bold reverse",
        Role.REMOVED: "",
        Role.REMOVED_PART: "reverse",
        Role.BAR: "",
        Role.BAR_DIM: "dim",
        Role.BAR_KEY: "bold",
        Role.BAR_GOOD: "",
        Role.BAR_WARN: "underline",
        Role.BAR_BAD: "bold underline",
        Role.ACTIVE: "bold reverse",
        Role.CURSOR: "reverse",
        Role.CURSOR_DIM: "reverse",
        Role.SELECTED: "bold underline",
        Role.FOUND: "bold underline",
        **_syntax(", , dim, "),
        **_syntax("bold, bold, bold, bold", "ADDED_"),
        **_syntax(", , , ", "REMOVED_"),
    },
    "",
)

INKS: dict[str, Ink] = {
    "dark": _DARK,
    "light": _LIGHT,
    "16-colour": _SIXTEEN,
    "no-colour": _NO_COLOUR,
}
