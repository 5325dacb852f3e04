"""The Docker engine, with daemons of the tests' own: they are killed, stopped and filled up."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
import venv
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from tests.sandbox.daemons import Daemon, daemon
from workbench.errors import SandboxError
from workbench.sandbox.box import Box
from workbench.sandbox.choice import load, try_engine
from workbench.sandbox.daemon import connect
from workbench.sandbox.engines import docker
from workbench.sandbox.images import load as load_images
from workbench.sandbox.images import prepare_closure, prepare_skeleton, save
from workbench.sandbox.interpreter import find_interpreter
from workbench.sandbox.job import Direct, File, Job, Pytest, Result, Script, Snippet, Status
from workbench.sandbox.plan import Plan
from workbench.sandbox.policy import MIB, Policy

POLICY = Policy(wall_seconds=20)
PROJECT = {
    "calc.py": File(b"def add(a, b):\n    return a + b\n"),
    "test_calc.py": File(b"from calc import add\n\ndef test_add():\n    assert add(1, 2) == 3\n"),
}
_BEFORE_JOB = (
    "import os, sys\nlisted = set(os.listdir('/tmp') + os.listdir('/dev/shm'))\n"
    "listed -= set(sys.executable.split('/'))  # The interpreter itself may lie in /tmp.\n"
    "print(os.getuid(), *sorted(listed))\n"
)


@pytest.fixture(scope="module")
def running() -> Iterator[Daemon]:
    with daemon() as made:
        yield made


@pytest.fixture
def host(running: Daemon, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    """Let this test use the daemon, and see that it leaves no container there."""
    monkeypatch.setenv("DOCKER_HOST", running.host)
    yield running
    assert running.containers() == []


@pytest.fixture
def box(plan: Plan, host: Daemon) -> Iterator[Box]:
    made = open_box(plan)
    yield made
    made.close()
    host.await_no_container()


def open_box(plan: Plan) -> Box:
    line = load("docker").open_line(plan)
    try:
        return Box(line, plan)
    except BaseException:
        line.kill()
        line.close()
        raise


def run(box: Box, source: str, policy: Policy = POLICY) -> Result:
    return box.run(Job(Snippet(source), edits=PROJECT), policy)


@pytest.mark.usefixtures("host")
def test_holds_its_self_test(plan: Plan) -> None:
    finding = try_engine(load("docker"), plan)
    assert finding.holds, finding.sentence


def test_three_kinds_of_jobs(box: Box) -> None:
    direct = box.run(Job(Direct(("test_calc.py::test_add",)), edits=PROJECT), POLICY)
    tested = box.run(Job(Pytest(("-q",)), edits=PROJECT), POLICY)
    script = box.run(Job(Script(("sh", "-c", "cat calc.py; exit 3")), edits=PROJECT), POLICY)
    assert [direct.status, tested.status, script.status] == ["ok", "ok", "failed"]
    assert b'"passed"' in direct.records
    assert tested.records.count(b"\n") > 4
    assert (script.exit, script.output.text) == (3, PROJECT["calc.py"].content.decode())
    assert not box.worn


def test_a_tree_is_copied_and_stays_as_it_was(box: Box, plan: Plan) -> None:
    tree = Path(plan.trees, "abc")
    (tree / "deep").mkdir(parents=True)
    (tree / "deep" / "file.txt").write_text("as it was", encoding="utf-8")
    changed = "import pathlib\nfile = pathlib.Path('deep/file.txt')\nprint(file.read_text())\n"
    job = Job(Snippet(changed + "file.write_text('changed')\n"), tree="abc")
    told = [box.run(job, POLICY).output.text for _ in range(2)]
    assert told == ["as it was\n"] * 2


def test_nothing_is_left_for_the_next_job(box: Box) -> None:
    leaving = (
        "import os, signal, subprocess\n"
        "for place in ('/tmp/deep/er', '/dev/shm/left', os.getcwd() + '/more'):\n"
        "    os.makedirs(place)\n"
        "    open(place + '/file', 'w').close()\n"
        "os.chmod('/tmp/deep', 0)\n"
        "print(subprocess.Popen(['sleep', '1000'], start_new_session=True).pid > 0)\n"
    )
    looking = (
        _BEFORE_JOB
        + "names = [open(f'/proc/{n}/comm').read() for n in os.listdir('/proc') if n.isdigit()]\n"
        "print(names.count('sleep\\n'), os.listdir('.'))\n"
    )
    first = run(box, leaving)
    second = box.run(Job(Snippet(looking)), POLICY)
    assert (first.output.text, first.clean) == ("True\n", True)
    uid, *names = second.output.text.splitlines()[0].split()
    assert (int(uid) > 1000, names) == (True, [])
    assert second.output.text.splitlines()[1] == "0 []"


def test_every_job_is_another_user(box: Box) -> None:
    assert len({run(box, _BEFORE_JOB).output.text for _ in range(3)}) == 3


def test_queues_are_refused(box: Box) -> None:
    source = (
        "import ctypes, errno\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "calls = (libc.shmget, libc.semget, libc.msgget)\n"
        "print([call(1234, 4096, 0o1666) < 0 and ctypes.get_errno() for call in calls])\n"
        "try:\n    open('/dev/mqueue/left', 'w')\nexcept OSError as error:\n    print('refused')\n"
    )
    assert run(box, source).output.text == "[1, 1, 1]\nrefused\n"


def test_the_daemon_is_out_of_reach(box: Box, host: Daemon) -> None:
    path = host.host.removeprefix("unix://")
    source = (
        "import socket\n"
        f"for path in ({path!r}, '/var/run/docker.sock', '/run/docker.sock'):\n"
        "    try:\n        socket.socket(socket.AF_UNIX).connect(path)\n"
        "    except FileNotFoundError:\n        print('not there')\n"
    )
    assert Path(path).is_socket()
    assert run(box, source).output.text == "not there\n" * 3


def test_what_is_written_has_a_limit(box: Box) -> None:
    policy = Policy(disk=8 * MIB)
    result = run(box, "open('/tmp/a', 'wb').write(bytes(20 << 20))", policy)
    assert (result.status, result.reason) == (Status.KILLED, "it wrote more than it may")
    assert run(box, "open('/tmp/a', 'wb').write(bytes(4 << 20))", policy).status is Status.OK


def test_the_secrets_of_the_users_settings_stay_outside(
    plan: Plan, host: Daemon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = secrets.token_hex(8)
    settings = '{"proxies": {"default": {"httpProxy": "http://me:%s@proxy"}}}' % secret  # noqa: UP031
    (tmp_path / "config.json").write_text(settings, encoding="utf-8")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    line = docker.open_line(plan)
    try:
        described = host.ask("inspect", line.name).stdout
    finally:
        line.kill()
        line.close()
    assert '"NetworkMode": "none"' in described
    assert secret not in described


@pytest.mark.usefixtures("host")
def test_an_environment_that_lies_in_tmp(tmp_path: Path) -> None:
    """The box's own /tmp does not hide it, and it is no litter; its name is no option."""
    (tmp_path / "trees").mkdir()
    place = tmp_path / "my env:rw,exec"
    venv.create(tmp_path / "env", symlinks=True)
    (tmp_path / "env").rename(place)
    interpreter = find_interpreter(tmp_path, str(place), {}, tmp_path)
    made = open_box(Plan(interpreter, str(tmp_path / "trees"), str(tmp_path)))
    try:
        told = [run(made, "import sys\nprint(sys.prefix)") for _ in range(2)]
    finally:
        made.close()
    assert str(place).startswith("/tmp/")
    assert [(one.output.text, one.clean) for one in told] == [(f"{place}\n", True)] * 2


