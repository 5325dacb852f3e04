"""Subjects, memory and imports over a real journal: what is asked twice happens once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.pure.remembered_facts import Writer, learned
from workbench.api import memory, subjects
from workbench.api.caller import Caller
from workbench.api.commands import Terms
from workbench.api.events import NoteWritten
from workbench.api.remembering import Advice, ConsolidationProposed
from workbench.errors import Findings, UsageError
from workbench.journal import reading
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal
from workbench.knowledge.bundles import packing
from workbench.knowledge.bundles.gathering import Gathered
from workbench.knowledge.bundles.service import Around
from workbench.knowledge.bundles.service import Service as Bundles
from workbench.knowledge.subjects.catalogue import Catalogue
from workbench.knowledge.subjects.service import Service as Subjects
from workbench.memory.service import Service as Memory
from workbench.workspace import Workspace, name_workspace

TERMS = Terms("auto", "reduced", "", 10.0, 256, 16, 16, "none", {})


@dataclass(frozen=True)
class Asking(Caller):
    actor: str = "ann"


async def _nothing() -> Any:  # noqa: ANN401 - what these tests never enter
    pytest.fail("Nothing of this needs sources or a sandbox.")


def _nobody(_caller: object) -> Any:  # noqa: ANN401 - as above
    pytest.fail("Nothing of this needs a sandbox.")


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    (tmp_path / "project").mkdir()
    workspace = name_workspace(tmp_path / "project")
    workspace.make()
    return workspace


@pytest.fixture
async def journal(place: Workspace) -> AsyncIterator[Journal]:
    one = Journal(place)
    await one.open()
    yield one
    await one.close()


@pytest.fixture
async def shelf(place: Workspace, journal: Journal) -> AsyncIterator[Subjects]:
    one = Subjects(place, journal, _nothing)
    yield one
    await one.close()


@pytest.fixture
def mind(place: Workspace, journal: Journal) -> Memory:
    return Memory(place, journal, _nothing, _nobody)


@pytest.fixture
def bundles(place: Workspace, journal: Journal) -> Bundles:
    return Bundles(place, journal, Around(_nothing, _nothing, _nobody))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Return a bundle with three subjects."""
    gathered, path = Gathered("three"), tmp_path / "three.zip"
    facts = [learned(name, "1", about="theirs") for name in ("one", "two", "three")]
    for topic in Catalogue().after(Writer().write(*facts)).topics.values():
        gathered.add_subject(topic.versions[0], Contents(tmp_path / "contents"))
    packing.write(path, gathered.manifest, gathered.files)
    return path


async def _types(journal: Journal) -> list[str]:
    return [event.type for event in await journal.read(reading.events_after, 0)]


async def test_learning_again_under_the_same_key_is_one_version(
    shelf: Subjects, journal: Journal
) -> None:
    asked = subjects.LearnSubject("asyncio", parts=(subjects.NewPart("code", "a.py", "x"),))
    first = await shelf.learn(asked, Asking(key="k1"))
    again = await shelf.learn(asked, Asking(key="k1", again=True))
    assert first == again
    assert await _types(journal) == ["subject.learned"]
    await shelf.learn(asked, Asking(key="k2"))
    assert len((await shelf.catalogue()).topics["asyncio"].versions) == 2


async def test_rolling_back_again_under_the_same_key_rolls_back_once(
    shelf: Subjects, journal: Journal
) -> None:
    for key in ("k1", "k2"):
        await shelf.learn(subjects.LearnSubject("asyncio", about=key), Asking(key=key))
    for again in (False, True):
        found = await shelf.roll_back(subjects.Rollback("asyncio"), Asking(key="k3", again=again))
        assert found.subject.number == 1
    assert (await _types(journal)).count("subject.rolled_back") == 1


async def test_another_host_tells_the_same(
    shelf: Subjects, place: Workspace, journal: Journal
) -> None:
    await shelf.learn(subjects.LearnSubject("asyncio", about="Loops"), Asking(key="k1"))
    await shelf.use(subjects.UseSubject("asyncio", succeeded=True), Asking(key="k2"))
    other = Subjects(place, journal, _nothing)
    asked = subjects.ReadSubjects()
    assert await other.read(asked, Asking()) == await shelf.read(asked, Asking())
    await other.close()


