"""The index with the real LanceDB: put, found, changed, killed, damaged, rebuilt."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.knowledge.pieces import digest, fill, find, paths, piece
from tests.models.minilm import FOLDER, needs_files
from workbench.errors import StoreError
from workbench.knowledge.finding import open_index
from workbench.knowledge.finding.index import FoundIndex
from workbench.workspace import Workspace

FILES = {
    "docs/cats.md": ["Cats purr when they are content.", "Dogs bark at strangers."],
    "src/users.py": ["def getUserName(user):\n    return user.name"],
    "docs/de.md": ["Die Datenbankverbindung wird beim Start geöffnet."],
    "docs/ru.md": ["Нейронные сети обучаются на больших данных."],
    "docs/zh.md": ["神经网络需要大量数据。"],
    "docs/ar.md": ["تتعلم الشبكات العصبية من البيانات الكثيرة."],
}


async def test_what_no_passage_has_takes_nothing_from_the_reasons(index: FoundIndex) -> None:
    await fill(index, {"a.md": ["The frobnicator turns left."]})
    (hit,) = await find(index, "where does the frobnicator ever go?")
    assert [(one.why, "frobnicator" in one.what) for one in hit.reasons] == [("terms", True)]


async def test_words_alone_find_and_say_so(index: FoundIndex) -> None:
    await fill(index, FILES)
    hit, *_ = await find(index, "which animals purr?")
    assert hit.passage.path == "docs/cats.md"
    assert hit.reasons[0].why == "terms"
    assert [hit.passage.text[start:end] for start, end in hit.marks] == ["purr"]
    assert "words alone" in index.about().why
    assert index.about().vectors == ""


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("Verbindungen zur Datenbank", "docs/de.md"),
        ("обучение нейронной сети", "docs/ru.md"),
        ("数据", "docs/zh.md"),
        ("الشبكة العصبية", "docs/ar.md"),
        ("user name", "src/users.py"),
    ],
)
async def test_any_language_is_found_in_other_forms(
    index: FoundIndex, question: str, path: str
) -> None:
    await fill(index, FILES)
    assert (await paths(index, question))[0] == path


async def test_nothing_was_read(index: FoundIndex) -> None:
    from workbench.api import knowing

    found = await index.search(knowing.Search("anything"))
    assert (found.hits, found.how) == ((), "nothing was read")


async def test_what_was_put_is_found_before_it_is_written(index: FoundIndex) -> None:
    await index.put("s", "a.md", [piece("zebra crossing")])
    assert await paths(index, "zebra") == ["a.md"]


async def test_a_file_that_is_put_again_has_its_new_pieces_alone(index: FoundIndex) -> None:
    await fill(index, {"a.md": ["zebra", "lion"], "b.md": ["tiger"]})
    await fill(index, {"a.md": ["giraffe"]})
    assert await paths(index, "zebra lion") == []
    assert await paths(index, "giraffe") == ["a.md"]
    assert await index.count("s") == 2
    assert (await index.verify()).sound


async def test_files_and_sources_are_dropped(index: FoundIndex) -> None:
    await fill(index, {"a.md": ["zebra"], "b.md": ["zebra"]})
    await fill(index, {"c.md": ["zebra"]}, source="other")
    await index.drop("s", "a.md")
    assert set(await index.paths("s")) == {"b.md"}
    await index.drop("s")
    assert await paths(index, "zebra", sources=("s", "other")) == ["c.md"]
    assert (await index.verify()).sound


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"path": "*.py"}, {"src/a.py"}),
        ({"path": "docs/"}, {"docs/b.md"}),
        ({"path": "/src"}, {"src/a.py"}),
        ({"kinds": ("code",)}, {"src/a.py"}),
        ({"languages": ("Markdown",)}, {"docs/b.md"}),
        ({"since": 5_000}, {"docs/b.md"}),
        ({"sources": ("other",)}, set()),
    ],
)
async def test_filters(index: FoundIndex, asked: dict[str, object], expected: set[str]) -> None:
    code = piece("zebra", "src/a.py", kind="code", language="python", mtime=1_000)
    await index.put("s", "src/a.py", [code])
    await index.put(
        "s", "docs/b.md", [piece("zebra", "docs/b.md", language="markdown", mtime=9_000)]
    )
    assert set(await paths(index, "zebra", **asked)) == expected


async def test_a_word_that_goes_on_is_found_while_it_is_typed(index: FoundIndex) -> None:
    await fill(index, {"a.md": ["it was xylophone music"], "b.md": ["nothing"]})
    assert await paths(index, "xy", typing=True) == ["a.md"]


async def test_neighbours_stand_beside_or_are_used(index: FoundIndex) -> None:
    await fill(index, {"a.md": ["introduction", "zebra zebra", "closing"]})
    uses = piece("def main():\n    load_config()", "main.py", kind="code", symbol="main")
    defines = piece("def load_config(): ...", "config.py", kind="code", symbol="load_config")
    await index.put("s", "main.py", [uses])
    await index.put("s", "config.py", [defines])
    found = {hit.passage.text: hit.reasons for hit in await find(index, "zebra", neighbours=True)}
    assert found["introduction"][0].why == found["closing"][0].why == "neighbour"
    assert "config.py" in await paths(index, "main", neighbours=True, limit=1)


async def test_a_passage_stands_between_its_neighbours(index: FoundIndex) -> None:
    await fill(index, {"a.md": ["one", "two", "three", "four"]})
    surrounded = await index.passage(piece("two", "a.md", 1).id, 1)
    assert surrounded is not None
    assert [one.text for one in surrounded.before] == ["one"]
    assert [one.text for one in surrounded.after] == ["three"]
    assert await index.passage("no such", 1) is None


async def test_a_hit_is_opened_also_when_its_file_was_put_again(index: FoundIndex) -> None:
    await fill(index, {"a.md": ["one", "two"]})
    name = (await find(index, "two"))[0].passage.id
    await fill(index, {"a.md": ["zero", "one", "two"]})
    assert await index.passage(name, 1) is None  # Its place is another now, and so is its name.
    await fill(index, {"a.md": ["nought", "two", "three"]})
    surrounded = await index.passage(name, 1)
    assert surrounded is not None
    assert [one.text for one in (*surrounded.before, *surrounded.after)] == ["nought", "three"]
    await index.drop("s", "a.md")
    assert await index.passage(name, 1) is None


async def test_it_is_the_same_when_opened_again(workspace: Workspace) -> None:
    nowhere = workspace.folder / "no-embedder"
    index = await open_index(workspace, nowhere)
    await fill(index, FILES)
    await index.drop("s", "docs/zh.md")
    before = [await find(index, question) for question in ("purr", "сеть", "user")]
    await index.close()
    again = await open_index(workspace, nowhere)
    assert [await find(again, question) for question in ("purr", "сеть", "user")] == before
    assert set(await again.paths("s")) == FILES.keys() - {"docs/zh.md"}
    assert (await again.verify()).sound
    await again.close()


@pytest.mark.parametrize("damage", ["lance", "words", "vectors.f16", "made-by.json"])
async def test_what_is_damaged_is_mended_or_begun_anew(workspace: Workspace, damage: str) -> None:
    nowhere = workspace.folder / "no-embedder"
    index = await open_index(workspace, nowhere)
    await fill(index, FILES)
    await index.close()
    for path in _files(workspace.folder / "knowledge" / "index" / damage):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    again = await open_index(workspace, nowhere)
    if not await again.paths("s"):  # The service sees that, and has it read again.
        await fill(again, FILES)
    assert (await paths(again, "purr"))[0] == "docs/cats.md"
    assert (await again.verify()).sound
    await again.close()


def _files(path: Path) -> list[Path]:
    return [one for one in path.rglob("*") if one.is_file()] if path.is_dir() else [path]


async def test_an_index_that_lost_its_words_has_them_again(workspace: Workspace) -> None:
    nowhere = workspace.folder / "no-embedder"
    index = await open_index(workspace, nowhere)
    await fill(index, FILES)
    await index.close()
    shutil.rmtree(workspace.folder / "knowledge" / "index" / "words")
    again = await open_index(workspace, nowhere)
    assert (await paths(again, "purr"))[0] == "docs/cats.md"
    assert len(await again.paths("s")) == len(FILES)
    await again.close()


async def test_verify_sees_a_text_that_is_another(index: FoundIndex) -> None:
    await index.put("s", "a.md", [piece("zebra", digest=digest("lion"))])
    checked = await index.verify()
    assert not checked.sound
    assert "a.md" in checked.problems[0]


@pytest.mark.parametrize("after", [0.0, 0.05, 0.3, 0.8])
async def test_what_was_flushed_survives_a_kill(workspace: Workspace, after: float) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.knowledge.putting", str(workspace.project)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    flushed = [(await process.stdout.readline()).decode().strip()]
    await asyncio.sleep(after)
    process.send_signal(signal.SIGKILL)
    flushed += (await process.stdout.read()).decode().split()
    await process.wait()
    index = await open_index(workspace, workspace.folder / "no-embedder")
    assert {f"{number}.md" for number in range(int(flushed[-1]))} <= set(await index.paths("s"))
    assert (await index.verify()).sound
    assert (await paths(index, "word0"))[0] == "0.md"
    await index.close()


@needs_files
async def test_meaning_finds_what_words_do_not(workspace: Workspace) -> None:
    index = await open_index(workspace, FOLDER)
    await fill(index, FILES)
    hit, *_ = await find(index, "canines warn of intruders")
    assert hit.passage.text == "Dogs bark at strangers."
    assert "similar" in {reason.why for reason in hit.reasons}
    assert index.about().vectors == "all-minilm-l6-v2"
    assert (await index.verify()).sound
    before = await find(index, "feline happiness")
    assert before[0].passage.text.startswith("Cats")
    await index.rebuild()
    assert await index.paths("s") == {}
    await fill(index, FILES)
    assert await find(index, "feline happiness") == before
    await index.close()


@needs_files
async def test_what_was_read_without_an_embedder_gets_vectors_later(workspace: Workspace) -> None:
    index = await open_index(workspace, workspace.folder / "no-embedder")
    await fill(index, FILES)
    await index.close()
    again = await open_index(workspace, FOLDER)
    async with asyncio.timeout(20):
        while (checked := await again.verify()).waiting:
            assert checked.sound
            await asyncio.sleep(0.1)
    hit, *_ = await find(again, "feline happiness")
    assert hit.passage.text.startswith("Cats")
    await again.close()


@needs_files
async def test_vectors_of_another_maker_are_not_mixed_in(workspace: Workspace) -> None:
    index = await open_index(workspace, FOLDER)
    await fill(index, FILES)
    await index.close()
    made_by = workspace.folder / "knowledge" / "index" / "made-by.json"
    made_by.write_text(made_by.read_text().replace("all-minilm-l6-v2", "another"))
    again = await open_index(workspace, FOLDER)
    assert "another embedder" in again.about().why
    assert (await find(again, "purr"))[0].reasons[0].why == "terms"
    await again.rebuild()
    assert again.about().why == ""
    await again.close()


@needs_files
async def test_a_damaged_index_is_made_again_without_embedding_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = await open_index(workspace, FOLDER)
    await fill(index, FILES)
    before = await find(index, "feline happiness")
    await index.close()
    for path in (workspace.folder / "knowledge" / "index" / "lance").rglob("*.manifest"):
        path.write_bytes(b"damaged")
    again = await open_index(workspace, FOLDER)
    assert await again.paths("s") == {}

    async def refuse(texts: list[str]) -> None:
        assert not texts

    monkeypatch.setattr("local_models.embedder.pool.Pool.embed", refuse)
    await fill(again, FILES)
    assert await find(again, "feline happiness") == before
    await again.close()


async def test_what_cannot_be_read_now_is_not_thrown_away(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = workspace.folder / "no-embedder"
    index = await open_index(workspace, nowhere)
    await fill(index, FILES)
    await index.close()

    def fail(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as broken:
        broken.setattr("workbench.knowledge.finding.table._listed", fail)
        with pytest.raises(StoreError, match="cannot be opened"):
            await open_index(workspace, nowhere)
    again = await open_index(workspace, nowhere)
    assert len(await again.paths("s")) == len(FILES)
    await again.close()


async def test_sheaves_that_a_kill_left_behind_count_nothing_twice(workspace: Workspace) -> None:
    nowhere = workspace.folder / "no-embedder"
    index = await open_index(workspace, nowhere)
    words = workspace.folder / "knowledge" / "index" / "words"
    for path in ("a.md", "b.md"):
        await fill(index, {path: ["zebra", path]})
        index._stock.wording.seal()
    shutil.copytree(words, workspace.folder / "before")
    index._stock.wording.tidy(index._stock.catalogue.alive)
    expected = await find(index, "zebra")
    await index.close()
    shutil.copytree(workspace.folder / "before", words, dirs_exist_ok=True)
    again = await open_index(workspace, nowhere)
    assert await find(again, "zebra") == expected
    assert len(list(words.iterdir())) == 1
    await again.close()


async def test_numbers_of_what_went_are_not_given_again(workspace: Workspace) -> None:
    nowhere = workspace.folder / "no-embedder"
    index = await open_index(workspace, nowhere)
    await fill(index, {"a.md": ["zebra"], "b.md": ["lion"]})
    index._stock.wording.seal()
    await index.drop("s", "b.md")
    await index.close()
    again = await open_index(workspace, nowhere)
    await fill(again, {"c.md": ["giraffe"]})
    assert await paths(again, "lion") == []
    assert await paths(again, "giraffe") == ["c.md"]
    assert (await again.verify()).sound
    await again.close()
