"""A process that embeds: texts come in on its standard input, vectors go out on its output.

A frame is its length in four bytes, then that many. What comes in is a list of texts; an empty
frame, or the end of the input, cancels what is under way. What goes out begins with what it is.
"""

from __future__ import annotations

import os
import select
import struct
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO, NoReturn

import msgspec

from local_models.embedder.backend import Embedder, open_embedder
from workbench.errors import Interrupted, WorkbenchError

IDENTITY, VECTORS, CANCELLED, PROBLEM = b"i", b"v", b"c", b"p"
LENGTH = struct.Struct("<I")
_NICE = 10
_TEXTS = msgspec.msgpack.Decoder(list[str])


class Gone(Exception):
    """Nobody is at the other end any more."""


def main(arguments: Sequence[str]) -> int:
    """Be an embedding process: the folder of the files, the backend, and the tokens that count."""
    folder, backend, limit = arguments
    os.nice(_NICE)
    into = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # What native code prints must not get between the frames.
    try:
        embedder = open_embedder(Path(folder), backend=backend, limit=int(limit))
    except WorkbenchError as problem:
        _send(into, PROBLEM, _told(problem))
        return int(problem.exit_code)
    _send(into, IDENTITY, msgspec.msgpack.encode(asdict(embedder.identity)))
    try:
        _serve(embedder, into)
    except (Gone, BrokenPipeError):
        return 0


def _serve(embedder: Embedder, into: BinaryIO) -> NoReturn:
    """Answer for ever; who embeds, and why, stands in the host's log whenever it is another."""
    why = embedder.why
    while True:
        if asked := _receive():
            _send(into, *_answer(embedder, _TEXTS.decode(asked)))
        if why != embedder.why:
            why = embedder.why
            print(f"embedding with {embedder.name}: {why}", file=sys.stderr)  # noqa: T201


def _answer(embedder: Embedder, texts: list[str]) -> tuple[bytes, bytes]:
    try:
        return VECTORS, embedder.embed(texts, _has_more).tobytes()
    except Interrupted:
        return CANCELLED, b""
    except WorkbenchError as problem:
        return PROBLEM, _told(problem)


def _has_more() -> bool:
    """Say whether something came in, which while it embeds can only mean that it shall stop."""
    return bool(select.select([0], [], [], 0)[0])


def _receive() -> bytes:
    return _exactly(LENGTH.unpack(_exactly(LENGTH.size))[0])


def _exactly(length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        if not (part := os.read(0, length - len(found))):
            raise Gone
        found += part
    return bytes(found)


def _send(into: BinaryIO, what: bytes, content: bytes) -> None:
    left = memoryview(LENGTH.pack(len(content) + 1) + what + content)
    while left:
        left = left[into.write(left) :]


def _told(problem: WorkbenchError) -> bytes:
    return msgspec.msgpack.encode((problem.sentence, problem.hint))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
