"""The process that reads files of strangers: bounded, without rights to write, easily replaced.

It is started as `python -m workbench.knowledge.reading.child`, hears on its standard input and
answers on its standard output; its argument says how much it stands back for others.
"""

from __future__ import annotations

import logging
import os
import resource
import sys
from pathlib import Path
from typing import BinaryIO

import msgspec

from workbench.knowledge.reading.frames import HEAD, frame
from workbench.knowledge.reading.parsing import parse
from workbench.knowledge.reading.values import Ask, Parsed

MEMORY = 1 << 30
SECONDS = 20
"""Of computing, for one file."""
_FILES = 64


def main() -> None:
    _bound()
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    _silence()
    decoder = msgspec.msgpack.Decoder(Ask)
    statm = Path("/proc/self/statm").open("rb", buffering=0)  # noqa: SIM115 - to its end
    while body := _next(asked):
        _allow_seconds()
        parsed = parse(decoder.decode(body))
        answers.write(frame(_with_memory(parsed, statm)))
        answers.flush()


def _bound() -> None:
    os.nice(int(sys.argv[1]))
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _silence() -> None:
    """Let nothing that a parser prints get among the answers."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    logging.disable(logging.CRITICAL)


def _allow_seconds() -> None:
    """Count anew for each file; the kernel ends what does not come to an end."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + SECONDS
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))


def _next(asked: BinaryIO) -> bytes:
    head = asked.read(HEAD.size)
    return asked.read(HEAD.unpack(head)[0]) if len(head) == HEAD.size else b""


def _with_memory(parsed: Parsed, statm: BinaryIO) -> Parsed:
    """Tell how much is held now: what is counted as the most includes what the parent had."""
    statm.seek(0)
    pages = int(statm.read().split()[1])
    return msgspec.structs.replace(parsed, memory=pages * resource.getpagesize())


if __name__ == "__main__":
    main()
