"""Workers that die, hang or cannot begin: each is told in a sentence, and nothing is left."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local_models.worker.client import Patience, Worker
from local_models.worker.log import tail
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Chat, Load, Message
from local_models.worker.supervisor import Supervisor
from tests.models.tiny import BROKEN_TEMPLATE, Tiny
from tests.models.workers import greedy, model, working
from workbench.errors import ExitCode

HELLO = Chat((Message("user", "hello"),))


def _gone(pid: int) -> bool:
    """Tell whether there is no such process any more, not even a zombie."""
    return not Path(f"/proc/{pid}").exists()


async def _refused(path: Path) -> WorkerError:
    log = path.parent / "worker.log"
    with pytest.raises(WorkerError) as refused:
        await Worker.start(Load(0, str(path)), log)
    assert refused.value.exit_code == ExitCode.MODEL
    assert refused.value.hint
    return refused.value


async def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    path = model(tmp_path)
    whole = path.read_bytes()
    for name, data, word in (
        ("magic", b"XXXX" + whole[4:], "mark of a GGUF"),
        ("empty", b"", "mark of a GGUF"),
        ("head", whole[:3000], "cannot be loaded"),
        ("tail", whole[:-2000], "not within the file bounds"),
        ("architecture", whole.replace(b"llama", b"lLama"), "unknown model architecture"),
    ):
        path.write_bytes(data)
        error = await _refused(path)
        assert error.kind == "not-a-model", name
        assert word in error.sentence, name


async def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    error = await _refused(tmp_path / "none.gguf")
    assert error.kind == "missing"
    assert "No such file" in error.sentence


async def test_a_model_too_big_for_the_memory(tmp_path: Path) -> None:
    path = model(tmp_path, Tiny(layers=8, context=1 << 20))
    asked = Load(0, str(path), context=0)
    with pytest.raises(WorkerError) as refused:
        await Worker.start(asked, tmp_path / "worker.log", memory_bytes=300 << 20)
    assert refused.value.kind == "memory"
    assert "does not fit into memory" in refused.value.sentence


async def test_without_llama_it_is_said_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMA_CPP_LIB_PATH", str(tmp_path))
    error = await _refused(model(tmp_path))
    assert error.kind == "no-llama"
    assert "workbench[llama]" in error.hint


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (signal.SIGKILL, "killed", "memory ran out"),
        (signal.SIGABRT, "crashed", "fault is in llama.cpp"),
        (signal.SIGSEGV, "crashed", "fault is in llama.cpp"),
        (signal.SIGILL, "illegal", "another processor"),
    ],
)
async def test_a_worker_that_dies_at_work(
    tmp_path: Path, number: signal.Signals, kind: str, words: str
) -> None:
    async with working(tmp_path) as worker:
        stream = worker.generate(greedy("hello", most=2000))
        waiting = worker.generate(greedy("another"))
        await anext(aiter(stream))
        os.kill(worker.pid, number)
        with pytest.raises(WorkerError) as lost:
            await stream.text()
        assert lost.value.kind == kind
        assert number.name in lost.value.sentence
        assert words in lost.value.hint
        for doomed in (waiting, worker.generate(greedy("later"))):
            with pytest.raises(WorkerError):
                await doomed.text()
        with pytest.raises(WorkerError):
            await worker.count(["later"])
        assert _gone(worker.pid)


async def test_its_last_words_are_told(tmp_path: Path) -> None:
    async with working(tmp_path) as worker:
        with (tmp_path / "worker.log").open("a", encoding="utf-8") as log:
            log.write("GGML_ASSERT(it) failed\x1b[2J\n")
        os.kill(worker.pid, signal.SIGABRT)
        with pytest.raises(WorkerError) as lost:
            await worker.generate(greedy("hello")).text()
        assert "GGML_ASSERT(it) failed" in lost.value.hint
        assert "\x1b" not in lost.value.hint


async def test_a_worker_that_hangs_is_ended(tmp_path: Path) -> None:
    async with working(tmp_path, patience=Patience(pong=2.0)) as worker:
        stream = worker.generate(greedy("hello", most=2000))
        await anext(aiter(stream))
        os.kill(worker.pid, signal.SIGSTOP)
        with pytest.raises(WorkerError) as lost:
            await stream.text()
        assert lost.value.kind == "hung"
        assert "2 seconds" in lost.value.sentence
    assert _gone(worker.pid)


async def test_a_host_that_is_held_up_does_not_blame_its_worker(tmp_path: Path) -> None:
    async with working(tmp_path, patience=Patience(pong=60, answer=1)) as worker:
        stream = worker.generate(greedy("hello", most=500))
        asking = asyncio.create_task(worker.stats())
        await asyncio.sleep(0)
        time.sleep(3)  # noqa: ASYNC251 - this is what holds it up
        assert (await asking).requests
        assert await stream.text() is not None


async def test_a_file_that_is_replaced_while_it_is_loaded(tmp_path: Path) -> None:
    async with working(tmp_path) as worker:
        await worker.generate(greedy("hello")).text()
        other = tmp_path / "other.gguf"
        other.write_bytes((tmp_path / "tiny.gguf").read_bytes())
        other.replace(tmp_path / "tiny.gguf")
        with pytest.raises(WorkerError) as refused:
            await worker.generate(greedy("hello")).text()
        assert refused.value.kind == "replaced"
        (tmp_path / "tiny.gguf").unlink()
        with pytest.raises(WorkerError, match="changed or replaced"):
            await worker.generate(greedy("hello")).text()


async def test_a_file_that_is_shortened_while_it_is_read(tmp_path: Path) -> None:
    """What is mapped is gone then, which ends the process; the host only hears of it."""
    roomy = Tiny(context=8192)
    async with working(tmp_path, roomy, context=8192) as worker:
        stream = worker.generate(greedy(6000 * "z"))
        await anext(aiter(stream))
        os.truncate(tmp_path / "tiny.gguf", 4096)
        with pytest.raises(WorkerError) as lost:
            await stream.text()
        assert lost.value.kind == "crashed"
        assert "SIGBUS" in lost.value.sentence
        assert "shortened" in lost.value.hint


@pytest.mark.parametrize("template", [None, BROKEN_TEMPLATE, "{{ messages[9].content.x }}"])
async def test_a_template_that_is_missing_or_broken(tmp_path: Path, template: str | None) -> None:
    async with working(tmp_path, Tiny(template=template)) as worker:
        assert worker.loaded.template == (template is not None)
        for ask in (worker.render, worker.tokenize):
            with pytest.raises(WorkerError) as refused:
                await ask(HELLO)
            assert refused.value.kind == "template"
            assert "without one" in refused.value.hint
        assert (await worker.generate(greedy("no turns")).text()) is not None


async def test_nothing_is_left_of_a_worker_that_was_ended(tmp_path: Path) -> None:
    async with working(tmp_path) as worker:
        worker.generate(greedy("hello", most=2000))
    assert _gone(worker.pid)


_HOST = """
    import asyncio, os, sys
    from pathlib import Path
    from local_models.worker.client import Worker
    from local_models.worker.problems import WorkerError
    from local_models.worker.protocol import Generate, Load, Text

    async def host():
        folder = Path(sys.argv[1])
        log = folder / "worker.log"
        worker = await Worker.start(Load(0, str(folder / "tiny.gguf")), log)
        try:
            await worker.generate(Generate(0, Text("x"), grammar="broken ::= (")).text()
        except WorkerError as error:
            assert error.kind == "grammar", error
        stream = worker.generate(Generate(0, Text("x"), most=1000))
        if sys.argv[2] == "stay":
            (folder / "pid").write_text(str(worker.pid))
            await asyncio.sleep(60)
        os.kill(worker.pid, 6)
        try:
            await stream.text()
        except WorkerError as error:
            assert error.kind == "crashed", error
        await worker.close()
        (folder / "done").touch()

    asyncio.run(host())
