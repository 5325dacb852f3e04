"""What lies outside of the boxes for jobs to find, and how it is seen that none did."""

from __future__ import annotations

import ctypes
import os
import secrets
import select
import socket
import subprocess
import sys
import tty
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long
_IPC_CREATE, _IPC_REMOVE = 0o1666, 0
_ADD_KEY = {"x86_64": 248, "aarch64": 217}[os.uname().machine]
SECRET_VARIABLES = ("WORKBENCH_TOKEN", "AWS_SECRET_ACCESS_KEY", "XDG_SECRET")


class Bait:
    """Everything that must be the same afterwards."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.secret = f"canary-secret-{secrets.token_hex(8)}"
        self._folder = folder / "bait"
        self._files = _lay_files(self._folder, self.secret)
        self._content = _contents(self._folder)
        for name in SECRET_VARIABLES:
            os.environ[name] = self.secret
        self._sockets = {
            "port": stack.enter_context(_bound(socket.AF_INET, "127.0.0.1")),
            "port6": stack.enter_context(_bound(socket.AF_INET6, "::1")),
            "udp": stack.enter_context(_bound(socket.AF_INET, "127.0.0.1", datagrams=True)),
            "abstract": stack.enter_context(_bound_abstract()),
            "socket": stack.enter_context(_bound_file(folder / "stream")),
            "datagram": stack.enter_context(_bound_file(folder / "datagram", datagrams=True)),
        }
        self._victim = stack.enter_context(_victim(self.secret))
        self._queues = stack.enter_context(_queues())
        self._shared = stack.enter_context(_shared_memory(self.secret))
        self._terminal, slave = os.openpty()
        stack.callback(os.close, self._terminal)
        stack.callback(os.close, slave)
        tty.setraw(slave)
        self._terminal_name = os.ttyname(slave)
        os.write(self._terminal, b"typed by a person")
        self._key = f"key-{secrets.token_hex(4)}"
        _add_key(self._key, self.secret)
        self._descriptor = os.open(self._files["file"], os.O_RDWR)
        os.set_inheritable(self._descriptor, True)

    @classmethod
    @contextmanager
    def laid(cls, folder: Path) -> Iterator[Self]:
        with ExitStack() as stack:
            yield cls(folder, stack)

    @property
    def described(self) -> dict[str, Any]:
        """Return where everything is, with nothing of what is secret."""
        return {
            **self._files,
            "port": self._sockets["port"].getsockname()[1],
            "port6": self._sockets["port6"].getsockname()[1],
            "udp": self._sockets["udp"].getsockname()[1],
            "abstract": self._sockets["abstract"].getsockname()[1:].decode(),
            "socket": self._sockets["socket"].getsockname(),
            "datagram": self._sockets["datagram"].getsockname(),
            "victim": self._victim.pid,
            "course": os.getpid(),
            "ipc": self._queues,
            "shm": self._shared.name,
            "key": self._key,
            "terminal": self._terminal_name,
        }

    def disturbed(self, said: str) -> list[str]:
        """Return what shows that a job which said this was not held."""
        found = [f"somebody knocked at {name}" for name in self._knocked_at()]
        if select.select([self._terminal], [], [], 0)[0]:
            found.append(f"the terminal shows {os.read(self._terminal, 100)!r}")
        if self.secret in said:
            found.append("the secret was told")
        if _contents(self._folder) != self._content:
            found.append("files outside are not what they were")
        if self._victim.poll() is not None or _state(self._victim.pid) in "TtZ":
            found.append("the process outside does not run any more")
        return found

    def _knocked_at(self) -> Iterator[str]:
        listeners = {one.fileno(): name for name, one in self._sockets.items()}
        for number in select.select(list(listeners), [], [], 0)[0]:
            name = listeners[number]
            self._answer(self._sockets[name])
            yield name

    def _answer(self, listener: socket.socket) -> None:
        """Take in what came, so that it is not put down to the next job as well."""
        if listener.type == socket.SOCK_DGRAM:
            listener.recv(1000)
        else:
            listener.accept()[0].close()


def _lay_files(folder: Path, secret: str) -> dict[str, str]:
    home, project = folder / "home", folder / "project"
    texts = {
        folder / "secret.txt": 0o644,
        folder / "open" / "file.txt": 0o666,
        home / ".ssh" / "id_ed25519": 0o600,
        home / ".aws" / "credentials": 0o600,
        home / ".config" / "workbench" / "trust.json": 0o600,
        project / "secret.txt": 0o644,
    }
    for path, mode in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(secret, encoding="utf-8")
        path.chmod(mode)
    (folder / "open").chmod(0o777)
    return {
        "folder": str(folder),
        "file": str(folder / "secret.txt"),
        "open_file": str(folder / "open" / "file.txt"),
        "home": str(home),
        "project": str(project),
    }


def _contents(folder: Path) -> str:
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{path}\0{path.lstat().st_mode}\0{path.lstat().st_nlink}\0".encode())
        digest.update(content)
    return digest.hexdigest()


@contextmanager
def _bound(
    family: socket.AddressFamily, address: str, *, datagrams: bool = False
) -> Iterator[socket.socket]:
    with socket.socket(family, socket.SOCK_DGRAM if datagrams else socket.SOCK_STREAM) as made:
        made.bind((address, 0))
        if not datagrams:
            made.listen()
        yield made


@contextmanager
def _bound_abstract() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"\0bait-{secrets.token_hex(8)}")
        made.listen()
        yield made


@contextmanager
def _bound_file(path: Path, *, datagrams: bool = False) -> Iterator[socket.socket]:
    kind = socket.SOCK_DGRAM if datagrams else socket.SOCK_STREAM
    with socket.socket(socket.AF_UNIX, kind) as made:
        made.bind(str(path))
        path.chmod(0o777)
        if not datagrams:
            made.listen()
        yield made


@contextmanager
def _victim(secret: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process of the same user, with something to steal."""
    code = "import sys; sys.stdin.read()  # victim"
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", code, secret], stdin=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def _queues() -> Iterator[int]:
    """Make a segment, a semaphore and a queue under one key."""
    key = secrets.randbelow(1 << 30) + 1
    made = (
        (_LIBC.shmctl, _LIBC.shmget(key, 4096, _IPC_CREATE)),
        (_LIBC.semctl, _LIBC.semget(key, 1, _IPC_CREATE)),
        (_LIBC.msgctl, _LIBC.msgget(key, _IPC_CREATE)),
    )
    try:
        yield key
    finally:
        for control, number in made:
            zero = (0,) if control is _LIBC.semctl else ()
            control(number, *zero, _IPC_REMOVE, None)


@contextmanager
def _shared_memory(secret: str) -> Iterator[Path]:
    path = Path("/dev/shm") / f"bait-{secrets.token_hex(4)}"
    path.write_text(secret, encoding="utf-8")
    path.chmod(0o666)
    try:
        yield path
    finally:
        path.unlink()


def _add_key(name: str, secret: str) -> None:
    said = secret.encode()
    numbers = (ctypes.c_long(_ADD_KEY), ctypes.c_long(len(said)), ctypes.c_long(-2))
    _LIBC.syscall(numbers[0], b"user", name.encode(), said, numbers[1], numbers[2])


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
