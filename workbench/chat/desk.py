"""Where conversations are kept and answers are written: the tree, the journal, what is running."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TypeVar

from msgspec.structs import replace

from workbench.api.chats import Message, Pieces
from workbench.api.facts import Event, Fact
from workbench.api.talking import AnswerBegan, AnswerEnded
from workbench.chat.conversation import TYPES, Forest, Kept, Node, fold
from workbench.chat.running import Outcome, Running
from workbench.errors import UsageError, WorkbenchError
from workbench.journal import reading
from workbench.journal.journal import Journal
from workbench.visible import visible_line

KEEP_EVERY = 1.5
"""Seconds between two times that what has been written of an answer is journaled."""
_LOOK_EVERY = 0.5
_PATIENCE = 3.0
"""Seconds that a model has to end its answer once it was stopped."""
_SHORT_PATIENCE = 0.5
"""Seconds that anything else has for it."""
_ASSISTANT = "assistant"
_SHORTEST = 3
LAST = "last"
T = TypeVar("T")

Body = Callable[[Running], Awaitable[Outcome]]


class Desk:
    """All conversations of a workspace, and the answers that are being written."""

    def __init__(self, journal: Journal, ahead_of: Callable[[str], int]) -> None:
        self._journal = journal
        self._ahead_of = ahead_of
        """How many requests come before one in a model's queue."""
        self._forest: Forest | None = None
        self._loading = asyncio.Lock()
        self.running: dict[str, Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    async def forest(self) -> Forest:
        """Return all that was said, read from the journal the first time."""
        async with self._loading:
            if self._forest is None:
                events = await self._journal.read(reading.of_types, TYPES)
                self._forest = await asyncio.to_thread(fold, events)
        return self._forest

    async def keep(
        self,
        fact: Fact,
        *,
        conversation: str,
        actor: str = _ASSISTANT,
        key: str = "",
        again: bool = False,
    ) -> Event:
        """Write a fact, and learn it."""
        forest = await self.forest()
        event = await self._journal.write(
            fact, actor=actor, subject=conversation, key=key, again=again
        )
        forest.take(event)
        return event

    async def conversation(self, name: str) -> Kept:
        """Return a conversation by its id or how that begins; `last` is what changed last."""
        known = (await self.forest()).conversations
        if name == LAST and known:
            return max(known.values(), key=lambda one: one.changed)
        return _named(known, name, "conversation", "`workbench chat list` shows their ids.")

    async def node(self, name: str) -> Node:
        """Return a message by its id or how that begins."""
        known = (await self.forest()).nodes
        return _named(known, name, "message", "`workbench chat show` shows their ids.")

    async def message(self, node: Node) -> Message:
        """Return a message as it is at this moment, also while it is being written."""
        shown = (await self.forest()).message(node)
        running = self.running.get(node.id)
        return running.shown(shown) if running else shown

    async def begin(self, began: AnswerBegan, body: Body, tail: str = "") -> None:
        """Write down that an answer begins, unless it has, and have it written."""
        if began.message in (await self.forest()).nodes:
            return
        await self.keep(began, conversation=began.conversation)
        await self.write(began.message, body, tail)

    async def write(self, answer: str, body: Body, tail: str = "") -> None:
        """Have an answer written, from where it is."""
        node = await self.node(answer)
        running = Running(
            node.conversation,
            answer,
            partial(self.keep, conversation=node.conversation),
            text=node.text,
            steps=node.steps,
            most=node.wanted.most if node.wanted else 0,
            tail=tail,
        )
        self.running[answer] = running
        task = asyncio.create_task(self._carry(running, body), name=f"answer {answer}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def pieces(self, answer: str, length: int, seen: int) -> Pieces:
        """Wait for more of an answer; of one that is over all is told at once."""
        if running := self.running.get(answer):
            return await running.pieces(length, seen)
        message = await self.message(await self.node(answer))
        return over(message, length, (await self.node(answer)).stage)

    async def stop(self, answer: str) -> None:
        """End an answer, and wait until what there is of it is kept."""
        if running := self.running.get(answer):
            running.stop()
            await running.done()
            return
        node = await self.node(answer)
        if node.wanted is None:
            raise UsageError("Only answers can be stopped.", "This message is whole.")
        if node.state == "waiting":
            await self.keep(_stopped(node), conversation=node.conversation)

    async def close(self) -> None:
        """End all answers; what there is of them is kept."""
        self._closing = True
        for running in self.running.values():
            running.stop()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2 * _PATIENCE)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, running: Running, body: Body) -> None:
        keeping = asyncio.create_task(self._look_after(running))
        try:
            state, problem = await self._outcome(running, body)
        finally:
            keeping.cancel()
            with suppress(
                asyncio.CancelledError, WorkbenchError
            ):  # The end is told of in any case.
                await keeping
        await self._end(running, state, problem)

    async def _look_after(self, running: Running) -> None:
        """Keep what has been written, and see how many are served before it."""
        while True:
            for _ in range(round(KEEP_EVERY / _LOOK_EVERY)):
                await asyncio.sleep(_LOOK_EVERY)
                if running.request:
                    running.stand_behind(self._ahead_of(running.request))
            await running.keep()

    async def _outcome(self, running: Running, body: Body) -> tuple[str, str]:
        """Return how it ended, and why if it failed."""
        try:
            state: str = await _stoppable(running, body(running))
        except asyncio.CancelledError:
            state = "stopped"
        except WorkbenchError as error:
            if not running.cancelled:
                return "failed", f"{error.sentence} {error.hint}".strip()
            state = "stopped"
        except Exception as error:  # noqa: BLE001 - an answer must end, whatever fails
            _log(running, error)
            return (
                "failed",
                "This failed by a defect of the workbench; the host's log has the details.",
            )
        if running.cancelled:
            state = "interrupted" if self._closing else "stopped"
        return state, ""

    async def _end(self, running: Running, state: str, problem: str) -> None:
        """Keep how it ended; if that cannot be kept, those who wait are told why."""
        try:
            await running.end(state, problem)
            shown = (await self.forest()).message(await self.node(running.answer))
        except WorkbenchError as error:
            shown = running.shown((await self.forest()).message(await self.node(running.answer)))
            shown = failed(shown, f"{error.sentence} {error.hint}".strip())
        running.close(shown)
        del self.running[running.answer]


