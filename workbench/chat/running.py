"""An answer while it is written: what there is of it, who waits for more, and how it is ended.

`Running` is handed to whoever writes: a question's answer, a task, a summary, a job's output. It
keeps the text in memory, has it journaled now and then, and is what `NextPieces` reads from. What
a task does is `workbench.chat.loop.Task`: made as `Task(work)`, carried out by `await task.run()`,
which returns "whole", or "waiting" where a person has to look at the plan first; a WorkbenchError
ends the answer as failed, and being cancelled (`running.cancelled`) ends it as stopped whatever is
returned or raised.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Literal, Protocol

from msgspec.structs import replace

from local_models.worker import protocol
from workbench.api.caller import Caller
from workbench.api.chats import AnswerReceipt, Attached, Message, Pieces, Source, Step
from workbench.api.commands import Terms
from workbench.api.facts import Event, Fact
from workbench.api.talking import AnswerEnded, AnswerGrew, MessageSaid, StepsPlanned, Wanted
from workbench.chat.guard import redact
from workbench.journal.journal import Journal
from workbench.sandbox.service import Asker
from workbench.sandbox.service import Service as Sandbox
from workbench.workspace import Workspace

Outcome = Literal["whole", "waiting"]
TAKEN_OUT = "What looked like a secret was taken out of it."
_LONGEST_WORD = 200
"""Of what has no end of a word so much waits for one."""
GATHERING = 0.04
"""Seconds in which more pieces may come before they are told; the first one is told at once."""


@dataclass(frozen=True)
class Around:
    """What a chat needs of the rest of the engine."""

    models: Any
    """`workbench.models.Service`; its `staff` finds who speaks in a role."""
    knowledge: Callable[[], Awaitable[Any]]
    sandbox: Callable[[], Awaitable[Sandbox]]
    asker: Callable[[Any], Asker]
    memory: Callable[[], Awaitable[Any]] | None = None
    """`workbench.memory.service.Service`, where prompts get what is remembered."""


class Keep(Protocol):
    """Writes a fact about the conversation into the journal."""

    async def __call__(self, fact: Fact) -> Event: ...


class Answering(Protocol):
    """What a speaker gives: progress and pieces, and how it ended."""

    def __aiter__(self) -> AsyncIterator[protocol.Progress | protocol.Piece]: ...

    @property
    def id(self) -> str: ...

    @property
    def ended(self) -> protocol.Ended | None: ...

    def cancel(self) -> None: ...


@dataclass(frozen=True)
class Work:
    """A task and all that it needs; `steps` is not empty where it is gone on with."""

    running: Running
    around: Around
    workspace: Workspace
    journal: Journal
    """What a task did stands there, so that it is gone on with where it was."""
    caller: Caller
    wanted: Wanted
    text: str
    """What the person asked for."""
    terms: Terms | None
    """For the sandbox."""
    system: str = ""
    """How answers are to be written in this project; it says nothing about policy."""
    history: tuple[protocol.Message, ...] = ()
    """What was said before, files and passages marked as data, up to what is asked for."""
    question: str = ""
    """The text with what is attached to it, marked as data: the turn as the model reads it."""
    attached: tuple[Attached, ...] = ()
    steps: tuple[Step, ...] = ()


class Running:
    """An answer that is being written; whoever writes it is told when nobody wants more of it."""

    def __init__(
        self,
        conversation: str,
        answer: str,
        keep: Keep,
        *,
        text: str = "",
        steps: tuple[Step, ...] = (),
        most: int = 0,
        tail: str = "",
    ) -> None:
        self.conversation = conversation
        self.answer = answer
        self.most = most
        self.steps = steps
        self.stage = ""
        self.state = "waiting"
        """waiting, reading, writing, or how it ended."""
        self.note = ""
        """What a person should know of the answer."""
        self.kind = ""
        self.proposal = ""
        self.remembered = ""
        """The digest of what the prompt has from memory."""
        self.sources: tuple[Source, ...] = ()
        self.receipt: AnswerReceipt | None = None
        self.message: Message | None = None
        """How it reads now that it is over."""
        self.mark = 0
        self.ahead = 0
        self.read = self.to_read = self.reused = self.tokens = 0
        self.tail = tail or answer
        """The last message that was told beside the answer."""
        self._parts = [text] if text else []
        self._length = self._kept = self._kept_as = len(text)
        """So much there is, and so much of it the journal has, as so many characters."""
        self._keep = keep
        self._keeping = asyncio.Lock()
        self._news = asyncio.Event()
        self._began_writing = 0.0
        self._first_tokens = 0
        self._stopped = asyncio.Event()
        self._heard: set[Answering] = set()

    @property
    def text(self) -> str:
        """All there is of the answer."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    @property
    def cancelled(self) -> bool:
        """Whether somebody stopped it."""
        return self._stopped.is_set()

    @property
    def over(self) -> bool:
        return self.message is not None

    @property
    def hears(self) -> bool:
        """Whether a model speaks, or is about to."""
        return bool(self._heard)

    @property
    def request(self) -> str:
        """What it is called in the queue where it waits, if it does."""
        return next((one.id for one in self._heard), "") if self.state == "waiting" else ""

    def stand_behind(self, others: int) -> None:
        """Say how many are served before it."""
        if others != self.ahead:
            self.ahead = others
            self._tell()

    def say(self, text: str) -> None:
        """Write more of the answer."""
        if text:
            self._parts.append(text)
            self._length += len(text)
            self.state = "writing"
            self._tell()

    def at(self, stage: str) -> None:
        """Say in a few words what is being done."""
        self.stage = stage
        self._tell()

    async def plan(self, steps: tuple[Step, ...], stage: str = "") -> None:
        """Show how the plan stands, and keep it."""
        self.steps = steps
        self.stage = stage or self.stage
        self._tell()
        await self._keep(StepsPlanned(self.answer, steps, self.stage))

    async def tell(
        self,
        text: str,
        *,
        kind: str,
        author: str = "tool",
        problem: str = "",
        sources: tuple[Source, ...] = (),
        proposal: str = "",
    ) -> str:
        """Put a message of its own behind the answer, such as what a tool gave; return its id."""
        said = MessageSaid(
            conversation=self.conversation,
            message=f"{self.answer}.{token_hex(3)}",
            after=self.tail,
            author=author,
            text=text,
            kind=kind,
            problem=problem,
            sources=sources,
            proposal=proposal,
            behind=self.answer,
        )
        self.tail = said.message
        self._tell()
        await self._keep(said)
        return said.message

    async def hear(self, answering: Answering, *, aloud: bool = True) -> str:
        """Take in what a model says, aloud as more of the answer; stopping ends it."""
        self._heard.add(answering)
        heard: list[str] = []
        try:
            if self.cancelled:
                answering.cancel()
            async for told in answering:
                match told:
                    case protocol.Progress():
                        self._read(told)
                    case protocol.Piece():
                        self._count(told)
                        heard.append(told.text)
                        if aloud:
                            self.say(told.text)
        finally:
            self._heard.discard(answering)
        rest = answering.ended.text if answering.ended else ""
        if aloud:
            self.say(rest)
        return "".join([*heard, rest])

    def stop(self) -> None:
        """Have it end where it is."""
        self._stopped.set()
        for answering in self._heard:
            answering.cancel()

    async def stopped(self) -> None:
        """Wait until somebody stops it."""
        await self._stopped.wait()

    async def done(self) -> None:
        """Wait until it is over."""
        while not self.over:
            await self.pieces(self._length, self.mark)

    async def keep(self) -> None:
        """Have the journal keep what it does not have yet."""
        async with self._keeping:
            end = self._kept + _whole_words(self.text[self._kept :])
            if end == self._kept:
                return
            grown = AnswerGrew(self.answer, self._kept_as, redact(self.text[self._kept : end]))
            await self._keep(grown)
            self._kept, self._kept_as = end, grown.at + len(grown.text)

    async def end(self, state: str, problem: str = "") -> Event:
        """Have the journal keep all of it but secrets, and how it ended."""
        text = redact(self.text)
        if text != self.text:
            self.note = f"{self.note} {TAKEN_OUT}".strip()
        ended = AnswerEnded(
            message=self.answer,
            state=state,
            text=text,
            kind=self.kind,
            problem=problem,
            note=self.note,
            receipt=self.receipt,
            sources=self.sources,
            proposal=self.proposal,
            remembered=self.remembered,
        )
        async with self._keeping:
            self._kept = self._length
            return await self._keep(ended)

    def close(self, message: Message) -> None:
        """Tell all who wait how it reads now that it is over."""
        self.state = message.state
        self.message = message
        self._tell()

    def shown(self, message: Message) -> Message:
        """Return the message with what has not been kept yet."""
        return replace(
            message,
            text=self.text,
            kind=self.kind or message.kind,
            note=self.note,
            sources=self.sources,
            steps=self.steps,
        )

    async def pieces(self, length: int, seen: int) -> Pieces:
        """Wait for more than `length` characters, or for anything else after the mark `seen`."""
        since = self.mark if seen < 0 else seen
        while not (self.over or self._length > length or self.mark > since):
            self._news.clear()
            await self._news.wait()
        if length and not self.over and self._length > length:
            await asyncio.sleep(GATHERING)
        return self._pieces(length)

    def _pieces(self, length: int) -> Pieces:
        rate = self._rate()
        return Pieces(
            text=self.text[length:],
            length=self._length,
            state=self.state if self.message is None else _state(self.message),
            ahead=self.ahead,
            read=self.read,
            to_read=self.to_read,
            tokens=self.tokens,
            rate=rate,
            left=max(0, self.most - self.tokens) / rate if rate and self.most else 0.0,
            problem=self.message.problem if self.message else "",
            message=self.message,
            steps=self.steps,
            stage=self.stage,
            mark=self.mark,
        )

    def _read(self, told: protocol.Progress) -> None:
        self.read, self.to_read, self.reused = told.read, told.total, told.reused
        self.state, self.ahead = "reading", 0
        self._tell()

    def _count(self, told: protocol.Piece) -> None:
        if not self._began_writing:
            self._began_writing, self._first_tokens = time.monotonic(), told.tokens
        self.tokens = told.tokens

    def _rate(self) -> float:
        seconds = time.monotonic() - self._began_writing if self._began_writing else 0.0
        return (self.tokens - self._first_tokens) / seconds if seconds > 0 else 0.0

    def _tell(self) -> None:
        self.mark += 1
        self._news.set()


def _whole_words(text: str) -> int:
    """Return how much of a text ends with a word: half a secret would not be seen as one."""
    end = max(text.rfind(" "), text.rfind("\n")) + 1
    return end or (len(text) if len(text) > _LONGEST_WORD else 0)


def _state(message: Message) -> str:
    """Pieces end where a plan waits for a person, too."""
    return "whole" if message.state == "waiting" else message.state
