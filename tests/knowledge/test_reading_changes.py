"""What changes while it is followed, and what changed while nobody looked."""

from __future__ import annotations

import asyncio
import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from tests.knowledge.served import ME, Enter, added, found, search, settled, until
from workbench.api import knowing
from workbench.api.sources import SourceRead
from workbench.journal import reading
from workbench.knowledge.reading.values import Ask, Parsed
from workbench.knowledge.service import Service
from workbench.workspace import Workspace


async def test_changes_are_followed(enter: Enter, docs: Path) -> None:
    service = await enter()
    source = await added(service, docs)
    await until(lambda: _is_followed(service, source.id))
    (docs / "one.md").write_text("# Eagles\n\nEagles soar.\n")

    async def is_found() -> bool:
        return "docs/one.md" in await found(service, "eagles soar")

    await until(is_found)
    assert "docs/one.md" not in await found(service, "owls")
    (docs / "inner").mkdir()
    (docs / "inner" / "new.md").write_text("Kingfishers dive.\n")

    async def is_new_found() -> bool:
        return "docs/inner/new.md" in await found(service, "kingfishers")

    await until(is_new_found)
    shutil.rmtree(docs / "inner")
    (docs / "two.py").unlink()

    async def are_gone() -> bool:
        return not await found(service, "kingfishers") and not await found(service, "swim")

    await until(are_gone)
    assert (await service.verify(knowing.VerifyKnowledge(), ME)).problems == ()


async def _is_followed(service: Service, name: str) -> bool:
    base = await service.read(knowing.ReadKnowledge(), ME)
    return any(one.id == name and one.followed and one.state == "read" for one in base.sources)


async def test_another_rule_of_git_hides_what_was_found(enter: Enter, docs: Path) -> None:
    service = await enter()
    await added(service, docs)
    (docs / ".gitignore").write_text("one.md\n")

    async def is_hidden() -> bool:
        return not await found(service, "owls")

    await until(is_hidden)


async def test_what_changed_while_nobody_looked_is_found(enter: Enter, docs: Path) -> None:
    source = await added(await enter(), docs)
    service = await enter()
    (docs / "one.md").write_text("Penguins waddle.\n")
    await service.read(knowing.ReadKnowledge(), ME)
    await settled(service, source.id)
    assert (await found(service, "penguins"))[0] == "docs/one.md"


