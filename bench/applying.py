"""What it costs to write what was accepted, verified before that, and to take it back."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.harness import Row, Sample, sample, told, under
from bench.home import Unmeasured, workspace
from workbench import settings
from workbench.api.caller import Caller
from workbench.api.client import Client
from workbench.api.commands import ActOn, Apply, Heal, TakeBack, Terms
from workbench.api.deciding import Accept, Leave
from workbench.api.events import Evidence, ProposalMade
from workbench.errors import WorkbenchError
from workbench.journal.journal import Journal
from workbench.review.applying.service import Applying
from workbench.review.applying.values import Case, Verified, allow_all
from workbench.review.service import Service as Reviews
from workbench.review.state import Acted
from workbench.workspace import Workspace, name_workspace

_FILES, _LINES = 1_000, 200
_ROUNDS = 5
_SOURCE = "def is_adult(age):\n    return age > 18\n"
_TESTS, _WORK = 40, 120_000
_TEST = """\
from ages import is_adult


def test_adult():
    assert is_adult(18)
    assert not is_adult(17)


def work(much):
    return sum(number * number for number in range(much))

"""


def measure() -> list[Row]:
    """Undo many files; accept, verify and apply one hunk, beside one run of the tests."""
    with workspace() as made:
        return [*asyncio.run(_undone()), *asyncio.run(_applied(made))]


async def _undone() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-applying-", dir="/var/tmp") as folder:
        made = name_workspace(Path(folder))
        made.make()
        journal = Journal(made)
        await journal.open()
        try:
            return await _undo_many(made, journal)
        finally:
            await journal.close()


async def _undo_many(made: Workspace, journal: Journal) -> list[Row]:
    reviews = Reviews(made, journal)
    applying = Applying(made, journal, reviews, verify=_believe, gate=allow_all)
    await _propose(made, reviews, journal)
    await reviews.do("many", Acted(Accept()), Caller("bench"))
    terms = _terms(made)
    applied, undone = [], []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        await applying.apply(Apply(("many",), terms), Caller("bench"))
        applied.append(time.perf_counter() - began)
        began = time.perf_counter()
        await applying.take_back(TakeBack(), Caller("bench"))
        undone.append(time.perf_counter() - began)
    return [
        under(f"Undo of {_FILES:,} files", sample(undone, "s"), 2.0),
        told(f"Writing {_FILES:,} files that are verified already", sample(applied, "s")),
    ]


async def _believe(
    case: Case, _terms: Terms, _caller: Caller, /, *, is_trial: bool = False
) -> Verified:
    return Verified(bool(case.change) and not is_trial, "It is not what is measured.", "none")


async def _propose(made: Workspace, reviews: Reviews, journal: Journal) -> None:
    before, change = {}, {}
    for number in range(_FILES):
        path = f"part{number // 50}/file{number}.py"
        old = b"".join(b"line %d of %d\n" % (line, number) for line in range(_LINES))
        (made.project / path).parent.mkdir(exist_ok=True)
        (made.project / path).write_bytes(old)
        before[path] = reviews.contents.keep(old)
        change[path] = reviews.contents.keep(old.replace(b"line 7 ", b"line seven "))
    evidence = Evidence((), 0, {}, 1, "none", "none", "none")
    fact = ProposalMade(
        "many", "s", 1, 1.0, "", change, "b", "r", "bench", "", evidence, before=before
    )
    await journal.write(fact, actor="bench", subject="many")


async def _applied(made: Workspace) -> list[Row]:
    _make(made.project)
    try:
        async with Client(made, "bench", patience=20.0) as client:
            return await _rows(client, made)
    except WorkbenchError as error:
        raise Unmeasured(error.sentence) from error


def _make(project: Path) -> None:
    """Make a project whose tests take about a second."""
    (project / "tests").mkdir()
    (project / "ages.py").write_text(_SOURCE, encoding="utf-8")
    (project / "notes.txt").write_text("notes\n", encoding="utf-8")
    others = "\n".join(
        f"\ndef test_work_{number}():\n    assert work({_WORK}) > {number}\n"
        for number in range(_TESTS)
    )
    (project / "tests" / "test_ages.py").write_text(_TEST + others, encoding="utf-8")


async def _rows(client: Client, made: Workspace) -> list[Row]:
    terms = _terms(made)
    healing = await client.call(Heal(terms, (), 60.0))
    names = [one.proposal for one in healing.proposals if "age >= 18" in one.diff]
    if not names:
        raise Unmeasured(healing.ended.sentence)
    notes = made.project / "notes.txt"
    whole, plain = await _ratios(client, made, names[0], lambda: None)
    changed, beside = await _ratios(
        client, made, names[0], lambda: notes.write_text(str(time.time_ns()), encoding="utf-8")
    )
    return [
        under("Accept, verify and apply one hunk, of one run of its tests", whole, 1.5, plain),
        under("The same where the project changed since the proof", changed, 1.5, beside),
    ]


async def _ratios(
    client: Client, made: Workspace, name: str, change: Callable[[], object]
) -> tuple[Sample, str]:
    """Take both in turns, so that what else the machine does falls on both alike."""
    ratios, plain = [], []
    for _ in range(_ROUNDS):
        change()
        plain.append(await asyncio.to_thread(_run_tests, made.project))
        began = time.perf_counter()
        await client.call(ActOn(name, Accept()))
        await client.call(Apply((name,), _terms(made)))
        ratios.append((time.perf_counter() - began) / plain[-1])
        await client.call(TakeBack())
        await client.call(ActOn(name, Leave()))
    return sample(ratios, "times"), f"pytest {sample(plain, 's').text}"


def _run_tests(project: Path) -> float:
    began = time.perf_counter()
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    subprocess.run(words, cwd=project, capture_output=True, check=False)
    return time.perf_counter() - began


def _terms(made: Workspace) -> Terms:
    return Terms.of(settings.load(made, (), os.environ).sandbox, os.environ)
