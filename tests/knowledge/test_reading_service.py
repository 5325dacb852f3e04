"""Sources are read, kept found, followed and remembered, by the service with its real parts."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from workbench.api import knowing
from workbench.api.passages import Domain, Hits, KnownSource
from workbench.errors import UsageError
from workbench.journal.journal import Journal
from workbench.knowledge.reading.values import Ask, Parsed
from workbench.knowledge.service import Service
from workbench.workspace import Workspace


@dataclass(frozen=True)
class Somebody:
    actor: str = "me/test"
    key: str = ""
    again: bool = False


ME = Somebody()
Enter = Callable[[], Awaitable[Service]]


@pytest.fixture
async def enter(workspace: Workspace) -> AsyncIterator[Enter]:
    """Return what opens the workspace anew, after closing it in good order."""
    workspace.make()
    stack = AsyncExitStack()

    async def enter() -> Service:
        await stack.aclose()
        journal = Journal(workspace)
        await journal.open()
        stack.push_async_callback(journal.close)
        service = Service(workspace, journal)
        stack.push_async_callback(service.close)
        return service

    yield enter
    await stack.aclose()


@pytest.fixture
def docs(workspace: Workspace) -> Path:
    folder = workspace.project / "docs"
    folder.mkdir()
    (folder / "one.md").write_text("# Owls\n\nOwls hunt at night.\n")
    (folder / "two.py").write_text("def swim(fish):\n    return fish.fins\n")
    (folder / "photo.png").write_bytes(b"\x89PNG\0")
    return folder


async def added(service: Service, what: str | Path, *, follow: bool = True) -> KnownSource:
    source = await service.add(knowing.AddSource(str(what), follow=follow), ME)
    return await settled(service, source.id)


async def settled(service: Service, name: str) -> KnownSource:
    base = await service.read(knowing.ReadKnowledge(), ME)
    while True:
        (source,) = [one for one in base.sources if one.id == name]
        if source.state not in ("waiting", "reading"):
            return source
        base = await service.next(knowing.NextKnowledge(base.mark), ME)


async def search(service: Service, text: str, domains: tuple[str, ...] = ()) -> Hits:
    return await service.search(knowing.Search(text, domains=domains), ME)


async def found(service: Service, text: str) -> list[str]:
    return [hit.passage.path for hit in (await search(service, text)).hits]


async def until(done: Callable[[], Awaitable[bool]]) -> float:
    began = time.monotonic()
    while not await done():
        assert time.monotonic() - began < 30
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def test_a_folder_is_read_and_found_with_its_place(enter: Enter, docs: Path) -> None:
    service = await enter()
    source = await added(service, docs)
    assert (source.state, source.files, source.passages) == ("read", 2, 2)
    assert [(one.reason, one.count) for one in source.skipped] == [("it is binary", 1)]
    hit = (await search(service, "owls hunt")).hits[0]
    assert (hit.passage.path, hit.passage.first, hit.passage.last) == ("docs/one.md", 1, 3)
    assert (hit.passage.heading, hit.stale) == (("Owls",), False)
    around = await service.passage(knowing.ReadPassage(hit.passage.id), ME)
    assert around.passage.text.startswith("# Owls")


async def test_what_git_ignores_is_not_read(enter: Enter, docs: Path) -> None:
    (docs / ".gitignore").write_text("private/\n*.log\n")
    (docs / "private").mkdir()
    (docs / "private" / "a.md").write_text("secret words")
    (docs / "a.log").write_text("log words")
    source = await added(await enter(), docs)
    assert source.files == 3


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


async def test_it_is_all_there_after_a_restart(enter: Enter, docs: Path) -> None:
    source = await added(await enter(), docs)
    service = await enter()
    assert await found(service, "owls") == ["docs/one.md"]
    again = await settled(service, source.id)
    assert (again.state, again.passages, again.files) == ("read", 2, 2)


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


async def test_a_text(enter: Enter) -> None:
    service = await enter()
    command = knowing.AddSource("-", "plan.md", "# Plan\n\nBuild a treehouse.\n")
    source = await service.add(command, ME)
    await settled(service, source.id)
    (hit,) = (await search(service, "treehouse")).hits
    assert (hit.passage.path, hit.passage.heading, hit.stale) == ("plan.md", ("Plan",), False)
    again = await enter()
    assert await found(again, "treehouse") == ["plan.md"]
    with pytest.raises(UsageError, match="There is no text"):
        await service.add(knowing.AddSource("-", text=" \n"), ME)


async def test_an_installed_package(enter: Enter, workspace: Workspace) -> None:
    prefix = workspace.project / ".venv"
    site = prefix / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    site.mkdir(parents=True)
    (prefix / "bin").mkdir()
    (prefix / "bin" / "python").symlink_to(sys.executable)
    home = Path(sys.base_prefix) / "bin"
    (prefix / "pyvenv.cfg").write_text(f"home = {home}\nversion = {sys.version.split()[0]}\n")
    (site / "birds").mkdir()
    (site / "birds" / "__init__.py").write_text(
        'raise SystemExit("executed")\ndef sing(pitch=1):\n    """Sing a song.\n\n'
        '    >>> sing()\n    \'la\'\n    """\n'
    )
    info = site / "the_birds-2.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: the-birds\nVersion: 2.1\n\nAbout\n=====\n\nFeathers.\n")
    names = ("birds/__init__.py", "the_birds-2.1.dist-info/METADATA", "../../../escape.py")
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in names))
    (prefix / "lib" / "escape.py").write_text("def escaped(): pass\n")
    service = await enter()
    source = await added(service, "the.Birds")
    assert (source.what, source.name, source.path) == ("package", "the_birds", "the_birds 2.1")
    (hit, *_) = (await search(service, "sing a song")).hits
    assert (hit.passage.symbol, hit.passage.kind) == ("birds.sing", "package")
    assert ">>> sing()" in hit.passage.text
    assert await found(service, "feathers")
    assert not await found(service, "escaped")
    assert (await added(service, "birds")).id == source.id
    info.rename(site / "the_birds-3.0.dist-info")
    (site / "the_birds-3.0.dist-info" / "RECORD").write_text("birds/__init__.py,,\n")
    await service.reread(knowing.RereadSource(source.id), ME)
    upgraded = await settled(service, source.id)
    assert (upgraded.path, upgraded.files) == ("the_birds 3.0", 1)
    shutil.rmtree(site / "the_birds-3.0.dist-info")
    await service.reread(knowing.RereadSource(source.id), ME)
    gone = await settled(service, source.id)
    assert (gone.state, gone.files) == ("missing", 1)


