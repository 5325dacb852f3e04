"""The project as a task sees it: one state of it, with what was drafted laid over.

What is read is a snapshot, not the disk: no link is followed, nothing that git ignores is in it,
and no file can turn into another one between being looked at and being read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workbench.chat.guard import Policy, Read, decide, redact
from workbench.errors import StoreError
from workbench.sandbox.snapshot import Snapshot, Store
from workbench.visible import visible_line

LARGEST = 1 << 20
"""Bytes of a file that is read at all."""
_SEARCHED = 64 << 20
_LINES, _CHARACTERS, _LONGEST_LINE = 300, 12_000, 500
_HITS = 40
_LISTED = 200


class Refused(Exception):
    """The policy does not allow it."""


class Missing(Exception):
    """There is nothing to read."""


@dataclass(frozen=True)
class Draft:
    """What a file holds and is to hold; None is a file that is not there."""

    before: bytes | None
    after: bytes


@dataclass
class Files:
    """Files that a policy lets a task see."""

    store: Store
    snapshot: Snapshot
    policy: Policy
    drafts: dict[str, Draft] = field(default_factory=dict)
    _known: tuple[Policy, tuple[str, ...]] | None = field(default=None, init=False)

    @property
    def change(self) -> Mapping[str, bytes]:
        """Return what drafted files are to hold."""
        return {path: one.after for path, one in sorted(self.drafts.items())}

    def paths(self) -> Iterator[str]:
        """Yield what may be read, in order."""
        drafted = (path for path in self.drafts if decide(self.policy, Read(path)).allowed)
        return iter(sorted({*self._readable(), *drafted}))

    def _readable(self) -> tuple[str, ...]:
        """Return the project's own files that may be read; they are decided on once."""
        if self._known is None or self._known[0] != self.policy:
            files = (path for path, one in self.snapshot.entries.items() if one.kind != "link")
            allowed = (path for path in files if decide(self.policy, Read(path)).allowed)
            self._known = self.policy, tuple(allowed)
        return self._known[1]

    def content(self, path: str) -> bytes | None:
        """Return what a file holds now, drafts included; None where there is no such file."""
        if path in self.drafts:
            return self.drafts[path].after
        return self.original(path)

    def original(self, path: str) -> bytes | None:
        """Return what a file holds in the project."""
        entry = self.snapshot.entries.get(path)
        if entry is None:
            return None
        if entry.kind == "link":
            raise Refused(f"{visible_line(path)} is a link: those are not followed.")
        if entry.size > LARGEST:
            told = f"{visible_line(path)} has {entry.size:,} bytes: {LARGEST:,} are the most."
            raise Missing(told)
        try:
            return self.store.read(self.snapshot, path)
        except StoreError as error:
            raise Missing(error.sentence) from error

    def text(self, path: str) -> str:
        """Return the text of a file that may be read, as it is."""
        decision = decide(self.policy, Read(path))
        if not decision.allowed:
            raise Refused(decision.sentence)
        content = self.content(path)
        if content is None:
            raise Missing(self._no_such(path))
        return _decoded(path, content)

    def lines(self, path: str, first: int) -> str:
        """Return a window of a file, numbered, without secrets."""
        every = redact(self.text(path)).split("\n")
        first = min(max(1, first), len(every))
        shown = list(_within(every, first))
        last = first + len(shown) - 1
        place = f"{path}, lines {first} to {last} of {len(every)}"
        return "\n".join([place, *shown])

    def listed(self, folder: str) -> str:
        """Return the files of a folder, those far below it counted."""
        under = folder.strip("/").removeprefix(".").strip("/")
        start = f"{under}/" if under else ""
        found = [path for path in self.paths() if path.startswith(start)]
        if not found:
            raise Missing(f"There are no files to read in {visible_line(folder) or 'the project'}.")
        shown = found if len(found) <= _LISTED else _summed(found, start)
        more = f"\n… and {len(shown) - _LISTED:,} more" if len(shown) > _LISTED else ""
        return "\n".join(map(visible_line, shown[:_LISTED])) + more

    def search(self, text: str) -> str:
        """Return the lines that hold a text, in any case of letters, without secrets."""
        wanted = text.strip().casefold()
        if not wanted:
            raise Missing("There is nothing to search for: name some text.")
        hits = [hit for _, hit in zip(range(_HITS + 1), self._hits(wanted), strict=False)]
        if not hits:
            raise Missing(f"No file that may be read holds {visible_line(text)!r}.")
        more = "\n… and more; search for something rarer" if len(hits) > _HITS else ""
        return "\n".join(hits[:_HITS]) + more

    def _hits(self, wanted: str) -> Iterator[str]:
        left = _SEARCHED
        for path in self.paths():
            text = self._searchable(path)
            left -= len(text)
            if left < 0:
                yield "… the rest was not searched: the project is too large"
                return
            if wanted in text.casefold():
                for number, line in enumerate(redact(text).split("\n"), 1):
                    if wanted in line.casefold():
                        yield f"{visible_line(path)}:{number}: {_cut(line.strip())}"

    def _searchable(self, path: str) -> str:
        """Return a text to search in; what cannot be read as one holds nothing."""
        try:
            return _decoded(path, self.content(path) or b"")
        except (Missing, Refused):
            return ""

    def _no_such(self, path: str) -> str:
        """Say that a file is not there, and which one could be meant."""
        name = path.rpartition("/")[2].casefold()
        near = [one for one in self.paths() if one.rpartition("/")[2].casefold() == name][:3]
        meant = f" There is {', '.join(map(visible_line, near))}." if near else ""
        return f"There is no file {visible_line(path)} that may be read.{meant}"


def _decoded(path: str, content: bytes) -> str:
    if len(content) > LARGEST or b"\0" in content[:8192]:
        raise Missing(f"{visible_line(path)} is no text, or too large.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Missing(f"{visible_line(path)} is no UTF-8 text.") from error


def _within(lines: list[str], first: int) -> Iterator[str]:
    room = _CHARACTERS
    for number, line in enumerate(lines[first - 1 : first - 1 + _LINES], first):
        told = f"{number:>5} {_cut(line)}"
        room -= len(told) + 1
        if room < 0 and number > first:
            return
        yield told


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]} […]"


def _summed(paths: list[str], start: str) -> list[str]:
    """Return files and the folders beside them, with how much lies in each."""
    counts: dict[str, int] = {}
    for path in paths:
        head, slash, _ = path.removeprefix(start).partition("/")
        counts[f"{start}{head}{slash}"] = counts.get(f"{start}{head}{slash}", 0) + 1
    return [
        f"{one} ({count:,} files)" if one.endswith("/") else one for one, count in counts.items()
    ]
