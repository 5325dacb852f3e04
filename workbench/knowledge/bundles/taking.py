"""What a bundle of a stranger holds, as values: checked word by word before anything is done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from workbench.api.memory import Packed
from workbench.api.remembering import Part, SkillLearned, SubjectLearned
from workbench.errors import WorkbenchError
from workbench.knowledge.bundles.gathering import CONTENTS, BundledSource, checksum_of_source
from workbench.knowledge.bundles.manifest import Entry, is_safe, refuse
from workbench.knowledge.bundles.packing import Opened
from workbench.knowledge.skills import writing
from workbench.knowledge.skills.catalogue import Crafts
from workbench.knowledge.subjects import carrying, contents
from workbench.knowledge.subjects.catalogue import Catalogue
from workbench.visible import visible_line


@dataclass(frozen=True)
class Wares:
    """All that a bundle holds, by its entries."""

    subjects: tuple[tuple[Entry, SubjectLearned], ...]
    skills: tuple[tuple[Entry, SkillLearned], ...]
    sources: tuple[tuple[Entry, BundledSource], ...]


def wares(bundle: Opened) -> Wares:
    """Return what a bundle holds, or refuse all of it."""
    subjects, skills, sources = [], [], []
    for entry in bundle.manifest.entries:
        try:
            if entry.kind == "subject":
                subjects.append((entry, _subject(entry, bundle)))
            elif entry.kind == "skill":
                skills.append((entry, _skill(entry, bundle)))
            else:
                sources.append((entry, _source(entry, bundle)))
        except (msgspec.MsgspecError, RecursionError) as error:
            raise refuse(f"{visible_line(entry.id)} cannot be read ({error})") from error
        except WorkbenchError as error:
            if "refused" in error.sentence:
                raise
            raise refuse(f"{visible_line(entry.id)}: {error.sentence.rstrip('.')}") from error
    return Wares(tuple(subjects), tuple(skills), tuple(sources))


def _subject(entry: Entry, bundle: Opened) -> SubjectLearned:
    fact = msgspec.json.decode(bundle.read(entry.file), type=SubjectLearned)
    fact = replace(fact, parts=contents.checked_parts(fact.parts), origin="")
    carrying.checked(fact)
    if any(contents.id_of(one) != one for one in fact.needs):
        raise refuse(f"{visible_line(entry.id)} needs what can be no subject")
    _check_parts(fact.parts, bundle)
    _check_entry(entry, fact.subject, fact.checksum)
    return fact


def _skill(entry: Entry, bundle: Opened) -> SkillLearned:
    """Return a skill, of which nothing that it says of its own tests is believed."""
    fact = msgspec.json.decode(bundle.read(entry.file), type=SkillLearned)
    parts = contents.checked_parts(fact.parts)
    fact = replace(fact, parts=parts, origin="", trial=None, trusted=False, depends=())
    paths = {part.path for part in parts}
    if writing.checked_name(fact.skill) != fact.skill or writing.NAME not in paths:
        raise refuse(f"{visible_line(entry.id)} is no skill")
    if any(part.kind == "test" and not writing.is_test(part.path) for part in parts):
        raise refuse(f"{visible_line(entry.id)} has tests that nothing would run")
    writing.checked_description(fact.description)
    if contents.checksum_of_skill(fact) != fact.checksum:
        raise refuse(f"the checksum of {visible_line(entry.id)} is that of something else")
    _check_parts(parts, bundle)
    _check_entry(entry, fact.skill, fact.checksum)
    return fact


def _source(entry: Entry, bundle: Opened) -> BundledSource:
    source = msgspec.json.decode(bundle.read(entry.file), type=BundledSource)
    for path, digest in source.files.items():
        if not is_safe(path) or any(word.startswith(".") for word in path.split("/")):
            raise refuse(f"{visible_line(path[:80])!r} is no path that a source has")
        _check_content(digest, None, bundle)
    if source.vectors:
        _check_content(source.vectors, None, bundle)
    _refuse_collisions(source.files)
    if not source.name.isprintable() or not source.name.strip():
        raise refuse("the name of a source is not one line of text")
    _check_entry(entry, entry.id, checksum_of_source(source))
    return source


def _refuse_collisions(paths: Iterable[str]) -> None:
    """Refuse a path that is a folder of another: both cannot be written."""
    every = set(paths)
    for path in every:
        words = path.split("/")
        if any("/".join(words[:at]) in every for at in range(1, len(words))):
            raise refuse(f"{visible_line(path)} lies below a file")


def _check_parts(parts: Iterable[Part], bundle: Opened) -> None:
    for part in parts:
        _check_content(part.digest, part.bytes, bundle)


def _check_content(digest: str, size: int | None, bundle: Opened) -> None:
    held = bundle.manifest.files.get(f"{CONTENTS}/{digest}")
    if held is None or held.sha256 != digest or size not in (None, held.bytes):
        raise refuse(f"the content {visible_line(digest[:12])} is not in it")


def _check_entry(entry: Entry, name: str, checksum: str) -> None:
    if entry.id != name or entry.checksum != checksum:
        raise refuse(f"{visible_line(entry.id)} is not what its manifest says")


def compared(
    found: Wares, catalogue: Catalogue, crafts: Crafts, sources: dict[str, str]
) -> tuple[Packed, ...]:
    """Return how everything in a bundle stands to what is known here."""
    return (
        *(_packed(entry, *_subject_here(fact, catalogue)) for entry, fact in found.subjects),
        *(_packed(entry, *_skill_here(fact, crafts)) for entry, fact in found.skills),
        *(_packed(entry, *_source_here(entry, sources)) for entry, _ in found.sources),
    )


def _packed(entry: Entry, here: str, sentence: str) -> Packed:
    return Packed(
        kind=entry.kind,
        id=entry.id,
        name=entry.name,
        checksum=entry.checksum,
        version=entry.version,
        bytes=entry.bytes,
        here=here,
        sentence=sentence,
    )


def _subject_here(fact: SubjectLearned, catalogue: Catalogue) -> tuple[str, str]:
    topic = catalogue.topics.get(fact.subject)
    counting = [one for one in topic.versions if one.name not in topic.withdrawn] if topic else []
    current = topic.current if topic else None
    return _stands(
        [one.fact.checksum for one in counting],
        current.fact.checksum if current else "",
        fact.checksum,
        current.number if current else 0,
    )


def _skill_here(fact: SkillLearned, crafts: Crafts) -> tuple[str, str]:
    craft = crafts.skills.get(fact.skill)
    counting = [one for one in craft.versions if one.name not in craft.withdrawn] if craft else []
    current = craft.current if craft else None
    here, sentence = _stands(
        [one.fact.checksum for one in counting],
        current.fact.checksum if current else "",
        fact.checksum,
        current.number if current else 0,
    )
    tested = writing.has_tests(fact.parts)
    if here in ("new", "conflict"):
        sentence += " Its tests run first." if tested else " It has no tests."
    return here, sentence


def _stands(known: list[str], current: str, checksum: str, number: int) -> tuple[str, str]:
    if checksum == current:
        return "same", "It is the current version here."
    if checksum in known:
        return "older here", f"It is known here; version {number} is current and stays so."
    if current:
        return "conflict", f"Both are kept; version {number} stays current unless --theirs."
    return "new", "It would be the current version."


def _source_here(entry: Entry, sources: dict[str, str]) -> tuple[str, str]:
    if sources.get(entry.checksum):
        return "same", f"It was taken in as {sources[entry.checksum]}."
    return "new", "Its files would be kept in the workspace and read."
