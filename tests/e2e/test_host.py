"""The host: one owner, many faces, and a way back from everything that goes wrong."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
import pytest

import workbench
from workbench.api import commands, messages, owner, wire
from workbench.api.client import Client, Line
from workbench.errors import StoreError, UsageError
from workbench.workspace import Workspace, name_workspace


def client(workspace: Workspace, face: str = "test", *, patience: float | None = 20.0) -> Client:
    return Client(workspace, face, patience=patience)


def owner_of(workspace: Workspace) -> owner.Owner:
    found = owner.read_owner(workspace)
    assert found is not None
    return found


@asynccontextmanager
async def by_hand(
    workspace: Workspace, version: str = workbench.__version__
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Attach without a client and say hello."""
    reader, writer = await asyncio.open_unix_connection(owner_of(workspace).socket)
    writer.write(wire.frame(messages.Hello(messages.PROTOCOL, version, "by hand", 1)))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_the_first_face_starts_the_host_and_the_second_attaches(workspace: Workspace) -> None:
    async with client(workspace, "first") as first, client(workspace, "second") as second:
        receipt = await first.call(commands.WriteNote("hello"))
        event = (await second.call(commands.ReadEvent(receipt.seq))).event
        assert event.actor.endswith("/first")
        status = await second.call(commands.ReadStatus())
        assert sorted(face.name for face in status.faces) == ["first", "second"]
        assert status.runs == 1


async def test_many_that_start_at_once_get_one_host(workspace: Workspace) -> None:
    async def pid(number: int) -> int:
        async with client(workspace, f"face {number}") as face:
            return (await face.call(commands.ReadStatus())).pid

    pids = await asyncio.gather(*(pid(number) for number in range(6)))
    assert len(set(pids)) == 1


async def test_events_are_followed_without_a_gap_over_a_kill(workspace: Workspace) -> None:
    seen: list[int] = []
    async with client(workspace, "reader") as reader, client(workspace, "writer") as writer:

        async def read() -> None:
            async for events in reader.follow(0):
                seen.extend(event.seq for event in events)

        reading = asyncio.create_task(read())
        for number in range(20):
            receipt = await writer.call(commands.WriteNote(str(number)))
            if number == 10:
                os.kill(owner_of(workspace).pid, signal.SIGKILL)
        await until(lambda: bool(seen) and seen[-1] >= receipt.seq)
        reading.cancel()
    assert seen == list(range(1, seen[-1] + 1))


async def test_the_same_key_is_carried_out_once_though_the_host_died(workspace: Workspace) -> None:
    async with client(workspace) as face:
        first = await face.call(commands.WriteNote("once"), key="mine")
        assert await face.call(commands.WriteNote("once"), key="mine") == first
    raw = msgspec.Raw(msgspec.msgpack.encode(commands.WriteNote("once")))
    os.kill(owner_of(workspace).pid, signal.SIGKILL)
    async with client(workspace) as face:
        await face.call(commands.ReadStatus())
        answer = await talk(workspace, messages.Request(1, "mine", True, raw))
    assert isinstance(answer, messages.Reply)
    assert msgspec.msgpack.decode(answer.result)["seq"] == first.seq


async def test_a_host_outlives_the_terminal_that_it_was_started_from(workspace: Workspace) -> None:
    async with client(workspace) as face:
        pid = (await face.call(commands.ReadStatus())).pid
        os.kill(pid, signal.SIGHUP)
        assert (await face.call(commands.ReadStatus())).pid == pid
        assert os.getsid(pid) != os.getsid(0)