async def test_an_import_that_was_cut_short_is_finished_when_it_is_asked_for_again(
    bundles: Bundles,
    shelf: Subjects,
    journal: Journal,
    bundle: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The host dies after the first version was written."""
    write, written = journal.write, 0

    async def dying(fact: Any, **how: Any) -> Any:  # noqa: ANN401 - whatever is written
        nonlocal written
        written += 1
        if written > 2:
            raise ConnectionError
        return await write(fact, **how)

    asked = memory.ImportBundle(str(bundle), TERMS)
    with monkeypatch.context() as patched:
        patched.setattr(journal, "write", dying)
        with pytest.raises(ConnectionError):
            await bundles.take_in(asked, Asking(key="k1"))
    assert len((await shelf.catalogue()).topics) == 1
    taken = await bundles.take_in(asked, Asking(key="k1", again=True))
    assert {one.id for one in taken.brought} == {"one", "two", "three"}
    types = await _types(journal)
    assert (types.count("bundle.imported"), types.count("subject.learned")) == (1, 3)
    undone = await bundles.undo(memory.UndoImport(), Asking(key="k2"))
    assert undone.bundle == taken.bundle
    assert all(topic.current is None for topic in (await shelf.catalogue()).topics.values())


async def test_a_bundle_that_was_exchanged_meanwhile_is_refused(
    bundles: Bundles, bundle: Path, journal: Journal
) -> None:
    asked = memory.ImportBundle(str(bundle), TERMS, digest="0" * 64)
    with pytest.raises(Findings, match="not the one that was looked at"):
        await bundles.take_in(asked, Asking(key="k1"))
    assert await _types(journal) == []


async def test_undone_imports_can_be_taken_in_again(
    bundles: Bundles, shelf: Subjects, bundle: Path
) -> None:
    asked = memory.ImportBundle(str(bundle), TERMS)
    for key in ("k1", "k2"):
        taken = await bundles.take_in(asked, Asking(key=key))
        assert len(taken.brought) == 3
        await bundles.undo(memory.UndoImport(taken.bundle), Asking(key=f"{key}u"))
    topic = (await shelf.catalogue()).topics["one"]
    assert len(topic.versions) == 2
    with pytest.raises(UsageError, match="No import counts"):
        await bundles.undo(memory.UndoImport(), Asking(key="k3"))


async def test_deciding_again_under_the_same_key_decides_once(
    mind: Memory, journal: Journal
) -> None:
    await journal.write(NoteWritten("Always test."), actor="ann")
    (one,) = (await mind.consolidate(memory.Consolidate(), Asking(key="k1"))).proposals
    asked = memory.DecideAdvice(one.advice.proposal, "accepted")
    for again in (False, True):
        await mind.decide(asked, Asking(key="k2", again=again))
    assert (await _types(journal)).count("memory.decided") == 1
    with pytest.raises(UsageError, match="does not wait any more"):
        await mind.decide(asked, Asking(key="k3"))


async def test_what_is_due_is_proposed_by_the_host_and_nothing_is_where_there_is_nothing(
    mind: Memory, journal: Journal
) -> None:
    await mind.read(memory.ReadMemory(), Asking())
    assert await _types(journal) == []
    fresh = Memory(mind._workspace, journal, _nothing, _nobody)
    await journal.write(NoteWritten("Always test."), actor="ann")
    found = await fresh.read(memory.ReadMemory(), Asking())
    assert found.proposals == 1
    (event,) = await journal.read(reading.of_types, ["memory.proposed"])
    assert event.actor == "host"
    await fresh.read(memory.ReadMemory(), Asking())
    assert (await _types(journal)).count("memory.proposed") == 1


@pytest.mark.parametrize("text", ["", "   ", "x" * 5_000])
async def test_what_says_nothing_or_too_much_is_not_remembered(mind: Memory, text: str) -> None:
    with pytest.raises(UsageError):
        await mind.remember(memory.Remember(text), Asking(key="k1"))


async def test_a_recipe_that_is_accepted_becomes_a_skill(mind: Memory, journal: Journal) -> None:
    advice = Advice("a1b2c3", "skill", (), "procedural", "skill", "Find the crash\n\n1. Look", "x")
    await journal.write(ConsolidationProposed((advice,), 0), actor="host")
    await mind.decide(memory.DecideAdvice("a1b2c3", "accepted"), Asking(key="k1"))
    (skill,) = (await mind.skills(memory.ReadSkills(), Asking())).skills
    assert (skill.trusted, skill.description) == (True, "Find the crash")
    files = (await mind.export(memory.ExportMemory(), Asking())).files
    (name,) = [path for path in files if path.endswith("SKILL.md")]
    assert "1. Look" in files[name]
