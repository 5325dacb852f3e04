"""What the keys do with the messages of a conversation, and with who answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol, runtime_checkable

from screens.actions import BY_ID
from screens.frame import Question
from screens.talk_moves import TalkMoves
from screens.talk_pages import kept_rows, passage_rows, receipt_rows, replay_rows
from screens.talk_plan import plan_steps, plan_text
from screens.talk_sheets import Line as ModelLine
from screens.talk_sheets import ModelKeys, ModelList, Page
from widgets import colours
from widgets.ink import Role, Rows
from workbench.api.chats import Message, Source
from workbench.api.chatting import (
    CompactConversation,
    EditPlan,
    GoOn,
    Replay,
    RunBlock,
    ShowTwin,
    StopAnswer,
    TryAgain,
    UndoCompaction,
)
from workbench.api.knowing import ReadPassage
from workbench.api.models import AssignRole, CancelErrand, Posts, ResetModel
from workbench.api.shapes import Command
from workbench.errors import WorkbenchError


@runtime_checkable
class ShowsProposals(Protocol):
    """A screen that can go to a proposal."""

    def show_proposal(self, proposal: str) -> None: ...


class TalkKeys(TalkMoves):
    """Has answers made, stopped and made again, and shows what they rest on."""

    def do_talk_stop(self) -> None:
        if running := self.talks.running:
            self._do(lambda: self._stop(running.message))

    def do_talk_go_on(self) -> None:
        if message := self.message:
            self._do(lambda: self._go_on(message.id))

    def do_talk_edit(self) -> None:
        if message := self.message:
            self.screen.pen.edit(message)
            self.screen.focus_on("write")

    def do_talk_retry(self) -> None:
        if message := self.message:
            self._do(lambda: self._retry(message.id))

    def do_talk_next_twin(self) -> None:
        self._show_twin(1)

    def do_talk_previous_twin(self) -> None:
        self._show_twin(-1)

    def do_talk_run(self) -> None:
        message, found = self.message, self.code
        if message and found:
            self._do(lambda: self._run(message.id, found[0]))

    def do_talk_open(self) -> None:
        self._with_source(lambda source: self._do(lambda: self._open(source)))

    def do_talk_visit(self) -> None:
        self._with_source(self._visit)

    def do_talk_receipt(self) -> None:
        if message := self.message:
            self._show(partial(receipt_rows, message))

    def do_talk_replay(self) -> None:
        if message := self.message:
            self._do(lambda: self._replay(message.id))

    def do_talk_proposal(self) -> None:
        proposal = self.proposal
        self.interface.go("evolution")
        frame = self.interface.frame
        if isinstance(frame, ShowsProposals):
            frame.show_proposal(proposal)

    def do_talk_plan(self) -> None:
        if message := self.message:
            self._do(lambda: self._edit_plan(message))

    def do_talk_models(self) -> None:
        self._do(self._show_models)

    def do_talk_compact(self) -> None:
        self._do(self._compact)

    def do_talk_undo_compaction(self) -> None:
        self._do(self._undo_compaction)

    def _with_source(self, then: Callable[[Source], None]) -> None:
        """Go on with the source under the cursor, the only one, or the one of a number."""
        sources = self.message.sources if self.message else ()
        found = self.source(self.here.source) or (sources[0] if len(sources) == 1 else None)
        if found:
            then(found)
            return

        def answered(text: str) -> None:
            one = self.source(int(text)) if text.strip().isdecimal() else None
            if one:
                then(one)
            else:
                self.interface.tell("There is no source with that number.", Role.BAR_WARN)

        numbers = f"{sources[0].number} to {sources[-1].number}"
        self.screen.ask(Question(f"source, {numbers}", answered))

    def source(self, number: int) -> Source | None:
        sources = self.message.sources if self.message else ()
        return next((one for one in sources if one.number == number), None)

    def _show(self, told: Callable[[int], Rows], visit: Callable[[], None] | None = None) -> None:
        self.screen.open_sheet(Page(told, self.screen.close_sheet, visit))

    def _visit(self, source: Source) -> None:
        editor, run = self.interface.editor, self.interface.lend_terminal
        self._do(lambda: editor.visit(run, source.path, max(1, source.first)))

    async def _open(self, source: Source) -> None:
        """Show a source's lines: as they are known, or else as they were when it was cited."""
        paths = [source.path]
        if not colours.is_loaded(source.path):
            await asyncio.to_thread(colours.load, paths)
        try:
            read = await self.interface.host.call(ReadPassage(source.passage))
        except WorkbenchError as error:
            told = partial(kept_rows, source, error.sentence)
        else:
            told = partial(passage_rows, read)
        self._show(told, lambda: self._visit(source))

    async def _replay(self, answer: str) -> None:
        self.interface.tell("The answer is being made again.")
        replayed = await self.interface.host.call(Replay(answer))
        self._show(partial(replay_rows, replayed))

    async def _edit_plan(self, message: Message) -> None:
        """Have the steps that are not done written anew, a line for each."""
        editor, run = self.interface.editor, self.interface.lend_terminal
        text = await editor.edit(run, plan_text(message.steps), "plan.txt", name="plan")
        steps = plan_steps(text, message.steps)
        await self.interface.host.call(EditPlan(message.id, steps))
        await self.talks.read_talk()
        key = self.interface.keymap.shown(BY_ID["talk.go_on"], 1)
        self.interface.tell(f"The plan is as you wrote it; {key} goes on with it.")

    async def _show_models(self) -> None:
        posts = await self.talks.read_posts()
        keys = ModelKeys(self._choose, self._reset, self._cancel, self.screen.close_sheet)
        self.screen.open_sheet(ModelList(posts, self.talks.role, keys))

    def _choose(self, line: ModelLine) -> None:
        """Let a model serve a role; or, on the role itself, ask that role from now on."""
        if line.name is None:
            self.talks.role = line.role
            self.screen.close_sheet()
            self.screen.draw_writing()
            self.interface.tell(f"What you write is answered by the role {line.role} now.")
        else:
            self._change(AssignRole(line.role, line.name))

    def _reset(self, line: ModelLine) -> None:
        if line.model:
            self._change(ResetModel(line.model))
        else:
            self.interface.tell("Nothing serves this role.", Role.BAR_WARN)

    def _cancel(self, line: ModelLine) -> None:
        if line.waiting:
            self._change(CancelErrand(line.waiting))
        else:
            self.interface.tell("Go to what waits or runs, to cancel it.", Role.BAR_WARN)

    def _change(self, command: Command[Posts]) -> None:
        async def change() -> None:
            posts = await self.interface.host.call(command)
            self.talks.take_posts(posts)
            if isinstance(self.screen.sheet, ModelList):
                self.screen.sheet.take(posts, self.talks.role)

        self._do(change)

    def _show_twin(self, by: int) -> None:
        message = self.message
        if not message:
            return
        at = message.twin + by
        if not 1 <= at <= message.twins:
            self.interface.tell(f"This is twin {message.twin} of {message.twins}.")
            return
        self._do(lambda: self._go_to_twin(message.id, by))

    async def _go_to_twin(self, message: str, by: int) -> None:
        shown = await self.interface.host.call(ShowTwin(self.talks.open, message, by))
        self.talks.take(shown)

    async def _stop(self, answer: str) -> None:
        await self.interface.host.call(StopAnswer(answer))

    async def _go_on(self, answer: str) -> None:
        asked = GoOn(answer, await self.screen.terms())
        await self.talks.said(await self.interface.host.call(asked))

    async def _retry(self, answer: str) -> None:
        asked = TryAgain(self.talks.open, answer, await self.screen.terms(), self.talks.role)
        said = await self.interface.host.call(asked)
        self.transcript.go_to_end()
        await self.talks.said(said)

    async def _run(self, message: str, block: int) -> None:
        asked = RunBlock(self.talks.open, message, block, await self.screen.terms())
        said = await self.interface.host.call(asked)
        self.transcript.go_to_end()
        await self.talks.said(said)

    async def _compact(self) -> None:
        asked = CompactConversation(self.talks.open, self.talks.role)
        await self.talks.said(await self.interface.host.call(asked))

    async def _undo_compaction(self) -> None:
        shown = await self.interface.host.call(UndoCompaction(self.talks.open))
        self.talks.take(shown)
