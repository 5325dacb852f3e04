"""Whoever serves the role embed makes the vectors: models that are really loaded, of any width."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from local_models.embedder.files import default_folder
from local_models.registry import Registry
from local_models.staff import Embedding, Staff
from local_models.staff.means import Means
from tests.knowledge.pieces import fill
from tests.models.minilm import FOLDER, needs_files
from tests.models.tiny import Tiny, write_tiny
from workbench import models, settings
from workbench.api import knowing
from workbench.api.caller import Caller
from workbench.api.models import AssignRole
from workbench.api.passages import Hits
from workbench.errors import ModelError
from workbench.journal.journal import Journal
from workbench.knowledge.finding import meeting, open_index
from workbench.knowledge.finding.index import FoundIndex
from workbench.knowledge.finding.meeting import EVERY
from workbench.knowledge.service import Service
from workbench.workspace import Workspace

NARROW = Tiny(name="Narrow", more={"llama.pooling_type": 1})
WIDE = Tiny(name="Wide", width=96, heads=3, seed=1, more={"llama.pooling_type": 1})
WIDTHS = {"narrow": NARROW.width, "wide": WIDE.width}
FILES = {"cats.md": ["Cats purr when they are content."], "dogs.md": ["Dogs bark at strangers."]}
Open = Callable[[], Awaitable[FoundIndex]]


@dataclass(frozen=True)
class Somebody(Caller):
    actor: str = "me/test"


ME = Somebody()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a model as long as a busy machine takes to load it."""
    monkeypatch.setattr(meeting, "_LATER", 60.0)


@pytest.fixture
def registry(home: Path) -> Registry:
    """Return a registry with two models that embed, of different widths."""
    assert home.is_dir()
    made = Registry()
    made.make()
    write_tiny(made.path_of("narrow"), NARROW)
    write_tiny(made.path_of("wide"), WIDE)
    return made


@pytest.fixture
async def staff(workspace: Workspace, registry: Registry) -> AsyncIterator[Staff]:
    workspace.make()
    made = Slow(workspace, registry)
    yield made
    await made.close()


class Slow(Staff):
    """A staff that may take its time to load an embedder, as a large one does."""

    def __init__(self, workspace: Workspace, registry: Registry) -> None:
        self.settings = settings.load(workspace, (), {}).models
        super().__init__(Means(workspace.folder / "models", lambda: self.settings, registry))
        self.ready = asyncio.Event()
        self.ready.set()

    async def rest(self) -> None:
        """Put all models away, as it is done when nobody wants them for a while."""
        for seat in self._seats.values():
            await seat.put_away()

    async def embedding(self) -> Embedding:
        await self.ready.wait()
        return await super().embedding()


@pytest.fixture
async def reopen(workspace: Workspace, staff: Staff) -> AsyncIterator[Open]:
    """Return what opens the index, after closing it in good order."""
    stack = AsyncExitStack()

    async def enter() -> Staff:
        return staff

    async def reopen() -> FoundIndex:
        await stack.aclose()
        index = await open_index(workspace, staff=enter)
        stack.push_async_callback(index.close)
        return index

    yield reopen
    await stack.aclose()


async def search(index: FoundIndex, text: str = "purr") -> Hits:
    await asyncio.sleep(EVERY)
    return await index.search(knowing.Search(text, sources=("s",)))


async def sound(index: FoundIndex) -> bool:
    """Wait until every passage has its vector."""
    async with asyncio.timeout(30):
        while not (checked := await index.verify()).sound or checked.waiting:
            await asyncio.sleep(0.05)
    return not index.about().why


def width(index: FoundIndex) -> int:
    return index._stock.table.width


async def test_a_persons_own_model_makes_the_vectors_and_the_table_is_as_wide(
    staff: Staff, reopen: Open
) -> None:
    await staff.assign("embed", "wide")
    index = await reopen()
    await fill(index, FILES)
    hits = await search(index, "feline happiness")
    assert (hits.how, hits.sentence) == ("hybrid", "")
    assert {reason.why for hit in hits.hits for reason in hit.reasons} == {"similar"}
    assert (index.about().vectors, index.about().why, width(index)) == ("wide", "", 96)
    assert await sound(index)
    again = await reopen()
    assert (await search(again, "feline happiness")).hits == hits.hits
    assert await sound(again)


