"""Taking the journal elsewhere: Parquet with a manifest of checksums, and back into a new one."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path

import duckdb
import msgspec

from workbench import __version__
from workbench.api.views import ExportedFile, Manifest
from workbench.errors import StoreError, UsageError
from workbench.journal import reading, store
from workbench.journal.verify import verify
from workbench.workspace import Workspace

FORMAT = 1
_MANIFEST = "manifest.json"
_EVENTS = "journal.parquet"
_OWN = ("host.started", "host.stopped")


def export(connection: duckdb.DuckDBPyConnection, workspace: Workspace, target: Path) -> Manifest:
    """Write all events and their manifest into the new folder `target`, whole or not at all."""
    if target.exists():
        raise UsageError(f"{target} exists already.", "Name a folder that does not exist yet.")
    with _scratch_folder(workspace) as folder:
        head, head_hash = store.head_of(connection)
        connection.execute(
            f"COPY (SELECT * FROM journal WHERE seq <= {head} ORDER BY seq) "
            f"TO {_quoted(folder / _EVENTS)} (FORMAT parquet, COMPRESSION zstd)"
        )
        identity = reading.first_hash(connection)
        files = (_described(folder / _EVENTS),)
        manifest = Manifest(FORMAT, __version__, identity, head, head_hash, files)
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        (folder / _MANIFEST).write_bytes(text + b"\n")
        _place(folder, target)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of an export and check every file against it."""
    try:
        manifest = msgspec.json.decode((folder / _MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise StoreError(
            f"{folder} holds no export that can be read ({error}).",
            "Name a folder that `workbench journal export` made.",
        ) from error
    if manifest.format != FORMAT or [file.name for file in manifest.files] != [_EVENTS]:
        raise StoreError(
            f"The export in {folder} has format {manifest.format}; this workbench reads {FORMAT}.",
            f"Import it with workbench {manifest.release} or newer.",
        )
    for described in manifest.files:
        _check(folder, described)
    return manifest


def import_into(workspace: Workspace, folder: Path) -> Manifest:
    """Make the journal of `workspace` from an export; it must hold nothing of its own yet."""
    manifest = read_manifest(folder)
    workspace.make()
    with _owned(workspace):
        if workspace.journal_file.exists():
            _refuse_filled(workspace)
        _take_in(workspace, folder, manifest)
    return manifest


def _take_in(workspace: Workspace, folder: Path, manifest: Manifest) -> None:
    with _scratch_folder(workspace) as scratch:
        shutil.copy2(folder / _EVENTS, scratch / _EVENTS)
        _check(scratch, manifest.files[0])
        built = _build(scratch, manifest)
        store.forget_head(workspace)
        built.replace(workspace.journal_file)


def _build(scratch: Path, manifest: Manifest) -> Path:
    """Fill a new file beside and verify its chain before anybody sees it."""
    built = scratch / "imported.duckdb"
    connection = duckdb.connect(built, config=store.OFFLINE)
    try:
        store.migrate(connection)
        connection.execute(
            f"INSERT INTO journal SELECT * FROM read_parquet({_quoted(scratch / _EVENTS)})"
        )
        verdict = verify(connection)
    except duckdb.Error as error:
        raise StoreError(
            f"The export cannot be read: {str(error).splitlines()[0]}",
            "Nothing was imported. Use another copy of the export.",
        ) from error
    finally:
        connection.close()
    if not verdict.holds or (verdict.events, verdict.head) != (manifest.events, manifest.head):
        raise StoreError(
            f"The export was changed after it was made: {verdict.sentence}",
            "Nothing was imported. Use another copy of the export.",
        )
    return built


def _refuse_filled(workspace: Workspace) -> None:
    connection, _ = store.open_store(workspace)
    try:
        ((own,),) = connection.execute(
            "SELECT count(*) FROM journal WHERE type NOT IN (?, ?)", list(_OWN)
        ).fetchall()
    finally:
        connection.close()
    if own:
        raise StoreError(
            f"The journal of {workspace.project} holds {own:,} events of its own already.",
            "Import into a workspace that is still empty.",
        )


@contextmanager
def _owned(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace as its host would, so that none opens it meanwhile."""
    descriptor = os.open(workspace.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise StoreError(
            "The workspace has a running host.", "End it first: `workbench host stop`."
        ) from error
    finally:
        os.close(descriptor)


@contextmanager
def _scratch_folder(workspace: Workspace) -> Iterator[Path]:
    workspace.scratch.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=workspace.scratch) as folder:
        yield Path(folder)


def _place(folder: Path, target: Path) -> None:
    """Copy beside the target and rename: a full disk leaves no half export under its name."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        shutil.copytree(folder, beside)
        beside.rename(target)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise StoreError(
            f"The export cannot be written to {target}: {error.strerror}.",
            "Name a folder that you can write to, with room enough.",
        ) from error


def _described(path: Path) -> ExportedFile:
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return ExportedFile(path.name, path.stat().st_size, digest)


def _check(folder: Path, described: ExportedFile) -> None:
    path = folder / described.name
    if not path.is_file() or _described(path) != described:
        raise StoreError(
            f"{described.name} in {folder} is not the file that the manifest describes.",
            "Nothing was imported. Use another copy of the export.",
        )


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
