"""Docker: for each box a container kept warm, with nothing in it but what is bound or built."""

from __future__ import annotations

import contextlib
import os
import secrets
import struct
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from socket import SHUT_RDWR, socket
from typing import Any

from workbench.sandbox.binding import sees_our_files
from workbench.sandbox.daemon import PATIENCE, connect, explained, knock
from workbench.sandbox.engines.namespaces import TREES, binds, runner_command, runner_spec
from workbench.sandbox.images import prepare_closure, prepare_skeleton
from workbench.sandbox.plan import OUTER_ID, Level, Plan
from workbench.sandbox.policy import Policy

NAME = "docker"
LEVEL = Level.FULL
_OWNER, _MACHINE, _PROJECT = "workbench.owner", "workbench.machine", "workbench.project"
_CAPABILITIES = ["CHOWN", "KILL", "SETGID", "SETUID"]
_MEMORY = 4 * Policy().memory_total
_PROCESSES = 1024
_TOLD = 2000
_PLACES = {
    "/work": "size=1g,nr_inodes=262144,exec,nosuid,nodev",
    "/tmp": "size=256m,nr_inodes=65536,exec,nosuid,nodev",  # noqa: S108 - the box's own
    "/dev/shm": "size=256m,nr_inodes=65536,exec,nosuid,nodev",  # noqa: S108 - the box's own
    "/dev/mqueue": "ro,size=4k,nr_inodes=1",
}
"""Each lies over what Docker would put there; a job's own limits are watched by the runner."""

_open: set[str] = set()
"""The containers of this process that are in use."""


class Stream:
    """One half of what a container says, without the headers that Docker puts before each part."""

    def __init__(self, attached: Any) -> None:
        held = getattr(attached, "_sock", None)
        self.socket = socket(fileno=held.detach()) if held else attached
        self.socket.settimeout(PATIENCE)
        self._held = bytearray()
        self._left = 0

    def read(self) -> bytes:
        """Return what has come, nothing when the container has ended."""
        while data := self._receive():
            if content := self._unpack(data):
                return content
        return b""

    def _receive(self) -> bytes:
        data: bytes = self.socket.recv(1 << 16)
        while waiting := getattr(self.socket, "pending", int)():  # TLS holds what select misses.
            data += self.socket.recv(waiting)
        return data

    def _unpack(self, data: bytes) -> bytes:
        self._held += data
        content = b""
        while True:
            part = bytes(self._held[: self._left])
            del self._held[: len(part)]
            self._left -= len(part)
            content += part
            if self._left or len(self._held) < _HEADER.size:
                return content
            (self._left,) = _HEADER.unpack(self._held[: _HEADER.size])
            del self._held[: _HEADER.size]

    def shut(self) -> None:
        """End it in both directions; who waits for it wakes up."""
        with contextlib.suppress(OSError):  # The other end was first.
            self.socket.shutdown(SHUT_RDWR)

    def close(self) -> None:
        self.socket.close()


_HEADER = struct.Struct(">4xI")


class DockerLine:
    """The line to a runner in a container."""

    def __init__(self, client: Any, name: str, trees: str) -> None:
        self.name = name
        self._client = client
        self._trees = trees
        self._brought: set[str] = set()
        self._ending = threading.Lock()
        self._ended = False
        self._stream = self._attach("stdin", "stdout")
        self._said = self._attach("stderr")

    def _attach(self, *streams: str) -> Stream:
        wanted = {"stream": 1} | dict.fromkeys(streams, 1)
        return Stream(self._client.api.attach_socket(self.name, wanted))

    def fileno(self) -> int:
        number: int = self._stream.socket.fileno()
        return number

    def send(self, data: bytes) -> None:
        self._stream.socket.sendall(data)

    def receive(self) -> bytes:
        return self._stream.read()

    def bring(self, tree: str) -> None:
        """Send a tree to where nothing can be bound; each is sent once."""
        if not self._trees or not tree or tree in self._brought:
            return
        with explained(), tempfile.TemporaryFile() as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                archive.add(f"{self._trees}/{tree}", tree, filter=_as_root)
            file.seek(0)
            self._client.api.put_archive(self.name, TREES, file)
        self._brought.add(tree)

    def diagnosis(self) -> str:
        """Return the last line of what the runner had to say when it could not go on."""
        said = b""
        with contextlib.suppress(OSError):  # Nothing more comes.
            self._said.socket.settimeout(0.5)
            while len(said) < _TOLD and (more := self._said.read()):
                said += more
        return said.decode(errors="replace").strip().rpartition("\n")[2]

    def kill(self) -> None:
        """End the container, from whichever thread: by the end of its input or else by force."""
        with self._ending:
            if not self._ended:
                self._ended = True
                self._stream.shut()
                with explained(), _unless_out_of_reach():
                    knock(self._client)
                    _remove(self._client, self.name)
                _open.discard(self.name)

    def close(self) -> None:
        """Let go of the connections, when nobody reads any more."""
        self._stream.close()
        self._said.close()
        self._client.close()


def _as_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    return member


