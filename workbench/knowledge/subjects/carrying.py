"""A version as one text, to look at or to take elsewhere; and back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Literal

import msgspec

from workbench.api.remembering import Part, SourcePassage, SubjectLearned
from workbench.errors import Findings
from workbench.knowledge.subjects import contents
from workbench.knowledge.subjects.catalogue import Version
from workbench.knowledge.subjects.shown import Read, text_of

FORMAT = 1
LARGEST_TEXT = 64 * 1024 * 1024


class Carried(msgspec.Struct, frozen=True):
    """A part with what it holds, in one of two ways."""

    kind: Literal["documentation", "code", "test"]
    path: str
    digest: str
    text: str | None = None
    base64: str | None = None


class Exported(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version as JSON."""

    workbench_subject: int
    """The version of this format."""
    subject: str
    name: str
    kind: str
    checksum: str
    about: str
    parts: tuple[Carried, ...]
    passages: tuple[SourcePassage, ...]
    needs: tuple[str, ...]
    grade: str
    score: float | None
    proficiency: str


class _Format(msgspec.Struct, frozen=True):
    workbench_subject: int


def as_json(version: Version, read: Read) -> str:
    fact = version.fact
    exported = Exported(
        workbench_subject=FORMAT,
        subject=fact.subject,
        name=fact.name,
        kind=fact.kind,
        checksum=fact.checksum,
        about=fact.about,
        parts=tuple(_carried(part, read) for part in fact.parts),
        passages=fact.passages,
        needs=fact.needs,
        grade=fact.grade,
        score=fact.score,
        proficiency=fact.proficiency,
    )
    encoded = msgspec.json.encode(exported, order="deterministic")
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def _carried(part: Part, read: Read) -> Carried:
    data = read(part.digest)
    try:
        return Carried(part.kind, part.path, part.digest, text=data.decode("utf-8"))
    except UnicodeDecodeError:
        return Carried(part.kind, part.path, part.digest, base64=b64encode(data).decode())


def from_json(text: str) -> tuple[SubjectLearned, dict[str, bytes]]:
    """Return what a text holds, checked against its own digests, and contents by digest."""
    exported = _read(text)
    parts, held = [], dict[str, bytes]()
    for one in exported.parts:
        data = _bytes(one)
        held[digest := sha256(data).hexdigest()] = data
        if digest != one.digest:
            raise _damaged(f"{one.path} is not what its digest says")
        parts.append(Part(one.kind, one.path, digest, len(data)))
    fact = SubjectLearned(
        subject=contents.id_of(exported.subject),
        name=exported.name,
        kind=exported.kind,
        edition="",
        checksum=exported.checksum,
        about=exported.about,
        parts=contents.checked_parts(parts),
        passages=exported.passages,
        needs=exported.needs,
        grade=exported.grade,
        score=exported.score,
        proficiency=exported.proficiency,
    )
    return checked(fact), held


def checked(fact: SubjectLearned) -> SubjectLearned:
    """Refuse a version from elsewhere whose fields are not what its checksum says."""
    contents.checked_standing(fact.grade, fact.score, fact.proficiency, fact.kind)
    if contents.id_of(fact.name) != fact.subject:
        raise _damaged("its name is another's")
    if contents.checksum_of_subject(fact) != fact.checksum:
        raise _damaged("its checksum is that of something else")
    return fact


def _read(text: str) -> Exported:
    if len(text) > LARGEST_TEXT:
        raise _damaged("it is larger than any")
    try:
        found = msgspec.json.decode(text, type=_Format)
        if found.workbench_subject > FORMAT:
            raise Findings(
                f"The subject is of format {found.workbench_subject}, newer than {FORMAT}.",
                "Use the release that it was exported with, or a newer one.",
            )
        return msgspec.json.decode(text, type=Exported)
    except msgspec.MsgspecError as error:
        raise _damaged(str(error)) from error


def _bytes(one: Carried) -> bytes:
    if one.text is not None:
        return one.text.encode("utf-8", "surrogatepass")
    try:
        return b64decode(one.base64 or "", validate=True)
    except ValueError as error:
        raise _damaged(f"{one.path} is not base64") from error


def _damaged(why: str) -> Findings:
    return Findings(
        f"This is no exported subject that can be trusted: {why}.",
        "Export it again with `workbench subjects export`.",
    )


def as_markdown(version: Version, read: Read) -> str:
    return "\n".join(_markdown(version, read)) + "\n"


def _markdown(version: Version, read: Read) -> Iterator[str]:
    fact = version.fact
    yield from (f"# {fact.name}", "")
    if fact.about:
        yield from (fact.about, "")
    graded = f", grade {fact.grade}" if fact.grade else ""
    yield from (f"Version {version.number}: {fact.proficiency}{graded}.", "")
    for part in fact.parts:
        yield from (
            f"## {part.kind}: {part.path}",
            "",
            *_fenced(text_of(part, read).text, part),
            "",
        )
    if fact.passages:
        yield from ("## Sources", "")
        yield from (f"- {one.path}:{one.first}-{one.last}" for one in fact.passages)


def _fenced(text: str, part: Part) -> Iterator[str]:
    """Put code between fences that are longer than any in it; Markdown stands for itself."""
    if part.path.endswith(".md"):
        yield text.rstrip("\n")
        return
    longest = max((len(run) for run in text.split("\n") if set(run) == {"`"}), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}{part.path.rpartition('.')[2]}", text.rstrip("\n"), fence)
