"""What goes into a bundle: current versions with their parts, and sources with their files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec.structs import replace

from workbench.api.remembering import Part, SkillLearned, SubjectLearned
from workbench.errors import UsageError
from workbench.journal.contents import Contents
from workbench.knowledge.bundles.manifest import LARGEST_FILE, Entry, Manifest, held, is_safe
from workbench.knowledge.listing import shown_above
from workbench.knowledge.reading.opening import read_below
from workbench.knowledge.reading.values import Unreadable
from workbench.knowledge.skills.catalogue import Version as SkillVersion
from workbench.knowledge.state import Standing
from workbench.knowledge.subjects.catalogue import Version

CONTENTS = "contents"
_LARGEST = 256 * 1024 * 1024
"""It is put together in memory."""


class BundledSource(msgspec.Struct, frozen=True):
    """A source as a bundle has it: its files by the path that they had."""

    name: str
    what: str
    files: dict[str, str]
    """The digest of each."""
    vectors: str = ""
    """The digest of what its pieces' vectors are packed into; empty where there are none."""


@dataclass
class Gathered:
    """What was put together so far."""

    name: str
    entries: list[Entry] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    made: int = 0
    vectors: str = ""
    """Who made the vectors of its sources."""
    _room: int = _LARGEST

    @property
    def manifest(self) -> Manifest:
        entries = tuple(sorted(self.entries, key=lambda one: (one.kind, one.id)))
        return Manifest(
            name=self.name,
            made=self.made,
            entries=entries,
            files=held(self.files),
            vectors=self.vectors,
        )

    def add_subject(self, version: Version, contents: Contents) -> None:
        fact = replace(version.fact, origin="", becomes_current=True)
        self._add_parts(fact.parts, contents)
        self._describe("subject", (fact.subject, fact.name), fact, fact.checksum, fact.edition)
        self.made = max(self.made, version.time)

    def add_skill(self, version: SkillVersion, contents: Contents) -> None:
        fact = replace(
            version.fact,
            origin="",
            becomes_current=True,
            trial=None,
            trusted=False,
            depends=(),
        )
        self._add_parts(fact.parts, contents)
        self._describe("skill", (fact.skill, fact.skill), fact, fact.checksum, fact.edition)
        self.made = max(self.made, version.time)

    def add_source(
        self, standing: Standing, project: Path, contents: Contents, vectors: bytes = b""
    ) -> None:
        files: dict[str, str] = {}
        for path, data in _files_of(standing, project, contents, self.left_out):
            digest = sha256(data).hexdigest()
            files[path] = digest
            self._put(digest, data)
        digest = sha256(vectors).hexdigest() if vectors else ""
        if vectors:
            self._put(digest, vectors)
        source = BundledSource(standing.added.name, standing.added.what, files, digest)
        checksum = checksum_of_source(source)
        self._describe("source", (standing.id, source.name), source, checksum)
        self.made = max(self.made, standing.read)

    def _add_parts(self, parts: Iterable[Part], contents: Contents) -> None:
        for part in parts:
            self._put(part.digest, contents.read(part.digest))

    def _put(self, digest: str, data: bytes) -> None:
        path = f"{CONTENTS}/{digest}"
        self._room -= 0 if path in self.files else len(data)
        if self._room < 0:
            raise UsageError(
                f"The bundle would hold more than {_LARGEST // 2**20} MiB.",
                "Name what it shall have: --subject, --skill, --source.",
            )
        self.files[path] = data

    def _describe(
        self,
        kind: str,
        named: tuple[str, str],
        value: SubjectLearned | SkillLearned | BundledSource,
        checksum: str,
        version: str = "",
    ) -> None:
        name, title = named
        text = msgspec.json.encode(value, order="deterministic")
        file = f"{kind}s/{sha256(name.encode()).hexdigest()[:16]}.json"
        self.files[file] = text
        entry = {
            "kind": kind,
            "id": name,
            "name": title,
            "checksum": checksum,
            "version": version,
            "file": file,
            "bytes": len(text),
        }
        self.entries.append(msgspec.convert(entry, Entry))


def checksum_of_source(source: BundledSource) -> str:
    """Return the digest of all files of a source by their paths."""
    return sha256(msgspec.json.encode(source.files, order="deterministic")).hexdigest()


def _files_of(
    standing: Standing, project: Path, contents: Contents, left_out: list[str]
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a source as they were read; what changed since is left out, and told."""
    added = standing.added
    if added.what == "text":
        yield "text.txt", contents.read(added.content)
        return
    path = Path(added.path)
    root = path if added.what == "folder" else path.parent
    above = shown_above(root, project)
    for shown, file in sorted(standing.files.items()):
        name = shown.removeprefix(above)
        if file.reason or not file.digest:
            continue
        if not is_safe(name) or any(part.startswith(".") for part in name.split("/")):
            left_out.append(f"{added.name}: {shown} has a name that no bundle carries.")
            continue
        try:
            data, _ = read_below(str(root), name, LARGEST_FILE)
        except Unreadable as error:
            left_out.append(f"{added.name}: {shown}: {error}.")
            continue
        if sha256(data).hexdigest() != file.digest:
            left_out.append(f"{added.name}: {shown} changed since it was read.")
        else:
            yield name, data
