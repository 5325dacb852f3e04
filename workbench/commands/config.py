"""`workbench config`: the settings that hold, where each comes from, and a way to edit them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from workbench.commands.shared import Group, Invocation
from workbench.errors import ConfigurationError, StoreError, UsageError
from workbench.output import Answer
from workbench.settings import Entry, Layer, user_file
from workbench.settings.layers import read_file, unknown
from workbench.settings.schema import KEYS, find_key
from workbench.visible import visible_line

_WHICH = click.Choice(["user", "project"])


@click.group("config", cls=Group)
def command() -> None:
    """Show the settings, where each comes from, and edit them.

    A flag wins over a variable such as WORKBENCH_HOST_IDLE_SECONDS, that over the project's
    workbench.toml, that over your own settings.toml, and that over what ships with workbench.
    """


@command.command()
@click.option("--origin", is_flag=True, help="Name where each value comes from.")
@click.pass_obj
def show(invocation: Invocation, origin: bool) -> Answer:
    """Show every setting, as TOML."""
    settings = invocation.load_settings()
    lines = [_line(entry, origin=origin) for entry in settings.entries.values()]
    lines += [f"# not in force: {_line(entry, origin=True)}" for entry in settings.withheld]
    fields = {
        "settings": {name: _fields(entry) for name, entry in settings.entries.items()},
        "withheld": [{"name": entry.name, **_fields(entry)} for entry in settings.withheld],
    }
    return Answer(f"Settings in force: {len(settings.entries)}.", fields, "\n".join(lines))


@command.command()
@click.argument("key")
@click.pass_obj
def get(invocation: Invocation, key: str) -> Answer:
    """Show the value of one setting."""
    entry = invocation.load_settings().entries.get(key)
    if entry is not None:
        shown = entry.value if isinstance(entry.value, str) else json.dumps(entry.value)
        return Answer(fields={"key": key, **_fields(entry)}, text=visible_line(shown))
    if find_key(key) is None:
        raise unknown(key)
    raise ConfigurationError(f"{visible_line(key)} is not set.", "See `workbench config show`.")


@command.command()
@click.argument("which", type=_WHICH, required=False)
@click.pass_obj
def path(invocation: Invocation, which: str | None) -> Answer:
    """Show where the settings files are, whether or not there are any."""
    files = {name: str(file) for name, file in _files(invocation).items()}
    if which:
        return Answer(fields={which: files[which]}, text=visible_line(files[which]))
    text = "\n".join(f"{name:<8} {visible_line(file)}" for name, file in files.items())
    return Answer(fields=files, text=text)


@command.command()
@click.argument("which", type=_WHICH, default="user")
@click.pass_obj
def edit(invocation: Invocation, which: str) -> Answer:
    """Open your settings file, or the project's, in an editor, and check what came of it."""
    file = _files(invocation)[which]
    _begin(file)
    editor = shlex.split(_editor(invocation))
    try:
        # The editor draws on the terminal, and stdout may belong to a program.
        target = 2 if invocation.output.as_json else None
        code = subprocess.run([*editor, str(file)], stdout=target, check=False).returncode
    except OSError as error:
        raise ConfigurationError(
            f"The editor {editor[0]} cannot be started: {error.strerror}.",
            "Set interface.editor, $VISUAL or $EDITOR.",
        ) from error
    if code:
        raise ConfigurationError(f"The editor ended with {code}.", f"See what it left in {file}.")
    read_file(file, Layer.USER if which == "user" else Layer.PROJECT)
    return Answer(f"{file} is in order.", {"path": str(file)})


def _files(invocation: Invocation) -> Mapping[str, Path]:
    return {"user": user_file(), "project": invocation.workspace.settings_file}


def _editor(invocation: Invocation) -> str:
    """Return the editor to use; settings that cannot be read are what it shall mend."""
    try:
        chosen = invocation.load_settings().interface.editor
    except ConfigurationError as error:
        invocation.output.note(error.sentence)
        chosen = ""
    chosen = chosen or os.environ.get("VISUAL", "") or os.environ.get("EDITOR", "")
    if not chosen and not os.isatty(0):
        raise UsageError("No editor is set, and there is no terminal for vi.", "Set $EDITOR.")
    return chosen or "vi"


def _begin(file: Path) -> None:
    """Begin a new file with every setting in it, commented out."""
    if file.exists():
        return
    sections: dict[str, list[str]] = {}
    for key in KEYS.values():
        section, _, name = key.name.partition(".")
        said = f"# {key.help}" + (f"\n# {name} =" if name else "")
        sections.setdefault(section, []).append(said)
    text = "\n\n".join(f"[{section}]\n" + "\n".join(said) for section, said in sections.items())
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"{file} cannot be written: {error.strerror}.", "Make its folder writable."
        ) from error


def _line(entry: Entry, *, origin: bool) -> str:
    value = json.dumps(entry.value, ensure_ascii=False)
    line = visible_line(f"{entry.name} = {value}")
    return line + click.style(f"  # {visible_line(str(entry.origin))}", dim=True) * origin


def _fields(entry: Entry) -> dict[str, Any]:
    origin = entry.origin
    return {
        "value": entry.value,
        "origin": {"layer": origin.layer, "source": origin.source, "line": origin.line},
    }
