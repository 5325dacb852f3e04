"""A box: a warm runner behind a line, doing one job at a time."""

from __future__ import annotations

import base64
import json
import secrets
import select
import threading
import time
from collections.abc import Callable
from typing import Any

from workbench.errors import SandboxError
from workbench.sandbox.job import (
    Direct,
    Edits,
    File,
    Job,
    Output,
    Pytest,
    Result,
    Screen,
    Script,
    Serve,
    Snippet,
    Status,
    Work,
)
from workbench.sandbox.plan import Line, Plan
from workbench.sandbox.policy import Policy
from workbench.sandbox.runner import channel as wire

_BOOT_PATIENCE = 30.0
_GRACE = 10.0
Listener = Callable[[bytes], None]


class BoxLost(SandboxError):
    """The runner does not answer any more."""


class Box:
    """One runner. A box that shows anything odd is `worn` and must not be used again."""

    def __init__(self, line: Line, plan: Plan) -> None:
        self.plan = plan
        self.jobs = 0
        self.worn = False
        self._line = line
        self._frames = wire.Frames()
        self._waiting: list[tuple[bytes, bytes]] = []
        self._sending = threading.Lock()
        self._working = threading.Lock()
        self.facts: dict[str, Any] = json.loads(self._await(wire.READY, _BOOT_PATIENCE))

    def run(
        self,
        job: Job,
        policy: Policy,
        *,
        on_records: Listener | None = None,
        on_peer: Listener | None = None,
    ) -> Result:
        """Do `job` and return what became of it; a box that is lost is an error, never a pass."""
        self.jobs += 1
        nonce = secrets.token_hex(16)
        described = describe(job, policy, self.plan) | {
            "id": self.jobs,
            "nonce": nonce,
            "peer": on_peer is not None,
        }
        records = bytearray()
        listeners = {wire.RECORDS: on_records or _nobody, wire.PEER: on_peer or _nobody}
        try:
            with self._working:
                self._line.bring(job.tree)
                self._send(wire.JOB, json.dumps(described).encode())
                outcome = self._outcome(records, listeners, policy.wall_seconds + _GRACE)
        except (BoxLost, OSError, ValueError) as error:
            self.worn = True
            return Result(Status.ERROR, f"the box was lost: {error}", records=bytes(records))
        result = conclude(outcome, job.work, bytes(records), nonce, policy)
        self.worn = self.worn or not result.clean
        return result

    def cancel(self) -> None:
        """End the job that is under way, from whichever thread."""
        self._send(wire.CANCEL, str(self.jobs).encode())

    def tell_peer(self, data: bytes) -> None:
        """Say something to the job that is under way."""
        self._send(wire.PEER, data)

    def close(self) -> None:
        """End the box and all in it, from whichever thread."""
        self.worn = True
        self._line.kill()
        if self._working.acquire(blocking=False):
            self._line.close()
            self._working.release()

    def _send(self, kind: bytes, content: bytes) -> None:
        with self._sending:
            self._line.send(wire.frame(kind, content))

    def _outcome(
        self, records: bytearray, listeners: dict[bytes, Listener], patience: float
    ) -> dict[str, Any]:
        deadline = time.monotonic() + patience
        while True:
            kind, content = self._next(deadline)
            if kind == wire.DONE:
                outcome: dict[str, Any] = json.loads(content)
                return outcome
            if kind == wire.RECORDS:
                records += content
            listeners[kind](content)

    def _await(self, wanted: bytes, patience: float) -> bytes:
        kind, content = self._next(time.monotonic() + patience)
        if kind != wanted:
            raise BoxLost("The runner in the box says something unexpected.")
        return content

    def _next(self, deadline: float) -> tuple[bytes, bytes]:
        while not self._waiting:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([self._line], [], [], left)[0]:
                raise BoxLost("The runner in the box does not answer.")
            data = self._line.receive()
            if not data:
                raise BoxLost(f"The runner in the box has ended: {self._line.diagnosis()}")
            self._waiting = self._frames.feed(data)
        return self._waiting.pop(0)


def _nobody(_data: bytes) -> None:
    """Take what nobody listens to."""