async def test_vectors_of_two_models_never_meet(staff: Staff, reopen: Open) -> None:
    await staff.assign("embed", "narrow")
    index = await reopen()
    await fill(index, FILES)
    before = await search(index)
    assert before.how == "hybrid"

    await staff.assign("embed", "wide")
    between = await search(index)
    assert between.how == "words"
    assert [hit.passage.path for hit in between.hits] == ["cats.md"]
    for told in ("narrow", "wide", "words alone", "`workbench knowledge rebuild`"):
        assert told in between.sentence
    assert (index.about().vectors, index.about().why) == ("", between.sentence)
    await fill(index, {"late.md": ["Late cats purr too."]})
    assert (width(index), index.maker) == (64, None)

    await staff.assign("embed", "narrow")
    assert (await search(index)).how == "hybrid"
    assert await sound(index)
    hits = await search(index, "feline happiness")
    assert {why.why for hit in hits.hits for why in hit.reasons} == {"similar"}
    assert {hit.passage.path for hit in hits.hits} == {*FILES, "late.md"}


async def test_a_rebuilt_index_has_the_vectors_of_who_embeds_now(
    staff: Staff, reopen: Open
) -> None:
    await staff.assign("embed", "narrow")
    index = await reopen()
    await fill(index, FILES)
    for name in ("wide", "narrow"):
        await staff.assign("embed", name)
        assert (await search(index)).how == "words"
        await index.rebuild()
        await fill(index, FILES)
        assert ((await search(index)).how, index.about().vectors) == ("hybrid", name)
        assert (width(index), index.maker and index.maker["model"]) == (WIDTHS[name], name)
        assert await sound(index)


async def test_an_index_that_is_opened_by_another_maker_is_left_as_it_is(
    staff: Staff, reopen: Open
) -> None:
    await staff.assign("embed", "narrow")
    await fill(await reopen(), FILES)
    await staff.assign("embed", "wide")
    index = await reopen()
    assert ((await search(index)).how, width(index)) == ("words", 64)
    await staff.assign("embed", "narrow")
    index = await reopen()
    assert (await search(index)).how == "hybrid"
    assert await sound(index)


async def test_what_was_read_by_words_alone_gets_vectors_of_any_width(
    staff: Staff, registry: Registry, reopen: Open, tmp_path: Path
) -> None:
    away = [registry.path_of(name).rename(tmp_path / name) for name in ("narrow", "wide")]
    index = await reopen()
    await fill(index, FILES)
    assert "words alone" in (await search(index)).sentence
    away[1].rename(registry.path_of("wide"))
    assert await staff.has_own_embedder()  # It is the only one that there is.
    await search(index)
    assert await sound(index)
    assert ((await search(index)).how, width(index)) == ("hybrid", 96)


async def test_a_model_that_goes_or_changes_under_its_name_is_another_maker(
    staff: Staff, registry: Registry, reopen: Open, tmp_path: Path
) -> None:
    await staff.assign("embed", "narrow")
    index = await reopen()
    await fill(index, FILES)
    path = registry.path_of("narrow")
    own = await staff.embedding()
    path.rename(tmp_path / "narrow")
    write_tiny(path, Tiny(name="Narrow", seed=7, more={"llama.pooling_type": 1}))
    hits = await search(index)
    assert (hits.how, "another embedder" in hits.sentence) == ("words", True)
    with pytest.raises(ModelError, match="another maker"):
        await own.embed(["text"])
    (tmp_path / "narrow").replace(path)
    assert (await search(index)).how == "hybrid"


