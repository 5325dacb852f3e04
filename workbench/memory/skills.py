"""Skills as they come and are tried: what has tests is trusted when these pass in the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from workbench.api import memory
from workbench.api.facts import Event
from workbench.api.remembering import Advice, Part, SkillLearned, SkillTried, Trial
from workbench.errors import UsageError
from workbench.journal.contents import Contents
from workbench.knowledge.skills import writing
from workbench.knowledge.skills.catalogue import Crafts, skill_of
from workbench.knowledge.skills.trying import try_skill
from workbench.knowledge.subjects import contents
from workbench.memory.record import in_a_line
from workbench.sandbox.service import Asker
from workbench.sandbox.service import Service as Sandbox

Write = Callable[..., Awaitable[Event]]


class Workroom:
    """Makes versions of skills, and lets their tests run."""

    def __init__(
        self,
        kept: Contents,
        write: Write,
        crafts: Callable[[], Awaitable[Crafts]],
        sandbox: Callable[[], Awaitable[Sandbox]],
        asker: Callable[[Any], Asker],
    ) -> None:
        self._contents = kept
        self._write = write
        self._crafts = crafts
        self._sandbox = sandbox
        self._asker = asker

    async def learn(self, command: memory.LearnSkill, caller: Any) -> memory.Skill:  # noqa: ANN401 - whoever asks
        """Write down a version of a skill, with what its tests do."""
        name = writing.checked_name(command.name)
        description = writing.checked_description(command.description)
        parts, held = contents.parts_of(writing.files_of(name, description, command.files))
        if writing.has_code(parts) and not writing.has_tests(parts):
            raise UsageError(
                f"The skill {name} has code and no tests.",
                "Add a test_….py that shows that it works: --test FILE.",
            )
        trial = None
        if writing.has_tests(parts):
            files = {part.path: held[part.digest] for part in parts}
            trial = await self._try(name, files, command.terms, caller)
        fact = self.fact(
            name, description, parts, trial=trial, depends=command.depends, salt=caller.key
        )
        await self.keep(held.values())
        await self._write(fact, caller, name)
        return skill_of((await self._crafts()).skills[name], fact.edition)

    async def learn_recipe(self, advice: Advice, text: str, caller: Any) -> str:  # noqa: ANN401 - as above
        """Write down a recipe that was proposed; the person who accepts it trusts it."""
        first = in_a_line(text.partition("\n")[0], 200)
        name = writing.checked_name(f"{first[:40]}-{advice.proposal[:4]}")
        crafts = await self._crafts()
        if name not in crafts.skills:
            files = [memory.NewFile("documentation", writing.NAME, f"{text}\n")]
            parts, held = contents.parts_of(writing.files_of(name, first or name, files))
            fact = self.fact(name, first or name, parts, depends=advice.about, salt=advice.proposal)
            await self.keep(held.values())
            await self._write(fact, _Beside(caller, f"{caller.key}:skill"), name)
        return f"skill:{name}"

    async def try_again(self, command: memory.TrySkill, caller: Any) -> memory.Skill:  # noqa: ANN401 - as above
        craft = (await self._crafts()).find(command.skill)
        version = craft.current or craft.versions[-1]
        if not writing.has_tests(version.fact.parts):
            raise UsageError(
                f"The skill {craft.id} has no tests: it is a recipe in words.",
                "Learn it again with tests to have them run.",
            )
        files = await asyncio.to_thread(self._read, version.fact.parts)
        trial = await self._try(craft.id, files, command.terms, caller)
        await self._write(SkillTried(craft.id, version.name, trial, trial.holds), caller, craft.id)
        return skill_of((await self._crafts()).skills[craft.id])

    async def files(self) -> dict[str, str]:
        """Return all skills as text, each in a folder of its name."""
        crafts = await self._crafts()
        found: dict[str, str] = {}
        for craft in crafts.skills.values():
            if craft.current:
                held = await asyncio.to_thread(self._read, craft.current.fact.parts)
                for path, data in held.items():
                    found[f"skills/{craft.id}/{path}"] = data.decode("utf-8", "replace")
        return found

    @staticmethod
    def fact(
        name: str,
        description: str,
        parts: tuple[Part, ...],
        *,
        trial: Trial | None = None,
        depends: Sequence[str] = (),
        salt: str,
    ) -> SkillLearned:
        """Return a version: code is trusted when its tests passed, words as they are."""
        fact = SkillLearned(
            skill=name,
            edition="",
            checksum="",
            description=description,
            parts=parts,
            trial=trial,
            trusted=trial.holds if trial else not writing.has_code(parts),
            becomes_current=trial is None or trial.holds,
            depends=tuple(depends),
        )
        return sealed(fact, salt)

    async def keep(self, held: Iterable[bytes]) -> None:
        def keep_all() -> None:
            for data in held:
                self._contents.keep(data)

        await asyncio.to_thread(keep_all)

    def _read(self, parts: Iterable[Part]) -> dict[str, bytes]:
        return {part.path: self._contents.read(part.digest) for part in parts}

    async def _try(self, name: str, files: dict[str, bytes], terms: Any, caller: Any) -> Trial:  # noqa: ANN401 - as above
        return await try_skill(await self._sandbox(), self._asker(caller), terms, name, files)


class _Beside:
    """Who asks, for what is written beside what the key stands for."""

    def __init__(self, caller: Any, key: str) -> None:  # noqa: ANN401 - whoever asks
        self.actor = caller.actor
        self.key = key if caller.key else ""
        self.again = caller.again


def sealed(fact: SkillLearned, salt: str) -> SkillLearned:
    """Return a version with its checksum and a name of its own."""
    fact = replace(fact, checksum=contents.checksum_of_skill(fact))
    return replace(fact, edition=contents.version_of(fact.checksum, salt))
