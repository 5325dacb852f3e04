"""What `workbench doctor` checks: each check is a small function that returns what it found."""

from __future__ import annotations

import fcntl
import importlib.metadata
import locale
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import __version__, settings, trust
from workbench.errors import WorkbenchError
from workbench.workspace import LONGEST_SOCKET_PATH, Workspace, runtime_folder

if TYPE_CHECKING:
    from workbench.api.commands import Terms
    from workbench.sandbox.choice import Choice

SMALLEST = (80, 24)
LITTLE_DISK = 1_000_000_000
PARTS = ("textual", "rich", "msgspec", "duckdb", "lancedb", "watchdog", "docker", "radon")
EXTRAS = {"llama-cpp-python": "local models", "onnxruntime": "faster embeddings"}
_INSTALL_AGAIN = "Install workbench again: `make setup` in its checkout."


class State(StrEnum):
    """How a check went."""

    OK = "ok"
    INFO = "info"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """What one check found, and how to mend it."""

    name: str
    state: State
    sentence: str
    mend: str = ""


@dataclass(frozen=True)
class Place:
    """Where the checks are made."""

    workspace: Workspace
    flags: Sequence[str]
    environ: Mapping[str, str]


Found = tuple[State, str] | tuple[State, str, str]
Check = Callable[[Place], Found]


def run_checks(
    checks: Mapping[str, Check], workspace: Workspace, flags: Sequence[str]
) -> list[Finding]:
    """Make every check, whatever becomes of the others."""
    place = Place(workspace, flags, os.environ)
    return [_run(name, check, place) for name, check in checks.items()]


def _run(name: str, check: Check, place: Place) -> Finding:
    try:
        return Finding(name, *check(place))
    except WorkbenchError as error:
        return Finding(name, State.FAIL, error.sentence, error.hint)
    except Exception as error:  # noqa: BLE001 - a check that breaks is a finding
        return Finding(name, State.FAIL, f"It could not be checked: {error!r}")


def check_python(_place: Place) -> Found:
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info < (3, 14):
        return State.OK, f"Python {version} at {sys.executable}."
    return State.FAIL, f"Python {version} is not 3.11, 3.12 or 3.13.", _INSTALL_AGAIN


def check_terminal(place: Place) -> Found:
    if not (os.isatty(0) and os.isatty(1)):
        return State.INFO, "Not checked: input or output is no terminal."
    term = place.environ.get("TERM", "")
    if term in ("", "dumb"):
        return State.FAIL, f"TERM is {term or 'not set'}: nothing can be drawn.", "Set TERM."
    columns, lines = os.get_terminal_size(1)
    if not columns:
        return State.INFO, f"{term}, which does not tell its size: 80x24 is assumed."
    if columns < SMALLEST[0] or lines < SMALLEST[1]:
        return State.WARN, f"{columns}x{lines} is less than 80x24.", "Make the window larger."
    return State.OK, f"{term}, {columns}x{lines}."


def check_colours(place: Place) -> Found:
    if place.environ.get("NO_COLOR"):
        return State.OK, "None, as NO_COLOR asks."
    if place.environ.get("COLORTERM") in ("truecolor", "24bit"):
        return State.OK, "16 million."
    if "256" in place.environ.get("TERM", ""):
        return State.OK, "256; where the terminal has more, COLORTERM=truecolor says so."
    return State.INFO, "16 or none.", "If the terminal has more, set COLORTERM=truecolor."


def check_locale(_place: Place) -> Found:
    encoding = locale.getpreferredencoding(do_setlocale=False)
    if encoding.lower().replace("-", "") == "utf8":
        return State.OK, "Text is UTF-8."
    return (
        State.WARN,
        f"Text is {encoding}: what it lacks is shown as escapes.",
        "Set LANG to a UTF-8 locale, such as C.UTF-8.",
    )


def check_clipboard(place: Place) -> Found:
    if not place.environ.get("TMUX"):
        return State.OK, "Copying goes through the terminal (OSC 52)."
    said = subprocess.run(
        ["tmux", "show-options", "-sv", "set-clipboard"],  # noqa: S607 - the user's own tmux
        capture_output=True,
        text=True,
        timeout=5,
        check=False,
    ).stdout.strip()
    if said == "on":
        return State.OK, "tmux passes what is copied on."
    return (
        State.WARN,
        f"tmux has set-clipboard {said or 'unknown'}: copying may not arrive.",
        "Put `set -s set-clipboard on` into ~/.tmux.conf.",
    )


