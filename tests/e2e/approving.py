"""Proposals, keys and policies for tests: real files, real keys of ssh-keygen."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import duckdb

from workbench.api.events import Evidence, ProposalMade
from workbench.api.facts import Event
from workbench.journal import reading
from workbench.journal.chain import GENESIS, Draft, chained
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal, _row
from workbench.workspace import Workspace

BEFORE = b"one\ntwo\nthree\n" + b"-\n" * 20 + b"four\n"
AFTER = b"ONE\ntwo\nthree\n" + b"-\n" * 20 + b"FOUR\n"


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
