"""Applying as a service: what is fitted, refused, answered, taken back; what ends in trouble."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.pure.applying import TERMS, Shop, Who, opened
from workbench.api.caller import Caller
from workbench.api.commands import Apply, BringBack, ReadTransactions, TakeBack
from workbench.api.deciding import Accept, Rebase, Reject, ReviewActed
from workbench.api.events import FailureFound, read_fact
from workbench.api.reviews import Allowed, Written
from workbench.errors import ApprovalNeeded, Findings, StoreError, UsageError, WorkbenchError
from workbench.journal import reading
from workbench.review.applying.merge import Conflict
from workbench.review.applying.past import Past, past_of
from workbench.review.applying.plan import Accepted, composed, reversed_moves
from workbench.review.applying.service import Applying
from workbench.review.applying.values import Move, Verified

BASE = b"".join(b"line %d\n" % number for number in range(1, 21))
ONE = BASE.replace(b"line 3\n", b"three\n")
OTHER = BASE.replace(b"line 15\n", b"fifteen\n")
BOTH = ONE.replace(b"line 15\n", b"fifteen\n")


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    (tmp_path / "a.py").write_bytes(BASE)
    async with opened(tmp_path) as shop:
        yield shop


async def accept(shop: Shop, name: str, change: dict[str, bytes | None], **more: Any) -> None:  # noqa: ANN401 - as the shop's
    await shop.propose(name, change, **more)
    await shop.do(name, Accept())


async def apply(shop: Shop, *names: str, who: Who | None = None) -> Written:
    return await shop.applying.apply(Apply(names, TERMS), who or Who())


def content(shop: Shop) -> bytes:
    return (shop.root / "a.py").read_bytes()


async def past(shop: Shop) -> Past:
    kinds = ("transaction.began", "transaction.ended")
    return past_of(await shop.journal.read(reading.newest, kinds, 100))


async def test_what_a_transaction_rests_on_is_written_down(shop: Shop) -> None:
    await accept(shop, "p", {"a.py": ONE})
    written = await apply(shop, "p")
    (done,) = (await past(shop)).every
    began = done.began
    assert (began.kind, began.proposals, began.verified) == ("apply", ("p",), "proof")
    assert (began.approvals, began.transaction) == (("ann/test",), written.transaction)
    assert done.is_written
    read = shop.reviews.contents.read
    (moved,) = began.files
    assert (read(moved.before), read(moved.after)) == (BASE, ONE)


async def test_several_proposals_are_put_together(shop: Shop) -> None:
    await accept(shop, "p", {"a.py": ONE})
    await accept(shop, "q", {"a.py": OTHER, "b/c.py": b"new\n"})
    written = await apply(shop, "p", "q")
    assert content(shop) == BOTH
    assert (shop.root / "b" / "c.py").read_bytes() == b"new\n"
    (case,) = shop.cases
    assert len(case.proven) == 2
    await shop.applying.take_back(TakeBack(written.transaction), Who())
    assert content(shop) == BASE
    assert not (shop.root / "b").exists()


async def test_two_proposals_that_clash_are_refused_by_name(shop: Shop) -> None:
    await accept(shop, "p", {"a.py": ONE})
    await accept(shop, "q", {"a.py": BASE.replace(b"line 3\n", b"drei\n")})
    with pytest.raises(Findings, match=r"p and q change the same of a\.py \(line 3\)"):
        await apply(shop, "p", "q")
    assert content(shop) == BASE


async def test_only_what_is_accepted_is_written(shop: Shop) -> None:
    await shop.propose("p", {"a.py": BOTH})
    first, second = (await shop.state("p")).hunks
    await shop.do("p", Accept((first.id,)))
    await shop.do("p", Reject((second.id,), "no"))
    await apply(shop, "p")
    assert content(shop) == ONE


async def test_a_test_that_is_offered_comes_only_if_it_is_accepted(shop: Shop) -> None:
    tests = {"tests/test_a.py": "def test_a(): pass\n"}
    await accept(shop, "p", {"a.py": ONE}, tests=tests)
    await apply(shop, "p")
    assert not (shop.root / "tests").exists()
    offered = next(one for one in (await shop.state("p")).hunks if one.path != "a.py")
    await shop.do("p", Accept((offered.id,)))
    await apply(shop, "p")
    assert (shop.root / "tests" / "test_a.py").read_text() == tests["tests/test_a.py"]
    assert dict(shop.cases[-1].change) == {}
    assert set(shop.cases[-1].tests) == {"tests/test_a.py"}


async def test_a_file_that_changed_elsewhere_is_fitted_and_that_is_written_down(shop: Shop) -> None:
    await accept(shop, "p", {"a.py": ONE})
    (shop.root / "a.py").write_bytes(OTHER)
    written = await apply(shop, "p")
    assert content(shop) == BOTH
    assert "fitted and verified anew" in written.sentence
    acts = await shop.journal.read(reading.about, ReviewActed.type, "p")
    last = read_fact(acts[-1])
    assert isinstance(last, ReviewActed)
    assert isinstance(last.act, Rebase)
    again = Shop(shop.workspace, shop.journal)
    assert (await again.state("p")).result == {"a.py": BOTH}
    await shop.applying.take_back(TakeBack(), Who())
    assert content(shop) == OTHER


async def test_what_was_rejected_does_not_stand_in_the_way_of_what_was_accepted(shop: Shop) -> None:
    """Who rejects a hunk is likely to write it otherwise."""
    await shop.propose("p", {"a.py": BOTH})
    first, second = (await shop.state("p")).hunks
    await shop.do("p", Accept((first.id,)))
    await shop.do("p", Reject((second.id,), "by hand"))
    (shop.root / "a.py").write_bytes(BASE.replace(b"line 15\n", b"mine\n"))
    await apply(shop, "p")
    assert content(shop) == ONE.replace(b"line 15\n", b"mine\n")


async def test_what_is_stale_names_what_changed_it(shop: Shop) -> None:
    await accept(shop, "p", {"a.py": ONE})
    await accept(shop, "q", {"a.py": BASE.replace(b"line 3\n", b"drei\n")})
    first = await apply(shop, "p")
    told = rf"q is stale: a\.py \(line 3\) was changed by transaction {first.transaction}"
    with pytest.raises(Findings, match=told):
        await apply(shop, "q")
    (shop.root / "a.py").write_bytes(b"mine\n")
    with pytest.raises(Findings, match=r"q is stale: a\.py \(lines? .*\) was changed by hand"):
        await apply(shop, "q")
    (shop.root / "a.py").unlink()
    with pytest.raises(Findings, match=r"q is stale: a\.py is not there any more"):
        await apply(shop, "q")


async def test_an_undo_keeps_later_changes_or_names_whose_they_are(shop: Shop) -> None:
    await accept(shop, "p", {"a.py": ONE})
    first = await apply(shop, "p")
    await accept(shop, "q", {"a.py": BOTH})
    second = await apply(shop, "q")
    await shop.applying.take_back(TakeBack(first.transaction), Who())
    assert content(shop) == OTHER
    await shop.applying.bring_back(BringBack(first.transaction), Who())
    assert content(shop) == BOTH
    await accept(shop, "r", {"a.py": BOTH.replace(b"three\n", b"tres\n")})
    third = await apply(shop, "r")
    told = rf"a\.py \(line 3\) was changed since by transaction {third.transaction}"
    with pytest.raises(Findings, match=told):
        await shop.applying.take_back(TakeBack(first.transaction), Who())
    for name in (third, first, second):  # The first came back after the second.
        await shop.applying.take_back(TakeBack(), Who())
        with pytest.raises(UsageError, match="undone already"):
            await shop.applying.take_back(TakeBack(name.transaction), Who())
    assert content(shop) == BASE


async def test_what_is_as_it_was_already_is_undone_without_a_byte(shop: Shop) -> None:
    await accept(shop, "p", {"a.py": ONE})
    await apply(shop, "p")
    (shop.root / "a.py").write_bytes(BASE)
    undone = await shop.applying.take_back(TakeBack(), Who())
    assert undone.files == ()
    assert "so already" in undone.sentence
    with pytest.raises(UsageError, match="nothing to undo"):
        await shop.applying.take_back(TakeBack(), Who())


async def test_tests_that_were_cut_off_are_told_to_whoever_verifies(shop: Shop) -> None:
    await accept(shop, "p", {"a.py": ONE})
    for kind in ("cut", "ValueError", "cut"):
        found = FailureFound("f", "t", kind, "", "a.py", 1, "f", "s")
        await shop.journal.write(found, actor="host")
    other = FailureFound("g", "u", "cut", "", "a.py", 1, "f", "s")
    await shop.journal.write(other, actor="host")
    await apply(shop, "p")
    assert shop.cases[0].endless == ("t",)


async def test_what_does_not_hold_is_not_written(shop: Shop) -> None:
    await accept(shop, "p", {"a.py": ONE})
    shop.verdict = Verified(False, "It breaks test_x.")
    with pytest.raises(Findings, match="It breaks test_x"):
        await apply(shop, "p")
    assert content(shop) == BASE
    assert (await past(shop)).every == ()


async def test_what_the_policy_misses_is_named(shop: Shop) -> None:
    async def gate(names: tuple[str, ...], _: Caller) -> tuple[Allowed, ...]:
        return tuple(Allowed(False, "d", "", ("A second person must approve.",)) for _ in names)

    await accept(shop, "p", {"a.py": ONE})
    applying = Applying(
        shop.workspace, shop.journal, shop.reviews, verify=shop.applying._verify, gate=gate
    )
    with pytest.raises(ApprovalNeeded, match=r"p: A second person must approve\."):
        await applying.apply(Apply(("p",), TERMS), Who())
    assert shop.cases == []
    assert content(shop) == BASE


async def test_a_command_that_is_sent_again_is_carried_out_once(shop: Shop) -> None:
    await accept(shop, "p", {"a.py": ONE})
    who = Who(key="k")
    written = await apply(shop, "p", who=who)
    again = Shop(shop.workspace, shop.journal)
    assert await apply(again, "p", who=Who(key="k", again=True)) == written
    assert len((await past(shop)).every) == 1


async def test_what_cannot_be_written_down_did_not_happen(shop: Shop) -> None:
    """The disk is full when the end is to be journaled."""
    await accept(shop, "p", {"a.py": ONE, "new/b.py": b"b\n"})
    before = shop.tree()
    full: Any = Full(shop.journal)
    shop = Shop(shop.workspace, full)
    with pytest.raises(StoreError, match="no room for the journal"):
        await apply(shop, "p")
    assert shop.tree() == before


class Full:
    """A journal that takes the beginning of a transaction, and nothing after it."""

    def __init__(self, journal: Any) -> None:  # noqa: ANN401 - a journal
        self._journal = journal

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it has
        return getattr(self._journal, name)

    async def write(self, fact: Any, **more: Any) -> Any:  # noqa: ANN401 - as the journal
        if fact.type == "transaction.ended":
            raise StoreError("There is no room for the journal.", "Free some space.")
        return await self._journal.write(fact, **more)


async def test_what_can_neither_be_written_nor_taken_back_is_settled_later(shop: Shop) -> None:
    await accept(shop, "p", {"a.py": ONE, "b.py": b"b\n"})
    broken = Shop(shop.workspace, shop.journal, step=failing("place", "exchange", after=1))
    with pytest.raises(StoreError, match="cannot be put back yet"):
        await apply(broken, "p")
    (done,) = (await past(shop)).every
    assert done.ended is None
    with pytest.raises(UsageError, match="nothing to undo"):  # What is left is settled before.
        await shop.applying.take_back(TakeBack(), Who())
    assert content(shop) == BASE
    assert not (shop.root / "b.py").exists()
    (view,) = (await shop.applying.read(ReadTransactions(), Who())).transactions
    assert (view.state, "as they were before" in view.sentence) == ("refused", True)
    await apply(shop, "p")
    assert content(shop) == ONE


def failing(*names: str, after: int) -> Any:  # noqa: ANN401 - a step
    seen: list[str] = []

    def step(name: str) -> None:
        seen.append(name)
        if sum(seen.count(one) for one in names) > after and name in names:
            raise StoreError("The disk is broken.", "Mend it.")

    return step


async def test_who_leaves_in_the_middle_does_not_stop_it(shop: Shop) -> None:
    """Nor does the next one take it for something that was cut off."""
    await accept(shop, "p", {"a.py": ONE, "b.py": b"b\n"})
    before = shop.tree()
    began = asyncio.Event()
    loop = asyncio.get_running_loop()

    def step(_: str) -> None:
        loop.call_soon_threadsafe(began.set)
        time.sleep(0.02)

    shop = Shop(shop.workspace, shop.journal, step=step)
    doing = asyncio.create_task(apply(shop, "p"))
    await began.wait()
    doing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await doing
    undone = await shop.applying.take_back(TakeBack(), Who())
    assert [one.path for one in undone.files] == ["a.py", "b.py"]
    assert shop.tree() == before
    first, second = (await past(shop)).every
    assert first.is_written
    assert second.is_written
    assert second.began.of == first.name


@pytest.mark.parametrize(
    "path", ["../out.py", ".git/hooks/x", ".workbench/journal.duckdb", "a\0b", "/etc/x", "a/\nb"]
)
async def test_a_proposal_that_leaves_the_project_is_refused(path: str, shop: Shop) -> None:
    await shop.journal.write(made_for(path, shop), actor="host", subject="p")
    await shop.do("p", Accept())
    before = shop.tree()
    with pytest.raises(WorkbenchError) as refused:
        await apply(shop, "p")
    assert refused.value.sentence
    assert shop.tree() == before


def made_for(path: str, shop: Shop) -> Any:  # noqa: ANN401 - a fact
    from workbench.api.events import Evidence, ProposalMade

    digest = shop.reviews.contents.keep(b"owned\n")
    evidence = Evidence(("t",), 0, {}, 1, "e", "full", "proof")
    return ProposalMade(
        "p", "s", 1, 0.9, "", {path: digest}, "b", "r", "o", "w", evidence, before={path: ""}
    )


async def test_nothing_named_and_nothing_known(shop: Shop) -> None:
    with pytest.raises(UsageError, match="No proposal is named"):
        await apply(shop)
    with pytest.raises(UsageError, match="There is no proposal x"):
        await apply(shop, "x")
    with pytest.raises(UsageError, match="nothing to do again"):
        await shop.applying.bring_back(BringBack(), Who())


def test_proposals_are_composed_by_lines() -> None:
    now = {"a": BASE}
    parts = [Accepted("p", now, {"a": ONE}), Accepted("q", now, {"a": OTHER})]
    assert composed(parts, now) == composed(parts[::-1], now) == {"a": BOTH}
    assert composed(parts, {"a": BASE}) == {"a": BOTH}
    same = [parts[0], Accepted("r", now, {"a": ONE})]
    assert composed(same, now) == {"a": ONE}
    assert composed([Accepted("p", now, {"a": BASE})], now) == {}
    with pytest.raises(Findings, match="p and q change the same of a"):
        composed([parts[0], Accepted("q", now, {"a": None})], now)


def test_moves_are_reversed_by_lines() -> None:
    moves = (Move("a", BASE, ONE, 0o600), Move("b", b"b", None, 0o640), Move("c", None, b"c"))
    back, clashes = reversed_moves(moves, {"a": BOTH, "b": None, "c": b"c"}, {"a": 0o755})
    assert not clashes
    assert back == (
        Move("a", BOTH, OTHER, 0o755),
        Move("b", None, b"b", 0o640),
        Move("c", b"c", None),
    )
    back, clashes = reversed_moves(moves, {"a": None, "b": b"mine", "c": b"other"}, {})
    assert [clash.path for clash in clashes] == ["a", "b", "c"]
    assert all(clash.conflict == Conflict() for clash in clashes)
    assert back == ()
