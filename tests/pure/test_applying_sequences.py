"""A thousand sequences of decisions, edits, applications, undos and kills, held to one oracle.

Not a byte of the project changes before it is approved, and not one differs after an undo.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.pure.applying import TERMS, Shop, Tree, Who, opened
from workbench.api.commands import Apply, BringBack, ReadTransactions, TakeBack
from workbench.api.deciding import (
    Accept,
    AnyAct,
    Edit,
    Leave,
    Moved,
    Redo,
    Reject,
    Select,
    Split,
    Undo,
)
from workbench.api.reviews import Transaction, Written
from workbench.errors import WorkbenchError
from workbench.journal.journal import Journal
from workbench.review.script import hash_of

_SEQUENCES, _PARTS = 1_000, 4
_ACTIONS = 9
_LEAST = 5
"""So often everything must have happened in a part."""
_LINES = (b"one\n", b"two\r\n", b"caf\xe9\n", b"four\n", b"\xef\xbb\xbffive\n", b"six", b"\n")


class Killed(BaseException):
    """The process is gone: nothing that it would do afterwards happens."""


@dataclass
class Life:
    """Counts what changes the disk or the journal, and ends before one of them for good."""

    left: int = -1
    is_over: bool = False

    def step(self, _: str = "") -> None:
        if self.is_over or self.left == 0:
            self.is_over = True
            raise Killed
        self.left -= 1


class Mortal:
    """A journal that is written to only by the living; its last word may be lost to who waits."""

    def __init__(self, journal: Journal, life: Life) -> None:
        self._journal = journal
        self._life = life

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the journal has
        return getattr(self._journal, name)

    async def write(self, fact: Any, **more: Any) -> Any:  # noqa: ANN401 - as the journal
        self._life.step()
        event = await self._journal.write(fact, **more)
        self._life.step()
        return event


class Sequence:
    """One sequence: files of its own, proposals about them, what is written and edited."""

    def __init__(self, shop: Shop, name: str, chance: random.Random) -> None:
        self.shop = shop
        self.name = name
        self.chance = chance
        self.proposals: list[str] = []
        self.counts = Counter[str]()
        (shop.root / name).mkdir()
        for file in chance.sample("abcd", 3):
            (shop.root / name / file).write_bytes(self._text())
            (shop.root / name / file).chmod(chance.choice((0o644, 0o755, 0o600)))

    @property
    def tree(self) -> Tree:
        return self.shop.tree(self.name)

    async def run(self) -> None:
        """Do things in a random order, and at last take back all that stands, if that is left."""
        begun = self.tree
        doing = [self.decide] * 3 + [self.propose, self.apply, self.apply, self.edit]
        doing += [self.reverse, self.reverse, self.kill]
        await self.propose()
        for _ in range(_ACTIONS):
            await self.chance.choice(doing)()
        if not self.counts["edited"]:
            while standing := await self.mine("standing", "apply"):
                await self._write(self.shop.applying.take_back, TakeBack(standing[0].id))
            assert self.tree == begun, "something differs after all undos"

    async def mine(self, state: str, *kinds: str) -> list[Transaction]:
        found = await self.shop.applying.read(ReadTransactions(60), Who())
        every = [one for one in found.transactions if one.proposals[0].startswith(f"{self.name}p")]
        assert all(one.state != "interrupted" for one in every)
        return [one for one in every if one.state == state and one.kind in (kinds or (one.kind,))]

    def _text(self) -> bytes:
        lines = self.chance.choices(_LINES, k=self.chance.randrange(1, 12))
        return b"".join(b"%d " % at + line for at, line in enumerate(lines))

    def _changed(self, text: bytes) -> bytes:
        lines = text.splitlines(keepends=True) or [b"\n"]
        at = self.chance.randrange(len(lines))
        new = [b"new %d\n" % self.chance.randrange(1000)] * self.chance.randrange(3)
        return b"".join([*lines[:at], *new, *lines[at + 1 :]])

    def _files(self) -> list[str]:
        files = sorted((self.shop.root / self.name).rglob("*"))
        return [str(path.relative_to(self.shop.root)) for path in files if path.is_file()]

    async def propose(self) -> None:
        name = f"{self.name}p{len(self.proposals)}"
        change: dict[str, bytes | None] = {}
        files = self._files()
        for path in self.chance.sample(files, min(len(files), self.chance.randrange(1, 3))):
            new = self._changed(self._changed((self.shop.root / path).read_bytes()))
            change[path] = None if self.chance.random() < 0.1 else new
        if self.chance.random() < 0.3:
            change[f"{self.name}/new{len(self.proposals)}/deep/e"] = self._text()
        changed = {p: new for p, new in change.items() if new != _content(self.shop.root / p)}
        if changed:
            await self.shop.propose(name, changed, {f"{self.name}/test_it": "assert 1\n"})
            self.proposals.append(name)

    async def decide(self) -> None:
        if not self.proposals:
            return
        name = self.chance.choice(self.proposals)
        hunk = self.chance.choice((await self.shop.state(name)).hunks)
        every: list[AnyAct] = [
            Accept(),
            Accept((hunk.id,)),
            Accept((hunk.id,)),
            Reject((hunk.id,), "no"),
            Leave((hunk.id,)),
            Split(hunk.id),
            Select(hunk.id, hunk.places[:1]),
            Edit(hunk.id, "edited\n"),
            Undo(),
            Redo(),
        ]
        await self._decide(name, self.chance.choice(every))

    async def _decide(self, name: str, act: AnyAct) -> None:
        before = self.tree
        with suppress(WorkbenchError):
            await self.shop.do(name, act)
        assert self.tree == before, "a decision has written to the project"

    async def edit(self) -> None:
        """Change a file by hand, as an editor does in between."""
        files = self._files()
        if files and self.chance.random() < 0.4:
            path = self.shop.root / self.chance.choice(files)
            path.write_bytes(self._changed(path.read_bytes()))
            self.counts["edited"] += 1

    async def apply(self) -> None:
        if not self.proposals:
            return
        names = self.chance.sample(self.proposals, min(len(self.proposals), 2))
        if self.chance.random() < 0.7:
            await self._decide(names[0], Accept())
        names = names if self.chance.random() < 0.3 else names[:1]
        await self._write(self.shop.applying.apply, Apply(tuple(names), TERMS))

    async def reverse(self) -> None:
        """Take back anything that stands, an undo as well, or bring something back."""
        standing, undone = await self.mine("standing"), await self.mine("undone")
        if standing and self.chance.random() < 0.6:
            command = TakeBack(self.chance.choice(standing).id)
            await self._write(self.shop.applying.take_back, command)
        elif undone:
            back = BringBack(self.chance.choice(undone).id)
            await self._write(self.shop.applying.bring_back, back)

    async def kill(self) -> None:
        """Be killed at some point of what comes next, and come back as another host."""
        living, life = self.shop, Life(self.chance.randrange(25))
        mortal: Any = Mortal(living.journal, life)
        self.shop = Shop(living.workspace, mortal, step=life.step)
        before = self.tree
        known = {one.id for one in await self.mine("standing") + await self.mine("undone")}
        try:
            await self.chance.choice((self.apply, self.apply, self.reverse))()
        except Killed:
            self.shop = Shop(living.workspace, living.journal)
            await self.shop.applying.recover()
            new = [one for one in await self.mine("standing") if one.id not in known]
            self._hold(before, new[0].files if new else ())
            self.counts["written" if new else "left"] += 1
        self.shop = Shop(living.workspace, living.journal)

    async def _write(self, do: Callable[..., Awaitable[Written]], command: object) -> None:
        before = self.tree
        self.shop.cases.clear()
        try:
            written = await do(command, Who())
        except WorkbenchError as error:
            self.counts["refused" if error.sentence and error.hint else "unexplained"] += 1
            assert self.tree == before, "what was refused has changed something"
            return
        self.counts[written.kind] += 1
        self._hold(before, written.files)
        if isinstance(command, Apply):
            await self._hold_approved(command.proposals, written)

    async def _hold_approved(self, names: tuple[str, ...], written: Written) -> None:
        """See that what is written is what was verified, and exactly what is accepted."""
        (case,) = self.shop.cases
        files = {one.path: one.after for one in written.files}
        assert {p: hash_of(new) for p, new in {**case.change, **case.tests}.items()} == files
        if len(names) == 1:
            result = (await self.shop.state(names[0])).result
            assert {path: hash_of(result[path]) for path in files} == files

    def _hold(self, before: Tree, files: tuple[Moved, ...]) -> None:
        """Compare all that lies there with what a transaction says that it has written."""
        expected = {path: one for path, one in before.items() if one[0] != b"a folder"}
        for one in files:
            path = str(Path(one.path).relative_to(self.name))
            content, mode = expected.pop(path, (None, one.mode))
            assert hash_of(content) == one.before
            after = self.shop.reviews.contents.read_file(one.after)
            if after is not None:
                expected[path] = (after, mode)
        now = {path: one for path, one in self.tree.items() if one[0] != b"a folder"}
        assert now == expected


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


@pytest.fixture
def project() -> Iterator[Path]:
    """Return a folder where making things durable costs nothing, if there is such a place."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    at = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=at, prefix="wb-applying-") as folder:
        yield Path(folder)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("part", range(_PARTS))
async def test_nothing_changes_before_approval_and_nothing_differs_after_undo(
    part: int, project: Path
) -> None:
    """The numbers at the end keep the sequences from passing because nothing happens in them."""
    counts = Counter[str]()
    async with opened(project) as shop:
        for number in range(part, _SEQUENCES, _PARTS):
            chance = random.Random(number)  # noqa: S311 - what happens is no secret
            sequence = Sequence(shop, f"s{number}", chance)
            try:
                await sequence.run()
            except AssertionError as error:
                error.add_note(f"in sequence {number}")
                raise
            counts.update(sequence.counts)
    for kind in ("apply", "undo", "redo", "refused", "edited", "written", "left"):
        assert counts[kind] >= _LEAST, counts
    assert not counts["unexplained"]
