"""The file: a damaged one is kept and told of, a newer one is refused, no row goes quietly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from workbench.api.events import NoteWritten
from workbench.errors import StoreError
from workbench.journal import store
from workbench.journal.journal import Journal
from workbench.workspace import Workspace

WRITTEN = 40


@pytest.fixture
async def filled(workspace: Workspace) -> Workspace:
    """Return a workspace whose journal was written and closed in good order."""
    workspace.make()
    journal = Journal(workspace)
    await journal.open()
    for n in range(WRITTEN):
        await journal.write(NoteWritten(str(n)), actor="me")
    await journal.close()
    return workspace


async def reopened(workspace: Workspace) -> tuple[int, store.Damage | None]:
    journal = Journal(workspace)
    damage = await journal.open()
    head = journal.head
    await journal.close()
    return head, damage


def overwrite(offset: int, data: bytes) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[offset : offset + len(data)] = data
        path.write_bytes(content)

    return change


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"garbage" * 1000),
        lambda path: path.write_bytes(path.read_bytes()[:6000]),
        overwrite(0, b"\0" * 64),
        overwrite(5000, b"\xff" * 100),
        overwrite(12288, b"\xff" * 9000),
    ],
    ids=["empty", "garbage", "cut short", "no header", "second header", "first blocks"],
)
async def test_a_damaged_file_is_kept_aside_byte_for_byte(
    filled: Workspace, damage: Callable[[Path], None]
) -> None:
    damage(filled.journal_file)
    damaged = filled.journal_file.read_bytes()
    head, found = await reopened(filled)
    assert head == 0
    assert found is not None
    assert found.kept is not None
    assert (found.kept / "journal.duckdb").read_bytes() == damaged
    assert str(found.kept) in found.sentence
    assert await reopened(filled) == (0, None)


@pytest.fixture
async def unfolded(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Return a workspace as a killed host leaves it: a checkpoint, then events in the log only."""
    workspace.make()
    journal = Journal(workspace)
    await journal.open()
    for n in range(WRITTEN):
        await journal.write(NoteWritten(str(n)), actor="me")
        if n == WRITTEN // 2:
            await journal.read(lambda connection: connection.execute("CHECKPOINT"))
    paths = (workspace.journal_file, store.log_of(workspace.journal_file))
    for path in paths:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    await journal.close()
    for path in paths:
        (tmp_path / path.name).replace(path)
    return workspace


@pytest.mark.parametrize("tenth", range(1, 10))
async def test_a_write_ahead_log_that_lost_acknowledged_events_is_told(
    unfolded: Workspace, tenth: int
) -> None:
    log = store.log_of(unfolded.journal_file)
    overwrite(log.stat().st_size * tenth // 10, b"\xff\xfe\xfd")(log)

    head, found = await reopened(unfolded)
    assert WRITTEN // 2 <= head < WRITTEN
    assert found is not None
    assert found.kept is not None
    assert {path.name for path in found.kept.iterdir()} == {"journal.duckdb", "journal.duckdb.wal"}
    assert await reopened(unfolded) == (head, None)


async def test_a_killed_host_loses_nothing(unfolded: Workspace) -> None:
    assert await reopened(unfolded) == (WRITTEN, None)


async def test_a_journal_that_vanished_is_told(filled: Workspace) -> None:
    filled.journal_file.unlink()
    head, found = await reopened(filled)
    assert head == 0
    assert found is not None
    assert "its file is gone although 40 events were written" in found.sentence
    assert await reopened(filled) == (0, None)


async def test_a_newer_schema_is_refused_and_left_untouched(filled: Workspace) -> None:
    connection = duckdb.connect(filled.journal_file)
    connection.execute("UPDATE store SET schema = 99")
    connection.close()
    before = filled.journal_file.read_bytes()
    with pytest.raises(StoreError, match="schema 99; this workbench knows schemas up to 1"):
        store.open_store(filled)
    assert filled.journal_file.read_bytes() == before
    assert not (filled.folder / "damaged").exists()


async def test_what_a_killed_host_left_half_done_is_cleared_away(workspace: Workspace) -> None:
    workspace.make()
    (workspace.scratch / "export").mkdir(parents=True)
    for half in ("new.duckdb", "new.duckdb.wal", "export/journal.parquet"):
        (workspace.scratch / half).write_bytes(b"half")
    assert await reopened(workspace) == (0, None)
    assert list(workspace.scratch.iterdir()) == []


async def test_the_file_is_private(filled: Workspace) -> None:
    for path in (filled.journal_file, filled.folder / "journal.head"):
        assert path.stat().st_mode & 0o077 == 0
