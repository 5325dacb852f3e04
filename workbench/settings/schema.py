"""Which settings there are: the type of each, and a sentence on what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

WIDENS = Meta(extra={"widens": True})
"""Marks what a project may not set for itself before a person trusts it."""

Theme = Literal["auto", "dark", "light", "16-colour", "no-colour"]
SandboxEngine = Literal["auto", "docker", "namespaces", "bubblewrap", "landlock"]


class HostSettings(msgspec.Struct, frozen=True):
    """The process that owns a workspace."""

    idle_seconds: Annotated[
        float,
        Meta(ge=0, le=31_536_000),
        Meta(description="How many seconds a host stays when it is idle and nobody is attached."),
    ]


class InterfaceSettings(msgspec.Struct, frozen=True):
    """The full-screen interface."""

    theme: Annotated[
        Theme,
        Meta(description="The colours; `auto` goes by what the terminal says of itself."),
    ]
    mouse: Annotated[
        bool,
        Meta(description="Whether the mouse works; without it the terminal selects text itself."),
    ]
    editor: Annotated[
        str,
        WIDENS,
        Meta(description="The command that edits a file; empty means $VISUAL, $EDITOR, then vi."),
    ]


class SandboxSettings(msgspec.Struct, frozen=True):
    """Where everything runs that the workbench did not write itself, and what it may use there."""

    engine: Annotated[
        SandboxEngine,
        WIDENS,
        Meta(description="What boxes are made of; `auto` takes the first that proves itself."),
    ]
    minimum: Annotated[
        Literal["reduced", "full"],
        WIDENS,
        Meta(description="The weakest level that will do; with `full` a reduced one is refused."),
    ]
    interpreter: Annotated[
        str,
        WIDENS,
        Meta(description="The Python that jobs run under; empty means the project's own."),
    ]
    wall_seconds: Annotated[
        float,
        WIDENS,
        Meta(ge=0.1, le=86_400),
        Meta(description="How many seconds a job may take, by the clock and of computing."),
    ]
    memory_mb: Annotated[
        int,
        WIDENS,
        Meta(ge=128, le=1_048_576),
        Meta(description="How many MiB of memory the processes of a job may use together."),
    ]
    processes: Annotated[
        int,
        WIDENS,
        Meta(ge=1, le=4_096),
        Meta(description="How many processes and threads a job may have at a time."),
    ]
    disk_mb: Annotated[
        int,
        WIDENS,
        Meta(ge=1, le=65_536),
        Meta(description="How many MiB a job may write; all of it is thrown away."),
    ]
    network: Annotated[
        Literal["none", "loopback"],
        WIDENS,
        Meta(description="Which network a job has; `loopback` is one of its own, not the host's."),
    ]
    environment: Annotated[
        dict[str, str],
        WIDENS,
        Meta(
            description="What jobs find in their environment; nothing of yours is passed by itself."
        ),
    ]


class HealingSettings(msgspec.Struct, frozen=True):
    """Finding out why something broke, and searching for repairs."""

    follow: Annotated[
        bool,
        Meta(description="Whether an open interface follows the project: tests run after changes."),
    ]
    logs: Annotated[
        str,
        Meta(
            description="The log files that are followed with the project, such as `logs/*.log`:"
            " patterns from its folder, with commas between."
        ),
    ]

    advice: Annotated[
        bool,
        Meta(
            description="Whether a search for a repair that finds nothing asks a language model,"
            " where there is one."
        ),
    ]

    @property
    def log_patterns(self) -> tuple[str, ...]:
        """Return the patterns one by one."""
        return tuple(filter(None, (one.strip() for one in self.logs.split(","))))


class ModelsSettings(msgspec.Struct, frozen=True):
    """Language models: how they are loaded here, and servers that have some."""

    context: Annotated[
        int,
        Meta(ge=256, le=1_048_576),
        Meta(description="How many tokens a model is loaded for, if it was made for as many."),
    ]
    threads: Annotated[
        int,
        Meta(ge=0, le=1_024),
        Meta(description="How many threads a model computes with; 0 is all cores but one."),
    ]
    idle_seconds: Annotated[
        float,
        Meta(ge=0, le=31_536_000),
        Meta(description="After how many seconds without use a model is put away."),
    ]
    states_mb: Annotated[
        int,
        Meta(ge=0, le=1_048_576),
        Meta(description="How many MiB of what models have read are kept on disk; 0 keeps none."),
    ]
    server_seconds: Annotated[
        float,
        Meta(ge=1, le=86_400),
        Meta(description="How many seconds a server may read a prompt before its first word."),
    ]
    server_requests: Annotated[
        int,
        Meta(ge=1, le=1_024),
        Meta(
            description="How many requests a server is given at a time; of two or more,"
            " background work leaves one free for a person."
        ),
    ]
    allow: Annotated[
        str,
        WIDENS,
        Meta(
            description="Hosts beside this machine that may be servers, such as `gpu.lan,"
            " 10.0.0.7:8000`: what is asked of one leaves this machine."
        ),
    ]
    servers: Annotated[
        dict[str, str],
        WIDENS,
        Meta(
            description='Servers by a name of your choice, such as `local = "http://127.0.0.1:8080"`'
            ": any that speak the API of OpenAI."
        ),
    ]
    asks: Annotated[
        dict[str, str],
        WIDENS,
        Meta(description="Which model a server is asked for, by the server's name."),
    ]
    keys: Annotated[
        dict[str, str],
        WIDENS,
        Meta(
            description="Where a server's key is found, by the server's name: `env:VARIABLE` or"
            " `file:/path`, never the key itself."
        ),
    ]
    contexts: Annotated[
        dict[str, str],
        WIDENS,
        Meta(description="How many tokens fit a server that does not say so, by its name."),
    ]

    @property
    def allowed(self) -> tuple[str, ...]:
        """Return the hosts that are allowed, one by one."""
        return tuple(filter(None, (one.strip().lower() for one in self.allow.split(","))))


class TasksSettings(msgspec.Struct, frozen=True):
    """Tasks in the chat: what their tools may do, and how much of it."""

    go_on: Annotated[
        bool,
        WIDENS,
        Meta(description="Whether a plan is carried out at once, without a person's look at it."),
    ]
    edits: Annotated[
        bool,
        WIDENS,
        Meta(description="Whether tasks may propose edits, which a person reviews."),
    ]
    programs: Annotated[
        str,
        WIDENS,
        Meta(
            description="The programs that tasks may run in the sandbox, with commas between; `*`"
            " for any."
        ),
    ]
    hide: Annotated[
        str,
        Meta(
            description="More files that tasks do not read, as git-ignore writes patterns, with"
            " commas between; what you hide and what the project hides holds together."
        ),
    ]
    show: Annotated[
        str,
        WIDENS,
        Meta(description="Files that tasks read although such files hold secrets, as patterns."),
    ]
    calls: Annotated[
        int,
        WIDENS,
        Meta(ge=1, le=1_000),
        Meta(description="How many tool calls a task may make before a person has it go on."),
    ]
    tokens: Annotated[
        int,
        WIDENS,
        Meta(ge=256, le=10_000_000),
        Meta(description="How many tokens a model may write for it before a person has it go on."),
    ]
    seconds: Annotated[
        float,
        WIDENS,
        Meta(ge=1, le=86_400),
        Meta(description="How many seconds a task may work before a person has it go on."),
    ]


class ChatSettings(msgspec.Struct, frozen=True):
    """Conversations."""

    passages: Annotated[
        int,
        Meta(ge=0, le=20),
        Meta(description="How many passages of what was read are looked up for a question."),
    ]


class MemorySettings(msgspec.Struct, frozen=True):
    """What is remembered of conversations, searches and decisions."""

    half_life_days: Annotated[
        float,
        Meta(ge=0.1, le=3_650),
        Meta(
            description="After how many days without use an episode weighs half; what was kept of"
            " episodes lasts twelve times as long."
        ),
    ]
    episodes_days: Annotated[
        int,
        Meta(ge=0, le=36_500),
        Meta(
            description="How many days an episode is listed and recalled; 0 means always. The"
            " journal keeps its record."
        ),
    ]
    consolidate_hours: Annotated[
        float,
        Meta(ge=0, le=8_760),
        Meta(
            description="After how many hours a look at the memory proposes again by itself what"
            " should be kept, merged or forgotten; 0 means only when it is asked to."
        ),
    ]
    recalled: Annotated[
        int,
        Meta(ge=0, le=50),
        Meta(description="How many memories a prompt gets at most; 0 means none."),
    ]
    backup_folder: Annotated[
        str,
        WIDENS,
        Meta(description="Where a copy of what is remembered is written; empty means nowhere."),
    ]
    backup_days: Annotated[
        float,
        Meta(ge=0.01, le=3_650),
        Meta(description="After how many days the next copy is written."),
    ]
    backup_keep: Annotated[
        int,
        Meta(ge=1, le=1_000),
        Meta(description="How many copies stay; the oldest goes first."),
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
