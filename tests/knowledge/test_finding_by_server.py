"""A server makes the vectors of an index: found by meaning, never mixed, words where it is down."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from local_models.staff import Staff
from local_models.staff.means import Means
from tests.knowledge.pieces import fill
from tests.models.embedders import Embeds, inputs
from tests.models.servers import Serving, serving
from workbench import settings
from workbench.api import knowing
from workbench.api.passages import Hits
from workbench.knowledge.finding import meeting, open_index
from workbench.knowledge.finding.index import FoundIndex
from workbench.knowledge.finding.meeting import EVERY
from workbench.workspace import Workspace

FILES = {
    "cats.md": ["Cats purr on the sofa."],
    "dogs.md": ["Dogs bark at strangers."],
    "long.md": ["Windows and doors. " * 30],
}


@dataclass
class Around:
    """A server that embeds, and a staff whose settings name it."""

    embeds: Embeds
    server: Serving
    workspace: Workspace

    def __post_init__(self) -> None:
        self.settings = settings.load(self.workspace, (), {}).models
        self.name(self.server.address)

    def name(self, address: str) -> None:
        self.settings = replace(self.settings, servers={"gpu": address})

    @asynccontextmanager
    async def index(self) -> AsyncIterator[FoundIndex]:
        """Open the index with a staff of its own, as a host does that begins."""
        staff = Staff(Means(self.workspace.folder / "models", lambda: self.settings))

        async def enter() -> Staff:
            return staff

        await staff.assign("embed", "gpu")
        index = await open_index(self.workspace, staff=enter)
        try:
            yield index
        finally:
            await index.close()
            await staff.close()


@pytest.fixture
def around(home: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Around]:
    assert home.is_dir()
    monkeypatch.setattr(meeting, "_LATER", 60.0)  # A busy machine takes its time.
    workspace.make()
    embeds = Embeds(longest=200)
    with serving(embeds) as server:
        yield Around(embeds, server, workspace)


async def search(index: FoundIndex, text: str) -> Hits:
    await asyncio.sleep(EVERY)
    return await index.search(knowing.Search(text, sources=("s",)))


async def sound(index: FoundIndex) -> None:
    """Wait until every passage has its vector."""
    async with asyncio.timeout(30):
        while not (checked := await index.verify()).sound or checked.waiting:
            await asyncio.sleep(0.05)


def reasons(hits: Hits) -> set[str]:
    return {reason.why for reason in hits.hits[0].reasons}


async def test_a_server_makes_the_vectors_and_passages_are_found_by_meaning(
    around: Around,
) -> None:
    async with around.index() as index:
        await fill(index, FILES)
        await sound(index)
        for question, path in (("feline", "cats.md"), ("canine", "dogs.md")):
            hits = await search(index, question)
            assert (hits.how, hits.sentence) == ("hybrid", "")
            assert (hits.hits[0].passage.path, reasons(hits)) == (path, {"similar"})
        assert (index.about().vectors, index.about().why) == ("gpu: some-model", "")
        asked = len(inputs(around.server))
    async with around.index() as index:
        assert (await search(index, "feline")).hits[0].passage.path == "cats.md"
        await sound(index)
    assert [len(one) for one in inputs(around.server)[asked:]] == [1, 1]  # Width and question.


async def test_a_server_that_is_down_leaves_the_words_until_it_is_back(
    around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meeting, "_AGAIN", 0.0)
    async with around.index() as index:
        await fill(index, FILES)
        await sound(index)
        here = around.server.address
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            around.name(f"http://127.0.0.1:{nobody.getsockname()[1]}")
            hits = await search(index, "cats purr")
            assert (hits.how, hits.hits[0].passage.path) == ("words", "cats.md")
            assert "The server gpu at 127.0.0.1:" in hits.sentence
            assert "cannot be reached" in hits.sentence
            await fill(index, {"late.md": ["A feline that came late."]})
        around.name(here)
        assert (await search(index, "feline")).how == "hybrid"
        await sound(index)
        assert {hit.passage.path for hit in (await search(index, "purring")).hits[:2]} == {
            "cats.md",
            "late.md",
        }


@pytest.mark.parametrize(("field", "value"), [("width", 12), ("model", "another-model")])
async def test_another_width_or_model_is_another_maker_until_the_index_is_rebuilt(
    around: Around, field: str, value: object
) -> None:
    async with around.index() as index:
        await fill(index, FILES)
        await sound(index)
    setattr(around.embeds, field, value)
    async with around.index() as index:
        hits = await search(index, "cats purr")
        assert (hits.how, "`workbench knowledge rebuild`" in hits.sentence) == ("words", True)
        await index.rebuild()
        await fill(index, FILES)
        await sound(index)
        hits = await search(index, "feline")
        assert (hits.how, hits.hits[0].passage.path) == ("hybrid", "cats.md")


async def test_a_server_that_begins_to_lie_leaves_the_words(around: Around) -> None:
    async with around.index() as index:
        await fill(index, FILES)
        await sound(index)
        around.embeds.width = 12
        hits = await search(index, "cats purr")
        assert (hits.how, hits.hits[0].passage.path) == ("words", "cats.md")
        assert "another maker: dimensions 12 instead of 8" in hits.sentence
        around.embeds.width = 8
        assert (await search(index, "feline")).how == "hybrid"