class Endless:
    """A job in a thread that does not end by itself."""

    def __init__(self, box: Box) -> None:
        self._begun = threading.Event()
        self._results: list[Result] = []
        self._thread = threading.Thread(target=self._run, args=(box,))
        self._thread.start()
        assert self._begun.wait(20)

    def _run(self, box: Box) -> None:
        files = {"test_endless.py": File(b"import time\n\ndef test():\n    time.sleep(60)\n")}
        job = Job(Pytest(), edits=files)
        self._results.append(box.run(job, POLICY, on_records=lambda _: self._begun.set()))

    def result(self) -> Result:
        self._thread.join(10)
        return self._results[0]


def test_a_box_is_killed_in_the_middle_of_a_job(plan: Plan, host: Daemon) -> None:
    box = open_box(plan)
    running = Endless(box)
    box.close()
    assert running.result().status is Status.ERROR
    box.close()
    host.await_no_container()


def test_a_job_is_cancelled_and_the_box_goes_on(box: Box) -> None:
    running = Endless(box)
    box.cancel()
    result = running.result()
    assert (result.status, result.reason) == (Status.KILLED, "it was cancelled")
    assert run(box, "print('fine')").output.text == "fine\n"


def test_a_killed_owner_leaves_no_container(plan: Plan, host: Daemon) -> None:
    source = (
        "import sys, time, msgspec\n"
        "from workbench.sandbox.plan import Plan\nfrom workbench.sandbox.engines import docker\n"
        "line = docker.open_line(msgspec.json.decode(sys.argv[1], type=Plan))\n"
        "print(line.name, flush=True)\ntime.sleep(60)\n"
    )
    command = [sys.executable, "-c", source, msgspec.json.encode(plan).decode()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        name = owner.stdout.readline().strip()
        assert host.containers() == [name]
        owner.kill()
    host.await_no_container()


def test_what_a_killed_owner_had_not_started_is_swept(plan: Plan, host: Daemon) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    labels = docker._labels(plan)
    client = connect()
    try:
        image = prepare_skeleton(client)
        owners = {
            "theirs": f"{gone.pid} 1",
            "living": docker._owner(os.getppid()),
            "lost": docker._owner(os.getpid()),
        }
        for name, owner in owners.items():
            marks = labels | {docker._OWNER: owner}
            client.api.create_container(image, ["x"], name=name, labels=marks)
        client.api.create_container(image, ["x"], name="nobodys")
        docker.sweep(client)
        assert sorted(host.containers()) == ["living", "nobodys"]
    finally:
        host.ask("rm", *host.containers())
        client.close()


def test_a_daemon_that_ends_in_the_middle(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    with daemon() as mine:
        monkeypatch.setenv("DOCKER_HOST", mine.host)
        box = open_box(plan)
        running = Endless(box)
        mine.kill()
        assert running.result().status is Status.ERROR
        assert box.worn
        box.close()
        with pytest.raises(SandboxError, match=r"No Docker daemon answers\."):
            docker.open_line(plan)
        mine.restart()
        again = open_box(plan)
        assert len(mine.containers()) == 1
        assert run(again, "print('fine')").output.text == "fine\n"
        again.close()
        mine.await_no_container()


def test_a_daemon_that_hangs(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for a box is not kept waiting, and its container is removed later."""
    monkeypatch.setattr(docker, "PATIENCE", 1)
    with daemon() as mine:
        monkeypatch.setenv("DOCKER_HOST", mine.host)
        box = open_box(plan)
        running = Endless(box)
        mine.pause()
        box.close()
        assert running.result().status is Status.ERROR
        box.close()
        mine.resume()
        open_box(plan).close()
        mine.await_no_container()


def test_a_daemon_whose_disk_is_full(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    small = "mkdir {folder}/data && mount -t tmpfs -o size=16m none {folder}/data"
    with daemon(small) as mine:
        monkeypatch.setenv("DOCKER_HOST", mine.host)
        mine.fill_up()
        with pytest.raises(SandboxError, match=r"The disk of the Docker daemon is full\."):
            docker.open_line(plan)


def test_a_daemon_that_sees_nothing_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that a box needs is sent: the interpreter as an image, trees one by one."""
    interpreter = find_interpreter(tmp_path, "/usr/bin/python3", {}, tmp_path)
    tree = tmp_path / "trees" / "abc"
    tree.mkdir(parents=True)
    for path, file in PROJECT.items():
        (tree / path).write_bytes(file.content)
    plan = Plan(interpreter, str(tmp_path / "trees"), str(tmp_path))
    with daemon("mount -t tmpfs none /tmp") as far:
        monkeypatch.setenv("DOCKER_HOST", far.host)
        _run_far(plan, far)
        _save_and_load(plan, far, tmp_path / "image.tar")
        _run_far(plan, far)
        assert far.ask("volume", "ls", "--quiet").stdout == ""


def _run_far(plan: Plan, far: Daemon) -> None:
    finding = try_engine(load("docker"), plan)
    assert finding.holds, finding.sentence
    box = open_box(plan)
    try:
        results = [box.run(Job(Pytest(("-q",)), tree="abc"), POLICY) for _ in range(2)]
    finally:
        box.close()
    assert [(one.status, one.clean) for one in results] == [(Status.OK, True)] * 2
    far.await_no_container()


def _save_and_load(plan: Plan, far: Daemon, file: Path) -> None:
    client = connect()
    try:
        image = prepare_closure(client, plan)
        save(client, image, file)
        assert far.ask("rmi", image).returncode == 0
        assert load_images(client, file) == (image,)
    finally:
        client.close()


def test_no_daemon(plan: Plan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody")
    with pytest.raises(SandboxError) as caught:
        docker.open_line(plan)
    assert caught.value.sentence == "No Docker daemon answers."
    assert "DOCKER_HOST" in caught.value.hint


@pytest.mark.usefixtures("host")
def test_a_socket_that_is_not_the_users() -> None:
    os.seteuid(65534)
    try:
        with pytest.raises(SandboxError) as caught:
            connect()
    finally:
        os.seteuid(0)
    assert caught.value.sentence == "The socket of the Docker daemon is not open to you."


def test_a_damaged_context(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"currentContext": "mine"}', encoding="utf-8")
    context = tmp_path / "contexts" / "meta" / sha256(b"mine").hexdigest()
    context.mkdir(parents=True)
    (context / "meta.json").write_text("{", encoding="utf-8")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with pytest.raises(SandboxError, match="context mine"):
        connect()


def test_ssh_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://nobody@nowhere.invalid")
    with pytest.raises(SandboxError, match="Docker over ssh is not supported"):
        connect()
