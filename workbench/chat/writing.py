"""What is written into answers: to questions, of tasks, of summaries, of jobs."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from importlib import import_module
from typing import Any

from local_models.staff import Speaker
from local_models.worker.protocol import Message
from workbench import settings
from workbench.api import chatting
from workbench.api.caller import Caller
from workbench.api.chats import Attached, Replayed, Source, Weighed
from workbench.api.commands import Terms
from workbench.api.talking import AnswerBegan, Wanted
from workbench.chat import blocks
from workbench.chat.answering import Answerer, Question, fitting, weigh
from workbench.chat.attaching import Text
from workbench.chat.conversation import Node
from workbench.chat.desk import Body, Desk
from workbench.chat.looking import look_up
from workbench.chat.prompting import (
    GUIDE,
    Prompt,
    files_as_data,
    passages_as_data,
    together,
    turns_of,
)
from workbench.chat.recalling import recalled
from workbench.chat.replaying import replay
from workbench.chat.running import Around, Outcome, Running, Work
from workbench.chat.style import read_style
from workbench.chat.summing_up import Summing
from workbench.errors import ConfigurationError, ModelError, UsageError
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal
from workbench.workspace import Workspace


class Writing:
    """Makes whatever is written out of what was said."""

    def __init__(
        self, workspace: Workspace, journal: Journal, around: Around, desk: Desk, kept: Contents
    ) -> None:
        self._workspace = workspace
        self._journal = journal
        self._around = around
        self._desk = desk
        self._kept = kept
        self._answerer = Answerer(around, kept)

    def body(self, began: AnswerBegan, caller: Caller, terms: Terms | None) -> Body:
        """Return what writes the answer to the message that it follows."""

        async def write(running: Running) -> Outcome:
            way = await self._way_to(began.after, running)
            if began.wanted.kind == "task":
                work = await self._work(running, way, began.wanted, caller, terms)
                return await _do(work)
            return await self._answer(running, way, began.wanted, caller)

        return write

    def again(self, node: Node, caller: Caller, terms: Terms | None) -> Body:
        """Return what goes on with a task."""

        async def write(running: Running) -> Outcome:
            way = await self._way_to(node.after, running)
            wanted = node.wanted or Wanted("task")
            return await _do(await self._work(running, way, wanted, caller, terms))

        return write

    def summary(self, began: AnswerBegan, caller: Caller) -> Body:
        """Return what sums up all that was said up to a message."""

        async def write(running: Running) -> Outcome:
            way = await self._way_to(began.after, running)
            history = await asyncio.to_thread(turns_of, way, self.attached_text)
            speaker = await self._around.models.staff.speaker(began.wanted.role)
            summing = Summing(self._answerer, speaker, caller, began.wanted)
            await summing.sum_up(running, history)
            return "whole"

        return write

    def run(self, node: Node, command: chatting.RunBlock, caller: Caller) -> Body:
        """Return what runs a code block of a message; one that cannot be run is refused at once."""
        found = blocks.blocks(node.text)
        if not 0 <= command.block < len(found):
            raise UsageError(
                f"This message has {len(found)} code blocks.", "They are counted from zero."
            )
        work = blocks.work_of(found[command.block])
        return partial(
            blocks.run, around=self._around, work=work, terms=command.terms, caller=caller
        )

    async def replay(self, node: Node, caller: Caller) -> Replayed:
        return await replay(self._around, self._kept, node, caller)

    async def require(self, role: str) -> Speaker:
        """Refuse what only a language model can do where there is none."""
        speaker: Speaker = await self._around.models.staff.speaker(role)
        return speaker

    async def weigh(
        self, command: chatting.WeighPrompt, text: str, texts: tuple[Text, ...]
    ) -> Weighed:
        """Tell what a prompt would take; passages are looked up as for the question itself."""
        try:
            speaker = await self.require(command.role)
        except ModelError as error:
            return Weighed((), 0, 0, fits=False, sentence=f"{error.sentence} {error.hint}")
        forest = await self._desk.forest()
        known = forest.conversations.get(command.conversation)
        way = forest.way(known.head) if known else ()
        history = await asyncio.to_thread(turns_of, way, self.attached_text)
        by_digest = {one.attached: one.text for one in texts}
        remembered = await recalled(self._around, text) if text else ""
        files = files_as_data(by_digest, by_digest.__getitem__)
        system, _ = await self._system()
        most = self._passages() if text else 0
        found = await look_up(self._around, text, (), most, Caller(""), typing=True)

        def made(sources: tuple[Source, ...]) -> Prompt:
            found = passages_as_data(sources)
            return Prompt(system, text, history, files, found, memory=remembered)

        found = await fitting(speaker, made, command.most, found)
        return await weigh(speaker, made(found.sources), command.most)

    def attached_text(self, attached: Attached) -> str:
        """Return what was attached, as it was then."""
        return self._kept.read(attached.digest).decode()

    async def _answer(
        self, running: Running, way: tuple[Node, ...], wanted: Wanted, caller: Caller
    ) -> Outcome:
        system, problem = await self._system()
        history, files = await asyncio.to_thread(self._read, way)
        question = Question(
            wanted,
            caller,
            way[-1].text,
            system,
            history,
            files,
            memory=await self._remembered(running, way[-1].text),
            passages=self._passages(),
            note=problem,
        )
        return await self._answerer.answer(running, question)

    async def _work(
        self,
        running: Running,
        way: tuple[Node, ...],
        wanted: Wanted,
        caller: Caller,
        terms: Terms | None,
    ) -> Work:
        system, problem = await self._system()
        running.note = problem
        history, files = await asyncio.to_thread(self._read, way)
        files = together(await self._remembered(running, way[-1].text), files)
        return Work(
            running=running,
            around=self._around,
            workspace=self._workspace,
            journal=self._journal,
            caller=caller,
            wanted=wanted,
            text=way[-1].text,
            terms=terms,
            system=system,
            history=history,
            question=together(files, way[-1].text),
            attached=way[-1].attached,
            steps=running.steps,
        )

    async def _remembered(self, running: Running, text: str) -> str:
        """Return what memory has on a text, kept so that later prompts begin as this one does."""
        found = await recalled(self._around, text, running.answer)
        if found:
            running.remembered = await asyncio.to_thread(self._kept.keep, found.encode())
        return found

    async def _way_to(self, message: str, running: Running) -> tuple[Node, ...]:
        """Return what is answered with all before it, once that has been written."""
        forest = await self._desk.forest()
        for node in forest.way(message):
            if before := self._desk.running.get(node.id):
                running.at("waiting for the answer before")
                await before.done()
        running.at("")
        return forest.way(message)

    async def _system(self) -> tuple[str, str]:
        """Return how answers are to be written, and what is wrong with the file that says it."""
        try:
            style = await asyncio.to_thread(read_style, self._workspace.project)
        except ConfigurationError as error:
            return GUIDE, f"{error.sentence} {error.hint}"
        return "\n".join(filter(None, (GUIDE, style.lines))), ""

    def _read(self, way: tuple[Node, ...]) -> tuple[tuple[Message, ...], str]:
        """Return what was said before the last message, and what is attached to that."""
        history = turns_of(way[:-1], self.attached_text)
        return history, files_as_data(way[-1].attached, self.attached_text)

    def _passages(self) -> int:
        return settings.load(self._workspace, (), os.environ).chat.passages


async def _do(work: Work) -> Outcome:
    """Carry out a task; its part of the workbench is entered only for one."""
    module: Any = await asyncio.to_thread(import_module, "workbench.chat.loop")
    outcome: Outcome = await module.Task(work).run()
    return outcome
