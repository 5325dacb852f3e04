"""Whatever is decided, written and undone in whatever order: the audit holds, and a restart too."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.pure.applying import HOLDS, TERMS, Shop, Who, opened
from workbench.api import deciding as acts
from workbench.api.caller import Caller
from workbench.api.commands import Apply, Approve, BringBack, ReadAllowed, TakeBack, Terms
from workbench.api.deciding import AnyAct
from workbench.errors import ApprovalNeeded, Findings, UsageError
from workbench.review.applying.service import Applying
from workbench.review.applying.values import Case, Verified
from workbench.review.approval.audit.service import Auditing
from workbench.review.approval.service import Approvals
from workbench.review.service import Service as Reviews

BASE = b"".join(b"line %d\n" % number for number in range(1, 25))
ROUNDS = 60
STEPS = 30


class Life:
    """One project and what persons do with it, at random."""

    def __init__(self, shop: Shop, chance: random.Random) -> None:
        self.shop = shop
        self.chance = chance
        self.names: list[str] = []
        self.written = 0
        self.approvals = Approvals(shop.workspace, shop.journal, shop.reviews)
        self.applying = Applying(
            shop.workspace, shop.journal, shop.reviews, verify=_verify, gate=self.approvals.gate
        )

    async def step(self) -> None:
        """Do one thing, or be refused in good order."""
        deeds: list[Callable[[], Awaitable[None]]] = [self._act] * 8
        deeds += [self._propose, self._approve, self._apply, self._apply, self._reverse, self._edit]
        with suppress(UsageError, ApprovalNeeded, Findings):
            await self.chance.choice(deeds if self.names else [self._propose])()

    async def _propose(self) -> None:
        """Propose a change of some lines, often lines that another proposal changes as well."""
        text = (self.shop.root / "a.py").read_bytes()
        for number in self.chance.sample([2, 9, 16, 23], self.chance.randint(1, 3)):
            text = text.replace(b"line %d\n" % number, b"LINE %d\n" % number)
        more = (
            {f"new{self.chance.randint(0, 2)}.py": b"new\n"} if self.chance.random() < 0.3 else {}
        )
        files = {"a.py": text, **more}
        there = {path: (self.shop.root / path) for path in files}
        change: dict[str, bytes | None] = {
            path: new
            for path, new in files.items()
            if not there[path].exists() or there[path].read_bytes() != new
        }
        if change:
            self.names.append(f"p{len(self.names)}")
            await self.shop.propose(self.names[-1], change)

    async def _act(self) -> None:
        name = self.chance.choice(self.names)
        state = await self.shop.state(name)
        if not state.hunks:  # What it proposes lies in the files already.
            return
        hunks = [one.id for one in state.hunks]
        some = tuple(self.chance.sample(hunks, self.chance.randint(0, len(hunks))))
        hunk = self.chance.choice(state.hunks)
        places = tuple(self.chance.sample(hunk.places, self.chance.randint(0, len(hunk.places))))
        deeds: list[AnyAct] = [
            acts.Accept(some),
            acts.Accept(some),
            acts.Accept(),
            acts.Reject(some, "no"),
            acts.Leave(some),
            acts.Split(hunk.id),
            acts.Select(hunk.id, places),
            acts.Edit(hunk.id, f"edited {self.chance.randint(0, 3)}\n"),
            acts.Remark(hunk.id, "hm"),
            acts.Undo(),
            acts.Redo(),
        ]
        await self.shop.do(name, self.chance.choice(deeds))

    async def _approve(self) -> None:
        name = self.chance.choice(self.names)
        statement = (await self.approvals.read(ReadAllowed(name), Who())).statement
        await self.approvals.approve(Approve(statement), Who())

    async def _apply(self) -> None:
        some = self.chance.sample(self.names, min(len(self.names), self.chance.randint(1, 2)))
        await self.applying.apply(Apply(tuple(some), TERMS), Who())
        self.written += 1

    async def _reverse(self) -> None:
        if self.chance.random() < 0.6:
            await self.applying.take_back(TakeBack(), Who())
        else:
            await self.applying.bring_back(BringBack(), Who())

    async def _edit(self) -> None:
        """Let somebody change the file by hand, elsewhere or where a hunk lies."""
        path = self.shop.root / "a.py"
        lines = path.read_bytes().splitlines(keepends=True)
        number = min(self.chance.choice([5, 12, 16, 20]), len(lines))
        lines[number - 1] = b"by hand %d\n" % self.chance.randint(0, 9)
        path.write_bytes(b"".join(lines))


async def _verify(_case: Case, _terms: Terms, _who: Caller, *, is_trial: bool = False) -> Verified:
    assert not is_trial
    return HOLDS


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_the_audit_holds_and_a_restart_changes_nothing(seed: int, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(BASE)
    async with opened(tmp_path) as shop:
        life = Life(shop, random.Random(seed))  # noqa: S311 - chance, not secrecy
        for _ in range(STEPS):
            await life.step()
        audit = await Auditing(shop.journal, shop.reviews.contents).verify(None, Who())  # type: ignore[arg-type]
        assert not [one for one in audit.checks if not one.holds]
        again = Reviews(shop.workspace, shop.journal)
        for name in life.names:
            before, after = await shop.state(name), (await again.review(name)).state
            assert (before.digest, before.standing, before.marks) == (
                after.digest,
                after.standing,
                after.marks,
            )
        await life.applying.close()
