"""Which folders of a project are watched, which are polled, and what an event in them means."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from workbench.healing.watching.bursts import Mode, Names, is_scratch
from workbench.healing.watching.kernel import (
    CAME,
    IGNORED,
    IS_FOLDER,
    MOVED_FROM,
    Event,
    Kernel,
    NoMoreWatches,
)
from workbench.healing.watching.mounts import remote_devices
from workbench.healing.watching.polling import Polled, Polls, mark_of
from workbench.healing.watching.repositories import Repositories
from workbench.healing.watching.survey import RULES, Place, Survey, lies_in
from workbench.sandbox.snapshots.walk import NEVER, Folder

_REFUSED = "the system lets some folders not be watched, which are looked at by time"
_MOST_WANTED = 200
"""More folders than that are surveyed with all others."""


@dataclass(slots=True)
class Wanted:
    """Folders to look into, by prefix."""

    fresh: set[str] = field(default_factory=set)
    """They have just come."""
    again: set[str] = field(default_factory=set)
    """What is to be seen in them may have changed."""
    since: float = math.inf
    """Files that were written later have changed."""

    def __bool__(self) -> bool:
        return bool(self.fresh or self.again)

    def folders(self) -> Collection[str]:
        every = self.fresh | self.again
        return every if len(every) <= _MOST_WANTED else {""}


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A folder that is about to be listed."""

    watch: int | None
    """None if it must be polled."""
    mark: int


