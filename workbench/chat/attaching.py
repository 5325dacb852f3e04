"""What is attached to a message: files of the project, read here and nowhere else.

Only what git would see is read, and nothing through a link that leaves the project.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from workbench.api.chats import Attached
from workbench.chat.guard import Policy, Read, decide, redact
from workbench.errors import UsageError
from workbench.sandbox.snapshots.walk import Skips, Walk
from workbench.visible import visible_line

LARGEST = 512 * 1024
"""Bytes of one file."""
LARGEST_IN_ALL = 2 * 1024 * 1024
MOST_FILES = 500
_POLICY = Policy()
"""A folder is attached without the files that hold secrets; by its name one is."""
_FRESH = 2.0
"""For so many seconds a listing of the project is believed."""
_TOLD = 5
_MENTION = re.compile(r"(?<![\w@./-])@(?:\"([^\"\n]+)\"|([^\s@\"'`,;()\[\]{}<>]+))(:\d+(?:-\d+)?)?")
_LINES = re.compile(r":(\d+)(?:-(\d+))?$")
_ENDS = ".,:;!?"
_NO_TEXT = "it is no text, too large, or no file of the project"
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class Text:
    """What was attached, with its text as a model and the journal may see it."""

    attached: Attached
    text: str


@dataclass(frozen=True)
class Listing:
    """The files of a project as git sees them, and the folders that they lie in."""

    files: tuple[str, ...]
    known: frozenset[str]
    folders: frozenset[str]

    def under(self, folder: str) -> tuple[str, ...]:
        begin = "" if folder == "." else f"{folder}/"
        return tuple(path for path in self.files if path.startswith(begin))


class Attaching:
    """Reads what is attached in one project. It looks at files: call it in a thread."""

    def __init__(self, project: Path) -> None:
        self._project = project.resolve()
        self._listed: Listing | None = None
        self._at = 0.0

    def listing(self, *, anew: bool = False) -> Listing:
        if anew or self._listed is None or time.monotonic() - self._at > _FRESH:
            self._listed, self._at = _list(self._project), time.monotonic()
        return self._listed

    def read(self, attached: Iterable[Attached]) -> tuple[Text, ...]:
        """Return all that is attached, each place once; what cannot be is refused."""
        places = dict.fromkeys((self._path(one.path), one.first, one.last) for one in attached)
        found = tuple(self._read(*place) for place in places)
        size = sum(len(one.text) for one in found)
        if size > LARGEST_IN_ALL:
            raise UsageError(
                f"What is attached has {size:,} characters, and {LARGEST_IN_ALL:,} can be.",
                "Attach fewer files, or lines of them such as @file:10-80.",
            )
        return found

    def mentioned(self, text: str) -> tuple[Attached, ...]:
        """Return what a text attaches by @; an @ before something else is only an @."""
        return tuple(one for one in mentions(text) if self._is_there(one.path))

    def missed(self, text: str) -> tuple[str, ...]:
        """Return what was to be attached, by its look, and is not there."""
        gone = [one.path for one in mentions(text) if not self._is_there(one.path)]
        return tuple(one for one in gone if _is_meant(one, self.listing()))

    def complete(self, text: str, limit: int) -> tuple[str, ...]:
        """Return the paths that begin with a text, then those that have it anywhere."""
        listing = self.listing()
        folders = (f"{folder}/" for folder in listing.folders if folder != ".")
        return completions(text, (*folders, *listing.files), limit)

    def _is_there(self, path: str) -> bool:
        """Tell whether there is such a place; what lies outside is there, to be refused."""
        return os.path.lexists(self._project / path)

    def _path(self, path: str) -> str:
        """Return a path from the project, as written; where it leads is looked at when it opens."""
        place = Path(os.path.normpath(self._project / path))
        if not place.is_relative_to(self._project):
            raise _outside(path)
        return str(PurePosixPath(place.relative_to(self._project)))

    def _read(self, path: str, first: int, last: int) -> Text:
        listing = self._with(path)
        if path in listing.folders:
            return Text(Attached(path if path == "." else f"{path}/"), self._folder(path, listing))
        text = self._file(path, listing)
        if first:
            text = _lines(path, text, first, last or first)
        return Text(Attached(path, first, (last or first) if first else 0), redact(text))

    def _with(self, path: str) -> Listing:
        """Return a listing that has the path, or the newest one if none has."""
        listing = self.listing()
        known = path in listing.known or path in listing.folders
        return listing if known else self.listing(anew=True)

    def _folder(self, path: str, listing: Listing) -> str:
        files = listing.under(path)
        if len(files) > MOST_FILES:
            raise UsageError(
                f"{visible_line(path)} has {len(files):,} files, and {MOST_FILES} can be attached.",
                "Attach a folder within it, or single files.",
            )
        texts, left, secret, size = [], [], [], 0
        for name in files:
            if not decide(_POLICY, Read(name)).allowed:
                secret.append(name)
                continue
            data = self._text_of(name, listing)
            if data is None:
                left.append(name)
                continue
            size += len(data)
            if size > LARGEST_IN_ALL:
                raise UsageError(
                    f"The files in {visible_line(path)} have more than {LARGEST_IN_ALL:,} bytes.",
                    "Attach a folder within it, or single files.",
                )
            texts.append(f"--- {name}\n{redact(_decoded(data))}")
        if not texts:
            raise UsageError(
                f"{visible_line(path)} has no text to attach.", "Files that git ignores are none."
            )
        return "\n".join([*texts, *_left_out(left), *_left_out(secret, "such files hold secrets")])

    def _text_of(self, path: str, listing: Listing) -> bytes | None:
        """Return a file of a folder, unless it cannot be attached: then the others still can."""
        try:
            data = self._bytes(path, listing)
        except UsageError:
            return None
        return None if _is_binary(data) else data

    def _file(self, path: str, listing: Listing) -> str:
        data = self._bytes(path, listing)
        if _is_binary(data):
            raise UsageError(f"{visible_line(path)} is no text.", "Only text can be attached.")
        return _decoded(data)

    def _bytes(self, path: str, listing: Listing) -> bytes:
        """Read a file and look, once it is open, which one it really is."""
        try:
            opened = os.open(self._project / path, _FLAGS)
        except OSError as error:
            raise UsageError(
                f"{visible_line(path)} cannot be attached: {error.strerror}.",
                "Paths count from the project's folder.",
            ) from error
        with os.fdopen(opened, "rb") as file:
            self._refuse(path, opened, listing)
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise UsageError(
                f"{visible_line(path)} has more than {LARGEST:,} bytes.",
                f"Copy out of it what matters; @{visible_line(path)}:10-80 needs all of it read.",
            )
        return data

    def _refuse(self, path: str, opened: int, listing: Listing) -> None:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise UsageError(f"{visible_line(path)} is no file.", "Attach a file or a folder.")
        real = Path(f"/proc/self/fd/{opened}").readlink()
        if not real.is_relative_to(self._project):
            raise _outside(path)
        if str(real.relative_to(self._project)) not in listing.known:
            raise UsageError(
                f"{visible_line(path)} is ignored by git and is not read.",
                "What git ignores may hold secrets. Copy what matters into the question.",
            )


def mentions(text: str) -> tuple[Attached, ...]:
    """Return what stands behind each @ of a text: a path, maybe with lines."""
    found = (_mention(one) for one in _MENTION.finditer(text))
    return tuple(dict.fromkeys(one for one in found if one.path))


def completions(text: str, paths: Iterable[str], limit: int) -> tuple[str, ...]:
    """Return the best paths for a text: short ones first, of those in which it stands first."""
    wanted = text.casefold()
    ranked = []
    for path in paths:
        at = path.casefold().find(wanted)
        if at >= 0:
            name = path.rstrip("/").rpartition("/")[2].casefold()
            ranked.append((at != 0, not name.startswith(wanted), len(path), path))
    return tuple(path for *_, path in sorted(ranked)[: max(0, limit)])


def _mention(found: re.Match[str]) -> Attached:
    path = f"{found[1]}{found[3] or ''}" if found[1] else found[2].rstrip(_ENDS)
    lines = _LINES.search(path)
    if not lines:
        return Attached(path)
    first = int(lines[1])
    return Attached(path[: lines.start()], first, int(lines[2] or first))


def _list(project: Path) -> Listing:
    files, folders = [], {"."}
    for folder in Walk(project, Skips()):
        if not _can_be_told(folder.prefix):
            continue
        files += [folder.prefix + name for name, _ in folder.files if _can_be_told(name)]
        if folder.files:
            parents = PurePosixPath(folder.prefix).parents if folder.prefix else ()
            folders |= {folder.prefix.rstrip("/") or ".", *map(str, parents)}
    return Listing(tuple(sorted(files)), frozenset(files), frozenset(folders))


def _can_be_told(name: str) -> bool:
    """Tell whether a name is text; Linux takes any bytes, and no face could be told of those."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _lines(path: str, text: str, first: int, last: int) -> str:
    lines = text.splitlines(keepends=True)
    if not 1 <= first <= last or first > len(lines):
        raise UsageError(
            f"{visible_line(path)} has no lines {first} to {last}: it has {len(lines):,}.",
            "Lines count from 1, such as @file.py:10-20.",
        )
    return "".join(lines[first - 1 : last])


def _is_binary(data: bytes) -> bool:
    return b"\0" in data


def _decoded(data: bytes) -> str:
    """Return bytes as text; what is no UTF-8 is seen as such."""
    return data.decode("utf-8", errors="replace").removeprefix("\ufeff")


def _left_out(names: list[str], why: str = _NO_TEXT) -> tuple[str, ...]:
    if not names:
        return ()
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return (f"--- left out, since {why}: {', '.join(names[:_TOLD])}{more}",)


def _is_meant(path: str, listing: Listing) -> bool:
    """Tell a mistyped path from an @ of another kind: it ends, or begins, as others here do."""
    wanted = PurePosixPath(path)
    if len(wanted.parts) > 1 and wanted.parts[0] in listing.folders:
        return True
    return bool(wanted.suffix) and any(name.endswith(wanted.suffix) for name in listing.files)


def _outside(path: str) -> UsageError:
    return UsageError(
        f"{visible_line(path)} lies outside of the project and is not read.",
        "Only files of the project can be attached.",
    )
