"""Applying as a service of the host: what is accepted is verified, allowed and written; undone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from workbench.api import commands, reviews
from workbench.api.caller import Caller
from workbench.api.events import FailureFound, read_fact
from workbench.errors import ApprovalNeeded, Findings, UsageError
from workbench.journal import reading
from workbench.journal.journal import Journal
from workbench.review.applying.carrying import Draft, Transactions, new_name
from workbench.review.applying.choosing import refused, to_redo, to_undo
from workbench.review.applying.fitting import (
    Files,
    Fitted,
    acted,
    fit,
    refuse_done,
    refuse_misfit,
    refuse_nothing,
)
from workbench.review.applying.past import Done, Past
from workbench.review.applying.plan import composed, folders_made, reversed_moves
from workbench.review.applying.project import Found, Step, do_nothing
from workbench.review.applying.values import Case, Gate, Kind, Move, Verified, Verify
from workbench.review.service import Open
from workbench.review.service import Service as Reviews
from workbench.visible import visible_line
from workbench.workspace import Workspace

_NEW_FILE = 0o666
_CUT = "cut"
"""How a test fails that was ended because it went on for too long."""
_MOST_FAILURES = 1_000
_SHOWN = 3


@dataclass(frozen=True)
class _Fit:
    """Proposals that fit together, and what files get of them."""

    every: tuple[Fitted, ...]
    files: Files
    wanted: Mapping[str, bytes | None]
    endless: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.every)

    @property
    def case(self) -> Case:
        taken = {path for one in self.every for path in one.tests}
        tests = {p: new for p, new in self.wanted.items() if p in taken and new is not None}
        change = {path: new for path, new in self.wanted.items() if path not in tests}
        proven = tuple(one.proven for one in self.every)
        return Case(change, tests, proven, ", ".join(self.names), self.endless)

    @property
    def moves(self) -> tuple[Move, ...]:
        mode = _NEW_FILE & ~_umask()
        return tuple(_move(path, self.files[path], new, mode) for path, new in self.wanted.items())

    @property
    def rebased(self) -> tuple[str, ...]:
        return tuple(path for one in self.every for path in one.rebased)


class Applying:
    """Whatever is written into the project is written by this."""

    def __init__(
        self,
        workspace: Workspace,
        journal: Journal,
        reviews_: Reviews,
        *,
        verify: Verify,
        gate: Gate,
        step: Step = do_nothing,
    ) -> None:
        self._workspace = workspace
        self._journal = journal
        self._reviews = reviews_
        self._verify = verify
        self._gate = gate
        self._done = Transactions(workspace, journal, reviews_.contents, step)

    async def recover(self) -> None:
        """End what the host before left in the middle."""
        async with self._done.alone:
            await self._done.recover()
            await self._done.clean()

    async def close(self) -> None:
        await self._done.close()

    async def read(self, command: commands.ReadTransactions, _: Caller) -> reviews.Transactions:
        past = await self._done.past()
        return reviews.Transactions(past.views[: max(0, command.limit)])

    async def try_accepted(self, command: commands.TryAccepted, caller: Caller) -> reviews.Tried:
        """Run the tests with what is accepted; nothing is written."""
        began = time.monotonic()
        found = await self._fitted(command.proposals)
        verified = await self._verify(found.case, command.terms, caller, is_trial=True)
        return reviews.Tried(
            holds=verified.holds,
            sentence=verified.sentence,
            turned=verified.turned,
            red=verified.red,
            broken=verified.broken,
            verified=verified.digest,
            seconds=round(time.monotonic() - began, 3),
        )

    async def apply(self, command: commands.Apply, caller: Caller) -> reviews.Written:
        """Write what is accepted, if it is allowed and holds up in the project as it is now."""
        async with self._done.alone:
            await self._done.recover()
            if answered := await self._done.answered(caller):
                return answered
            found = await self._fitted(command.proposals)
            refuse_done(found.every)
            wanted = await self._rebase(found, caller)
            await self._allowed(wanted, caller)
            verified = await self._verified(found, command, caller)
            allowed = await self._allowed(wanted, caller)
            draft = await asyncio.to_thread(self._drafted, found, allowed, verified)
            if command.branch:
                draft = await asyncio.to_thread(self._with_commit, draft, command.branch, found)
            return await self._done.carry_out(draft, caller)

    async def take_back(self, command: commands.TakeBack, caller: Caller) -> reviews.Written:
        """Undo a transaction: what was changed later is kept, or it is refused."""
        async with self._done.alone:
            await self._done.recover()
            if answered := await self._done.answered(caller):
                return answered
            past = await self._done.past()
            return await self._reverse(to_undo(past, command.transaction), "undo", past, caller)

    async def bring_back(self, command: commands.BringBack, caller: Caller) -> reviews.Written:
        """Do again what was undone, by undoing the undo."""
        async with self._done.alone:
            await self._done.recover()
            if answered := await self._done.answered(caller):
                return answered
            past = await self._done.past()
            return await self._reverse(to_redo(past, command.transaction), "redo", past, caller)

    async def _fitted(self, names: Iterable[str]) -> _Fit:
        opened = [(name, await self._reviews.review(name)) for name in dict.fromkeys(names)]
        if not opened:
            raise UsageError("No proposal is named.", "`workbench review list` shows them.")
        past = await self._done.past()
        found = await asyncio.to_thread(self._fit, opened, past)
        return replace(found, endless=await self._endless(opened))

    async def _endless(self, opened: Iterable[tuple[str, Open]]) -> tuple[str, ...]:
        """Return the tests that proposals turn and that were cut off when they failed last."""
        turned = {test for _, one in opened for test in one.proposal.evidence.turned}
        found = await self._journal.read(reading.newest, (FailureFound.type,), _MOST_FAILURES)
        kinds: dict[str, str] = {}
        for fact in map(read_fact, found):
            if isinstance(fact, FailureFound):
                kinds.setdefault(fact.test, fact.kind)
        return tuple(sorted(test for test in turned if kinds.get(test) == _CUT))

    def _fit(self, opened: Iterable[tuple[str, Open]], past: Past) -> _Fit:
        opened = tuple(opened)
        for name, one in opened:
            refuse_nothing(name, one.state)
        paths = sorted({path for _, one in opened for path in one.state.result})
        files = self._files(paths)
        every = tuple(fit(name, one, files, past) for name, one in opened)
        now = {path: found.content if found else None for path, found in files.items()}
        return _Fit(every, files, composed([one.wanted for one in every], now))

    def _files(self, paths: Iterable[str]) -> dict[str, Found | None]:
        with self._done.open() as project:
            return {path: project.read(path) for path in paths}

    async def _rebase(self, found: _Fit, caller: Caller) -> Mapping[str, str]:
        """Write down that proposals are fitted to files that were changed since.

        Return by proposal the digest of what is to be written of it.
        """
        wanted = {one.name: one.one.state.digest for one in found.every}
        for one in found.every:
            if one.rebased:
                await asyncio.to_thread(self._keep, one)
                act = acted(one, caller.actor)
                new = await self._reviews.do(one.name, act, Caller(caller.actor))
                refuse_misfit(one, new.state)
                wanted[one.name] = new.state.digest
        return wanted

    def _keep(self, one: Fitted) -> None:
        for content in {content for pair in one.rebased.values() for content in pair} - {None}:
            self._reviews.contents.keep(content or b"")

    async def _allowed(
        self, wanted: Mapping[str, str], caller: Caller
    ) -> tuple[reviews.Allowed, ...]:
        """Ask the policy; somebody else may decide otherwise while the tests run."""
        names = tuple(wanted)
        allowed = await self._gate(names, caller)
        missing = [
            f"{visible_line(name)}: {' '.join(one.missing)}"
            for name, one in zip(names, allowed, strict=True)
            if not one.is_allowed
        ]
        if missing:
            raise ApprovalNeeded(
                f"The approval policy does not allow it yet. {' '.join(missing)}",
                "`workbench review approve` gives an approval; `workbench audit show` tells them.",
            )
        for name in names:
            if (await self._reviews.review(name)).state.digest != wanted[name]:
                raise ApprovalNeeded(
                    f"What is accepted of {visible_line(name)} was changed meanwhile.",
                    "Nothing was written. Look at it, and apply it again.",
                )
        return allowed

    async def _verified(self, found: _Fit, command: commands.Apply, caller: Caller) -> Verified:
        verified = await self._verify(found.case, command.terms, caller)
        if not verified.holds:
            raise Findings(verified.sentence, "Nothing was written. Look at it again.")
        return verified

    def _drafted(
        self, found: _Fit, allowed: tuple[reviews.Allowed, ...], verified: Verified
    ) -> Draft:
        moves = found.moves
        with self._done.open() as project:
            made = folders_made(moves, project.missing_folders)
        return Draft(
            kind="apply",
            moves=moves,
            sentence=" ".join(_told_applied(moves, found, verified)),
            name=new_name(),
            made=made,
            proposals=found.names,
            verified=verified.digest,
            policy=allowed[0].policy,
            approvals=tuple(dict.fromkeys(who for one in allowed for who in one.approvals)),
        )

    def _with_commit(self, draft: Draft, branch: str, found: _Fit) -> Draft:
        from workbench.review.applying import committing

        whys = [one.one.proposal.why or one.one.proposal.operator for one in found.every]
        told = committing.Told(
            whys=tuple(whys),
            proposals=draft.proposals,
            proof=draft.verified,
            transaction=draft.name,
            approvals=draft.approvals,
        )
        ready = committing.prepare(self._workspace, branch, draft.moves, told)
        sentence = f"{draft.sentence} Committed as {ready.commit[:12]} on {ready.branch}."
        return replace(draft, ready=ready, sentence=sentence)

    async def _reverse(self, done: Done, kind: Kind, past: Past, caller: Caller) -> reviews.Written:
        draft = await asyncio.to_thread(self._reversal, done, kind, past)
        return await self._done.carry_out(draft, caller)

    def _reversal(self, done: Done, kind: Kind, past: Past) -> Draft:
        read = self._reviews.contents.read_file
        files = done.began.files
        moves = [Move(f.path, read(f.before), read(f.after), f.mode) for f in files]
        found = self._files([move.path for move in moves])
        now = {path: one.content if one else None for path, one in found.items()}
        modes = {path: one.mode for path, one in found.items() if one}
        back, clashes = reversed_moves(moves, now, modes)
        if clashes:
            raise refused(done, clashes, now, past)
        with self._done.open() as project:
            made = folders_made(back, project.missing_folders)
        return Draft(
            kind=kind,
            moves=back,
            sentence=_told_reversed(done, kind, back),
            name=new_name(),
            made=made,
            gone=done.began.made,
            proposals=done.began.proposals,
            of=done.name,
        )


def _move(path: str, found: Found | None, new: bytes | None, mode: int) -> Move:
    if found is None:
        return Move(path, None, new, mode)
    return Move(path, found.content, new, found.mode)


def _umask() -> int:
    """Read what new files may not have; asking for it any other way would change it."""
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:  # noqa: PTH123
        lines = (line.split() for line in file)
        return next((int(line[1], 8) for line in lines if line[0] == "Umask:"), 0o077)


def _told_applied(moves: tuple[Move, ...], found: _Fit, verified: Verified) -> Iterable[str]:
    yield f"{_counted(moves)} written: {_listed(move.path for move in moves)}."
    if found.rebased:
        names = _listed(found.rebased)
        yield f"Changed since it was proposed: {names}; the change was fitted and verified anew."
    elif verified.is_anew:
        yield "It was verified anew before that."


def _told_reversed(done: Done, kind: Kind, moves: tuple[Move, ...]) -> str:
    what = f"{done.name} was undone" if kind == "undo" else f"{done.began.of} was done again"
    if not moves:
        return f"{what}; the files were so already."
    return f"{what}: {_listed(move.path for move in moves)}."


def _counted(moves: tuple[Move, ...]) -> str:
    return "1 file" if len(moves) == 1 else f"{len(moves):,} files"


def _listed(paths: Iterable[str]) -> str:
    names = [visible_line(path) for path in paths]
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
