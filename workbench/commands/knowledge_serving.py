"""`workbench knowledge serve`: what was read here is searched from another machine, read-only."""

from __future__ import annotations

import asyncio
import sys

import msgspec
from msgspec.structs import replace

from workbench.api.client import Client
from workbench.api.knowing import ReadPassage, Search
from workbench.api.serving import GREETING, LONGEST_LINE, Answered, Asked
from workbench.commands.shared import Invocation
from workbench.errors import UsageError, WorkbenchError

_FACE = "another machine"
_ASKED = msgspec.json.Decoder(Asked)
_MOST_HITS = 100
_MOST_AROUND = 10


def serve(invocation: Invocation) -> None:
    """Answer one line of JSON after another, until there are no more."""
    asyncio.run(_serve(invocation))


async def _serve(invocation: Invocation) -> None:
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with Client(invocation.workspace, _FACE, patience=20.0, flags=invocation.flags) as client:
        _say(GREETING)
        while line := await _next(reader):
            _say(msgspec.json.encode(await _answer(client, line)))


async def _next(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError as error:
        raise UsageError("A question is too long.", "Ask for less at a time.") from error


async def _answer(client: Client, line: bytes) -> Answered:
    try:
        asked = _ASKED.decode(line)
    except msgspec.MsgspecError:
        return Answered(0, problem="The question is not understood; it may be of a newer release.")
    try:
        return await _asked(client, asked)
    except WorkbenchError as error:
        return Answered(asked.id, problem=f"{error.sentence} {error.hint}".strip())


async def _asked(client: Client, asked: Asked) -> Answered:
    """Carry out a question; it is never handed on to a third machine."""
    match command := asked.command:
        case Search():
            bound = replace(command, domains=(), limit=max(1, min(command.limit, _MOST_HITS)))
            return Answered(asked.id, hits=await client.call(bound))
        case ReadPassage():
            if "/" in command.passage:
                return Answered(asked.id, problem="It lies on a third machine.")
            near = replace(command, around=max(0, min(command.around, _MOST_AROUND)))
            return Answered(asked.id, passage=await client.call(near))


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()