"""


@contextmanager
def _host(folder: Path, how: str) -> Iterator[subprocess.Popen[bytes]]:
    model(folder)
    script = textwrap.dedent(_HOST)
    command = [sys.executable, "-c", script, str(folder), how]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=Path.cwd()) as host:
        yield host


def test_nothing_is_written_where_the_host_writes(tmp_path: Path) -> None:
    """Neither what llama.cpp says, nor what C prints, nor a crash; and its input is untouched."""
    with _host(tmp_path, "end") as host:
        output, errors = host.communicate(b"kept", timeout=60)
    assert (output, errors) == (b"", b"")
    assert (tmp_path / "done").exists()
    assert "grammar" in "".join(tail(tmp_path / "worker.log"))


def test_a_worker_does_not_outlive_its_host(tmp_path: Path) -> None:
    with _host(tmp_path, "stay") as host:
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            time.sleep(0.02)
        pid = int((tmp_path / "pid").read_text())
        assert not _gone(pid)
        host.kill()
    while not _gone(pid) and "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1]:
        time.sleep(0.02)


def test_a_log_stays_small(tmp_path: Path) -> None:
    script = """
        from local_models.worker.log import Log
        log = Log(4096)
        for number in range(1000):
            log.write(f"line {number}")
    """
    path = tmp_path / "log"
    with path.open("ab") as file:
        command = [sys.executable, "-c", textwrap.dedent(script)]
        subprocess.run(command, stderr=file, check=True, cwd=Path.cwd())
    assert path.stat().st_size <= 4096
    assert path.read_text().endswith(" line 999\n")
    assert len(path.read_text().splitlines()) > 50


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _condition(supervisor: Supervisor) -> str:
    return supervisor.health.condition


async def _fail(supervisor: Supervisor) -> int:
    worker = await supervisor.use()
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(WorkerError):
        await worker.generate(greedy("hello", most=1000)).text()
    return worker.pid


async def test_a_worker_is_started_again_once_and_then_somebody_must_look(tmp_path: Path) -> None:
    asked = Load(0, str(model(tmp_path)))
    clock = Clock()
    supervisor = Supervisor("tiny", lambda: Worker.start(asked, tmp_path / "log"), clock)
    assert _condition(supervisor) == "resting"
    assert await _fail(supervisor) != await _fail(supervisor)
    assert _condition(supervisor) == "broken"
    assert "SIGKILL" in supervisor.health.why
    with pytest.raises(WorkerError) as refused:
        await supervisor.use()
    assert refused.value.kind == "breaker"
    assert "failed 2 times" in refused.value.sentence
    supervisor.reset()
    await (await supervisor.use()).generate(greedy("hello")).text()
    assert _condition(supervisor) == "ready"
    await supervisor.retire()
    assert _condition(supervisor) == "resting"


async def test_failures_that_lie_far_apart_are_forgiven(tmp_path: Path) -> None:
    asked = Load(0, str(model(tmp_path)))
    clock = Clock()
    supervisor = Supervisor("tiny", lambda: Worker.start(asked, tmp_path / "log"), clock)
    for _ in range(3):
        await _fail(supervisor)
        assert supervisor.health.condition == "resting"
        clock.now += 601
    await supervisor.retire()


async def test_a_file_that_is_refused_is_no_failure_of_the_worker(tmp_path: Path) -> None:
    asked = Load(0, str(tmp_path / "none.gguf"))
    supervisor = Supervisor("none", lambda: Worker.start(asked, tmp_path / "log"))
    for _ in range(3):
        with pytest.raises(WorkerError, match="No such file"):
            await supervisor.use()
    assert supervisor.health.failures == 0


async def test_a_file_that_was_replaced_is_loaded_anew(tmp_path: Path) -> None:
    path = model(tmp_path)
    supervisor = Supervisor("tiny", lambda: Worker.start(Load(0, str(path)), tmp_path / "log"))
    before = await supervisor.use()
    path.touch()
    with pytest.raises(WorkerError, match="changed or replaced"):
        await before.generate(greedy("hello")).text()
    after = await supervisor.use()
    assert after is not before
    assert await after.generate(greedy("hello")).text() is not None
    assert supervisor.health.failures == 0
    assert _gone(before.pid)
    await supervisor.retire()


async def test_two_that_want_a_worker_at_once_get_the_same(tmp_path: Path) -> None:
    asked = Load(0, str(model(tmp_path)))
    supervisor = Supervisor("tiny", lambda: Worker.start(asked, tmp_path / "log"))
    one, other = await asyncio.gather(supervisor.use(), supervisor.use())
    assert one is other
    await supervisor.retire()
