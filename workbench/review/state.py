"""How a review stands: files as scripts, hunks as parts of them, marks, remarks. Values alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Literal

from workbench.api.deciding import AnyAct, Marked, Standing
from workbench.review.script import Script, hash_of, named, script

Contents = Mapping[str, bytes | None]
"""What files hold, by path; None is a file that is not there."""


@dataclass(frozen=True)
class File:
    """A file as it is proposed."""

    path: str
    script: Script
    kind: Literal["repair", "test"] = "repair"


@dataclass(frozen=True)
class Hunk:
    """Changes of one file that are decided about together, by their places in its script."""

    id: str
    path: str
    places: tuple[int, ...]
    is_edited: bool = False


@dataclass(frozen=True)
class Mark:
    """What was decided about a hunk."""

    state: Marked
    reason: str = ""
    by: str = ""
    time: int = 0


@dataclass(frozen=True)
class Remarked:
    """Something that was said about a hunk, and the line that it was said of."""

    id: str
    hunk: str
    text: str
    by: str
    time: int
    line: str = ""
    place: int = -1


@dataclass(frozen=True)
class Acted:
    """An action, who did it and when."""

    act: AnyAct
    by: str = ""
    time: int = 0


UNDECIDED = Mark("undecided")


@dataclass(frozen=True)
class State:
    """A review between two actions."""

    files: tuple[File, ...]
    hunks: tuple[Hunk, ...]
    marks: Mapping[str, Mark] = field(default_factory=dict)
    """Only of hunks that are decided, those included that there are no more."""
    remarks: tuple[Remarked, ...] = ()
    done: tuple[Acted, ...] = ()
    """What leads here from how the review was opened."""
    undone: tuple[Acted, ...] = ()
    """What was taken back, the last one last."""
    count: int = 0
    """How many actions there have been, with those that took others back."""

    @cached_property
    def by_id(self) -> Mapping[str, Hunk]:
        return {hunk.id: hunk for hunk in self.hunks}

    @cached_property
    def by_path(self) -> Mapping[str, File]:
        return {file.path: file for file in self.files}

    def mark(self, hunk: Hunk) -> Mark:
        return self.marks.get(hunk.id, UNDECIDED)

    def marked(self, *states: Marked) -> tuple[Hunk, ...]:
        """Return the hunks that are in one of these states."""
        return tuple(hunk for hunk in self.hunks if self.mark(hunk).state in states)

    @cached_property
    def repairs(self) -> tuple[Hunk, ...]:
        """Return the hunks but those of tests that are offered."""
        return tuple(one for one in self.hunks if self.by_path[one.path].kind == "repair")

    @cached_property
    def standing(self) -> Standing:
        """Say how the proposal stands: it waits while a hunk of the repair is undecided."""
        states = {self.mark(hunk).state for hunk in self.repairs}
        if "undecided" in states or not states:
            return "waiting"
        return "accepted" if "accepted" in states else "rejected"

    @cached_property
    def reason(self) -> str:
        """Return why something is rejected, in the person's words."""
        reasons = (self.mark(hunk).reason for hunk in self.marked("rejected"))
        return "; ".join(dict.fromkeys(filter(None, reasons)))

    @cached_property
    def result(self) -> Contents:
        """Return what files hold with what is accepted, of those that it changes."""
        chosen: dict[str, set[int]] = {}
        for hunk in self.marked("accepted"):
            chosen.setdefault(hunk.path, set()).update(hunk.places)
        return {path: self.by_path[path].script.taken(places) for path, places in chosen.items()}

    @property
    def before(self) -> Contents:
        """Return what the files that are changed by what is accepted hold without it."""
        return {path: self.by_path[path].script.before for path in self.result}

    @cached_property
    def is_whole(self) -> bool:
        """Tell whether exactly what was proven is accepted."""
        return (
            not any(one.is_edited for one in self.hunks)
            and all(self.mark(hunk).state == "accepted" for hunk in self.repairs)
            and not any(self.by_path[one.path].kind == "test" for one in self.marked("accepted"))
        )

    @property
    def text(self) -> str:
        """Name the files as they are proposed."""
        return digest_of(sorted((one.path, *one.script.hashes) for one in self.files))

    @property
    def digest(self) -> str:
        """Name what is accepted, by what each file holds before and after; empty for nothing."""
        files = self.by_path
        rows = [
            (path, files[path].script.hashes[0], hash_of(new)) for path, new in self.result.items()
        ]
        return digest_of(sorted(rows)) if rows else ""


def opened(
    contents: Iterable[tuple[str, bytes | None, bytes | None]],
    tests: Mapping[str, str] | None = None,
) -> State:
    """Return a review of files, by path with before and after, and of tests that are offered."""
    files = [File(path, script(before, after)) for path, before, after in sorted(contents)]
    offered = sorted((tests or {}).items())
    files += [File(path, script(None, text.encode()), "test") for path, text in offered]
    return State(tuple(files), tuple(hunk for file in files for hunk in hunks_of(file)))


def hunks_of(file: File) -> tuple[Hunk, ...]:
    """Return a file's hunks as a unified diff has them."""
    return cut_into(file, file.script.groups)


def cut_into(
    file: File, parts: Iterable[tuple[int, ...]], edited: Iterable[bool] | None = None
) -> tuple[Hunk, ...]:
    """Return hunks of a file for parts of its changes, in order."""
    every = tuple(parts)
    marked = tuple(edited) if edited else (False,) * len(every)
    names = named(file.path, file.script, every)
    rows = zip(names, every, marked, strict=True)
    return tuple(Hunk(name, file.path, places, is_edited) for name, places, is_edited in rows)


def with_hunks(state: State, file: File, hunks: Iterable[Hunk]) -> State:
    """Return the review with a file and its hunks in the place of those it had."""
    new = {file.path: (file, tuple(hunks))}
    files = tuple(new.get(one.path, (one,))[0] for one in state.files)
    kept: dict[str, list[Hunk]] = {one.path: [] for one in state.files}
    for hunk in state.hunks:
        kept[hunk.path].append(hunk)
    kept[file.path] = list(new[file.path][1])
    return replace(state, files=files, hunks=tuple(one for some in kept.values() for one in some))


def digest_of(rows: Iterable[tuple[str, ...]]) -> str:
    told = "".join("\0".join(row) + "\0\0" for row in rows)
    return sha256(told.encode("utf-8", "surrogateescape")).hexdigest()