async def test_what_is_nowhere_is_told(enter: Enter) -> None:
    service = await enter()
    for what in ("/no/such/folder", "no-such-package", "../../x", "a b; rm"):
        with pytest.raises(UsageError, match="There is no"):
            await service.add(knowing.AddSource(what), ME)


async def test_removing(enter: Enter, docs: Path) -> None:
    service = await enter()
    source = await added(service, docs)
    base = await service.remove(knowing.RemoveSource(source.name), ME)
    assert (base.sources, base.passages) == ((), 0)
    service = await enter()
    assert (await service.read(knowing.ReadKnowledge(), ME)).sources == ()
    assert (await search(service, "owls")).hits == ()
    checked = await service.verify(knowing.VerifyKnowledge(), ME)
    assert (checked.sound, checked.passages) == (True, 0)


async def test_searching_while_it_is_read(enter: Enter, docs: Path) -> None:
    for number in range(200):
        (docs / f"n{number}.py").write_text(f"def note_taken(n):\n    return {number}\n")
    service = await enter()
    source = await service.add(knowing.AddSource(str(docs)), ME)
    state = "waiting"
    while state in ("waiting", "reading"):
        await search(service, "note_taken")
        base = await service.read(knowing.ReadKnowledge(), ME)
        state = base.sources[0].state
    assert source.id == base.sources[0].id
    assert (await search(service, "note_taken")).hits[0].passage.symbol == "note_taken"


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