def describe(job: Job, policy: Policy, plan: Plan) -> dict[str, Any]:
    """Return `job` as the runner understands it."""
    kind, work = _WORKS[type(job.work)](job.work)
    return {
        "kind": kind,
        "work": work,
        "tree": job.tree,
        "edits": _edits(job.edits),
        "protected": list(job.protected),
        "folder": job.folder,
        "cwd": job.cwd,
        "seed": job.seed,
        "limits": policy.limits(),
        "env": plan.job_environment | dict(policy.environment),
    }


def _edits(edits: Edits) -> dict[str, Any]:
    return {path: _edit(wanted) for path, wanted in edits.items()}


def _edit(wanted: Any) -> dict[str, Any] | None:
    if wanted is None:
        return None
    if isinstance(wanted, File):
        content = base64.b64encode(wanted.content).decode()
        return {"content": content, "executable": wanted.executable}
    return {"link": wanted.target}


_WORKS: dict[type, Callable[[Any], tuple[str, dict[str, Any]]]] = {
    Script: lambda work: ("script", {"argv": work.argv}),
    Snippet: lambda work: (
        "script",
        {"source": work.source, "name": work.name, "arguments": work.arguments},
    ),
    Pytest: lambda work: (
        "pytest",
        {
            "arguments": work.arguments,
            "plugins": work.plugins,
            "shuffle": work.shuffle,
            "split": dict(work.split),
            "endless": work.endless,
            "brief": work.brief,
        },
    ),
    Serve: lambda work: ("serve", {"roots": work.roots}),
    Screen: lambda work: ("screen", {"arguments": work.arguments, "plugins": work.plugins}),
    Direct: lambda work: ("direct", {"ids": work.ids, "stop_at_first": work.stop_at_first}),
}

_REASONS = {
    "timeout": (Status.TIMEOUT, "it took longer than it may"),
    "cpu": (Status.TIMEOUT, "it computed longer than it may"),
    "memory": (Status.MEMORY, "its processes took more memory than they may"),
    "output": (Status.OUTPUT_LIMIT, "it printed more than it may"),
    "cancelled": (Status.KILLED, "it was cancelled"),
    "records": (Status.KILLED, "it reported more than it may"),
    "processes": (Status.KILLED, "it started more processes than it may"),
    "disk": (Status.KILLED, "it wrote more than it may"),
    "deaf": (Status.KILLED, "it did not listen to the other half"),
}
_NO_MEMORY, _XCPU, _SIGKILL, _XFSZ = 98, 24, 9, 25


def conclude(
    outcome: dict[str, Any], work: Work, records: bytes, nonce: str, policy: Policy
) -> Result:
    """Return what the runner's account of a job amounts to."""
    if outcome["reason"] == "start":
        return Result(Status.ERROR, f"it could not be started: {outcome['error']}", clean=False)
    status, reason = _status(outcome, work, policy)
    ended = outcome["ended"]
    return Result(
        status=status,
        reason=reason,
        exit=ended if ended >= 0 else None,
        signal=-ended if ended < 0 else None,
        wall=outcome["wall"],
        cpu=outcome["cpu"],
        peak_memory=outcome["peak"],
        output=Output(**outcome["output"]),
        records=records,
        nonce=nonce,
        clean=outcome["clean"],
    )


def _status(outcome: dict[str, Any], work: Work, policy: Policy) -> tuple[Status, str]:
    if outcome["reason"]:
        return _REASONS[outcome["reason"]]
    if outcome["error"]:
        return Status.ERROR, f"it could not be started: {outcome['error']}"
    if outcome["ended"] >= 0:
        return _by_exit(outcome["ended"], work)
    return _by_signal(-outcome["ended"], outcome["cpu"], policy)


def _by_exit(code: int, work: Work) -> tuple[Status, str]:
    if code == 0:
        return Status.OK, ""
    if isinstance(work, Script):
        return Status.FAILED, ""
    if code == _NO_MEMORY:
        return Status.MEMORY, "it ran out of memory"
    if isinstance(work, Pytest) and code > 1:
        return Status.ERROR, f"pytest ended with {code}"
    return Status.FAILED, ""


def _by_signal(number: int, cpu: float, policy: Policy) -> tuple[Status, str]:
    if number == _XCPU or (number == _SIGKILL and cpu >= policy.cpu_seconds):
        return _REASONS["cpu"]
    if number == _XFSZ:
        return Status.KILLED, "it wrote a larger file than it may"
    return Status.CRASH, f"it was ended by signal {number}"