def over(message: Message, length: int, stage: str = "") -> Pieces:
    """Return the pieces of an answer that nobody writes any more."""
    return Pieces(
        text=message.text[length:],
        length=len(message.text),
        state="whole" if message.state == "waiting" else message.state,
        tokens=message.receipt.tokens if message.receipt else 0,
        problem=message.problem,
        message=message,
        steps=message.steps,
        stage=stage,
    )


def _stopped(node: Node) -> AnswerEnded:
    """Return what ends a task that waits: its plan stays, and can still be gone on with."""
    return AnswerEnded(
        message=node.id,
        state="stopped",
        text=node.text,
        kind=node.kind,
        note=node.note,
        receipt=node.receipt,
        sources=node.sources,
        proposal=node.proposal,
        remembered=node.remembered,
    )


def failed(message: Message, problem: str) -> Message:
    return replace(message, state="failed", problem=problem)


def _log(running: Running, error: Exception) -> None:
    """Have the loop log it, as what no one caught."""
    told = {"message": f"the answer {running.answer} failed", "exception": error}
    asyncio.get_running_loop().call_exception_handler(told)


def _named(known: Mapping[str, T], name: str, what: str, hint: str) -> T:
    if name in known:
        return known[name]
    near = [one for one in known if one.startswith(name)] if len(name) >= _SHORTEST else []
    if len(near) == 1:
        return known[near[0]]
    many = f"{len(near)} {what}s begin with" if near else f"There is no {what}"
    raise UsageError(f"{many} {visible_line(name)}.", hint)


async def _stoppable(running: Running, body: Awaitable[Outcome]) -> Outcome:
    """Wait for whoever writes; once it was stopped that is for a moment only."""
    writing = asyncio.ensure_future(body)
    stopped = asyncio.ensure_future(running.stopped())
    try:
        await asyncio.wait({writing, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not writing.done():
            patience = _PATIENCE if running.hears else _SHORT_PATIENCE
            await asyncio.wait({writing}, timeout=patience)
        if not writing.done():
            writing.cancel()
        return await writing
    finally:
        stopped.cancel()
        writing.cancel()
        await asyncio.gather(stopped, writing, return_exceptions=True)
