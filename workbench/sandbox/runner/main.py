"""The runner: it hands each job to a process that waits, and tells what became of it."""

from __future__ import annotations

import json
import os
from typing import Any

from . import channel as wire
from . import kernel
from .confine import Confinement, Job
from .standby import Ahead
from .supervise import Watch


def serve(confinement: Confinement) -> None:
    """Be the runner of a box until nobody is at the other end of the line."""
    line = wire.Channel(*_take_the_line())
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    facts = confinement.warm_up()
    line.send_json(wire.READY, {**facts, "confinement": confinement.name})
    try:
        _serve(line, Ahead(confinement), confinement)
    except EOFError:
        confinement.kill()
        os._exit(0)


def _serve(line: wire.Channel, ahead: Ahead, confinement: Confinement) -> None:
    while True:
        ahead.fork()
        for kind, content in line.receive():
            if kind == wire.JOB:
                outcome = _run(json.loads(content), line, ahead, confinement)
                line.send_json(wire.DONE, outcome)


def _take_the_line() -> tuple[int, int]:
    """Move the line away from descriptors 0 and 1, which a job uses."""
    ends = tuple(os.dup(number) for number in (0, 1))
    nothing = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1):
        os.dup2(nothing, number)
    os.close(nothing)
    return ends[0], ends[1]


def _run(job: Job, line: wire.Channel, ahead: Ahead, confinement: Confinement) -> dict[str, Any]:
    try:
        doing = ahead.begin(job)
    except OSError as error:
        return {"id": job["id"], "reason": "start", "error": str(error), "clean": False}
    watch = Watch(job, line, doing.pid, doing.ends, confinement)
    if not confinement.kills_all:
        ahead.fork()
    outcome = watch.run()
    outcome["clean"] = confinement.clean()
    return outcome
