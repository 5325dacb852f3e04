"""Writes the pages that are made from code; with `--check` it only tells which are stale."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from workbench.errors import WEIGHTIEST_FIRST, ExitCode
from workbench.settings.layers import variable
from workbench.settings.schema import KEYS, Key
from workbench.shipped import config_file

_FOLDER = Path(__file__).parent
_MADE = "<!-- Made by docs/reference.py: do not edit. -->"


def exit_codes() -> str:
    """Return the page on exit codes."""
    rows = [f"| {int(code)} | {code.name.lower()} | {code.meaning} |" for code in ExitCode]
    return "\n".join(
        [
            _MADE,
            "# Exit codes",
            "",
            "What `workbench` ends with, and what `exit_code` says in every answer to `--json`.",
            "",
            "| Code | Name | Meaning |",
            "| ---: | :--- | :------ |",
            *rows,
            "",
            "A batch may meet several of these. It ends with the first that holds of",
            f"{', '.join(str(int(code)) for code in WEIGHTIEST_FIRST)}: what kept it from its end",
            "counts before what it found, and what waits for a person before what is wrong.",
            "",
        ]
    )


def settings() -> str:
    """Return the page on settings."""
    shipped = tomllib.loads(config_file("defaults.toml").read_text(encoding="utf-8"))
    parts = [part for key in KEYS.values() for part in _setting(key, shipped)]
    return "\n".join([_MADE, _INTRODUCTION, *parts]).rstrip() + "\n"


_INTRODUCTION = """\
# Settings

A setting can be said in five places. The first that says it wins:

1. a flag: `--set host.idle_seconds=60`, or `--theme dark` for `interface.theme`;
2. a variable of the environment, named below;
3. the project's file: `workbench.toml` in its folder;
4. your own file: `workbench config path user` tells where it is;
5. what ships with Workbench.

`workbench config show --origin` shows all that is in force and where each value comes from, with
file and line. `workbench config edit` opens your file, `workbench config edit project` the
project's. A key that does not exist, or a value of the wrong type, is refused with file, line and
the nearest key that there is.

Settings that **widen** what Workbench may do count in a project's file only after
`workbench trust`, which shows them first. Until then the next place counts, and Workbench says
so. When the file changes, trust is asked for again. Trust is kept in your own state folder, never
in the project.
"""


def _setting(key: Key, shipped: dict[str, dict[str, object]]) -> Iterator[str]:
    section, _, name = key.name.partition(".")
    if key.is_table:
        said = [f"a table `[{key.name}]` of text", "no variable", "empty"]
    else:
        said = [key.wanted, f"`{variable(key.name)}`", f"`{_toml(shipped[section][name])}`"]
    yield f"## `{key.name}`\n\n{key.help}\n"
    yield f"- Value: {said[0]}\n- Variable: {said[1]}\n- Shipped default: {said[2]}"
    yield "- Widens: it needs trust in a project's file\n" if key.widens else ""


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


PAGES = {"exit-codes.md": exit_codes, "settings.md": settings}


def main() -> int:
    """Write or check every page; return how many were stale."""
    stale = [
        name
        for name, make in PAGES.items()
        if not (page := _FOLDER / name).exists() or page.read_text(encoding="utf-8") != make()
    ]
    for name in stale:
        if "--check" not in sys.argv:
            (_FOLDER / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"docs/{name} is {'stale' if '--check' in sys.argv else 'written'}")
    return len(stale) if "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
