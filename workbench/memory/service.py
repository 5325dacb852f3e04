"""Memory as a service of the host: what is remembered and proposed, and a person's word on it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from workbench import settings
from workbench.api import memory
from workbench.api.caller import Caller
from workbench.api.facts import Event, Fact
from workbench.api.remembering import (
    ConsolidationDecided,
    ConsolidationProposed,
    MemoryHidden,
    MemoryKept,
    MemoryShown,
    MemoryUsed,
    SkillLearned,
)
from workbench.errors import UsageError
from workbench.journal import reading
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal
from workbench.knowledge.folding import Following
from workbench.knowledge.skills.catalogue import TYPES as OF_SKILLS
from workbench.knowledge.skills.catalogue import Crafts, skill_of
from workbench.knowledge.subjects.catalogue import TYPES as OF_SUBJECTS
from workbench.knowledge.subjects.catalogue import Catalogue
from workbench.memory import backing_up, shown
from workbench.memory.consolidating import consolidate
from workbench.memory.recollection import TYPES, Proposal, Recollection
from workbench.memory.skills import Workroom
from workbench.sandbox.service import Asker
from workbench.sandbox.service import Service as Sandbox
from workbench.settings.schema import MemorySettings
from workbench.visible import visible_line
from workbench.workspace import Workspace

_HOST = "host"
_HOUR = 3_600_000_000
_MOST_LISTED = 10_000
_LONGEST = 4_000
_STAYS = (
    "The journal keeps its record, as it keeps everything; it is left out of lists, prompts and"
    " search from now on. Whoever must get rid of the record itself removes the journal:"
    " `workbench host stop`, then delete the .workbench folder."
)


class Service:
    """All that is remembered in a workspace."""

    def __init__(
        self,
        workspace: Workspace,
        journal: Journal,
        sandbox: Callable[[], Awaitable[Sandbox]],
        asker: Callable[[Any], Asker],
    ) -> None:
        self._workspace = workspace
        self._journal = journal
        self._recollecting = Following(journal, TYPES, Recollection())
        self._crafts = Following(journal, OF_SKILLS, Crafts())
        self._subjects = Following(journal, OF_SUBJECTS, Catalogue())
        self._workroom = Workroom(
            Contents(workspace.contents), self._write, self._crafts.now, sandbox, asker
        )
        self._writing = asyncio.Lock()
        self._looked = 0
        """When a consolidation looked last, if it found nothing to propose."""
        self._due: asyncio.Task[str] | None = None

    async def close(self) -> None:
        """Let what is under way come to its end."""
        if self._due:
            await asyncio.gather(self._due, return_exceptions=True)

    # What is remembered.

    async def read(self, command: memory.ReadMemory, _: Caller) -> memory.Memories:
        """List what is remembered, the heaviest first; what is due is done on the way."""
        problem = await self._do_what_is_due()
        every, known = await self._every()
        found = await asyncio.to_thread(shown.matching, every, command)
        limit = max(1, min(command.limit, _MOST_LISTED))
        return memory.Memories(
            memories=found[:limit],
            layers=shown.counts(every),
            proposals=len(known.waiting),
            head=self._journal.head,
            more=len(found) > limit,
            problem=problem,
        )

    async def show(self, command: memory.ReadMemoryItem, _: Caller) -> memory.MemoryDetail:
        every, known = await self._every()
        by_name = {one.id: one for one in every}
        wanted = command.memory
        name = wanted if wanted in by_name else known.find(wanted).id
        depends = [one.id for one in known.depends(name)] if name in known.records else []
        dependents = known.dependents([name])
        return memory.MemoryDetail(
            by_name[name],
            tuple(by_name[one] for one in depends if one in by_name),
            tuple(by_name[one] for one in dependents if one in by_name),
        )

    async def recall(self, text: str, limit: int = 0) -> tuple[memory.Remembered, ...]:
        """Return what a prompt about a text should have: preferences, then what is about it."""
        every, _ = await self._every(shown.RECALLED)
        most = limit or (await self._settings()).recalled
        return await asyncio.to_thread(shown.recalled, every, text, most)

    async def recalled(self, names: Iterable[str], by: str) -> None:
        """Write down that memories were put into a prompt: what serves lasts longer."""
        if used := tuple(names):
            await self._journal.write(MemoryUsed(used, by), actor=_HOST)
        if self._due is None or self._due.done():
            self._due = asyncio.create_task(self._do_what_is_due(), name="consolidating")

    async def _every(
        self, kinds: Collection[str] = ()
    ) -> tuple[tuple[memory.Remembered, ...], Recollection]:
        known = await self._recollecting.now()
        crafts, subjects = await self._crafts.now(), await self._subjects.now()
        wanted = await self._settings()
        now = time.time_ns() // 1000
        every = await asyncio.to_thread(
            shown.every, known, crafts, subjects, wanted, now, kinds=kinds
        )
        return every, known

    # A person's word.

    async def remember(self, command: memory.Remember, caller: Caller) -> memory.Remembered:
        """Keep what a person says; it goes before whatever was found out."""
        text = command.text.strip()
        if not text or len(text) > _LONGEST:
            raise UsageError(
                "There is nothing to remember." if not text else "That is too long to remember.",
                f"Say it in at most {_LONGEST} letters.",
            )
        known = await self._recollecting.now()
        depends = tuple(known.find(name).id for name in command.depends)
        name = f"k{_name(caller.key or str(self._journal.head), text)}"
        await self._write(MemoryKept(name, "semantic", command.kind, text, depends), caller, name)
        return await self._one(name)

    async def forget(self, command: memory.Forget, caller: Caller) -> memory.Hidden:
        """Leave memories out from now on, with what was made of them where that is asked for."""
        known = await self._recollecting.now()
        if not command.reason.strip():
            raise UsageError(
                "Forgetting needs a reason.", "Say why with --reason: the journal keeps it."
            )
        named = await self._named(known, command.memories)
        made = [one for one in known.dependents(named) if known.records[one].is_kept]
        fact = MemoryHidden(
            memories=(*named, *made) if command.dependents else named,
            how="invalid" if command.invalid else "forgotten",
            reason=command.reason,
            of=named[0] if made and command.dependents else "",
        )
        await self._write(fact, caller, named[0])
        return memory.Hidden(fact.memories, _told(made, command))

    async def recollect(self, command: memory.Recollect, caller: Caller) -> memory.Hidden:
        known = await self._recollecting.now()
        named = await self._named(known, command.memories)
        await self._write(MemoryShown(named, command.reason), caller, named[0])
        return memory.Hidden(named, "It counts again.")

    async def _named(self, known: Recollection, wanted: Iterable[str]) -> tuple[str, ...]:
        """Return the whole names of memories; skills are among them under `skill:`."""
        crafts, found = await self._crafts.now(), []
        for name in wanted:
            if name.startswith(shown.OF_SUBJECTS):
                raise UsageError(
                    f"{visible_line(name)} is a subject, which is not forgotten but deprecated.",
                    "`workbench subjects deprecate` says that it is not to be used any more.",
                )
            if name.startswith(shown.OF_SKILLS):
                craft = crafts.find(name.removeprefix(shown.OF_SKILLS))
                found.append(f"{shown.OF_SKILLS}{craft.id}")
            else:
                found.append(known.find(name).id)
        if not found:
            raise UsageError("No memory is named.", "`workbench memory list` shows their names.")
        return tuple(dict.fromkeys(found))

    # Consolidation.

    async def consolidate(self, _: memory.Consolidate, caller: Caller) -> memory.Consolidation:
        """Look at all of it, and write down what is proposed."""
        new = await self._propose(caller, is_asked=True)
        told = f"{new} new proposals." if new else "There is nothing new to propose."
        return replace(await self._consolidation(decided=False), sentence=told)

    async def _propose(self, caller: Caller, *, is_asked: bool) -> int:
        async with self._writing:
            known = await self._recollecting.now()
            now = time.time_ns() // 1000
            records, before = tuple(known.records.values()), tuple(known.proposals)
            advice = await asyncio.to_thread(consolidate, records, before, now)
            self._looked = now
            if advice or is_asked:
                fact = ConsolidationProposed(advice, known.upto)
                await self._write(fact, caller, "")
        return len(advice)

    async def consolidation(
        self, command: memory.ReadConsolidation, _: Caller
    ) -> memory.Consolidation:
        return await self._consolidation(decided=command.decided)

    async def _consolidation(self, *, decided: bool) -> memory.Consolidation:
        every, known = await self._every()
        by_name = {one.id: one for one in every}
        return await asyncio.to_thread(shown.consolidation, known, by_name, decided=decided)

    async def decide(self, command: memory.DecideAdvice, caller: Caller) -> memory.Consolidation:
        """Do what was proposed, as it is or as the person edited it; or remember the refusal."""
        async with self._writing:
            known = await self._recollecting.now()
            proposal = _found(known, command.proposal)
            is_done = proposal.decided is not None and caller.again
            if not is_done:
                await self._decide(known, proposal, command, caller)
        return await self._consolidation(decided=True)

    async def _decide(
        self,
        known: Recollection,
        proposal: Proposal,
        command: memory.DecideAdvice,
        caller: Caller,
    ) -> None:
        advice, state = proposal.advice, known.state_of(proposal)
        if state != "waiting":
            raise UsageError(
                f"The proposal {advice.proposal} does not wait any more: it is {state}.",
                "`workbench memory review` lists those that do.",
            )
        text = command.text.strip()
        made = ""
        if command.decision == "accepted" and advice.what == "skill":
            made = await self._workroom.learn_recipe(advice, text or advice.text, caller)
        elif command.decision == "accepted" and advice.what in ("keep", "merge"):
            made = f"k{_name(advice.proposal, 'consolidation')}"
        fact = ConsolidationDecided(advice.proposal, command.decision, text, command.reason, made)
        await self._write(fact, caller, made)

    # Skills.

    async def skills(self, command: memory.ReadSkills, _: Caller) -> memory.Skills:
        crafts = await self._crafts.now()
        listed = [skill_of(one) for _, one in sorted(crafts.skills.items())]
        kept = tuple(one for one in listed if command.withdrawn or not one.withdrawn)
        return memory.Skills(kept)

    async def learn_skill(self, command: memory.LearnSkill, caller: Caller) -> memory.Skill:
        return await self._workroom.learn(command, caller)

    async def try_skill(self, command: memory.TrySkill, caller: Caller) -> memory.Skill:
        return await self._workroom.try_again(command, caller)

    # Taking it elsewhere.

    async def export(self, command: memory.ExportMemory, _: Caller) -> memory.FilesExported:
        every, known = await self._every()
        wanted = memory.ReadMemory(layer=command.layer, hidden=command.hidden)
        listed = await asyncio.to_thread(shown.matching, every, wanted)
        files = {"memory.json": shown.as_json(listed, known)}
        files |= await self._workroom.files() if command.layer in ("", "procedural") else {}
        return memory.FilesExported(files, f"Memories: {len(listed)}; files: {len(files)}.")

    async def _do_what_is_due(self) -> str:
        """Consolidate and back up where the settings say that it is time; say what went wrong."""
        wanted = await self._settings()
        known, now = await self._recollecting.now(), time.time_ns() // 1000
        last = max(known.consolidated, self._looked)
        if wanted.consolidate_hours and now - last > wanted.consolidate_hours * _HOUR:
            await self._propose(Caller(_HOST), is_asked=False)
        if not wanted.backup_folder:
            return ""
        files = (await self.export(memory.ExportMemory(hidden=True), Caller(_HOST))).files
        folder = self._workspace.project / os.path.expanduser(wanted.backup_folder)  # noqa: PTH111, ASYNC240 - it looks at no file
        return await asyncio.to_thread(
            backing_up.back_up, folder, files, wanted.backup_days, wanted.backup_keep
        )

    async def _settings(self) -> MemorySettings:
        load = settings.load
        return (await asyncio.to_thread(load, self._workspace, (), os.environ)).memory

    async def _one(self, name: str) -> memory.Remembered:
        every, _ = await self._every()
        return next(one for one in every if one.id == name)

    async def _write(self, fact: Fact, caller: Any, subject: str = "") -> Event:  # noqa: ANN401 - whoever asks
        if isinstance(fact, SkillLearned) and caller.again:
            earlier = await self._journal.read(reading.event_with_key, caller.key)
            if earlier is not None:
                return earlier
        return await self._journal.write(
            fact, actor=caller.actor, subject=subject, key=caller.key, again=caller.again
        )


def _found(known: Recollection, wanted: str) -> Proposal:
    near = [one for name, one in known.proposals.items() if wanted and name.startswith(wanted)]
    if len(near) != 1:
        raise UsageError(
            f"{visible_line(wanted)} names {len(near)} proposals.",
            "`workbench memory review` lists them.",
        )
    return near[0]


def _told(made: list[str], command: memory.Forget) -> str:
    if not made:
        return _STAYS
    if command.dependents:
        return f"{len(made)} more were made of it and are left out too. {_STAYS}"
    return (
        f"{len(made)} more were made of it and still count: --dependents takes them too. {_STAYS}"
    )


def _name(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:10]
