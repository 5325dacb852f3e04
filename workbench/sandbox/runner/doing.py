"""The process of a job: it shuts itself in, waits for the job, and does it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from typing import NoReturn

from . import confine, kernel, values, work
from .confine import Enclosure, Job

_KEPT_LOW = 3


def wait_and_do(enclosure: Enclosure, in_place: work.InPlace, ends: dict[str, int]) -> NoReturn:
    """Be the process of a job: hear what it is likely to be, and later what it is."""
    code = work.HARNESS_FAILED
    try:
        with _reporting(ends["status"]):
            _wait_inside(enclosure, ends)
            job: Job = values.receive(ends["peer"])
            project = _begin(job, enclosure, in_place)
        os.close(ends["status"])
        if not job["peer"]:
            os.close(ends["peer"])
        code = work.run(job, project, ends["records"], ends["peer"] if job["peer"] else None)
    finally:
        _flush()
        os._exit(code)


def _wait_inside(enclosure: Enclosure, ends: dict[str, int]) -> None:
    """Do all that can be done before the job is there; nothing is left open but its own."""
    likely: Job = values.receive(ends["peer"])
    enclosure.enter(likely)
    close_all_but((*ends.values(), *enclosure.kept))
    os.setsid()
    for number in (1, 2):
        os.dup2(ends["output"], number)
    os.close(ends["output"])
    if likely:
        work.have(likely["env"])
    work.forget()


def _begin(job: Job, enclosure: Enclosure, in_place: work.InPlace) -> str:
    """Shut it in with its job; return the project's folder."""
    work.have(job["env"])
    project = enclosure.shut_in(job)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL if "argv" in job["work"] else signal.SIG_IGN)
    work.settle(job, project, in_place)
    confine.limit(job["limits"])
    enclosure.seal(job, project)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
    return project


@contextlib.contextmanager
def _reporting(status: int) -> Iterator[None]:
    try:
        yield
    except EOFError:
        os._exit(0)  # There is no runner any more, so there is no job either.
    except BaseException as error:
        os.write(status, f"{type(error).__name__}: {error}".encode())
        raise


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def close_all_but(kept: Iterable[int]) -> None:
    low = _KEPT_LOW
    for number in sorted(kept):
        os.closerange(low, number)
        low = number + 1
    os.closerange(low, 1 << 16)