def check_settings(place: Place) -> Found:
    loaded = settings.load(place.workspace, place.flags, place.environ)
    if loaded.withheld:
        names = ", ".join(entry.name for entry in loaded.withheld)
        return State.WARN, f"Not in force: {names}.", "`workbench trust` shows and grants them."
    return State.OK, "All can be read."


def check_trust(_place: Place) -> Found:
    return State.OK, f"Projects trusted: {len(trust.read_grants())}."


def check_runtime(place: Place) -> Found:
    socket = runtime_folder() / f"{place.workspace.name}.sock"
    length = len(os.fsencode(socket))
    if length > LONGEST_SOCKET_PATH:
        return State.FAIL, f"{socket} is too long for a socket.", "Set XDG_RUNTIME_DIR."
    return State.OK, f"{socket.parent} is yours alone."


def check_folder(place: Place) -> Found:
    folder, project = place.workspace.folder, place.workspace.project
    if folder.exists():
        return _check_lock(place.workspace)
    if os.access(project, os.W_OK | os.X_OK):
        return State.OK, f"{folder} is made on first use."
    return State.FAIL, f"{project} cannot be written.", "Make it writable: records are kept there."


def _check_lock(workspace: Workspace) -> Found:
    workspace.make()
    with tempfile.TemporaryFile(dir=workspace.folder) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return State.OK, f"{workspace.folder} can be written and locked."


def check_disk(place: Place) -> Found:
    free = shutil.disk_usage(place.workspace.project).free
    sentence = f"{free / 1e9:.1f} GB are free."
    if free < LITTLE_DISK:
        return State.WARN, sentence, "Make room: when the disk is full nothing can be recorded."
    return State.OK, sentence


def check_host(place: Place) -> Found:
    from workbench.api import owner

    found = owner.read_owner(place.workspace)
    if not owner.is_running(place.workspace) or found is None:
        return State.OK, "None is running; one is started when it is needed."
    if found.version != __version__:
        sentence = f"Process {found.pid} is of version {found.version}, not {__version__}."
        return State.WARN, sentence, "`workbench host stop` ends it."
    return _answer_of_host(place)


def _answer_of_host(place: Place) -> Found:
    import asyncio

    from workbench.api.client import Client
    from workbench.api.commands import ReadStatus
    from workbench.api.views import Status

    async def ask() -> Status:
        async with Client(place.workspace, "doctor", patience=5.0) as client:
            return await client.call(ReadStatus())

    status = asyncio.run(ask())
    if status.notices:
        return State.WARN, " ".join(status.notices), "`workbench journal import` reads an export."
    return State.OK, f"Process {status.pid} answers; its journal has {status.head} events."


def check_journal(place: Place) -> Found:
    from workbench.api import owner
    from workbench.journal import store

    file = place.workspace.journal_file
    if owner.is_running(place.workspace):
        return State.OK, "The host has it open."
    if not file.exists():
        return State.OK, "There is none yet."
    if fault := store.find_fault(place.workspace):
        return State.FAIL, f"It is damaged: {fault}.", "The next host keeps it, and says where."
    schema, head = store.peek(file)
    return State.OK, f"It can be read: schema {schema}, {head} events."


def check_sandbox(place: Place) -> Found:
    from workbench.api.commands import Terms
    from workbench.sandbox.choice import refuse
    from workbench.sandbox.plan import Level

    try:
        loaded = settings.load(place.workspace, place.flags, place.environ)
    except WorkbenchError:
        return State.INFO, "Not checked: the settings cannot be read."
    choice = _choose_engine(place, Terms.of(loaded.sandbox, place.environ))
    if not choice.engine:
        raise refuse(choice)
    passed_over = [f"{one.engine}: {one.sentence}" for one in choice.findings if not one.holds]
    told = " ".join([f"Boxes of {choice.engine}, level {choice.level.name.lower()}.", *passed_over])
    if choice.level is Level.REDUCED:
        return State.WARN, told, "docs/threat-model.md says what is missing, and what gives more."
    return State.OK, told


