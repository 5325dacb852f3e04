"""One typed configuration, layered, with the origin of every value."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from workbench import trust
from workbench.settings.layers import (
    Document,
    Entries,
    Entry,
    Layer,
    Origin,
    read_environment,
    read_file,
    read_flags,
)
from workbench.settings.schema import KEYS, SECTIONS, TABLES, Schema, table_of
from workbench.shipped import config_file
from workbench.workspace import Workspace

__all__ = ["Entry", "Layer", "Origin", "Settings", "load", "load_project_file", "merge"]


class Settings(Schema, frozen=True):
    """Every setting as an attribute, and where each came from."""

    entries: Mapping[str, Entry]
    withheld: Entries = ()
    """What the project sets and may not, before a person trusts it."""


def load(
    workspace: Workspace, flags: Sequence[str] = (), environ: Mapping[str, str] = os.environ
) -> Settings:
    """Return the settings that hold in `workspace`."""
    project = load_project_file(workspace)
    withheld = _withheld(workspace.project, project)
    entries = merge(
        read_flags(flags),
        read_environment(environ),
        tuple(entry for entry in project.entries if entry not in withheld),
        read_file(user_file(), Layer.USER).entries,
        read_file(config_file("defaults.toml"), Layer.SHIPPED).entries,
    )
    return _settings(entries, withheld)


def load_project_file(workspace: Workspace) -> Document:
    """Return what the project sets, trusted or not."""
    return read_file(workspace.settings_file, Layer.PROJECT)


def merge(*layers: Iterable[Entry]) -> dict[str, Entry]:
    """Return each setting as the first layer that names it says; within a layer the last word."""
    merged: dict[str, Entry] = {}
    for layer in reversed(layers):
        merged |= {entry.name: entry for entry in layer}
    return merged


def user_file() -> Path:
    """Return where the user's own settings are kept."""
    from platformdirs import user_config_path

    return user_config_path("workbench", appauthor=False) / "settings.toml"


def _withheld(project: Path, document: Document) -> Entries:
    widening = tuple(entry for entry in document.entries if entry.widens)
    if not widening or trust.covers(project, document.sha256):
        return ()
    return widening


def _settings(entries: Mapping[str, Entry], withheld: Entries) -> Settings:
    nested: dict[str, Any] = {section: {} for section in sorted(SECTIONS)}
    for table in TABLES:
        _put(nested, table, {})
    for name, entry in entries.items():
        _put(nested, name, entry.value)
    ordered = {name: entries[name] for name in sorted(entries, key=_order)}
    schema = msgspec.convert(nested, Schema)
    sections = {section: getattr(schema, section) for section in SECTIONS}
    return Settings(**sections, entries=ordered, withheld=withheld)


def _put(nested: dict[str, Any], name: str, value: object) -> None:
    """Set one value where the schema has it; the names in a table may have dots."""
    table = table_of(name)
    above, _, last = (table, ".", name[len(table) + 1 :]) if table else name.rpartition(".")
    for part in filter(None, above.split(".")):
        nested = nested[part]
    nested[last] = value


def _order(name: str) -> tuple[int, str]:
    """Order as the schema does, entries of a table by name."""
    return list(KEYS).index(table_of(name) or name), name