async def test_reading_again_reads_only_what_changed(
    enter: Enter, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in docs.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    service = await enter()
    source = await added(service, docs, follow=False)
    asked = list[str]()
    reader = service._desk.bulk
    before = reader.read

    async def read(ask: Ask) -> Parsed:
        asked.append(ask.name)
        return await before(ask)

    monkeypatch.setattr(reader, "read", read)
    await service.reread(knowing.RereadSource(source.id), ME)
    await settled(service, source.id)
    assert asked == []
    (docs / "one.md").write_text("Otters float.\n")
    await service.reread(knowing.RereadSource(source.name), ME)
    await settled(service, source.id)
    assert asked == ["one.md"]
    await service.reread(knowing.RereadSource(source.name, whole=True), ME)
    await settled(service, source.id)
    assert sorted(asked[1:]) == ["one.md", "photo.png", "two.py"]


async def test_a_source_that_is_not_followed_becomes_stale(enter: Enter, docs: Path) -> None:
    service = await enter()
    source = await added(service, docs, follow=False)
    (docs / "one.md").write_text("# Owls\n\nOwls hunt by day.\n")
    (hit,) = (await search(service, "owls")).hits
    assert hit.stale
    around = await service.passage(knowing.ReadPassage(hit.passage.id), ME)
    assert (around.stale, around.now) == (True, "# Owls\n\nOwls hunt by day.")
    service = await enter()
    base = await service.read(knowing.ReadKnowledge(), ME)
    assert [(one.stale, one.followed) for one in base.sources] == [(1, False)]
    assert base.sources[0].id == source.id


async def test_a_single_file_is_followed(enter: Enter, workspace: Workspace) -> None:
    path = workspace.project / "notes.txt"
    path.write_text("Remember the milk.\n")
    service = await enter()
    source = await added(service, path)
    assert (source.what, source.passages) == ("file", 1)
    path.write_text("Remember the bread.\n")

    async def is_found() -> bool:
        return bool(await found(service, "bread"))

    await until(is_found)


async def test_a_change_is_found_while_much_else_is_read(
    enter: Enter, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(400):
        (docs / f"n{number}.md").write_text(f"# Note {number}\n\nIts words.\n")
    service = await enter()
    reader, slow = service._desk.bulk, asyncio.Event()
    before = reader.read

    async def read(ask: Ask) -> Parsed:
        if ask.name == "n200.md":
            await slow.wait()
        return await before(ask)

    monkeypatch.setattr(reader, "read", read)
    source = await service.add(knowing.AddSource(str(docs)), ME)
    await until(lambda: _is_far(service, 20))
    (docs / "new.md").write_text("Flamingos stand.\n")
    (docs / "n300.md").unlink()
    await asyncio.sleep(0.5)  # The change is known, and waits for the next file.
    slow.set()

    async def is_found() -> bool:
        return bool(await found(service, "flamingos"))

    await until(is_found)
    done = await settled(service, source.id)
    assert (done.files, done.state) == (402, "read")
    assert (await service.verify(knowing.VerifyKnowledge(), ME)).problems == ()


async def test_a_change_is_found_while_the_one_before_is_written(
    enter: Enter, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, one = await enter(), docs / "one.md"
    source = await added(service, docs)
    one.write_text("Ravens talk.\n")
    await until(lambda: _is_found(service, "ravens"))
    await settled(service, source.id)
    index, slow = await service._open_index(), asyncio.Event()
    before = index.flush

    async def flush() -> None:
        await slow.wait()
        await before()

    monkeypatch.setattr(index, "flush", flush)
    one.write_text("Penguins waddle.\n")
    await until(lambda: _is_found(service, "penguins"))
    one.write_text("Eagles soar.\n")
    await until(lambda: _is_found(service, "eagles"))
    assert not await _is_written(service, one)  # The index may still lose it.
    slow.set()
    await until(lambda: _is_written(service, one))
    service = await enter()
    assert await found(service, "eagles") == ["docs/one.md"]
    assert (await service.verify(knowing.VerifyKnowledge(), ME)).problems == ()


async def _is_written(service: Service, path: Path) -> bool:
    """Tell whether the journal knows a file as it is now."""
    known = sha256(path.read_bytes()).hexdigest()
    events = await service._journal.read(reading.of_types, (SourceRead.type,))
    return any(known in event.payload for event in events)


async def _is_found(service: Service, text: str) -> bool:
    return bool(await found(service, text))


async def test_every_change_is_found_whenever_it_comes(enter: Enter, docs: Path) -> None:
    """Right after the first pass comes a second one, since files may have changed meanwhile."""
    for number in range(60):
        (docs / f"n{number}.md").write_text(f"# Note {number}\n\nIts words.\n")
    service = await enter()
    source = await added(service, docs)
    for number in range(60):
        await asyncio.sleep(0.02)
        (docs / f"n{number}.md").write_text(f"# Note {number}\n\nSays flamingo{number}.\n")

    async def are_found() -> bool:
        every = [await found(service, f"flamingo{number}") for number in range(60)]
        return all(paths[:1] == [f"docs/n{n}.md"] for n, paths in enumerate(every))

    await until(are_found)
    await settled(service, source.id)
    assert (await service.verify(knowing.VerifyKnowledge(), ME)).problems == ()


async def _is_far(service: Service, done: int) -> bool:
    base = await service.read(knowing.ReadKnowledge(), ME)
    return base.sources[0].done >= done


async def test_a_folder_that_goes_is_missing_and_what_it_said_stays(
    enter: Enter, docs: Path
) -> None:
    service = await enter()
    source = await added(service, docs, follow=False)
    docs.rename(docs.parent / "elsewhere")
    await service.reread(knowing.RereadSource(source.id), ME)
    missing = await settled(service, source.id)
    assert (missing.state, missing.passages) == ("missing", 2)
    (hit,) = (await search(service, "owls")).hits
    assert hit.stale