def _choose_engine(place: Place, wanted: Terms) -> Choice:
    """Choose as a host would, over an empty folder."""
    from workbench.sandbox.choice import choose
    from workbench.sandbox.interpreter import find_interpreter
    from workbench.sandbox.plan import Plan
    from workbench.sandbox.terms import minimum_of

    project = place.workspace.project
    python = find_interpreter(project, wanted.interpreter, wanted.shell, Path.home())
    with tempfile.TemporaryDirectory(prefix="workbench-") as trees:
        plan = Plan(python, trees, str(project))
        return choose(plan, wanted.engine, minimum_of(wanted))


def check_docker(_place: Place) -> Found:
    from workbench.sandbox import versions

    return _optional(versions.docker)


def check_bubblewrap(_place: Place) -> Found:
    from workbench.sandbox import versions

    return _optional(versions.bubblewrap)


def _optional(ask: Callable[[], str]) -> Found:
    """Tell a version; what is not there need not be, as long as there is another engine."""
    try:
        return State.OK, f"Version {ask()}."
    except WorkbenchError as error:
        return State.INFO, error.sentence, error.hint


def check_signing(place: Place) -> Found:
    """Say what is missing without ssh-keygen; only signed approvals need it."""
    from workbench.review.approval.reading import in_force
    from workbench.review.approval.signing import find_program

    force = in_force(place.workspace)
    try:
        program = find_program()
    except WorkbenchError as error:
        state = State.WARN if force.policy.needs_trust else State.INFO
        return state, error.sentence, error.hint
    if not force.is_trusted:
        sentence = f"{program} is there; the keys of {force.origin} do not count yet."
        return State.WARN, sentence, "`workbench trust` shows them and lets them count."
    return State.OK, f"{program} signs approvals and checks them."


def check_models(_place: Place) -> Found:
    from local_models.registry import Registry

    shelf = Registry().read()
    speaking = [one for one in shelf.models if one.header.generates]
    if shelf.unusable:
        one = shelf.unusable[0]
        return State.WARN, f"{one.name} cannot be used: {one.sentence}", one.hint
    if not speaking:
        sentence = "No language model; questions are answered by passages alone."
        return State.INFO, sentence, "`workbench models add` or `pull` brings one."
    return State.OK, f"Language models: {len(speaking)}."


def check_servers(place: Place) -> Found:
    """Look at what the settings say of servers; none is spoken to."""
    from local_models.staff.servers.named import read_servers, secret_of

    try:
        found = settings.load(place.workspace, place.flags, place.environ).models
    except WorkbenchError:
        return State.INFO, "Not checked: the settings cannot be read."
    servers = read_servers(found)
    try:
        for name, server in servers.items():
            if isinstance(server, WorkbenchError):
                return State.WARN, server.sentence, server.hint
            secret_of(name, found)
    except WorkbenchError as error:
        return State.WARN, error.sentence, error.hint
    if not servers:
        return State.OK, "None is named; models run on this machine."
    return State.OK, f"{', '.join(servers)}: `workbench models status` tells how they stand."


def check_parts(_place: Place) -> Found:
    installed = dict(_versions(PARTS))
    missing = [name for name in PARTS if name not in installed]
    if missing:
        return State.FAIL, f"Not installed: {', '.join(missing)}.", _INSTALL_AGAIN
    return State.OK, ", ".join(f"{name} {version}" for name, version in installed.items()) + "."


def check_extras(_place: Place) -> Found:
    installed = dict(_versions(EXTRAS))
    absent = [f"{name} ({use})" for name, use in EXTRAS.items() if name not in installed]
    if not absent:
        return State.OK, ", ".join(f"{name} {at}" for name, at in installed.items()) + "."
    return State.INFO, f"Not installed: {', '.join(absent)}; the core runs without."


def _versions(names: Sequence[str] | Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in names:
        try:
            yield name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue


CHECKS: dict[str, Check] = {
    "python": check_python,
    "terminal": check_terminal,
    "colours": check_colours,
    "locale": check_locale,
    "clipboard": check_clipboard,
    "settings": check_settings,
    "trust": check_trust,
    "runtime folder": check_runtime,
    "workspace": check_folder,
    "disk": check_disk,
    "host": check_host,
    "journal": check_journal,
    "sandbox": check_sandbox,
    "docker": check_docker,
    "bubblewrap": check_bubblewrap,
    "approvals": check_signing,
    "models": check_models,
    "servers": check_servers,
    "parts": check_parts,
    "extras": check_extras,
}
"""All checks, in the order in which they are shown; what is built later adds its own."""
