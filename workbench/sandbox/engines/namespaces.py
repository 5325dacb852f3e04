"""Our own namespaces: nothing but the kernel is needed."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path
from typing import Any

from workbench.sandbox.plan import (
    INSIDE,
    OUTER_ID,
    RUNNER,
    Level,
    Plan,
    boot,
    lent_packages,
    own_python,
)

NAME = "namespaces"
LEVEL = Level.FULL
TREES = "/box/trees"
ETC = (
    "alternatives",
    "ca-certificates",
    "debian_version",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "magic",
    "mime.types",
    "os-release",
    "protocols",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
    "terminfo",
    "timezone",
)
FILES = {
    "/etc/group": "root:x:0:\nbox:x:1000:\nnogroup:x:65534:\n",
    "/etc/hostname": "box\n",
    "/etc/hosts": "127.0.0.1 localhost box\n::1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "/etc/passwd": (
        "root:x:0:0::/tmp:/bin/sh\nbox:x:1000:1000::/tmp:/bin/sh\n"
        "nobody:x:65534:65534::/tmp:/bin/sh\n"
    ),
    "/etc/resolv.conf": "",
}
_COPIED = "/etc/"
_TOLD = 2000
_TOP = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_COVERED = ("/tmp/", "/work/", "/dev/shm/", "/var/tmp/")  # noqa: S108 - places of the box


class ProcessLine:
    """The line to a runner that is a process of ours."""

    patience = 0.05
    """With the process all that came of it ends, so there is no need to be polite for long."""

    def __init__(self, command: list[str], files: tuple[int, ...] = ()) -> None:
        self._ending = threading.Lock()
        self._said = os.memfd_create("workbench")
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env={},
            cwd="/",
            bufsize=0,
            start_new_session=True,
            pass_fds=files,
        )

    def fileno(self) -> int:
        number: int = self._pipes[1].fileno()
        return number

    def send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._pipes[0].write(view) :]

    def receive(self) -> bytes:
        return os.read(self.fileno(), 1 << 16)

    def bring(self, tree: str) -> None:
        """Do nothing: the folder of trees is visible inside."""

    def diagnosis(self) -> str:
        """Return the end of what the runner had to say when it could not go on."""
        size = os.fstat(self._said).st_size
        text = os.pread(self._said, _TOLD, max(0, size - _TOLD)).decode(errors="replace")
        return text.strip().rpartition("\n")[2]

    def kill(self) -> None:
        """End the runner: by the end of its input it kills what it began, if it still can."""
        with self._ending:
            if self._process.poll() is None:
                self._pipes[0].close()
                self._insist()

    def _insist(self) -> None:
        try:
            self._process.wait(self.patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Let go of the descriptors, when nobody reads any more."""
        for pipe in self._pipes:
            pipe.close()
        if self._said >= 0:
            os.close(self._said)
            self._said = -1

    @property
    def _pipes(self) -> Any:
        return self._process.stdin, self._process.stdout


def open_line(plan: Plan) -> ProcessLine:
    """Return the line to a new runner of `plan`."""
    spec = {
        "engine": NAME,
        "outer_id": OUTER_ID if os.geteuid() == 0 else 0,
        "binds": [bind for bind in binds(plan) if not bind[0].startswith(_COPIED)],
        "copies": [bind for bind in binds(plan) if bind[0].startswith(_COPIED)],
        "files": FILES,
        "links": links(),
        "network": plan.network,
        "argv": runner_command(plan, runner_spec(plan)),
        "environment": plan.environment,
    }
    python, *flags = own_python()
    return ProcessLine(boot(python, str(RUNNER), "enter", spec, *flags))


def runner_spec(plan: Plan) -> dict[str, Any]:
    """Return what a runner in namespaces is told."""
    return {
        "mode": "namespaces",
        "trees": TREES,
        "lent": [f"{INSIDE}/lent"] if plan.lends_pytest else [],
        "preload": ["pytest", *plan.preload],
        "origin": plan.origin,
        "env": plan.job_environment,
        "deny_inet": False,
        "covered": [one for one in plan.bound if one.startswith(_COVERED)],
    }


def runner_command(plan: Plan, spec: dict[str, Any]) -> list[str]:
    return boot(plan.interpreter.executable, f"{INSIDE}/runner", "begin", spec, "-s")


def binds(plan: Plan) -> list[tuple[str, str]]:
    """Return what of the machine is visible inside, read-only, and where."""
    found = [("/usr", "/usr"), (str(RUNNER), f"{INSIDE}/runner"), (plan.trees, TREES)]
    found += [(f"/{name}", f"/{name}") for name in _TOP if _is_folder(f"/{name}")]
    found += [(f"/etc/{name}", f"/etc/{name}") for name in ETC if Path(f"/etc/{name}").exists()]
    found += [(one, one) for one in plan.bound]
    if plan.lends_pytest:
        lent = lent_packages().items()
        found += [(place, f"{INSIDE}/lent/{name}") for name, place in lent]
    return found


def links() -> dict[str, str]:
    """Return the links at the top of the file system, such as /bin to usr/bin."""
    found = (Path(f"/{name}") for name in _TOP)
    return {str(path): str(path.readlink()) for path in found if path.is_symlink()}


def _is_folder(path: str) -> bool:
    return Path(path).is_dir() and not Path(path).is_symlink()
