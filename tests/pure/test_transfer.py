"""Export and import: the same journal on another machine, or a refusal that changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from workbench.api.events import HostStarted, NoteWritten
from workbench.errors import StoreError, UsageError
from workbench.journal import projections, transfer
from workbench.journal.journal import Journal
from workbench.journal.verify import verify
from workbench.workspace import Workspace

WRITTEN = 20


async def write_notes(workspace: Workspace, count: int) -> None:
    workspace.make()
    journal = Journal(workspace)
    await journal.open()
    for n in range(count):
        await journal.write(NoteWritten(f"note {n}"), actor="me", key=f"k{n}")
    await journal.close()


async def export(workspace: Workspace, target: Path) -> None:
    journal = Journal(workspace)
    await journal.open()
    try:
        await journal.read(transfer.export, workspace, target)
    finally:
        await journal.close()


def projected(connection: duckdb.DuckDBPyConnection) -> list[list[tuple[object, ...]]]:
    tables = ["journal", *(projection.name for projection in projections.PROJECTIONS)]
    return [
        connection.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall() for table in tables
    ]


async def contents(workspace: Workspace) -> list[list[tuple[object, ...]]]:
    journal = Journal(workspace)
    await journal.open()
    try:
        assert (await journal.read(verify)).holds
        return await journal.read_projected(projected)
    finally:
        await journal.close()


@pytest.fixture
async def exported(workspace: Workspace, tmp_path: Path) -> Path:
    await write_notes(workspace, WRITTEN)
    await export(workspace, tmp_path / "export")
    return tmp_path / "export"


@pytest.fixture
def other(tmp_path: Path) -> Workspace:
    (tmp_path / "other").mkdir()
    return Workspace(tmp_path / "other")


async def test_an_import_gives_the_same_events_and_projections(
    workspace: Workspace, exported: Path, other: Workspace
) -> None:
    manifest = transfer.import_into(other, exported)
    assert manifest.events == WRITTEN
    assert await contents(other) == await contents(workspace)


async def test_a_workspace_that_only_had_hosts_counts_as_empty(
    workspace: Workspace, exported: Path, other: Workspace
) -> None:
    other.make()
    journal = Journal(other)
    await journal.open()
    for _ in range(WRITTEN + 5):
        await journal.write(HostStarted("1", 1, "3"), actor="host")
    await journal.close()
    transfer.import_into(other, exported)
    assert await contents(other) == await contents(workspace)


async def test_a_journal_with_events_of_its_own_is_left_alone(
    exported: Path, other: Workspace
) -> None:
    await write_notes(other, 3)
    before = await contents(other)
    with pytest.raises(StoreError, match="holds 3 events of its own"):
        transfer.import_into(other, exported)
    assert await contents(other) == before


async def test_a_changed_file_is_refused(exported: Path, other: Workspace) -> None:
    with (exported / "journal.parquet").open("ab") as file:
        file.write(b"more")
    with pytest.raises(StoreError, match="not the file that the manifest describes"):
        transfer.import_into(other, exported)
    assert not other.journal_file.exists()


async def test_a_forged_event_is_refused_though_the_checksums_were_made_to_fit(
    exported: Path, other: Workspace
) -> None:
    forged = exported / "forged.parquet"
    duckdb.connect().execute(
        f"COPY (SELECT * REPLACE (replace(payload, 'note 7', 'note 8') AS payload) "
        f"FROM '{exported}/journal.parquet' ORDER BY seq) TO '{forged}' (FORMAT parquet)"
    )
    forged.replace(exported / "journal.parquet")
    rewrite_manifest(exported, files=[describe(exported / "journal.parquet")])
    with pytest.raises(StoreError, match="Event 8 does not follow"):
        transfer.import_into(other, exported)
    assert not other.journal_file.exists()


@pytest.mark.parametrize("content", [b"garbage", b"PAR1" * 9, b""])
async def test_a_file_that_is_no_journal_is_refused_though_its_checksum_fits(
    exported: Path, other: Workspace, content: bytes
) -> None:
    (exported / "journal.parquet").write_bytes(content)
    rewrite_manifest(exported, files=[describe(exported / "journal.parquet")])
    with pytest.raises(StoreError, match="cannot be read"):
        transfer.import_into(other, exported)
    assert not other.journal_file.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"files": []},
        {"files": [{"name": "../../etc/passwd", "bytes": 1, "sha256": ""}]},
        {"events": "many"},
        {"head": "0" * 64},
        {"events": 3},
    ],
)
async def test_a_manifest_that_lies_is_refused(
    exported: Path, other: Workspace, changes: dict[str, object]
) -> None:
    rewrite_manifest(exported, **changes)
    with pytest.raises(StoreError):
        transfer.import_into(other, exported)
    assert not other.journal_file.exists()


async def test_a_folder_without_an_export_is_told(tmp_path: Path, other: Workspace) -> None:
    with pytest.raises(StoreError, match="holds no export"):
        transfer.import_into(other, tmp_path)


async def test_an_export_never_overwrites(workspace: Workspace, exported: Path) -> None:
    with pytest.raises(UsageError, match="exists already"):
        await export(workspace, exported)


async def test_an_export_to_nowhere_is_told(workspace: Workspace, exported: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        await export(workspace, exported / "manifest.json" / "below")


def rewrite_manifest(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def describe(path: Path) -> dict[str, object]:
    found = transfer._described(path)
    return {"name": found.name, "bytes": found.bytes, "sha256": found.sha256}
