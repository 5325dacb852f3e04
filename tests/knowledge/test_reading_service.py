"""Sources are read, kept found, followed and remembered, by the service with its real parts."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.knowledge.served import ME, Enter, added, found, search, settled, until
from workbench.api import knowing
from workbench.api.passages import Domain, KnownSource
from workbench.errors import UsageError
from workbench.knowledge.service import Service
from workbench.workspace import Workspace


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


async def test_it_is_all_there_after_a_restart(enter: Enter, docs: Path) -> None:
    source = await added(await enter(), docs)
    service = await enter()
    assert await found(service, "owls") == ["docs/one.md"]
    again = await settled(service, source.id)
    assert (again.state, again.passages, again.files) == ("read", 2, 2)


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