async def test_a_model_that_reads_less_of_a_text_is_another_maker(
    staff: Slow, reopen: Open
) -> None:
    await staff.assign("embed", "narrow")
    index = await reopen()
    await fill(index, FILES)
    staff.settings = replace(staff.settings, context=512)
    await staff.rest()
    hits = await search(index)
    assert (hits.how, "tokenizer" in hits.sentence) == ("words", True)
    hits = await search(index)
    assert (hits.how, "another embedder" in hits.sentence) == ("words", True)


async def test_who_is_slow_to_begin_is_not_waited_for(
    staff: Slow, reopen: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meeting, "_LATER", 0.1)
    await staff.assign("embed", "narrow")
    index = await reopen()
    await fill(index, FILES)
    staff.ready.clear()
    await staff.assign("embed", "wide")
    assert ((await search(index)).how, index.about().vectors) == ("hybrid", "narrow")
    staff.ready.set()
    async with asyncio.timeout(20):
        while (await search(index)).how != "words":
            await asyncio.sleep(0.05)


async def test_a_worker_that_cannot_be_started_leaves_the_words(
    staff: Slow, reopen: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    await staff.assign("embed", "narrow")
    index = await reopen()
    await fill(index, FILES)
    await staff.rest()

    async def refuse(*_: object) -> None:
        raise ModelError("There is no memory.", "Make some.")

    monkeypatch.setattr(Means, "start", refuse)
    hits = await search(index, "cats purr")
    assert (hits.how, hits.sentence) == ("words", "There is no memory. Make some.")
    assert hits.hits[0].passage.path == "cats.md"


@pytest.fixture
async def services(
    workspace: Workspace, registry: Registry
) -> AsyncIterator[tuple[Service, models.Service]]:
    """Return knowledge and models as the host has them, with the built-in embedder there."""
    assert registry.folder.is_dir()
    default_folder().parent.mkdir(parents=True, exist_ok=True)
    default_folder().symlink_to(FOLDER)
    workspace.make()
    journal, staffed = Journal(workspace), models.Service(workspace, str)
    await journal.open()

    async def enter() -> models.Service:
        return staffed

    knowledge = Service(workspace, journal, enter)
    yield knowledge, staffed
    await knowledge.close()
    await staffed.close()
    await journal.close()


@needs_files
async def test_the_role_goes_to_a_model_and_back(
    workspace: Workspace, services: tuple[Service, models.Service]
) -> None:
    knowledge, staffed = services
    docs = workspace.project / "docs"
    docs.mkdir()
    for path, (text,) in FILES.items():
        (docs / path).write_text(text)
    await knowledge.add(knowing.AddSource(str(docs), follow=False), ME)
    await read(knowledge)
    for name, vectors in (("wide", "wide"), ("", "all-minilm-l6-v2")):
        await staffed.assign(AssignRole("embed", name), ME)
        await asyncio.sleep(EVERY)
        base = await knowledge.read(knowing.ReadKnowledge(), ME)
        assert (base.vectors, "`workbench knowledge rebuild`" in base.why) == ("", True)
        hits = await knowledge.search(knowing.Search("purr"), ME)
        assert (hits.how, hits.sentence) == ("words", base.why)
        await knowledge.rebuild(knowing.RebuildKnowledge(), ME)
        await read(knowledge)
        hits = await knowledge.search(knowing.Search("feline happiness"), ME)
        assert (hits.how, hits.sentence) == ("hybrid", "")
        base = await knowledge.read(knowing.ReadKnowledge(), ME)
        assert (base.vectors, base.why, base.passages) == (vectors, "", len(FILES))
        assert (await knowledge.verify(knowing.VerifyKnowledge(), ME)).sound
    assert hits.hits[0].passage.path.endswith("cats.md")


async def read(knowledge: Service) -> None:
    """Wait until all is read."""
    base = await knowledge.read(knowing.ReadKnowledge(), ME)
    while any(one.state in ("waiting", "reading") for one in base.sources):
        base = await knowledge.next(knowing.NextKnowledge(base.mark), ME)
    assert [one.problem for one in base.sources] == [""]
