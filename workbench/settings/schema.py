"""Which settings there are: the sections put together, and each setting by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from workbench.settings.sections.chat import ChatSettings
from workbench.settings.sections.healing import HealingSettings
from workbench.settings.sections.host import HostSettings
from workbench.settings.sections.interface import InterfaceSettings
from workbench.settings.sections.marks import WIDENS
from workbench.settings.sections.memory import MemorySettings
from workbench.settings.sections.models import ModelsSettings
from workbench.settings.sections.sandbox import SandboxSettings
from workbench.settings.sections.tasks import TasksSettings

__all__ = [
    "KEYS",
    "SECTIONS",
    "TABLES",
    "ChatSettings",
    "HealingSettings",
    "HostSettings",
    "InterfaceSettings",
    "Key",
    "MemorySettings",
    "ModelsSettings",
    "SandboxSettings",
    "Schema",
    "TasksSettings",
    "find_key",
    "table_of",
]


class Schema(msgspec.Struct, frozen=True):
    """All settings, one field a section."""

    host: HostSettings
    interface: InterfaceSettings
    sandbox: SandboxSettings
    healing: HealingSettings
    tasks: TasksSettings
    models: ModelsSettings
    chat: ChatSettings
    memory: MemorySettings
    keymap: Annotated[
        dict[str, str],
        WIDENS,
        Meta(
            description='Keys by action, such as `"journal.search" = "f,ctrl+f"`; see docs/keys.md.'
        ),
    ]


@dataclass(frozen=True)
class Key:
    """What the schema says about one setting."""

    name: str
    type: Any
    help: str
    widens: bool
    is_table: bool = False

    def convert(self, value: object, *, is_text: bool = False) -> object:
        """Return `value` as the schema wants it; text from outside a file is read leniently."""
        return msgspec.convert(value, self.type, strict=not is_text)

    @property
    def wanted(self) -> str:
        """Say in words which values will do."""
        kind, *marks = get_args(self.type)
        if get_origin(kind) is Literal:
            return "one of " + ", ".join(get_args(kind))
        for mark in marks:
            if mark.ge is not None:
                return f"a number from {mark.ge} to {mark.le}"
        return {str: "text", bool: "true or false"}[kind]


def _keys_of(section: Any, prefix: str = "") -> dict[str, Key]:  # noqa: ANN401 - a class
    found: dict[str, Key] = {}
    for field, annotated in get_type_hints(section, include_extras=True).items():
        name = prefix + field
        if get_origin(annotated) is not Annotated:
            found |= _keys_of(annotated, f"{name}.")
        else:
            found[name] = _key(name, annotated)
    return found


def _key(name: str, annotated: Any) -> Key:  # noqa: ANN401 - an annotation
    kind, *marks = get_args(annotated)
    described = " ".join(mark.description for mark in marks if mark.description)
    if get_origin(kind) is dict:
        return Key(name, Annotated[str, *marks], described, WIDENS in marks, is_table=True)
    return Key(name, annotated, described, WIDENS in marks)


KEYS: dict[str, Key] = _keys_of(Schema)
SECTIONS = frozenset(name.split(".", 1)[0] for name in KEYS)
TABLES = frozenset(name for name in KEYS if KEYS[name].is_table)
"""The sections, and tables within one, whose names the user chooses."""


def find_key(name: str) -> Key | None:
    """Return what the schema says about `name`, which may be an entry of a table."""
    table = table_of(name)
    return KEYS[table] if table else None if name in TABLES else KEYS.get(name)


def table_of(name: str) -> str | None:
    """Return the table that `name` is an entry of."""
    return next((table for table in TABLES if name.startswith(table + ".")), None)
