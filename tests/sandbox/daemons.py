"""Docker daemons of the tests' own, which they may kill without disturbing anybody's."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_PATIENCE = 30.0


class Daemon:
    """One dockerd with its containerd, in a folder and with mounts that nobody else uses."""

    def __init__(self, folder: Path, before: str) -> None:
        self.folder = folder
        self.host = f"unix://{folder}/s"
        places = {"address": "c", "root": "croot", "state": "cstate"}
        command = ["containerd", "--config=/dev/null", *self._options(places)]
        self._keeper = self._begin(
            "unshare", "--mount", "sh", "-c", f'{before}\nexec "$@"', "sh", *command
        )
        self._process = self._start()

    def _options(self, places: dict[str, str]) -> list[str]:
        return [f"--{name}={self.folder}/{place}" for name, place in places.items()]

    def _begin(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log)

    def _start(self) -> subprocess.Popen[bytes]:
        places = {"containerd": "c", "data-root": "data", "exec-root": "run", "pidfile": "pid"}
        options = ["--iptables=false", "--bridge=none", f"--host={self.host}"]
        where = ["nsenter", f"--mount=/proc/{self._keeper.pid}/ns/mnt"]
        self._await((self.folder / "c").exists, self._keeper)
        started = self._begin(*where, "dockerd", *options, *self._options(places))
        self._await(lambda: self.ask("info").returncode == 0, started)
        return started

    def _await(self, ready: Callable[[], bool], started: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not ready():
            if started.poll() is not None or time.monotonic() > deadline:
                pytest.fail((self.folder / "log").read_text(encoding="utf-8")[-2000:])
            time.sleep(0.1)

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker", f"--host={self.host}", *words], capture_output=True, text=True, check=False
        )

    def containers(self) -> list[str]:
        return self.ask("ps", "--all", "--format", "{{.Names}}").stdout.split()

    def await_no_container(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while found := self.containers():
            assert time.monotonic() < deadline, found
            time.sleep(0.05)

    def fill_up(self) -> None:
        """Leave no room where its images lie."""
        place = Path(f"/proc/{self._process.pid}/root{self.folder}/data/filler")
        with contextlib.suppress(OSError), place.open("wb", buffering=0) as file:
            while file.write(bytes(1 << 16)):
                continue

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        self._process = self._start()

    def stop(self) -> None:
        self.resume()
        for process in (self._process, self._keeper):
            process.terminate()
            process.wait(_PATIENCE)


def what_is_missing() -> str:
    """Return why no daemon can be started here; empty when one can."""
    if os.geteuid():
        return "only root can start a Docker daemon"
    missing = [
        name
        for name in ("dockerd", "docker", "containerd", "unshare", "nsenter")
        if not shutil.which(name)
    ]
    return f"{', '.join(missing)} not installed: apt-get install docker.io" if missing else ""


@contextmanager
def daemon(before: str = "") -> Iterator[Daemon]:
    """Start a daemon; nobody else sees what is mounted by the shell commands `before`.

    `{folder}` in them is the daemon's own, which does not lie in /tmp.
    """
    if missing := what_is_missing():
        pytest.skip(missing)
    folder = Path(tempfile.mkdtemp(prefix="wbd-", dir="/var/tmp"))
    try:
        made = Daemon(folder, before.format(folder=folder))
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder)
