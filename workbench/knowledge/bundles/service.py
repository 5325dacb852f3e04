"""Bundles as a service of the host: made, compared, taken in after a look at everything, undone."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from workbench.api import knowing, memory
from workbench.api.caller import Caller
from workbench.api.commands import Terms
from workbench.api.facts import Fact
from workbench.api.memory import Packed
from workbench.api.remembering import Brought, BundleImported, BundleUndone, SkillLearned
from workbench.errors import Findings, UsageError
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal
from workbench.knowledge.bundles import packing, taking
from workbench.knowledge.bundles import vectors as travelling
from workbench.knowledge.bundles.catalogue import TYPES, Imported
from workbench.knowledge.bundles.gathering import CONTENTS, BundledSource
from workbench.knowledge.bundles.making import Maker
from workbench.knowledge.bundles.manifest import Kind, Manifest, refuse
from workbench.knowledge.bundles.packing import Opened
from workbench.knowledge.bundles.signatures import Signed, signed
from workbench.knowledge.folding import Following
from workbench.knowledge.skills.catalogue import TYPES as OF_SKILLS
from workbench.knowledge.skills.catalogue import Crafts
from workbench.knowledge.skills.trying import try_skill
from workbench.knowledge.skills.writing import has_code, has_tests
from workbench.knowledge.state import name_of
from workbench.knowledge.subjects import contents as of_subjects
from workbench.knowledge.subjects.catalogue import TYPES as OF_SUBJECTS
from workbench.knowledge.subjects.catalogue import Catalogue
from workbench.sandbox.service import Asker
from workbench.sandbox.service import Service as Sandbox
from workbench.visible import visible_line
from workbench.workspace import Workspace

FOLDER = "bundles"


class Around(NamedTuple):
    """What bundles need of the rest of the host."""

    knowledge: Callable[[], Awaitable[Any]]
    sandbox: Callable[[], Awaitable[Sandbox]]
    asker: Callable[[Any], Asker]


@dataclass
class _Intake:
    """An import under way."""

    bundle: str
    """Its name."""
    manifest: Manifest
    digest: str
    signed: Signed
    wares: taking.Wares
    here: Mapping[tuple[Kind, str], str]
    facts: list[tuple[Brought, Fact]] = field(default_factory=list)
    sources: list[tuple[Brought, BundledSource]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def is_wanted(self, kind: Kind, name: str) -> bool:
        return self.here[kind, name] in ("new", "conflict")

    def becomes_current(self, kind: Kind, name: str, *, theirs: bool) -> bool:
        return theirs or self.here[kind, name] == "new"


class Service:
    """Makes bundles of what is known, and takes in those of others."""

    def __init__(self, workspace: Workspace, journal: Journal, around: Around) -> None:
        self._workspace = workspace
        self._journal = journal
        self._around = around
        self._contents = Contents(workspace.contents)
        self._subjects = Following(journal, OF_SUBJECTS, Catalogue())
        self._crafts = Following(journal, OF_SKILLS, Crafts())
        self._imported = Following(journal, TYPES, Imported())
        self._taking = asyncio.Lock()
        self._maker = Maker(workspace, journal, self._contents, around.knowledge)

    async def close(self) -> None:
        """Nothing is held that would have to be let go."""

    # Making one.

    async def create(self, command: memory.CreateBundle, caller: Caller) -> memory.Bundle:
        """Write a bundle of what is named, or of everything."""
        subjects, crafts = await self._subjects.now(), await self._crafts.now()
        left_out = await self._maker.make(command, subjects, crafts)
        made = await self.compare(memory.CompareBundle(command.path), caller)
        return replace(made, problems=left_out)

    # Looking at one.

    async def compare(self, command: memory.CompareBundle, _: Caller) -> memory.Bundle:
        """Check all of a bundle, and tell what an import would do."""
        subjects, crafts = await self._subjects.now(), await self._crafts.now()
        imported = await self._imported.now()

        def look() -> memory.Bundle:
            path = Path(command.path)
            with packing.opened(path) as bundle:
                bundle.check()
                who = signed(bundle.text, bundle.signature, self._workspace)
                found = taking.wares(bundle)
                packed = taking.compared(found, subjects, crafts, imported.sources)
                return _view(path, bundle, who, packed)

        return await asyncio.to_thread(look)

    # Taking one in.

    async def take_in(self, command: memory.ImportBundle, caller: Caller) -> memory.BundleTaken:
        """Take in what is new or different; what is here already stays as it is."""
        async with self._taking:
            intake = await self._open(command, caller)
            await self._choose(intake, command, caller)
            fact = BundleImported(
                bundle=intake.bundle,
                digest=intake.digest,
                name=intake.manifest.name,
                brought=tuple(one for one, _ in (*intake.facts, *intake.sources)),
                signer=intake.signed.told,
                refused=tuple(intake.refused),
            )
            if not fact.brought:
                return _taken(intake, fact, "There is nothing in it that is new here.")
            await self._journal.write(
                fact,
                actor=caller.actor,
                subject=intake.bundle,
                key=caller.key,
                again=caller.again,
            )
            await self._write(intake, caller)
            await self._read_sources(intake, caller)
        undo = f"`workbench bundle undo {intake.bundle}` takes it back."
        return _taken(intake, fact, f"{len(fact.brought)} were taken in. {undo}")

    async def _open(self, command: memory.ImportBundle, caller: Caller) -> _Intake:
        """Check everything, and keep what it holds: what nothing names does no harm."""
        subjects, crafts = await self._subjects.now(), await self._crafts.now()
        imported = await self._imported.now()

        def look() -> _Intake:
            with packing.opened(Path(command.path)) as bundle:
                if command.digest and bundle.digest != command.digest:
                    raise refuse("it is not the one that was looked at", "Look at it again.")
                bundle.check()
                who = signed(bundle.text, bundle.signature, self._workspace)
                found = taking.wares(bundle)
                name = sha256(f"{bundle.digest}\n{caller.key}".encode()).hexdigest()[:12]
                before = (subjects.without(name), crafts.without(name), imported.without(name))
                packed = taking.compared(found, *before)
                here = {(one.kind, one.id): one.here for one in packed}
                self._keep(found, bundle, is_vouched=who.standing == "good")
                return _Intake(name, bundle.manifest, bundle.digest, who, found, here)

        return await asyncio.to_thread(look)

    def _keep(self, found: taking.Wares, bundle: Opened, *, is_vouched: bool) -> None:
        digests = {part.digest for _, fact in found.subjects for part in fact.parts}
        digests |= {part.digest for _, fact in found.skills for part in fact.parts}
        digests |= {digest for _, source in found.sources for digest in source.files.values()}
        if is_vouched:
            digests |= {source.vectors for _, source in found.sources if source.vectors}
        for digest in sorted(digests):
            self._contents.keep(bundle.read(f"{CONTENTS}/{digest}"))

    async def _choose(self, intake: _Intake, command: memory.ImportBundle, caller: Caller) -> None:
        """Decide what is brought; of skills, only those whose tests pass."""
        for entry, subject in intake.wares.subjects:
            if intake.is_wanted("subject", entry.id):
                current = intake.becomes_current("subject", entry.id, theirs=command.theirs)
                edition = of_subjects.version_of(subject.checksum, intake.bundle)
                brought = replace(
                    subject, edition=edition, origin=intake.bundle, becomes_current=current
                )
                intake.facts.append((Brought("subject", entry.id, edition), brought))
        for entry, skill in intake.wares.skills:
            if intake.is_wanted("skill", entry.id):
                tried = await self._tried(intake, skill, command.terms, caller)
                if tried is not None:
                    current = intake.becomes_current("skill", entry.id, theirs=command.theirs)
                    fact = replace(tried, becomes_current=current)
                    intake.facts.append((Brought("skill", entry.id, fact.edition), fact))
        for entry, source in intake.wares.sources:
            if intake.is_wanted("source", entry.id):
                intake.sources.append((Brought("source", entry.id, entry.checksum), source))

    async def _tried(
        self, intake: _Intake, skill: SkillLearned, terms: Terms, caller: Caller
    ) -> SkillLearned | None:
        """Return a skill with what its tests did here, or None where it is refused."""
        edition = of_subjects.version_of(skill.checksum, intake.bundle)
        fact = replace(skill, edition=edition, origin=intake.bundle)
        if not has_tests(fact.parts):
            return replace(fact, trusted=not has_code(fact.parts))
        held = await asyncio.to_thread(
            lambda: {part.path: self._contents.read(part.digest) for part in fact.parts}
        )
        sandbox, asker = await self._around.sandbox(), self._around.asker(caller)
        trial = await try_skill(sandbox, asker, terms, fact.skill, held)
        if not trial.holds:
            why = trial.problem or f"{trial.failed} of its tests fail, {trial.passed} pass"
            intake.refused.append(f"The skill {fact.skill} was left out: {visible_line(why)}")
            return None
        return replace(fact, trial=trial, trusted=True)

    async def _write(self, intake: _Intake, caller: Caller) -> None:
        """Write the facts down; each has a key, so that a second try writes none twice."""
        for number, (brought, fact) in enumerate(intake.facts):
            key = f"{caller.key}:{number}" if caller.key else ""
            await self._journal.write(
                fact, actor=caller.actor, subject=brought.id, key=key, again=caller.again
            )

    async def _read_sources(self, intake: _Intake, caller: Caller) -> None:
        for number, (brought, source) in enumerate(intake.sources):
            folder = self._folder(intake.bundle) / brought.version[:16]
            await asyncio.to_thread(self._lay, folder, source)
            knowledge = await self._around.knowledge()
            await self._take_vectors(intake, source, knowledge)
            key = f"{caller.key}:source:{number}" if caller.key else ""
            asked = knowing.AddSource(str(folder), source.name, follow=False)
            await knowledge.add(asked, _Beside(caller, key))

    async def _take_vectors(self, intake: _Intake, source: BundledSource, knowledge: Any) -> None:  # noqa: ANN401 - of another wing
        """Spare the embedding where somebody whom the policy names vouches for the vectors."""
        if not source.vectors or intake.signed.standing != "good":
            return
        index = await knowledge.index()
        if index.maker is None or travelling.maker_of(index.maker) != intake.manifest.vectors:
            return
        data = await asyncio.to_thread(self._contents.read, source.vectors)
        try:
            rows = travelling.unpacked(data, int(index.maker["dimensions"]))
        except Findings as error:
            intake.refused.append(f"{source.name} is embedded anew: {error.sentence}")
            return
        await index.take_vectors(*rows)

    def _lay(self, folder: Path, source: BundledSource) -> None:
        """Write the files of a source into a folder of the workspace that is its own."""
        try:
            for name, digest in source.files.items():
                path = folder / name
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.write_bytes(self._contents.read(digest))
        except OSError as error:
            raise UsageError(
                f"The files of {visible_line(source.name)} cannot be written: {error.strerror}.",
                "Make room, and import the bundle again.",
            ) from error

    def _folder(self, bundle: str) -> Path:
        return self._workspace.folder / FOLDER / bundle

    # Taking one back.

    async def undo(self, command: memory.UndoImport, caller: Caller) -> memory.BundleTaken:
        """Let what an import brought not count any more; the journal keeps that it was here."""
        async with self._taking:
            imported = await self._imported.now()
            one = imported.find(command.bundle)
            fact = BundleUndone(one.fact.bundle, command.reason)
            await self._journal.write(
                fact,
                actor=caller.actor,
                subject=fact.bundle,
                key=caller.key,
                again=caller.again,
            )
            await self._forget_sources(one.fact, caller)
        packed = tuple(Packed(it.kind, it.id, it.id, "", it.version) for it in one.fact.brought)
        told = "What it brought does not count any more; what was current before is so again."
        return memory.BundleTaken(fact.bundle, one.fact.name, packed, (), told)

    async def _forget_sources(self, fact: BundleImported, caller: Caller) -> None:
        folder = self._folder(fact.bundle)
        for brought in fact.brought:
            if brought.kind == "source":
                knowledge = await self._around.knowledge()
                name = _source_name(folder / brought.version[:16])
                with suppress(UsageError):  # A person removed it already.
                    await knowledge.remove(knowing.RemoveSource(name), _Beside(caller, ""))
        with suppress(FileNotFoundError):
            await asyncio.to_thread(shutil.rmtree, folder)

    async def imports(self, _: memory.ReadImports, __: Caller) -> memory.Imports:
        imported = await self._imported.now()
        return memory.Imports(tuple(one.view for one in reversed(list(imported.imports.values()))))


class _Beside:
    """Who asks, for what is written beside what the key stands for."""

    def __init__(self, caller: Caller, key: str) -> None:
        self.actor = caller.actor
        self.key = key
        self.again = caller.again


def _source_name(folder: Path) -> str:
    return name_of("folder", os.path.realpath(folder))


def _view(path: Path, bundle: Opened, who: Signed, packed: Sequence[Packed]) -> memory.Bundle:
    return memory.Bundle(
        path=str(path),
        name=bundle.manifest.name,
        digest=bundle.digest,
        bytes=path.stat().st_size,
        made=bundle.manifest.made,
        format=bundle.manifest.workbench_bundle,
        contents=tuple(packed),
        signer=who.told,
        signature=who.standing,
        vectors=bundle.manifest.vectors,
    )


def _taken(intake: _Intake, fact: BundleImported, sentence: str) -> memory.BundleTaken:
    names = {(one.kind, one.id) for one in fact.brought}
    packed: Iterable[Packed] = (
        Packed(
            kind=entry.kind,
            id=entry.id,
            name=entry.name,
            checksum=entry.checksum,
            version=entry.version,
            bytes=entry.bytes,
            here=intake.here[entry.kind, entry.id],
        )
        for entry in intake.manifest.entries
        if (entry.kind, entry.id) in names
    )
    return memory.BundleTaken(
        fact.bundle if fact.brought else "",
        fact.name,
        tuple(packed),
        tuple(intake.refused),
        sentence,
    )