async def test_an_idle_host_that_is_alone_ends_by_itself(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOST_IDLE_SECONDS", "0.2")
    async with client(workspace) as face:
        await face.call(commands.WriteNote("still here"))
        await asyncio.sleep(0.5)  # Longer than the host stays when nobody is attached.
        assert owner.is_running(workspace)
    await until(lambda: not owner.is_running(workspace))
    async with client(workspace) as face:
        page = await face.call(commands.ReadEvents(type="host.stopped"))
    assert '"reason":"nobody was attached"' in page.events[0].payload


async def test_a_stopped_host_leaves_nothing_behind(workspace: Workspace) -> None:
    async with client(workspace) as face:
        await face.call(commands.WriteNote("x"))
    held = owner_of(workspace)
    assert owner.stop(workspace) == held
    assert not Path(held.socket).exists()
    assert not owner.is_running(workspace)
    assert owner.read_owner(workspace) is None
    assert list(workspace.scratch.iterdir()) == []


async def test_the_face_asks_the_host_to_end(workspace: Workspace) -> None:
    async with client(workspace) as face:
        stopping = await face.call(commands.StopHost())
    assert stopping.pid
    await until(lambda: not owner.is_running(workspace))


async def test_the_socket_is_private(workspace: Workspace) -> None:
    async with client(workspace) as face:
        await face.call(commands.ReadStatus())
        path = Path(owner_of(workspace).socket)
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert workspace.lock_file.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to become somebody else")
async def test_nobody_else_gets_in_even_where_the_folder_is_open(
    workspace: Workspace, runtime: Path
) -> None:
    async with client(workspace) as face:
        await face.call(commands.ReadStatus())
        path = Path(owner_of(workspace).socket)
        for opened in (runtime, path.parent, path):
            opened.chmod(0o777)
        answer = await asyncio.to_thread(ask_as_nobody, path)
    assert answer["kind"] == "refused"
    assert answer["sentence"] == "This workspace belongs to another user."


def ask_as_nobody(path: Path) -> dict[str, object]:
    script = (
        "import os, socket, sys\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
        "sys.stdout.buffer.write(s.makefile('rb').read())\n"
    )
    command = [sys.executable, "-c", script, str(path)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=20)
    answer: dict[str, object] = msgspec.msgpack.decode(done.stdout[4:])
    return answer


async def test_a_project_folder_deeper_than_a_socket_path_works(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-folder-with-a-long-name"] * 12)
    deep.mkdir(parents=True)
    workspace = name_workspace(deep)
    try:
        async with client(workspace) as face:
            assert (await face.call(commands.ReadStatus())).project == str(deep)
    finally:
        owner.stop(workspace, force=True)


async def test_a_runtime_folder_that_is_too_deep_is_replaced_by_a_short_one(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    async with client(workspace) as face:
        await face.call(commands.ReadStatus())
    assert len(owner_of(workspace).socket) < 108


async def test_a_stale_lock_file_is_taken_over(workspace: Workspace) -> None:
    workspace.make()
    stale = owner.Owner(2**22 - 1, "0.0.1", 1, f"/gone/{workspace.name}.sock", 0)
    workspace.lock_file.write_bytes(msgspec.json.encode(stale))
    async with client(workspace) as face:
        assert (await face.call(commands.ReadStatus())).runs == 1


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


async def talk(workspace: Workspace, request: messages.Request) -> messages.FromHost:
    """Send one request by hand and return its answer."""
    frames = wire.Frames()
    decoder: msgspec.msgpack.Decoder[messages.FromHost] = msgspec.msgpack.Decoder(messages.FromHost)
    async with asyncio.timeout(20), by_hand(workspace) as (reader, writer):
        writer.write(wire.frame(request))
        while data := await reader.read(65536):
            for body in frames.feed(data):
                answer = wire.decode(body, decoder)
                if not isinstance(answer, messages.Welcome):
                    return answer
    raise AssertionError("the host hung up")


async def test_a_command_nobody_knows_is_told(workspace: Workspace) -> None:
    async with client(workspace) as face:
        await face.call(commands.ReadStatus())
        raw = msgspec.Raw(msgspec.msgpack.encode({"command": "launch"}))
        answer = await talk(workspace, messages.Request(7, "", False, raw))
    assert isinstance(answer, messages.Failed)
    assert (answer.id, "does not know" in answer.sentence) == (7, True)


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


async def test_a_call_that_is_given_up_is_cancelled_in_the_host(workspace: Workspace) -> None:
    async with client(workspace) as face:
        head = (await face.call(commands.ReadStatus())).head
        waiting = asyncio.create_task(face.call(commands.NextEvents(head + 1000)))
        await face.call(commands.ReadStatus())
        waiting.cancel()
        assert (await face.call(commands.ReadStatus())).head == head
        owner.stop(workspace, patience=8)


async def test_errors_keep_their_kind_over_the_wire(workspace: Workspace) -> None:
    async with client(workspace) as face:
        with pytest.raises(UsageError, match="There is no event 99"):
            await face.call(commands.ReadEvent(99))
        with pytest.raises(UsageError, match="says nothing"):
            await face.call(commands.WriteNote("  "))
        with pytest.raises(UsageError, match="not valid Unicode"):
            await face.call(commands.WriteNote("\udcff"))


async def lines(workspace: Workspace) -> AsyncIterator[Line]:
    seen: asyncio.Queue[Line] = asyncio.Queue()
    async with Client(workspace, "watcher", patience=None, on_line=seen.put_nowait):
        while True:
            yield await seen.get()


async def test_a_face_is_told_how_its_line_is(workspace: Workspace) -> None:
    states: list[str] = []
    async for line in lines(workspace):
        states.append(line.state)
        if line.state == "attached":
            if states.count("attached") == 2:
                break
            os.kill(owner_of(workspace).pid, signal.SIGKILL)
    assert states[0] == "attached"
    assert "lost" in states


async def test_a_host_that_was_ended_stays_away_until_it_is_wanted(workspace: Workspace) -> None:
    seen: list[Line] = []
    async with Client(workspace, "interface", patience=None, on_line=seen.append) as face:
        head = (await face.call(commands.WriteNote("before"))).seq
        waiting = asyncio.create_task(face.call(commands.NextEvents(head)))
        await asyncio.to_thread(owner.stop, workspace)
        await until(lambda: face.line.state == "lost" and len(seen) > 3)
        assert not owner.is_running(workspace)
        assert face.line.problem is not None
        assert face.line.problem.sentence == "The host ended: it received SIGTERM."

        face.want_host()
        await until(lambda: face.line.state == "attached")
        types = [event.type for event in (await waiting).events]
        assert types[0] == "host.stopped"

        await asyncio.to_thread(owner.stop, workspace)
        await face.call(commands.WriteNote("a command starts it as well"))


async def test_whoever_only_waits_is_told_that_the_host_was_ended(workspace: Workspace) -> None:
    async with client(workspace) as face:
        head = (await face.call(commands.ReadStatus())).head
        waiting = asyncio.create_task(face.call(commands.NextEvents(head)))
        await face.call(commands.ReadStatus())
        await asyncio.to_thread(owner.stop, workspace)
        with pytest.raises(StoreError, match="The host ended: it received SIGTERM"):
            await waiting


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
