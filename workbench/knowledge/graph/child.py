"""The process that reads relations out of files of strangers: bounded, and easily replaced.

It is started as `python -m workbench.knowledge.graph.child`, hears on its standard input and
answers on its standard output; what crosses is framed as in `workbench.knowledge.reading`.
"""

from __future__ import annotations

import os
import resource

import msgspec

from workbench.knowledge.graph.extracting import extract
from workbench.knowledge.reading.frames import HEAD, frame
from workbench.knowledge.reading.values import Ask

MEMORY = 1 << 30
SECONDS = 20
"""Of computing, for one file."""
_NICE = 10


class Wanted(msgspec.Struct, frozen=True, array_like=True):
    """A file, and the path that it is known by."""

    ask: Ask
    shown: str
    source: str


def main() -> None:
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    _bound()
    decoder = msgspec.msgpack.Decoder(Wanted)
    while len(head := asked.read(HEAD.size)) == HEAD.size:
        wanted = decoder.decode(asked.read(HEAD.unpack(head)[0]))
        _allow_seconds()
        answers.write(frame(extract(wanted.ask, wanted.shown, wanted.source)))
        answers.flush()


def _bound() -> None:
    """Let it fill no memory and no disk, and print nothing among the answers."""
    os.nice(_NICE)
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _allow_seconds() -> None:
    """Count anew for each file; the kernel ends what does not come to an end."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    seconds = int(used.ru_utime + used.ru_stime) + SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))


if __name__ == "__main__":
    main()
