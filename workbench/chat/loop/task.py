"""A task, taken up where the journal says that it is, and carried out as far as it may go now."""

from __future__ import annotations

import asyncio
import os

from local_models.staff import Speaker
from workbench import settings
from workbench.chat.guard import Policy
from workbench.chat.loop.carrying import Carrying, Given
from workbench.chat.loop.files import Files
from workbench.chat.loop.limits import Limits
from workbench.chat.loop.memory import recall
from workbench.chat.loop.mind import Mind, sampling
from workbench.chat.loop.tools import policy_of, restore
from workbench.chat.running import Outcome, Work
from workbench.errors import ModelError
from workbench.journal.contents import Contents
from workbench.settings.layers import read_file
from workbench.settings.schema import TasksSettings

_HIDE = "tasks.hide"


class Task:
    """One task; `run` carries it out as far as it may go now."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._contents = Contents(work.workspace.contents)

    async def run(self) -> Outcome:
        """Return "whole", or "waiting" where a person has to look at the plan."""
        work = self._work
        work.running.kind = "plan"
        tasks = await asyncio.to_thread(self._read_settings)
        policy = await asyncio.to_thread(self._policy, tasks)
        speaker = await self._speaker()
        memory = await recall(work.journal, work.running.answer, work.running.conversation)
        limits = Limits.of(tasks)
        mind = self._mind(speaker, limits)
        files = await self._files(policy)
        lost = await asyncio.to_thread(restore, files, self._contents, memory.drafted)
        given = Given(self._contents, files, limits, mind, lost)
        try:
            return await Carrying(work, tasks, memory, given).run()
        finally:
            work.running.receipt = mind.receipt

    async def _speaker(self) -> Speaker:
        try:
            speaker: Speaker = await self._work.around.models.staff.speaker(self._work.wanted.role)
        except ModelError as error:
            sentence = f"A task needs a language model. {error.sentence}"
            raise ModelError(sentence, error.hint) from error
        return speaker

    def _mind(self, speaker: Speaker, limits: Limits) -> Mind:
        wanted = self._work.wanted
        chances = sampling(wanted.seed, wanted.temperature)
        return Mind(self._work.running, speaker, limits, self._work.caller.actor, chances)

    async def _files(self, policy: Policy) -> Files:
        """Return the project as it is now."""
        sandbox = await self._work.around.sandbox()
        project = self._work.workspace.project
        snapshot = await asyncio.to_thread(sandbox.store.take, project)
        return Files(sandbox.store, snapshot, policy)

    def _read_settings(self) -> TasksSettings:
        return settings.load(self._work.workspace, (), os.environ).tasks

    def _policy(self, tasks: TasksSettings) -> Policy:
        """Return the policy; what any file of settings hides is hidden, so that none shows it."""
        files = (
            settings.load_project_file(self._work.workspace),
            read_file(settings.user_file(), settings.Layer.USER),
        )
        hidden = (one.value for file in files for one in file.entries if one.name == _HIDE)
        return policy_of(tasks, map(str, hidden))
