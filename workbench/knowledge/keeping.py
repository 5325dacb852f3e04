"""Keeping one source found: reading it when that is wanted, and following its changes."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing, suppress
from pathlib import Path

from msgspec.structs import replace

from workbench.api.passages import KnownSource, Passage, Skipped
from workbench.api.sources import Outcome
from workbench.errors import WorkbenchError
from workbench.healing.watching.bursts import Burst
from workbench.healing.watching.watcher import Watcher
from workbench.knowledge.comparing import distance, still_holds
from workbench.knowledge.desk import Desk
from workbench.knowledge.listing import Found, Listing, list_file, list_folder, list_named
from workbench.knowledge.listing import shown_above as above_of
from workbench.knowledge.noting import Notes
from workbench.knowledge.packages import list_package
from workbench.knowledge.reading.process import Reader
from workbench.knowledge.reading.values import Ask
from workbench.knowledge.reading_pass import FRESH, Passing, Progress, agrees
from workbench.knowledge.state import Standing

_LOOK_EVERY = 0.4
"""Seconds between two looks at a file that was named, and at a folder that is gone."""
_RULES = (".gitignore", ".git", "pyvenv.cfg", "conda-meta")
"""Where one of these changes, other files may be seen."""
_FULL_CHECK = 5.0
_DEFECT = "A defect of the workbench ended it; the log of the host has the details."


class Keeper:
    """One source, as long as it is kept."""

    def __init__(self, standing: Standing, desk: Desk) -> None:
        self.standing = standing
        self.progress = Progress()
        self.stale = 0
        self._desk = desk
        state = "waiting" if self._will_be_read else standing.outcome
        self._notes = Notes(standing, desk, state, self.want)
        self._counted = 0.0
        self._whole = False
        self._wanted = asyncio.Event()
        self._hold = asyncio.Lock()
        """Held by whoever changes what is known of the files."""
        self._pending: set[str] = set()
        """What changed while it was being read."""
        self._tasks: list[asyncio.Task[None]] = []
        self._pass: asyncio.Task[None] | None = None
        self._why_ended: Outcome = "interrupted"

    # Life.

    async def begin(self) -> None:
        """Go on as the journal left it."""
        self._tasks = [asyncio.create_task(self._read_when_wanted(), name="reading a source")]
        if self.state == "cancelled":
            return
        if await self._must_be_read():
            self.want()
        self._begin_following()

    async def close(self, outcome: Outcome = "interrupted") -> None:
        self._why_ended = outcome
        tasks = (*self._tasks, *([self._pass] if self._pass else ()))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, self._notes.close(), return_exceptions=True)

    def want(self, *, whole: bool = False) -> None:
        """Have it read as soon as it is its turn."""
        self._whole |= whole
        if self.state != "reading":
            self._notes.state = "waiting"
        self._wanted.set()
        self._desk.changed()

    def resume(self, *, whole: bool) -> None:
        """Read it again because a person says so; one that was stopped is followed again."""
        self.want(whole=whole)
        if not self._is_followed:
            self._begin_following()

    async def stop(self) -> None:
        """End the reading that is under way, and following too; what was read stays found."""
        self._wanted.clear()
        followers, self._tasks = self._tasks[1:], self._tasks[:1]
        for task in followers:
            task.cancel()
        if self._pass and not self._pass.done():
            self._why_ended = "cancelled"
            self._pass.cancel()
            await asyncio.wait([self._pass])
            self._why_ended = "interrupted"
        elif self.state == "waiting":
            await self._give_up("cancelled")

    @property
    def state(self) -> str:
        return self._notes.state

    @property
    def _is_followed(self) -> bool:
        return any(not task.done() for task in self._tasks[1:])

    @property
    def _will_be_read(self) -> bool:
        """Whether it is read when a host begins; what somebody stopped waits for him."""
        one = self.standing
        unfinished = one.outcome in ("", "interrupted")
        return one.outcome != "cancelled" and (one.added.follow or one.lost or unfinished)

    async def _must_be_read(self) -> bool:
        one, index = self.standing, await self._desk.index()
        return self._will_be_read or not agrees(one.files, await index.paths(one.id))

    # Views.

    def view(self, domains: tuple[str, ...]) -> KnownSource:
        one, reading = self.standing, self.state == "reading"
        return KnownSource(
            id=one.id,
            name=one.added.name,
            what=one.added.what,
            path=one.place or one.added.path,
            domains=domains,
            files=sum(not file.reason for file in one.files.values()),
            passages=one.passages,
            skipped=self._skipped(),
            read=one.read,
            state=self.state,
            done=self.progress.done if reading else 0,
            total=self.progress.total if reading else 0,
            rate=round(self.progress.rate, 1) if reading else 0.0,
            followed=self._is_followed,
            problem=one.problem,
            stale=self.stale,
        )

    def _skipped(self) -> tuple[Skipped, ...]:
        reasons, examples = Counter[str](), dict[str, str]()
        for path, file in self.standing.files.items():
            if file.reason:
                reasons[file.reason] += 1
                examples.setdefault(file.reason, path)
        for one in self.standing.skipped:
            reasons[one.reason] += one.count
            examples.setdefault(one.reason, one.example)
        return tuple(Skipped(why, count, examples[why]) for why, count in reasons.most_common())

    def place_of(self, path: str) -> Path:
        """Return where a file of the source lies."""
        return self._desk.workspace.project / path

    def is_stale(self, path: str) -> bool:
        """Tell whether a file is not as it was read, by a look at it."""
        known = self.standing.files.get(path)
        if known is None:
            return True
        if self.standing.added.what == "text":
            return False
        try:
            found = self.place_of(path).lstat()
        except OSError:
            return True
        if known.mtime and (found.st_size, found.st_mtime_ns) == (known.size, known.mtime):
            return False
        return found.st_size != known.size or not still_holds(self.place_of(path), known.digest)

    async def count_stale(self) -> None:
        """Look at the files of a source that nobody follows, not too often."""
        if self._is_followed or time.monotonic() - self._counted < _FULL_CHECK:
            return
        paths = [path for path, one in self.standing.files.items() if one.pieces]
        self.stale = await asyncio.to_thread(lambda: sum(map(self.is_stale, paths)))
        self._counted = time.monotonic()

    async def text_now(self, passage: Passage) -> str:
        """Return what stands where a passage stood, or as near to it as can be told."""
        names = [passage.path.removeprefix(above_of(self._root, self._desk.workspace.project))]
        listing = await asyncio.to_thread(
            list_named, self._root, names, self._desk.workspace.project
        )
        found = listing.files.get(passage.path)
        if found is None:
            return ""
        kind = "package" if self.standing.added.what == "package" else ""
        parsed = await self._desk.quick.read(Ask(listing.root, found.name, kind))
        nearest = min(parsed.parts, key=lambda part: distance(part, passage), default=None)
        return nearest.text if nearest else ""

    # Reading.

    async def _read_when_wanted(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            whole, self._whole = self._whole, False
            self._pass = asyncio.create_task(self._read(whole=whole), name="a pass")
            await asyncio.wait([self._pass])
            while self._pending:  # More may come while the last of it is taken in.
                async with self._hold:
                    await self._take_pending()

    async def _read(self, *, whole: bool) -> None:
        began = time.monotonic()
        try:
            async with self._desk.turn, self._hold:
                self.progress = Progress()
                await self._notes.note_reading()
                listing = await asyncio.to_thread(self._list)
                self.standing.skipped = listing.skipped
                self.standing.place = listing.place
                passing = await self._passing(self._desk.bulk)
                await passing.run(listing, self._take_pending, whole=whole)
                await self._notes.write_down("read", time.monotonic() - began)
        except asyncio.CancelledError:
            await self._give_up(self._why_ended)
            raise
        except (FileNotFoundError, NotADirectoryError):
            await self._notes.write_down(
                "missing", problem=f"{self.standing.added.path} is not there."
            )
        except WorkbenchError as error:
            await self._notes.write_down("failed", problem=error.sentence)
        except OSError as error:
            problem = f"It cannot be read: {error.strerror}."
            await self._notes.write_down("failed", problem=problem)
        except Exception:
            await self._notes.write_down("failed", problem=_DEFECT)
            raise

    async def _give_up(self, outcome: Outcome) -> None:
        """Write down how far it came; what the index has is found."""
        if self.standing.files:
            await (await self._desk.index()).leave_off()
        await self._notes.write_down(outcome)

    def _list(self) -> Listing:
        added, project = self.standing.added, self._desk.workspace.project
        match added.what:
            case "folder":
                return list_folder(Path(added.path), project)
            case "file":
                return list_file(Path(added.path), project)
            case "package":
                return list_package(added.path, project)
        return Listing("", {added.path: Found(added.path, 0, 0)})

    async def _passing(self, reader: Reader) -> Passing:
        added = self.standing.added
        text = self._desk.contents.read(added.content) if added.what == "text" else None
        return Passing(
            source=added.source,
            kind=added.what if added.what == "package" else "",
            index=await self._desk.index(),
            reader=reader,
            files=self.standing.files,
            tell=self._tell,
            text=text,
        )

    def _tell(self, progress: Progress) -> None:
        self.progress = progress
        self._desk.changed()

    # Following.

    def _begin_following(self) -> None:
        added = self.standing.added
        follow = {"folder": self._follow_folder, "file": self._follow_file}.get(added.what)
        if added.follow and follow:
            self._tasks.append(asyncio.create_task(follow(), name="following a source"))

    async def _follow_folder(self) -> None:
        async with aclosing(Watcher(Path(self.standing.added.path)).follow()) as bursts:
            async for burst in bursts:
                await self._heed(burst)

    async def _heed(self, burst: Burst) -> None:
        """Read what changed; where that is not known for sure, look at every file."""
        names = {path.rpartition("/")[2] for path in burst.paths}
        if not burst.complete or not burst.paths or not names.isdisjoint(_RULES):
            self.want()
            return
        if self._hold.locked():  # It is being read, and takes this in between two files.
            self._pending.update(burst.paths)
            return
        async with self._hold:
            await self._change_or_look(burst.paths)

    async def _take_pending(self) -> frozenset[str]:
        """Take in what changed meanwhile, and return where that lies."""
        names, self._pending = tuple(self._pending), set()
        if names:
            await self._change_or_look(names)
        above = above_of(self._root, self._desk.workspace.project)
        return frozenset(above + name for name in names)

    async def _follow_file(self) -> None:
        path = self.standing.added.path
        known = Path(path).name
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            shown = next(iter(self.standing.files), known)
            if not await asyncio.to_thread(self.is_stale, shown):
                self._note_time(shown)
                continue
            async with self._hold:
                await self._change_or_look((known,))

    def _note_time(self, path: str) -> None:
        """Know a file by its time once that is old enough, so that it is not hashed each time."""
        known = self.standing.files[path]
        with suppress(FileNotFoundError):  # The next look finds that it is gone.
            found = self.place_of(path).lstat()
            if not known.mtime and time.time_ns() - found.st_mtime_ns > FRESH:
                self.standing.files[path] = replace(known, mtime=found.st_mtime_ns)

    async def _change_or_look(self, names: Sequence[str]) -> None:
        """Take in what changed; if that cannot be done, a pass finds out why and says so."""
        try:
            await self._change(names)
        except (OSError, WorkbenchError):
            self.want()

    async def _change(self, names: Sequence[str]) -> None:
        """Take in files that changed, by their names in the source."""
        root, gone = self._root, list[str]()
        above = above_of(root, self._desk.workspace.project)
        listing = await asyncio.to_thread(list_named, root, names, self._desk.workspace.project)
        for name in names:
            path = above + name
            if name.endswith("/"):
                gone += [one for one in self.standing.files if one.startswith(path)]
            elif path not in listing.files and path in self.standing.files:
                gone.append(path)
        passing = await self._passing(self._desk.quick)
        self._notes.settle(await passing.change(listing, gone))

    @property
    def _root(self) -> Path:
        path = Path(self.standing.added.path)
        return path if self.standing.added.what == "folder" else path.parent
