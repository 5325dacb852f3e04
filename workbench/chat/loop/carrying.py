"""A task under way: analyse, plan, go step by step, look back, propose what was drafted.

Each part is journaled when it is done, so a task that was stopped, or whose host was killed, goes
on with what it had. What a person changes in the plan holds.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from local_models.worker.problems import WorkerError
from workbench.api.chats import Step
from workbench.api.events import ProposalMade, read_fact
from workbench.api.facts import Fact
from workbench.api.tasking import Drafted, TaskActed, TaskAnalysed, TaskReflected
from workbench.chat.guard import redact
from workbench.chat.loop import prompts, proposing
from workbench.chat.loop.calls import (
    ANALYSIS,
    PLAN,
    REFLECTION,
    Analysis,
    Call,
    Done,
    GiveUp,
    Plan,
    Planned,
    Reflection,
    call_of,
    calls,
)
from workbench.chat.loop.files import Files
from workbench.chat.loop.limits import Limits
from workbench.chat.loop.memory import Memory
from workbench.chat.loop.mind import STOPPED, Mind
from workbench.chat.loop.telling import problem, proposed, shown
from workbench.chat.loop.tools import Came, Toolbox
from workbench.chat.prompting import GUIDE
from workbench.chat.running import Outcome, Work
from workbench.errors import BudgetSpent, Interrupted
from workbench.journal import reading
from workbench.journal.contents import Contents
from workbench.settings.schema import TasksSettings
from workbench.visible import visible, visible_line

WAITING = "waiting for you"
_ACTOR = "assistant"
_CALLS_A_STEP = 10
_REPEATS = 3
_ROUNDS = 6
"""So often a task is looked back on; what is not reached then wants to be asked for anew."""
_NOTE = 200
_MEND = "Mend what the tests show"
_ANEW = " What was drafted of them is let go; draft it anew if it is still wanted."
_NOTHING = Reflection(reached=False, summary="", more=())


@dataclass(frozen=True)
class Given:
    """What a task works with."""

    contents: Contents
    files: Files
    limits: Limits
    mind: Mind
    lost: tuple[str, ...] = ()
    """Files whose drafts do not fit what the project has now."""


class Carrying:
    """A task under way: where it stands, and how it goes on from there."""

    def __init__(self, work: Work, settings: TasksSettings, memory: Memory, given: Given) -> None:
        self._work = work
        self._running = work.running
        self._contents = given.contents
        self._files = given.files
        self._tools = Toolbox(work, given.files, given.contents)
        self._settings = settings
        self._limits = given.limits
        self._mind = given.mind
        self._lost = given.lost
        self._memory = memory
        self._steps = work.steps
        self._seen = Counter[str]()

    async def run(self) -> Outcome:
        """Return "whole", or "waiting" where a person has to look at the plan."""
        self._running.proposal = self._memory.proposal
        self._tell_again()
        if self._lost:
            await self._let_go()
        if self._memory.analysed is None:
            await self._analyse()
        if self._memory.analysed and not self._running.text:
            self._running.say(visible(prompts.analysis(self._memory.analysed)))
        if not self._steps:
            await self._plan()
            if not self._settings.go_on:
                return "waiting"
        return await self._carry_out()

    def _tell_again(self) -> None:
        """Tell the model what it has said and seen in this task before."""
        work, mind, memory = self._work, self._mind, self._memory
        style = work.system.removeprefix(GUIDE).strip()
        told = prompts.system(style, runs=self._runs, edits=self._settings.edits)
        mind.told("system", told)
        for turn in work.history:
            mind.told(turn.role, turn.content)
        mind.told("user", work.question or work.text)
        if memory.analysed:
            one = memory.analysed
            mind.told("user", prompts.ANALYSE)
            mind.told("assistant", prompts.as_json(Analysis(one.goal, one.known, one.unclear)))
        if self._steps:
            mind.told("user", prompts.PLAN)
            planned = Plan(tuple(Planned(one.what, one.tool) for one in self._steps))
            mind.told("assistant", prompts.as_json(planned))
        before = -1
        for act in memory.acts:
            if before != (before := act.fact.step) < len(self._steps):
                mind.told("user", prompts.step(before, self._steps))
            mind.told("assistant", act.fact.asked)
            came = prompts.result(act.fact.tool, act.text, ok=act.fact.outcome == "done")
            mind.told("user", came, fades=True)

    async def _let_go(self) -> None:
        """Forget drafts of files that somebody else has changed at the same place."""
        paths = ", ".join(map(visible_line, self._lost))
        text = f"These files were changed since, where the draft changes them: {paths}.{_ANEW}"
        message = await self._running.tell(text, kind="drafts")
        self._mind.told("user", prompts.result("drafts", text, ok=True), fades=True)
        gone = tuple(Drafted(path, *2 * (self._kept(path),)) for path in self._lost)
        fact = TaskActed(self._running.answer, -1, "drafts", "", "done", message, gone)
        await self._keep(fact, text)

    def _kept(self, path: str) -> str:
        return self._contents.keep(self._files.content(path) or b"")

    async def _analyse(self) -> None:
        self._running.at("analysing")
        self._mind.told("user", prompts.ANALYSE)
        found = msgspec.convert(await self._mind.ask(ANALYSIS, "a task's analysis"), Analysis)
        await self._keep(
            TaskAnalysed(
                self._running.answer,
                redact(found.goal),
                redact(found.known),
                redact(found.unclear),
                self._mind.used(),
            )
        )

    async def _plan(self) -> None:
        self._running.at("planning")
        self._mind.told("user", prompts.PLAN)
        plan = msgspec.convert(await self._mind.ask(PLAN, "a task's plan"), Plan)
        self._steps = tuple(replace(one, what=visible_line(redact(one.what))) for one in plan.shown)
        await self._running.plan(self._steps, WAITING if not self._settings.go_on else "planned")

    async def _carry_out(self) -> Outcome:
        """Go through the steps that are not done, look back, and propose what was drafted."""
        spent: BudgetSpent | None = None
        try:
            await self._go_through()
            parted, tested = await self._show()
            if self._may_mend(tested):
                await self._mend(tested)
                parted, tested = await self._show()
            reflection = await self._reflect(tested.told if self._files.drafts else "")
        except BudgetSpent as error:
            spent = error
            parted, tested = await self._show()
            reflection = _NOTHING
        name = await self._propose(parted, tested)
        await self._conclude(reflection, name, spent)
        if spent:
            raise spent
        return await self._whether_more(reflection)

    async def _go_through(self) -> None:
        """Do the steps in their order; behind one that failed nothing is done."""
        for number, step in enumerate(self._steps):
            if step.state in ("done", "failed", "skipped"):
                continue
            if not await self._step(number):
                return

    async def _step(self, number: int) -> bool:
        """Do one step; return whether it was done."""
        stage = f"step {number + 1} of {len(self._steps)}"
        await self._mark(number, "running", "", stage)
        self._mind.told("user", prompts.step(number, self._steps))
        try:
            note, is_done = await self._calls(number)
        except BudgetSpent as error:
            await self._mark(number, "waiting", error.sentence, stage)
            raise
        except WorkerError as error:
            if error.kind != "output":
                raise
            note, is_done = error.sentence, False
        if self._running.cancelled:
            raise Interrupted(STOPPED)
        await self._mark(number, "done" if is_done else "failed", note, stage)
        return is_done

    async def _calls(self, number: int) -> tuple[str, bool]:
        """Have tools called until the step is done; return a note, and whether it was."""
        schema = calls(runs=self._runs, edits=self._settings.edits)
        for _ in range(_CALLS_A_STEP):
            call = call_of(await self._mind.ask(schema, f"step {number + 1} of a task"))
            if isinstance(call, Done | GiveUp):
                return call.note, isinstance(call, Done)
            if self._repeats(call) >= _REPEATS:
                return "The model asked for the same again and again.", False
            self._limits.called()
            await self._call(number, call)
        return f"It took more than {_CALLS_A_STEP} calls.", False

    async def _call(self, number: int, call: Call) -> None:
        """Do one call, show what came of it, and keep it."""
        tool, asked = str(call.__struct_config__.tag), redact(prompts.as_json(call))
        self._running.at(f"step {number + 1} of {len(self._steps)}: {tool}")
        began = time.monotonic()
        came = await self._stoppable(call)
        message = await self._running.tell(
            shown(call, came), kind=tool, problem=problem(came), sources=came.sources
        )
        self._mind.told("user", prompts.result(tool, came.text, ok=came.is_well), fades=True)
        fact = TaskActed(
            self._running.answer,
            number,
            tool,
            asked,
            came.outcome,
            message,
            came.drafted,
            self._mind.used(),
            round(time.monotonic() - began, 3),
        )
        await self._keep(fact, came.text)

    async def _stoppable(self, call: Call) -> Came:
        """Do a call; a person who stops the task, or the clock, ends it."""
        doing = asyncio.ensure_future(self._tools.do(call))
        stopped = asyncio.ensure_future(self._running.stopped())
        try:
            await asyncio.wait(
                {doing, stopped},
                timeout=self._limits.left,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if doing.done():
                return doing.result()
            if stopped.done():
                raise Interrupted(STOPPED)
            self._limits.check()
            return Came("It took too long.", "failed")
        finally:
            stopped.cancel()
            doing.cancel()
            await asyncio.gather(doing, stopped, return_exceptions=True)

    def _repeats(self, call: Call) -> int:
        """Count how often the same was asked while nothing was drafted in between."""
        asked = prompts.as_json(replace(call, thought=""))
        state = sorted((path, hash(one.after)) for path, one in self._files.drafts.items())
        key = f"{asked}{state}"
        self._seen[key] += 1
        return self._seen[key]

    async def _show(self) -> tuple[proposing.Parted, proposing.Shown]:
        """Have the tests run with what was drafted."""
        parted = await asyncio.to_thread(proposing.part, self._files)
        if not self._files.drafts:
            return parted, proposing.Shown()
        self._running.at("testing what was drafted")
        return parted, await proposing.show(
            self._work, self._contents, parted, visible_line(self._work.text[:80])
        )

    def _may_mend(self, tested: proposing.Shown) -> bool:
        """Whether the tests refuse what was drafted, and this has not been mended before."""
        refused = tested.verified is not None and not tested.verified.holds
        mended = any(step.what.startswith(_MEND) for step in self._steps)
        is_through = all(step.state == "done" for step in self._steps)
        return refused and is_through and not mended

    async def _mend(self, tested: proposing.Shown) -> None:
        what = f"{_MEND}: {visible_line(redact(tested.told))[:_NOTE]}"
        self._steps = (*self._steps, Step(what, tool="edit"))
        await self._step(len(self._steps) - 1)

    async def _reflect(self, tested: str) -> Reflection:
        self._running.at("reflecting")
        self._mind.told("user", prompts.reflect(redact(tested)))
        try:
            answer = await self._mind.ask(REFLECTION, "looking back on a task")
        except WorkerError as error:
            if error.kind != "output":
                raise
            return _NOTHING
        return msgspec.convert(answer, Reflection)

    async def _propose(self, parted: proposing.Parted, tested: proposing.Shown) -> str:
        """Propose what was drafted; return the proposal's name, if there is one."""
        if not self._files.drafts:
            return ""
        goal = self._memory.analysed.goal if self._memory.analysed else self._work.text
        made = await proposing.proposal(self._running.answer, goal, self._files, parted, tested)
        if not await self._is_proposed(made):
            await self._work.journal.write(made, actor=_ACTOR, subject=made.proposal)
            await self._running.tell(
                proposed(made.proposal, parted, tested), kind="proposal", proposal=made.proposal
            )
        self._running.proposal = made.proposal
        return made.proposal

    async def _is_proposed(self, made: ProposalMade) -> bool:
        """Whether this task has proposed the same before, maybe just before its host was killed."""
        journal, name = self._work.journal, made.proposal
        event = await journal.read(reading.newest_about, ProposalMade.type, name)
        fact = read_fact(event) if event else None
        return isinstance(fact, ProposalMade) and fact.search == made.search

    async def _conclude(
        self, reflection: Reflection, proposal: str, spent: BudgetSpent | None
    ) -> None:
        summary = visible(redact(reflection.summary.strip()))
        await self._keep(
            TaskReflected(
                self._running.answer,
                reflection.reached,
                summary,
                proposal,
                spent.sentence if spent else "",
                self._mind.used(),
            )
        )
        if summary:
            self._running.say(f"\n{summary}\n")

    async def _whether_more(self, reflection: Reflection) -> Outcome:
        """Have a person look at what is still to be done, if anything is."""
        is_over = reflection.reached or self._memory.rounds >= _ROUNDS
        wanted = () if is_over else reflection.more
        more = tuple(Step(visible_line(redact(one))) for one in wanted if one.strip())
        open_ = any(step.state == "waiting" for step in self._steps)
        if not more and not (open_ and not is_over):
            left = tuple(
                replace(one, state="skipped") if one.state == "waiting" else one
                for one in self._steps
            )
            await self._running.plan(left, "done")
            return "whole"
        await self._running.plan((*self._steps, *more), WAITING)
        return "waiting"

    async def _mark(self, number: int, state: str, note: str, stage: str) -> None:
        told = visible_line(redact(note.strip()))[:_NOTE]
        step = replace(self._steps[number], state=state, note=told)
        self._steps = (*self._steps[:number], step, *self._steps[number + 1 :])
        await self._running.plan(self._steps, stage)

    async def _keep(self, fact: Fact, text: str = "") -> None:
        await self._work.journal.write(fact, actor=_ACTOR, subject=self._running.answer)
        self._memory = self._memory.after(fact, text)

    @property
    def _runs(self) -> bool:
        return self._work.terms is not None