async def test_stopping_and_going_on(enter: Enter, docs: Path) -> None:
    for number in range(1_500):
        (docs / f"n{number}.md").write_text(f"# Note {number}\n\nIts words.\n")
    service = await enter()
    source = await service.add(knowing.AddSource(str(docs)), ME)

    async def has_begun() -> bool:
        base = await service.read(knowing.ReadKnowledge(), ME)
        return base.sources[0].done > 5

    await until(has_begun)
    stopped = await service.stop(knowing.StopReading(source.id), ME)
    assert (stopped.state, stopped.followed) == ("cancelled", False)
    assert 0 < stopped.files < 1_502
    service = await enter()
    base = await service.read(knowing.ReadKnowledge(), ME)
    assert (base.sources[0].state, base.sources[0].files) == ("cancelled", stopped.files)
    await service.reread(knowing.RereadSource(source.id), ME)
    assert (await settled(service, source.id)).files == 1_502
    assert (await service.verify(knowing.VerifyKnowledge(), ME)).problems == ()


async def test_reading_that_was_interrupted_goes_on(enter: Enter, docs: Path) -> None:
    for number in range(300):
        (docs / f"n{number}.md").write_text(f"# Note {number}\n\nIts words.\n")
    service = await enter()
    source = await service.add(knowing.AddSource(str(docs), follow=False), ME)
    service = await enter()
    await service.read(knowing.ReadKnowledge(), ME)
    assert (await settled(service, source.id)).files == 302


async def test_an_index_that_is_lost_is_made_again(
    enter: Enter, docs: Path, workspace: Workspace
) -> None:
    service = await enter()
    source = await added(service, docs, follow=False)
    before = await search(service, "owls")
    await service.close()
    shutil.rmtree(workspace.folder / "knowledge")
    service = await enter()
    await service.read(knowing.ReadKnowledge(), ME)
    await until(lambda: _all_found(service, source))
    after = await search(service, "owls")
    assert [hit.passage for hit in after.hits] == [hit.passage for hit in before.hits]
    assert (await service.verify(knowing.VerifyKnowledge(), ME)).problems == ()


async def _all_found(service: Service, source: KnownSource) -> bool:
    return (await settled(service, source.id)).state == "read" and bool(
        await found(service, "owls")
    )


async def test_a_rebuild_gives_the_same_answers(enter: Enter, docs: Path) -> None:
    service = await enter()
    source = await added(service, docs)
    before = [hit.passage for hit in (await search(service, "owls fish night")).hits]
    await service.rebuild(knowing.RebuildKnowledge(), ME)
    await settled(service, source.id)
    after = [hit.passage for hit in (await search(service, "owls fish night")).hits]
    assert before == after
    assert (await service.verify(knowing.VerifyKnowledge(), ME)).problems == ()


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


async def test_domains(enter: Enter, docs: Path, workspace: Workspace) -> None:
    other = workspace.project / "other.md"
    other.write_text("Owls in another file.\n")
    service = await enter()
    first = await added(service, docs)
    second = await service.add(knowing.AddSource(str(other), domains=("birds",)), ME)
    await settled(service, second.id)
    hits = await search(service, "owls", domains=("birds",))
    assert [(hit.passage.path, hit.domain) for hit in hits.hits] == [("other.md", "birds")]
    both = Domain("both", ("docs", second.id))
    made = await service.change_domain(knowing.ChangeDomain(both), ME)
    assert made.sources == (first.id, second.id)
    service = await enter()
    assert len((await search(service, "owls", domains=("both",))).hits) == 2
    await service.change_domain(knowing.ChangeDomain(Domain("both", ())), ME)
    for unknown in ("both", "nothing"):
        with pytest.raises(UsageError, match="There is no domain"):
            await search(service, "owls", domains=(unknown,))
    await service.remove(knowing.RemoveSource(second.id), ME)
    assert (await search(service, "owls", domains=("birds",))).hits == ()


async def test_a_name_that_means_nothing(enter: Enter) -> None:
    service = await enter()
    with pytest.raises(UsageError, match="names 0 sources"):
        await service.reread(knowing.RereadSource("docs"), ME)
    assert (await search(service, "owls")).how == "nothing was read"
