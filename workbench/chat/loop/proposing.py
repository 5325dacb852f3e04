"""What a task drafted, as a proposal that a person reviews, with what speaks for it and against it.

Nothing is claimed that was not run: the project's own tests are run without the change and with it,
and what it turns from failing to passing is put to the sandbox's proof. Where that cannot be done,
the proposal says that nothing was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

from workbench.api.events import Evidence, ProposalMade
from workbench.chat.guard import redact
from workbench.chat.loop import boxed
from workbench.chat.loop.files import Draft, Files
from workbench.chat.running import Work
from workbench.errors import Findings, SandboxError, StoreError
from workbench.healing.judging import security
from workbench.journal.contents import Contents
from workbench.review.applying.values import Case, Verified
from workbench.review.applying.verifying import Verifying
from workbench.review.exporting import patch_of
from workbench.review.script import hash_of
from workbench.sandbox.job import Pytest
from workbench.sandbox.plan import Level
from workbench.sandbox.proof.ground import Touch, survey
from workbench.sandbox.proof.places import object_to_place

OPERATOR = "chat"
_TESTS = ("tests", "conftest")
_PROVEN, _RUN, _NOT_RUN = 0.5, 0.25, 0.05
"""How likely such a change is right: nobody has counted it, so it never stands above a repair."""
_LONGEST = 300
_NO_TESTS = "The project: no test was collected."
"""What a verification says where there is nothing to run."""


@dataclass(frozen=True)
class Parted:
    """What was drafted, by what it is to the project."""

    change: Mapping[str, Draft]
    offered: Mapping[str, Draft]
    """New tests, which are offered beside the change."""
    tests: tuple[str, ...] = ()
    """Tests that were there before and are changed."""
    odd: Mapping[str, str] = field(default_factory=dict)
    """Other files that no repair changes, and why not."""


@dataclass(frozen=True)
class Shown:
    """What running showed of a change; `sentence` is empty where nothing was run."""

    sentence: str = ""
    verified: Verified | None = None
    looked: Mapping[str, Any] = field(default_factory=dict)
    """What the run of the tests showed."""
    proof: Mapping[str, Any] = field(default_factory=dict)
    """The verdict over the tests that it turns, if it turns any."""
    why_not: str = ""

    @property
    def holds(self) -> bool:
        return self.verified is not None and self.verified.holds

    @property
    def told(self) -> str:
        """Return what was run in sentences, or that nothing was."""
        return self.sentence or f"Nothing was run. {self.why_not}".strip()


def part(files: Files) -> Parted:
    """Tell new tests, changed tests and files that no repair changes from the rest."""
    ground = survey(files.snapshot.entries, (), ())
    change: dict[str, Draft] = {}
    offered: dict[str, Draft] = {}
    tests, odd = [], {}
    for path, draft in sorted(files.drafts.items()):
        place = object_to_place(Touch(path, draft.after, draft.before, {}, ground))
        code, sentence = place or ("", "")
        if code == "tests" and draft.before is None:
            offered[path] = draft
            continue
        change[path] = draft
        if code in _TESTS:
            tests.append(path)
        elif code:
            odd[path] = sentence
    return Parted(change, offered, tuple(tests), odd)


async def show(work: Work, contents: Contents, parted: Parted, title: str) -> Shown:
    """Have the tests run with what was drafted, in the sandbox."""
    if work.terms is None:
        return Shown(why_not="Nobody said what the sandbox may use.")
    try:
        if parted.tests or parted.odd:
            return await _run_only(work, parted)
        return await _verify(work, contents, parted, title)
    except (SandboxError, StoreError, Findings) as error:
        return Shown(why_not=f"{error.sentence} {error.hint}".strip())


async def _verify(work: Work, contents: Contents, parted: Parted, title: str) -> Shown:
    """Run the tests without and with it; what it turns is proven."""
    assert work.terms is not None  # noqa: S101 - `show` has looked
    verify = Verifying(work.workspace, contents, work.around.sandbox, work.around.asker)
    case = Case(
        change={path: one.after for path, one in parted.change.items()},
        tests={path: one.after for path, one in parted.offered.items()},
        proven=(),
        title=title,
    )
    verified = await verify(case, boxed.without_network(work.terms), work.caller)
    if _NO_TESTS in verified.sentence:
        return Shown(why_not="The project has no tests.")
    looked = await asyncio.to_thread(_read, contents, verified.digest)
    proof = await asyncio.to_thread(_read, contents, str(looked.get("proof", "")))
    return Shown(verified.sentence, verified, looked, proof)


async def _run_only(work: Work, parted: Parted) -> Shown:
    """Run the tests with it and no more: no proof can speak for a change of tests."""
    assert work.terms is not None  # noqa: S101 - `show` has looked
    change = {path: one.after for path, one in {**parted.change, **parted.offered}.items()}
    sandbox, asker = await work.around.sandbox(), work.around.asker(work.caller)
    ended = await boxed.run(sandbox, asker, work.terms, Pytest(), change)
    return Shown(f"The tests were run with it once, and proven is nothing: {redact(ended.told)}.")


def _read(contents: Contents, digest: str) -> Mapping[str, Any]:
    """Return what is kept under a digest; under none nothing is."""
    if not digest:
        return {}
    found: Mapping[str, Any] = msgspec.json.decode(contents.read(digest), type=dict[str, Any])
    return found


async def proposal(
    task: str, goal: str, files: Files, parted: Parted, shown: Shown
) -> ProposalMade:
    """Return the fact that a task proposes something."""
    after = {path: one.after for path, one in parted.change.items()}
    before = {path: one.before for path, one in parted.change.items()}
    offered = {path: one.after.decode() for path, one in parted.offered.items()}
    result = files.snapshot.with_changes(after).digest
    dangers = await asyncio.to_thread(lambda: tuple(_dangers(parted)))
    return ProposalMade(
        proposal=_name(files.snapshot.digest, result, offered),
        search=f"task {task}",
        rank=1,
        confidence=_confidence(shown),
        diff=redact(patch_of(before, after).decode("utf-8", "replace")),
        change={path: hash_of(one) for path, one in after.items()},
        before={path: hash_of(one) for path, one in before.items()},
        base=files.snapshot.digest,
        result=result,
        operator=OPERATOR,
        why=redact(goal)[:_LONGEST],
        evidence=_evidence(shown),
        reasons=(shown.told,) if shown.holds else (),
        doubts=(*_doubts(parted, shown), *dangers),
        tests=offered,
    )


def _name(base: str, result: str, offered: Mapping[str, str]) -> str:
    told = "".join(f"\0{path}\0{text}" for path, text in sorted(offered.items()))
    return sha256(f"{base}\0{result}{told}".encode()).hexdigest()[:12]


def _confidence(shown: Shown) -> float:
    if not shown.holds:
        return _NOT_RUN
    return _PROVEN if shown.looked.get("proof") else _RUN


def _evidence(shown: Shown) -> Evidence:
    looked, verified = shown.looked, shown.verified
    turned = verified.turned if verified and verified.holds else ()
    outcomes = looked.get("outcomes", {})
    level = looked.get("level")
    return Evidence(
        turned=turned,
        others=sum(1 for test in outcomes if test not in turned),
        guards=shown.proof.get("guards", {}),
        circumstances=shown.proof.get("circumstances", 0),
        engine=looked.get("engine", ""),
        level="" if level is None else Level(level).name.lower(),
        proof=looked.get("proof", ""),
    )


def _doubts(parted: Parted, shown: Shown) -> Iterator[str]:
    """Say what a person must know before anything else."""
    if parted.tests:
        yield f"IT CHANGES TESTS: {', '.join(parted.tests)}. They count no more."
    for path, sentence in parted.odd.items():
        yield f"It changes {path}. {sentence}"
    yield "A language model wrote it."
    if parted.tests or parted.odd or not shown.holds:
        yield "The workbench does not write what no proof can hold: take it as a patch, if at all."
    if not shown.holds:
        yield shown.told
    elif not shown.looked.get("outcomes"):
        yield "There are no tests that could speak for it or against it."
    elif not shown.looked.get("proof"):
        yield "It turns no test: that it does what it should is shown by nothing."


def _dangers(parted: Parted) -> Iterator[str]:
    """Say what becomes open to attack."""
    for path, draft in parted.change.items():
        if not path.endswith(".py"):
            continue
        before = security.findings((draft.before or b"").decode("utf-8", "replace"), path)
        after = security.findings(draft.after.decode("utf-8", "replace"), path)
        for found in security.new(before, after):
            yield f"{path}:{found.line}: {found.message} ({found.code})"
