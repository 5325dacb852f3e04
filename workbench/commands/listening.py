"""Following an answer while it is written: on stdout as it comes, how far it is on stderr."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from workbench.api.chats import Message, Pieces, Said, Step
from workbench.api.chatting import NextPieces, StopAnswer
from workbench.api.client import Client
from workbench.commands.calling import FACE
from workbench.commands.shared import Invocation
from workbench.errors import ExitCode, WorkbenchError
from workbench.output import Answer, Output
from workbench.visible import visible, visible_line

R = TypeVar("R")
_CLEAR = "\r\x1b[K"
_STOPPING = 5.0
_ENDED = {
    "interrupted": "It was cut short, since its host ended: what came of it is kept. Ask again.",
    "stopped": "It was stopped: what came of it is kept.",
}
_MARKS = {"done": "x", "running": ">", "failed": "!", "skipped": "-"}


def attached(invocation: Invocation, talk: Callable[[Client], Awaitable[R]]) -> R:
    """Return what comes of talking with the host of the workspace."""
    return asyncio.run(_attached(invocation, talk))


async def _attached(invocation: Invocation, talk: Callable[[Client], Awaitable[R]]) -> R:
    async with Client(invocation.workspace, FACE, flags=invocation.flags) as client:
        return await talk(client)


async def listen(client: Client, said: Said, output: Output, begin: int = 0) -> Message:
    """Print an answer as it comes, and return it; whoever interrupts this stops the answer."""
    meter = _Meter(output)
    length, seen = begin, -1
    try:
        while True:
            pieces = await client.call(NextPieces(said.answer, length, seen))
            length, seen = pieces.length, pieces.mark
            meter.show(pieces)
            if not output.as_json and pieces.text:
                output.piece(pieces.text)
            if pieces.message:
                return pieces.message
    except asyncio.CancelledError:
        meter.clear()
        with contextlib.suppress(TimeoutError, WorkbenchError):  # It is interrupted in any case.
            await asyncio.wait_for(client.call(StopAnswer(said.answer)), _STOPPING)
        raise
    finally:
        meter.clear()


def answered(said: Said, message: Message, output: Output) -> Answer:
    """Return an answer as the end of a command: for a person most of it has been printed."""
    code = code_of(message)
    fields = {"conversation": said.conversation, **msgspec.to_builtins(message)}
    if output.as_json:
        told = message.problem or _ENDED.get(message.state) or message.note
        return Answer(told, fields, exit_code=code)
    if message.text and not message.text.endswith("\n"):
        output.piece("\n")
    if lines := below(message):
        output.line("\n".join(["", *lines]))
    for note in (message.note, _ENDED.get(message.state), message.problem):
        if note:
            output.note(note)
    return Answer(exit_code=code)


def below(message: Message) -> list[str]:
    """Return what stands below an answer: its plan, and where its passages are."""
    lines = [step_line(number, step) for number, step in enumerate(message.steps, 1)]
    if message.kind != "passages":
        lines += [
            visible_line(f"[{one.number}] {one.path}:{one.first}-{one.last} {one.heading}".rstrip())
            + (" (changed since)" if one.stale else "")
            for one in message.sources
        ]
    if message.proposal:
        lines.append(f"Proposal {message.proposal}: `workbench review show {message.proposal}`")
    return lines


def step_line(number: int, step: Step) -> str:
    """Return a step of a plan on a line."""
    note = f" ({step.note})" if step.note else ""
    return visible_line(f"{_MARKS.get(step.state, ' ')} {number}. {step.what}{note}")


def code_of(message: Message) -> ExitCode:
    """Return what a command ends with that this message came of."""
    if message.state == "waiting":
        return ExitCode.APPROVAL
    if message.state == "failed":
        return ExitCode.MODEL
    if message.kind == "passages" and not message.sources:
        return ExitCode.MODEL
    return ExitCode.OK if message.state == "whole" else ExitCode.FINDINGS


class _Meter:
    """How far an answer is, for who watches a terminal and sees no text yet."""

    def __init__(self, output: Output) -> None:
        self._drawn = bool(sys.stderr and sys.stderr.isatty() and not output.as_json)
        self._shown = ""

    def show(self, pieces: Pieces) -> None:
        if not self._drawn:
            return
        told = "" if pieces.state == "writing" and pieces.text else _progress(pieces)
        if told != self._shown:
            sys.stderr.write(f"{_CLEAR}{visible(told)}" if told else _CLEAR)
            sys.stderr.flush()
            self._shown = told

    def clear(self) -> None:
        if self._shown:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
            self._shown = ""


def _progress(pieces: Pieces) -> str:
    """Say what is being done; once text comes, it speaks for itself."""
    if pieces.message or pieces.state == "writing":
        return ""
    if pieces.stage:
        return f"{pieces.stage} …"
    if pieces.state == "reading" and pieces.to_read:
        return f"reading {pieces.read:,} of {pieces.to_read:,} tokens …"
    return f"waiting behind {pieces.ahead} …" if pieces.ahead else "waiting …"
