"""The host: one owner, many faces, commands carried out once."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tests.e2e.faces import client, owner_of, talk, until
from workbench.api import commands, messages, owner
from workbench.api.client import Client, Line
from workbench.errors import StoreError, UsageError
from workbench.workspace import Workspace, name_workspace


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


async def test_a_command_nobody_knows_is_told(workspace: Workspace) -> None:
    async with client(workspace) as face:
        await face.call(commands.ReadStatus())
        raw = msgspec.Raw(msgspec.msgpack.encode({"command": "launch"}))
        answer = await talk(workspace, messages.Request(7, "", False, raw))
    assert isinstance(answer, messages.Failed)
    assert (answer.id, "does not know" in answer.sentence) == (7, True)


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
