"""The host: a way back from everything that goes wrong with it."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
from pathlib import Path

import msgspec
import pytest

import workbench
from tests.e2e.faces import by_hand, client, owner_of, until
from workbench.api import commands, messages, owner, wire
from workbench.api.client import Client
from workbench.api.knocking import ask_running
from workbench.errors import StoreError
from workbench.workspace import Workspace


async def test_a_stale_lock_file_is_taken_over(workspace: Workspace) -> None:
    workspace.make()
    project = bytes(workspace.project)
    stale = owner.Owner(2**22 - 1, "0.0.1", 1, f"/gone/{workspace.name}.sock", 0, project)
    workspace.lock_file.write_bytes(msgspec.json.encode(stale))
    async with client(workspace) as face:
        assert (await face.call(commands.ReadStatus())).runs == 1


async def test_a_copied_project_is_not_answered_by_the_host_of_the_other(
    workspace: Workspace, tmp_path: Path
) -> None:
    async with client(workspace) as face:
        host = (await face.call(commands.ReadStatus())).pid
        copy = Workspace(tmp_path / "copy")
        copy.folder.mkdir(parents=True)
        copy.lock_file.write_bytes(workspace.lock_file.read_bytes())
        assert owner.read_owner(copy) is None
        assert await asyncio.to_thread(ask_running, copy, "test", commands.ReadStatus()) is None
        found = await asyncio.to_thread(ask_running, workspace, "test", commands.ReadStatus())
        assert found is not None
        assert found.pid == host


async def test_a_host_that_wrote_no_project_is_told_by_its_socket(workspace: Workspace) -> None:
    workspace.make()
    earlier = {"pid": 1, "version": "0.1.0", "protocol": 1, "started": 0}
    for project, is_ours in ((workspace, True), (Workspace(workspace.project / "other"), False)):
        told = {**earlier, "socket": f"/run/{project.name}.sock"}
        workspace.lock_file.write_bytes(msgspec.json.encode(told))
        assert (owner.read_owner(workspace) is not None) is is_ours


@pytest.mark.parametrize("content", [b"", b"garbage", b"{}", b"\xff" * 5000])
async def test_a_lock_file_that_says_nothing_is_taken_over(
    workspace: Workspace, content: bytes
) -> None:
    workspace.make()
    workspace.lock_file.write_bytes(content)
    async with client(workspace) as face:
        assert (await face.call(commands.ReadStatus())).runs == 1


async def test_a_dead_socket_is_replaced(workspace: Workspace) -> None:
    async with client(workspace) as face:
        await face.call(commands.ReadStatus())
    held = owner_of(workspace)
    os.kill(held.pid, signal.SIGKILL)
    await until(lambda: not owner.is_running(workspace))
    assert Path(held.socket).exists()
    async with client(workspace) as face:
        status = await face.call(commands.ReadStatus())
    assert (status.runs, status.unclean_runs) == (2, 1)


async def test_a_socket_that_was_removed_is_opened_again(workspace: Workspace) -> None:
    async with client(workspace) as face:
        pid = (await face.call(commands.ReadStatus())).pid
        Path(owner_of(workspace).socket).unlink()
        async with client(workspace, "late") as late:
            assert (await late.call(commands.ReadStatus())).pid == pid


async def test_a_host_that_hangs_is_told_and_can_be_forced(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.api.client._WELCOME_PATIENCE", 0.3)
    async with client(workspace) as face:
        pid = (await face.call(commands.ReadStatus())).pid
        os.kill(pid, signal.SIGSTOP)
        async with client(workspace, "late") as late:
            with pytest.raises(StoreError, match=f"process {pid}, holds the workspace but does"):
                await late.call(commands.ReadStatus())
        with pytest.raises(StoreError, match="does not end"):
            owner.stop(workspace, patience=0.1)
        owner.stop(workspace, force=True)
        assert (await face.call(commands.ReadStatus())).pid != pid


@pytest.fixture
def another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start hosts that say they are of another release; this process keeps its own."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import workbench; workbench.__version__ = '9.9.9'\n")
    root = Path(workbench.__file__).parent.parent
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), str(root)]))


async def start_other(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> int:
    report = await owner.start(workspace)
    assert report.ready
    monkeypatch.delenv("PYTHONPATH")
    held = owner_of(workspace)
    assert held.version == "9.9.9"
    return held.pid


@pytest.mark.usefixtures("another_version")
async def test_an_idle_host_of_another_version_is_replaced(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await start_other(workspace, monkeypatch)
    async with client(workspace) as face:
        status = await face.call(commands.ReadStatus())
    assert status.pid != other
    assert (status.runs, status.unclean_runs) == (2, 0)


@pytest.mark.usefixtures("another_version")
async def test_a_host_of_another_version_that_is_in_use_refuses_in_a_sentence(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await start_other(workspace, monkeypatch)
    async with by_hand(workspace, "9.9.9") as (reader, _), client(workspace) as face:
        await reader.readexactly(4)
        with pytest.raises(StoreError, match=r"runs workbench 9.9.9, this is 0") as refusal:
            await face.call(commands.ReadStatus())
    assert "workbench host stop" in refusal.value.hint
    stopped = owner.stop(workspace)
    assert stopped is not None
    assert stopped.pid == other


async def test_a_newer_journal_is_refused_with_the_hosts_own_words(workspace: Workspace) -> None:
    import duckdb

    async with client(workspace) as face:
        await face.call(commands.ReadStatus())
    owner.stop(workspace)
    connection = duckdb.connect(workspace.journal_file)
    connection.execute("UPDATE store SET schema = 99")
    connection.close()
    async with client(workspace) as face:
        with pytest.raises(StoreError, match="schema 99"):
            await face.call(commands.ReadStatus())
    await until(lambda: not owner.is_running(workspace))


async def test_a_damaged_journal_is_noticed_by_every_face(workspace: Workspace) -> None:
    workspace.make()
    workspace.journal_file.write_bytes(b"garbage" * 1000)
    async with client(workspace) as face:
        (notice,) = (await face.call(commands.ReadStatus())).notices
        page = await face.call(commands.ReadEvents(type="journal.set_aside"))
    assert "It is kept in" in notice
    assert len(page.events) == 1


async def fill(face: Client, acknowledged: list[int]) -> None:
    for _ in range(100):
        receipt = await face.call(commands.WriteNote("x" * 100_000))
        acknowledged.append(receipt.seq)


async def test_a_full_disk_is_told_and_nothing_acknowledged_is_lost(workspace: Workspace) -> None:
    acknowledged: list[int] = []
    async with client(workspace) as face:
        pid = (await face.call(commands.ReadStatus())).pid
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (2 * 1024 * 1024, resource.RLIM_INFINITY))
        with pytest.raises(StoreError, match="cannot be used"):
            await fill(face, acknowledged)
        assert acknowledged
        receipt = await face.call(commands.WriteNote("there is room again"))
        assert (await face.call(commands.VerifyJournal())).holds
        for seq in acknowledged:
            assert len((await face.call(commands.ReadEvent(seq))).event.payload) > 100_000
        assert receipt.seq > acknowledged[-1]
        assert (await face.call(commands.ReadStatus())).notices == ()


@pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\x03abc", b"", b"\xff" * 9])
async def test_noise_on_the_socket_hurts_nobody(workspace: Workspace, noise: bytes) -> None:
    async with client(workspace) as face:
        pid = (await face.call(commands.ReadStatus())).pid
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(owner_of(workspace).socket)
            stranger.sendall(noise)
        assert (await face.call(commands.ReadStatus())).pid == pid


async def test_a_face_that_does_not_read_delays_nobody_and_the_end_neither(
    workspace: Workspace,
) -> None:
    async with client(workspace) as face:
        for _ in range(20):
            await face.call(commands.WriteNote("x" * 100_000))
        raw = msgspec.Raw(msgspec.msgpack.encode(commands.ReadEvents()))
        async with asyncio.timeout(20), by_hand(workspace) as (_, writer):
            for number in range(50):
                writer.write(wire.frame(messages.Request(number, "", False, raw)))
            await face.call(commands.WriteNote("not delayed"))
            await asyncio.to_thread(owner.stop, workspace, patience=8)


async def test_a_project_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.folder.write_text("a file in the way")
    async with client(workspace) as face:
        with pytest.raises(StoreError, match="cannot be used"):
            await face.call(commands.ReadStatus())


async def test_a_workspace_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "project")
    workspace.project.mkdir()
    (tmp_path / "elsewhere").mkdir()
    workspace.folder.symlink_to(tmp_path / "elsewhere")
    async with client(workspace) as face:
        with pytest.raises(StoreError, match="not a folder of your own"):
            await face.call(commands.ReadStatus())
    assert list((tmp_path / "elsewhere").iterdir()) == []
