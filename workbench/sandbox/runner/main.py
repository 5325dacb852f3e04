"""The runner: warmed up once, it forks for each job and tells the outside what became of it."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

from . import channel as wire
from . import confine, kernel, landlock, work
from .supervise import Watch

_KEPT_LOW = 3


def serve(spec: dict[str, Any], confinement: Any) -> None:
    """Be the runner of a box until nobody is at the other end of the line."""
    line = wire.Channel(*_take_the_line())
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    sys.path += spec["lent"]
    missing = [name for name in spec["preload"] if not _imports(name)]
    _warm_up()
    work.open_streams()
    confinement.in_place = work.InPlace(spec["origin"])
    gc.collect()
    gc.freeze()
    gc.disable()
    line.send_json(wire.READY, _facts(confinement, missing))
    try:
        _serve(line, confinement)
    except EOFError:
        confinement.kill()
        os._exit(0)


def _serve(line: wire.Channel, confinement: Any) -> None:
    while True:
        for kind, content in line.receive():
            if kind == wire.JOB:
                outcome = _run(json.loads(content), line, confinement)
                line.send_json(wire.DONE, outcome)


def _take_the_line() -> tuple[int, int]:
    """Move the line away from descriptors 0 and 1, which a job uses."""
    ends = tuple(os.dup(number) for number in (0, 1))
    nothing = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1):
        os.dup2(nothing, number)
    os.close(nothing)
    return ends[0], ends[1]


def _warm_up() -> None:
    """Import what pytest and the jobs themselves would import late, each time anew."""
    if "pytest" in sys.modules:
        from _pytest.config import default_plugins

        from . import plugin

        del plugin
        for name in default_plugins:
            importlib.import_module(f"_pytest.{name}")


def _imports(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception:
        return False
    return True


def _facts(confinement: Any, missing: list[str]) -> dict[str, Any]:
    pytest = sys.modules.get("pytest")
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "executable": sys.executable,
        "pytest": getattr(pytest, "__version__", ""),
        "confinement": confinement.name,
        "landlock": landlock.abi(),
        "kernel": os.uname().release,
        "threads": len(os.listdir("/proc/self/task")),
        "missing": missing,
    }


def _run(job: dict[str, Any], line: wire.Channel, confinement: Any) -> dict[str, Any]:
    ends, theirs = _pipes(job["peer"])
    confinement.fit(job)
    work.ready(job["env"])
    try:
        pid = confinement.fork(job)
    except OSError as error:
        for end in (*ends.values(), *theirs.values()):
            os.close(end)
        return {"id": job["id"], "reason": "start", "error": str(error), "clean": False}
    if pid == 0:
        _be_the_job(job, confinement, theirs)
    for end in theirs.values():
        os.close(end)
    outcome = Watch(job, line, pid, ends, confinement).run()
    outcome["clean"] = confinement.clean()
    return outcome


def _pipes(peer: bool) -> tuple[dict[str, int], dict[str, int]]:
    ours, theirs = {}, {}
    for name in ("output", "records", "status"):
        ours[name], theirs[name] = os.pipe()
    if peer:
        import socket

        pair = socket.socketpair()
        ours["peer"], theirs["peer"] = (one.detach() for one in pair)
    return ours, theirs


def _be_the_job(job: dict[str, Any], confinement: Any, ends: dict[str, int]) -> None:
    code = work.HARNESS_FAILED
    try:
        with _reporting(ends["status"]):
            project = _begin(job, confinement, ends)
        os.close(ends["status"])
        code = work.run(job, project, ends["records"], ends.get("peer"))
    finally:
        _flush()
        os._exit(code)


def _begin(job: dict[str, Any], confinement: Any, ends: dict[str, int]) -> str:
    """Shut the job in; return the project's folder."""
    _close_all_but((*ends.values(), *confinement.kept))
    os.setsid()
    project: str = confinement.enter(job)
    for number in (1, 2):
        os.dup2(ends["output"], number)
    os.close(ends["output"])
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL if "argv" in job["work"] else signal.SIG_IGN)
    work.settle(job, project, confinement.in_place)
    confine.limit(job["limits"])
    confinement.seal(job, project)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
    return project


@contextlib.contextmanager
def _reporting(status: int) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        os.write(status, f"{type(error).__name__}: {error}".encode())
        raise


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def _close_all_but(kept: Any) -> None:
    low = _KEPT_LOW
    for number in sorted(kept):
        os.closerange(low, number)
        low = number + 1
    os.closerange(low, 1 << 16)