def open_line(plan: Plan) -> DockerLine:
    """Return the line to a new runner of `plan`."""
    client = connect()
    name = f"workbench-{secrets.token_hex(8)}"
    _open.add(name)
    try:
        with explained():
            sweep(client)
            return _start(client, name, plan)
    except BaseException:
        _open.discard(name)
        with contextlib.suppress(Exception):  # What went wrong first is what is told.
            _remove(client, name)
        client.close()
        raise


def _start(client: Any, name: str, plan: Plan) -> DockerLine:
    facts = client.info()
    bound = sees_our_files(client, facts["ID"], plan)
    image = prepare_skeleton(client) if bound else prepare_closure(client, plan)
    client.api.create_container(
        image,
        runner_command(plan, _spec(plan, facts)),
        name=name,
        hostname="box",
        user="0:0",
        working_dir="/",
        environment=plan.environment,
        stdin_open=True,
        stop_signal="SIGKILL",
        labels=_labels(plan),
        use_config_proxy=False,
        host_config=_confinement(client, plan, facts, bound=bound),
    )
    line = DockerLine(client, name, "" if bound else plan.trees)
    try:
        client.api.start(name)
    except BaseException:
        line.close()
        raise
    client.api.timeout = PATIENCE
    return line


def _spec(plan: Plan, facts: dict[str, Any]) -> dict[str, Any]:
    return runner_spec(plan) | {
        "mode": "slots",
        "deny_inet": plan.network == "none",
        "deny_unix": False,
        "work": "/work",
        "places": ["/tmp", "/dev/shm"],  # noqa: S108 - the box's own
        "uid": _first_user(facts),
        "readable": ["/run", "/proc", *plan.bound],
    }


def _first_user(facts: dict[str, Any]) -> int:
    """Return the user before a box's first: the kernel counts the processes of each on a machine.

    Where ids are mapped there are only some ten thousand.
    """
    mapped = any(one in str(facts["SecurityOptions"]) for one in ("rootless", "userns"))
    if mapped:
        return 10_000 + secrets.randbelow(40) * 1000
    return OUTER_ID + secrets.randbelow(1 << 20) * 1000


def _confinement(client: Any, plan: Plan, facts: dict[str, Any], *, bound: bool) -> Any:
    return client.api.create_host_config(
        network_mode="none",
        dns=["127.0.0.1"],
        read_only=True,
        cap_drop=["ALL"],
        cap_add=_CAPABILITIES,
        security_opt=["no-new-privileges"],
        ipc_mode="private",
        init=False,
        pids_limit=_PROCESSES,
        mem_limit=_MEMORY,
        memswap_limit=_MEMORY,
        oom_score_adj=500,
        tmpfs=_PLACES,
        mounts=list(_binds(plan) if bound else _volume()),
        ulimits=[{"Name": "core", "Soft": 0, "Hard": 0}],
        log_config={"Type": "none"},
        runtime=runtime(facts),
        auto_remove=True,
    )


def runtime(facts: dict[str, Any]) -> str | None:
    """Return the runtime to ask for: runsc where it is installed, else the daemon's own choice."""
    return "runsc" if "runsc" in facts.get("Runtimes", {}) else None


def _binds(plan: Plan) -> Iterator[dict[str, Any]]:
    for source, target in binds(plan):
        yield {
            "Type": "bind",
            "Source": source,
            "Target": target,
            "ReadOnly": True,
            "BindOptions": {"Propagation": "rprivate"},
        }


def _volume() -> Iterator[dict[str, Any]]:
    """Where the trees lie that are sent: nameless, so it goes with the container."""
    yield {"Type": "volume", "Target": TREES}


def _labels(plan: Plan) -> dict[str, str]:
    return {_OWNER: _owner(os.getpid()), _MACHINE: _machine(), _PROJECT: plan.origin}


def _owner(pid: int) -> str:
    """Name a process so that another one with its number later is not taken for it."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return f"{pid} {fields[19]}"


def _machine() -> str:
    """Name what process ids belong to: a daemon may serve others than us."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot} {Path('/proc/self/ns/pid').readlink()}"


def sweep(client: Any) -> None:
    """Remove the containers of this machine whose workbench was killed or lost them."""
    mine = {"label": f"{_MACHINE}={_machine()}"}
    for found in client.api.containers(all=True, filters=mine):
        owner, name = found["Labels"][_OWNER], found["Names"][0].lstrip("/")
        lost = owner == _owner(os.getpid()) and name not in _open
        if lost or owner != _owner(int(owner.split()[0])):
            _remove(client, found["Id"])


def _remove(client: Any, name: str) -> None:
    """Kill and remove a container; return when it is gone."""
    from docker.errors import APIError, NotFound

    with contextlib.suppress(NotFound):
        try:
            client.api.remove_container(name, force=True, v=True)
        except APIError as error:
            if error.status_code != HTTPStatus.CONFLICT:
                raise
            # The daemon is about to do it, since the runner has ended.
            client.api.wait(name, condition="removed", timeout=PATIENCE)


@contextlib.contextmanager
def _unless_out_of_reach() -> Iterator[None]:
    """Leave to the next sweep what a daemon that does not answer cannot do now."""
    from requests.exceptions import ConnectionError as Broken
    from requests.exceptions import Timeout

    with contextlib.suppress(Broken, Timeout, ConnectionError, FileNotFoundError, TimeoutError):
        yield