class Tree:
    """The folders of one project, each watched or polled."""

    def __init__(self, project: Path, kernel: Kernel | None, why: str = "") -> None:
        self.project = project
        self.polls = Polls(project)
        self.repositories = Repositories(kernel)
        self._kernel = kernel
        self._why = why
        self._places: dict[int, Place] = {}
        self._remote: dict[int, str] = {}
        self._begun = False
        """What is met from now on is new."""

    @property
    def mode(self) -> Mode:
        if not self.polls.folders:
            return Mode("inotify")
        kind = "mixed" if self._places else "polling"
        return Mode(kind, self._why)  # type: ignore[arg-type]

    def look(self, wanted: Wanted) -> Names:
        """Survey folders: watch what is to be watched, forget what is not, tell what is new."""
        names, before = Names(), self._prefixes()
        self._remote = remote_devices()
        arrived: list[_Arrival] = []
        survey = Survey(
            self.project,
            wanted.folders(),
            lambda opened, place: arrived.append(self._arrive(opened, place)),
        )
        visited = set[str]()
        for folder in survey:
            if survey.place:
                visited.add(folder.prefix)
                changed = self._settle(survey.place, folder, arrived.pop())
                self._tell_of(folder, changed, wanted, names, known=folder.prefix in before)
            elif arrived:
                self._leave(arrived.pop())
        self._forget_all_but(visited, wanted)
        if not self._begun:
            self.polls.begin(time.monotonic())
        self._begun = True
        return names

    def hear(self, event: Event, names: Names, wanted: Wanted) -> None:
        """Take in one event of a folder."""
        if event.mask & IGNORED:
            self._places.pop(event.watch, None)
            return
        place = self._places.get(event.watch)
        if place is None or not event.name:
            return
        if event.name in RULES:
            wanted.again.add(place.prefix)
        if event.mask & IS_FOLDER:
            self._hear_of_folder(event, place, names, wanted)
        elif self._shows(place, event.name):
            _tell(names, place.prefix + event.name, event.mask)

    def is_root(self, watch: int) -> bool:
        place = self._places.get(watch)
        return place is not None and not place.prefix

    def poll(self, now: float, names: Names, wanted: Wanted) -> None:
        for polled, changed, listed in self.polls.look(now):
            place = polled.place
            shown = (name for name in changed if self._shows(place, name))
            names.touched.update(place.prefix + name for name in shown)
            if listed:
                wanted.again.add(place.prefix)
            if not RULES.isdisjoint(changed):
                wanted.again.add(place.prefix)

    def _shows(self, place: Place, name: str) -> bool:
        return not is_scratch(name) and place.shows(name, self.repositories)

    def _hear_of_folder(self, event: Event, place: Place, names: Names, wanted: Wanted) -> None:
        prefix = f"{place.prefix}{event.name}/"
        if event.name in NEVER:
            return
        if event.mask & MOVED_FROM and self._forget_below(prefix):
            names.touch(prefix)
        elif event.mask & CAME:
            wanted.fresh.add(prefix)

    def _arrive(self, opened: int, place: Place) -> _Arrival:
        """Watch a folder before it is listed."""
        found = os.fstat(opened)
        self.repositories.know(place.administration)
        watch = self._watch(opened, found.st_dev)
        if watch is not None:
            self._places[watch] = place
        return _Arrival(watch, mark_of(found))

    def _watch(self, opened: int, device: int) -> int | None:
        """Return nothing where it must be polled."""
        if kind := self._remote.get(device):
            self._why = f"changes on a file system of the kind {kind} are not told"
            return None
        try:
            watch = self._kernel.add(opened) if self._kernel else None
            self._why = self._why if watch is not None or self._why else _REFUSED
        except NoMoreWatches as problem:
            self._why = f"{problem.sentence}, so the other folders are looked at by time"
            return None
        return watch

    def _settle(self, place: Place, folder: Folder, arrival: _Arrival) -> list[str]:
        """Note the rules that hold in a folder now that it is listed; return what polling found."""
        if arrival.watch is None:
            return self._compare(place, folder, arrival.mark)
        self._places[arrival.watch] = place
        return []

    def _tell_of(
        self, folder: Folder, changed: list[str], wanted: Wanted, names: Names, *, known: bool
    ) -> None:
        if not self._begun:
            return
        for name, found in folder.files:
            if not known and not is_scratch(name):
                names.bear(folder.prefix + name)
            elif max(found.st_ctime, found.st_mtime) > wanted.since:
                changed.append(name)
        names.touched.update(folder.prefix + name for name in changed if not is_scratch(name))

    def _leave(self, arrival: _Arrival) -> None:
        """Let go of a folder that turned out to be nothing to watch."""
        if arrival.watch is not None:
            self._drop(arrival.watch)

    def _compare(self, place: Place, folder: Folder, mark: int) -> list[str]:
        files = {name: mark_of(found) for name, found in folder.files}
        known = self.polls.folders.get(place.prefix)
        if known is None:
            newest = max((found.st_mtime for _, found in folder.files), default=0.0)
            self.polls.folders[place.prefix] = Polled(place, mark, files, min(newest, time.time()))
            return []
        known.place, known.folder = place, mark
        return known.moved_on(files)

    def _prefixes(self) -> set[str]:
        return {*self.polls.folders, *(place.prefix for place in self._places.values())}

    def _forget_all_but(self, visited: set[str], wanted: Wanted) -> None:
        """Let go of folders that a survey should have come through and did not."""
        if not wanted.again:
            return
        gone = [
            watch
            for watch, place in self._places.items()
            if place.prefix not in visited and lies_in(place.prefix, wanted.again)
        ]
        for watch in gone:
            self._drop(watch)
        polled = self.polls.folders.keys() - visited
        self.polls.forget(one for one in polled if lies_in(one, wanted.again))

    def _forget_below(self, prefix: str) -> bool:
        """Let go of a folder that went with all in it, and say whether it was watched."""
        gone = [watch for watch, one in self._places.items() if one.prefix.startswith(prefix)]
        for watch in gone:
            self._drop(watch)
        polled = [one for one in self.polls.folders if one.startswith(prefix)]
        self.polls.forget(polled)
        return bool(gone or polled)

    def _drop(self, watch: int) -> None:
        del self._places[watch]
        if self._kernel:
            self._kernel.remove(watch)


def _tell(names: Names, path: str, mask: int) -> None:
    if mask & CAME:
        names.bear(path)
    else:
        names.touch(path)
