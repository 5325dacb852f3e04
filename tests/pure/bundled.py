"""A bundle with a subject and a skill."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tests.pure.remembered_facts import Writer, learned
from workbench.api.memory import NewFile
from workbench.api.remembering import SkillLearned, Trial
from workbench.api.subjects import NewPart
from workbench.journal.contents import Contents
from workbench.knowledge.bundles import packing, taking
from workbench.knowledge.bundles.gathering import Gathered
from workbench.knowledge.skills import writing
from workbench.knowledge.skills.catalogue import Crafts
from workbench.knowledge.subjects import contents
from workbench.knowledge.subjects.catalogue import Catalogue


def everything(folder: Path) -> Gathered:
    """Return what a bundle shall hold: a subject and a skill."""
    kept = Contents(folder / "contents")
    writer, packed = Writer(), Gathered("everything")
    parts, held = contents.parts_of([NewPart("documentation", "a.md", "# A\n")])
    subject = learned("asyncio", "1", parts=parts, about="Loops")
    texts = [
        NewFile("code", "add.py", "def add(a, b):\n    return a + b\n"),
        NewFile("test", "test_add.py", "def test_add():\n    assert True\n"),
    ]
    files = writing.files_of("adding", "Adds numbers.", texts)
    crafted, more = contents.parts_of(files)
    skill = SkillLearned("adding", "e1", "", "Adds numbers.", crafted, Trial(9, 0, "x", "full"))
    skill = msgspec.structs.replace(skill, checksum=contents.checksum_of_skill(skill), trusted=True)
    for data in (*held.values(), *more.values()):
        kept.keep(data)
    catalogue = Catalogue().after(writer.write(subject))
    crafts = Crafts().after(writer.write(skill))
    packed.add_subject(catalogue.topics["asyncio"].versions[0], kept)
    packed.add_skill(crafts.skills["adding"].versions[0], kept)
    return packed


def write_bundle(folder: Path) -> Path:
    gathered, path = everything(folder), folder / "good.zip"
    packing.write(path, gathered.manifest, gathered.files)
    return path


def opened_wares(path: Path) -> taking.Wares:
    with packing.opened(path) as found:
        found.check()
        return taking.wares(found)
