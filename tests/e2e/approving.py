"""Proposals, keys and policies for tests: real files, real keys of ssh-keygen."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import duckdb

from tests.e2e.command_line import ask, call
from workbench.api.events import Evidence, ProposalMade
from workbench.api.facts import Event
from workbench.errors import ExitCode
from workbench.journal import reading
from workbench.journal.chain import GENESIS, Draft, chained
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal, _row
from workbench.workspace import Workspace

APPROVAL = ExitCode.APPROVAL
BEFORE = b"one\ntwo\nthree\n" + b"-\n" * 20 + b"four\n"
AFTER = b"ONE\ntwo\nthree\n" + b"-\n" * 20 + b"FOUR\n"


def make_keys(folder: Path) -> dict[str, Path]:
    """Make a key for each of three persons."""
    return {name: make_key(folder, name) for name in ("ann", "bob", "eve")}


def propose_here(workspace: Workspace) -> str:
    """Have a proposal for a file that the project has."""
    (workspace.project / "a.py").write_bytes(BEFORE)
    return propose(workspace)


def propose(
    workspace: Workspace,
    name: str = "3f2a00000000",
    files: dict[str, tuple[bytes | None, bytes | None]] | None = None,
    doubts: tuple[str, ...] = (),
) -> str:
    """Have a proposal in the journal as a search leaves it; no host may run."""
    asyncio.run(_propose(workspace, name, files or {"a.py": (BEFORE, AFTER)}, doubts))
    return name


async def _propose(
    workspace: Workspace,
    name: str,
    files: dict[str, tuple[bytes | None, bytes | None]],
    doubts: tuple[str, ...],
) -> None:
    workspace.make()
    kept = Contents(workspace.contents)
    digests = {
        path: tuple("" if one is None else kept.keep(one) for one in both)
        for path, both in files.items()
    }
    journal = Journal(workspace)
    await journal.open()
    made = ProposalMade(
        proposal=name,
        search="s",
        rank=1,
        confidence=0.5,
        diff="",
        change={path: both[1] for path, both in digests.items()},
        base="b",
        result="r",
        operator="o",
        why="why",
        evidence=Evidence(("t",), 0, {}, 1, "namespaces", "full", "proof"),
        doubts=doubts,
        before={path: both[0] for path, both in digests.items()},
    )
    await journal.write(made, actor="root/command line", subject=name)
    await journal.close()


def make_key(folder: Path, name: str, passphrase: str = "") -> Path:
    """Make a pair of keys and return where the private one lies."""
    key = folder / name
    told = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", f"{name}@home"]
    subprocess.run([*told, "-f", str(key)], check=True)
    return key


def public(key: Path) -> str:
    return key.with_name(f"{key.name}.pub").read_text().strip()


def write_policy(workspace: Workspace, text: str) -> None:
    (workspace.project / "workbench-policy.toml").write_text(text, encoding="utf-8")


def events_of(workspace: Workspace) -> list[Event]:
    connection = duckdb.connect(str(workspace.journal_file), read_only=True)
    try:
        rows = connection.execute(f"SELECT {reading.COLUMNS} FROM journal ORDER BY seq").fetchall()
    finally:
        connection.close()
    return [Event(*row) for row in rows]


def forge(workspace: Workspace, events: list[Event]) -> None:
    """Put other events in the journal, with a chain that holds again; no host may run."""
    forged: list[Event] = []
    for seq, one in enumerate(events, 1):
        new = Draft(one.actor, one.subject, one.type, one.version, one.key, one.payload)
        previous = forged[-1].hash if forged else GENESIS
        forged.append(chained(new, seq=seq, time=one.time, previous=previous))
    _replace(workspace, forged)


def _replace(workspace: Workspace, events: list[Event]) -> None:
    connection = duckdb.connect(str(workspace.journal_file))
    try:
        connection.execute("DELETE FROM journal")
        marks = ", ".join("?" * len(_row(events[0])))
        connection.executemany(f"INSERT INTO journal VALUES ({marks})", [_row(e) for e in events])
    finally:
        connection.close()
    (workspace.folder / "journal.head").unlink(missing_ok=True)


def named_policy(keys: dict[str, Path], rules: str = "", more: str = "") -> str:
    """Return a policy that names ann with a login and a key, and bob with a key alone."""
    login = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    return (
        f"{more}\n[approvers.ann]\nlogins = ['{login}']\nkeys = ['{public(keys['ann'])}']\n"
        f"[approvers.bob]\nkeys = ['{public(keys['bob'])}']\n{rules}"
    )


def trusted(workspace: Workspace, text: str) -> None:
    write_policy(workspace, text)
    call(workspace, "trust", "--yes")


def allowed(workspace: Workspace, name: str) -> dict[str, Any]:
    ended = call(workspace, "review", "allowed", name, code=ExitCode.OK)
    assert "It may be applied" in ended.stdout
    return ask(workspace, "review", "allowed", name)


def missing(workspace: Workspace, name: str) -> list[str]:
    return list(ask(workspace, "review", "allowed", name, code=APPROVAL)["missing"])


def signed_by(workspace: Workspace, name: str, key: Path, target: Path) -> Path:
    call(workspace, "review", "approve", name, "--sign", str(key), "--to", str(target))
    return target


def refused(workspace: Workspace, file: Path) -> str:
    said = ask(workspace, "review", "import", str(file), code=APPROVAL)
    assert said["hint"]
    return str(said["message"])
