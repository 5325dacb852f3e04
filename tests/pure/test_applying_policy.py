"""Applying under a policy: what was approved of is what is written, also while others decide."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.pure.applying import HOLDS, TERMS, Shop, Who, opened
from workbench.api.caller import Caller
from workbench.api.commands import Apply, Terms
from workbench.api.deciding import Accept, AnyAct, Leave, Reject
from workbench.errors import ApprovalNeeded, ConfigurationError
from workbench.journal import reading
from workbench.review.applying.past import past_of
from workbench.review.applying.service import Applying
from workbench.review.applying.values import Case, Verified
from workbench.review.approval.audit.history import KINDS
from workbench.review.approval.audit.service import Auditing
from workbench.review.approval.policy import FILE
from workbench.review.approval.service import Approvals

BASE = b"".join(b"line %d\n" % number for number in range(1, 21))
BOTH = BASE.replace(b"line 3\n", b"three\n").replace(b"line 15\n", b"fifteen\n")
Meanwhile = Callable[[], Awaitable[Any]]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    (tmp_path / "a.py").write_bytes(BASE)
    async with opened(tmp_path) as shop:
        await shop.propose("p", {"a.py": BOTH})
        yield shop


def applying(shop: Shop, meanwhile: Meanwhile | None = None) -> Applying:
    """Return what applies under the policy; `meanwhile` happens while the tests run."""

    async def verify(
        _case: Case, _terms: Terms, _who: Caller, *, is_trial: bool = False
    ) -> Verified:
        assert not is_trial
        if meanwhile:
            await meanwhile()
        return HOLDS

    gate = Approvals(shop.workspace, shop.journal, shop.reviews).gate
    return Applying(shop.workspace, shop.journal, shop.reviews, verify=verify, gate=gate)


async def apply(shop: Shop, meanwhile: Meanwhile | None = None) -> None:
    one = applying(shop, meanwhile)
    try:
        await one.apply(Apply(("p",), TERMS), Who())
    finally:
        await one.close()


def content(shop: Shop) -> bytes:
    return (shop.root / "a.py").read_bytes()


async def holds(shop: Shop) -> bool:
    auditing = Auditing(shop.journal, shop.reviews.contents)
    return (await auditing.verify(None, Who())).holds  # type: ignore[arg-type]


async def test_what_is_accepted_is_written_and_the_audit_holds(shop: Shop) -> None:
    await shop.do("p", Accept())
    await apply(shop)
    assert content(shop) == BOTH
    (done,) = past_of(await shop.journal.read(reading.of_types, KINDS)).every
    assert done.began.approvals == ("ann",)
    assert shop.reviews.contents.holds(done.began.policy)
    assert await holds(shop)


async def test_part_of_it_after_all_of_it_was_accepted(shop: Shop) -> None:
    await shop.do("p", Accept())
    second = (await shop.state("p")).hunks[1].id
    await shop.do("p", Reject((second,), "no"))
    await apply(shop)
    assert content(shop) == BASE.replace(b"line 3\n", b"three\n")
    assert await holds(shop)


async def test_files_that_changed_elsewhere_leave_the_approval_as_it_is(shop: Shop) -> None:
    await shop.do("p", Accept())
    (shop.root / "a.py").write_bytes(BASE.replace(b"line 10\n", b"ten\n"))
    await apply(shop)
    assert content(shop) == BOTH.replace(b"line 10\n", b"ten\n")
    assert await holds(shop)


@pytest.mark.parametrize("act", [Leave(), Reject((), "no"), Accept()])
async def test_who_decides_otherwise_while_the_tests_run_is_heard(shop: Shop, act: AnyAct) -> None:
    first, second = (one.id for one in (await shop.state("p")).hunks)
    await shop.do("p", Accept((first,)))
    if not isinstance(act, Accept):
        await shop.do("p", Accept((second,)))
    changed = Reject((second,), "no") if isinstance(act, Reject) else act

    async def meanwhile() -> None:
        await shop.do("p", changed)

    with pytest.raises(ApprovalNeeded):
        await apply(shop, meanwhile)
    assert content(shop) == BASE
    assert await holds(shop)


async def test_a_policy_that_changes_while_the_tests_run_counts(shop: Shop) -> None:
    await shop.do("p", Accept())

    async def meanwhile() -> None:
        (shop.root / FILE).write_text("never = ['*.py']\n")

    with pytest.raises(ApprovalNeeded, match=r"a\.py is never written: the policy says so"):
        await apply(shop, meanwhile)
    (shop.root / FILE).write_text("never = '*.py'\n")
    with pytest.raises(ConfigurationError):
        await apply(shop)
    assert content(shop) == BASE
