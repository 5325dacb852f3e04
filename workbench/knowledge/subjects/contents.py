"""What a version of a subject or a skill holds: its names, its parts, and their checksum."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Literal, Protocol

import msgspec

from workbench.api.remembering import Part, SkillLearned, SubjectLearned
from workbench.errors import UsageError
from workbench.visible import visible_line

LARGEST_PART = 4 * 1024 * 1024
LARGEST_VERSION = 32 * 1024 * 1024
MOST_PARTS = 1_000
LONGEST_PATH = 200
LONGEST_NAME = 80
LONGEST_ABOUT = 4_000
PartKind = Literal["documentation", "code", "test"]
_NO_WORD = re.compile(r"[^\w.+#]+|_+")
_GRADES = ("", "A", "B", "C", "D", "E", "F")
PROFICIENCIES = ("none", "beginner", "working", "proficient", "expert")
KINDS = ("topic", "technology", "library", "language")
_encoder = msgspec.json.Encoder(order="deterministic")


class New(Protocol):
    """A text that is to become a part."""

    @property
    def kind(self) -> PartKind: ...
    @property
    def path(self) -> str: ...
    @property
    def text(self) -> str: ...


def id_of(name: str) -> str:
    """Return the id of a name: the same whatever its case and the signs between its words."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    found = _NO_WORD.sub("-", folded).strip("-.")
    if not found or len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageError(
            f"{visible_line(name[:LONGEST_NAME])!r} cannot be a name.",
            f"A name is one line of at most {LONGEST_NAME} letters, with at least one in it.",
        )
    return found


def checksum_of_subject(fact: SubjectLearned) -> str:
    """Return the digest of all that a version holds, wherever and whenever it was learned."""
    said = (fact.subject, fact.name, fact.kind, fact.about, fact.grade, fact.score)
    rests = [(one.path, one.first, one.last, one.digest, one.heading) for one in fact.passages]
    parts = _parts(fact.parts)
    return _digest(("subject", *said, fact.proficiency, fact.needs, parts, sorted(rests)))


def checksum_of_skill(fact: SkillLearned) -> str:
    """Return the digest of all that a version of a skill holds."""
    return _digest(("skill", fact.skill, fact.description, _parts(fact.parts)))


def version_of(checksum: str, salt: str) -> str:
    """Return the name of a version: the same content can come twice, as two versions."""
    return sha256(f"{checksum}\n{salt}".encode()).hexdigest()[:12]


def checked_path(path: str) -> str:
    """Return a relative path that cannot leave its folder, whatever unpacks it."""
    pure = PurePosixPath(path)
    bad = (
        not path
        or len(path) > LONGEST_PATH
        or not path.isprintable()
        or "\\" in path
        or ":" in path
        or pure.is_absolute()
        or str(pure) != path
        or any(part.startswith(".") or part.endswith((".", " ")) for part in pure.parts)
    )
    if bad:
        raise UsageError(
            f"{visible_line(path[:LONGEST_PATH])!r} cannot be the path of a part.",
            "It is relative, with slashes, and leads nowhere else: `docs/guide.md`.",
        )
    return path


def checked_parts(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return parts in order, or refuse what nothing could unpack or too much of it."""
    for part in parts:
        checked_path(part.path)
    folded = {unicodedata.normalize("NFC", part.path).casefold() for part in parts}
    total = sum(part.bytes for part in parts)
    if len(folded) != len(parts):
        raise UsageError("Two parts have the same path.", "Give each a path of its own.")
    if len(parts) > MOST_PARTS or total > LARGEST_VERSION or any(map(_is_too_large, parts)):
        raise UsageError(
            f"A version of {len(parts)} parts and {total:,} bytes is too large.",
            f"At most {MOST_PARTS} parts, {LARGEST_PART // 2**20} MiB each"
            f" and {LARGEST_VERSION // 2**20} MiB together.",
        )
    return tuple(sorted(parts, key=lambda part: (part.kind, part.path)))


def parts_of(new: Iterable[New]) -> tuple[tuple[Part, ...], dict[str, bytes]]:
    """Return texts as parts, and what they hold by digest."""
    contents: dict[str, bytes] = {}
    parts = []
    for one in new:
        data = one.text.encode("utf-8", "surrogatepass")
        digest = sha256(data).hexdigest()
        contents[digest] = data
        parts.append(Part(one.kind, one.path, digest, len(data)))
    return checked_parts(parts), contents


def checked_standing(grade: str, score: float | None, proficiency: str, kind: str) -> None:
    """Refuse what no exam gives."""
    for what, value, allowed in (
        ("grade", grade, _GRADES),
        ("proficiency", proficiency, PROFICIENCIES),
        ("kind", kind, KINDS),
    ):
        if value not in allowed:
            raise UsageError(
                f"There is no {what} {visible_line(value)!r}.",
                f"There are: {', '.join(filter(None, allowed))}.",
            )
    if score is not None and not 0 <= score <= 1:
        raise UsageError(f"{score} is no score.", "A score is a number from 0 to 1.")


def _parts(parts: Iterable[Part]) -> list[tuple[str, str, str]]:
    return sorted((part.kind, part.path, part.digest) for part in parts)


def _is_too_large(part: Part) -> bool:
    return part.bytes > LARGEST_PART


def _digest(value: object) -> str:
    return sha256(_encoder.encode(value)).hexdigest()
