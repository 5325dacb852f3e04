"""What is verified before it is written, in real boxes: what holds, breaks, or only seems to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from workbench.api.caller import Caller
from workbench.api.commands import Terms
from workbench.api.facts import Event, Fact
from workbench.chat.guard import redact
from workbench.journal.contents import Contents
from workbench.review.applying.values import Case, Proven, Verified
from workbench.review.applying.verifying import Looked, Verifying
from workbench.review.script import hash_of
from workbench.sandbox.job import Pytest
from workbench.sandbox.pool import Pool
from workbench.sandbox.proof.prove import Verdict
from workbench.sandbox.service import Asker, Service
from workbench.workspace import Workspace

pytestmark = pytest.mark.xdist_group("verifying")
TERMS = Terms("namespaces", "full", "", 30, 1024, 64, 256, "none", {})
BROKEN = "def add(a, b):\n    return a - b\n\n\ndef double(a):\n    return a + a\n"
RIGHT = BROKEN.replace("a - b", "a + b")
TESTS = """\
from calc import add, double


def test_add():
    assert add(1, 2) == 3
    assert add(2, 5) == 7


def test_double():
    assert double(4) == 8
"""
ADD, DOUBLE = "tests/test_calc.py::test_add", "tests/test_calc.py::test_double"
MORE = {
    "tests/test_more.py": b"from calc import add\n\n\ndef test_more():\n    assert add(4, 4) == 8\n"
}


@dataclass(frozen=True)
class Who(Caller):
    actor: str = "ann/test"


@dataclass
class Shop:
    """A project, and what verifies changes of it."""

    project: Path
    service: Service
    contents: Contents
    verifying: Verifying

    async def verify(
        self,
        change: Mapping[str, str | None],
        tests: Mapping[str, bytes] | None = None,
        proven: tuple[Proven, ...] = (),
        *,
        is_trial: bool = False,
    ) -> Verified:
        made = {path: None if text is None else text.encode() for path, text in change.items()}
        case = Case(made, tests or {}, proven, "p")
        return await self.verifying(case, TERMS, Who(), is_trial=is_trial)

    def proven(self, tests: Mapping[str, bytes] | None = None) -> Proven:
        """Return a proof of the right change, made over the project as it is, and some tests."""
        snapshot = self.service.store.take(self.project)
        base = snapshot.with_changes(dict(tests or {})).digest
        return Proven("the proof", base, {"calc.py": hash_of(RIGHT.encode())}, tests or {})


async def _record(fact: Fact, *, subject: str = "", key: str = "") -> Event:
    return Event(1, 0, "", subject, fact.type, 1, key, "{}", "")


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    project = tmp_path / "project"
    (project / "tests").mkdir(parents=True)
    (project / "calc.py").write_text(BROKEN)
    (project / "tests" / "test_calc.py").write_text(TESTS)
    workspace = Workspace(project)
    workspace.make()
    service = Service(workspace, redact)

    async def sandbox() -> Service:
        return service

    contents = Contents(workspace.contents)
    asker = lambda who: Asker(who.actor, who.key, _record)  # noqa: E731
    yield Shop(project, service, contents, Verifying(workspace, contents, sandbox, asker))
    await service.close()


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Return what is run from now on, by the tests that it was asked for."""
    seen: list[tuple[str, ...]] = []
    run = Pool.run

    def noted(self: Pool, plan: Any, job: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(job.work, Pytest):
            seen.append(job.work.arguments)
        return run(self, plan, job, *rest, **more)

    monkeypatch.setattr(Pool, "run", noted)
    return seen


async def test_a_proof_over_exactly_this_holds_and_nothing_runs(
    shop: Shop, runs: list[tuple[str, ...]]
) -> None:
    found = await shop.verify({"calc.py": RIGHT}, proven=(shop.proven(),))
    assert (found.holds, found.digest, found.is_anew) == (True, "the proof", False)
    crashed = shop.proven(MORE)
    assert (await shop.verify({"calc.py": RIGHT}, proven=(crashed,))).digest == "the proof"
    assert (await shop.verify({"calc.py": RIGHT}, MORE, (crashed,))).digest == "the proof"
    assert runs == []


async def test_what_the_proof_does_not_cover_is_verified_and_kept(
    shop: Shop, runs: list[tuple[str, ...]]
) -> None:
    """Something else changed: all tests run once on each side, and the proof is of what turns."""
    proven = shop.proven()
    (shop.project / "notes.txt").write_text("later\n")
    found = await shop.verify({"calc.py": RIGHT}, proven=(proven,))
    assert (found.holds, found.is_anew) == (True, True)
    assert (found.turned, found.red, found.broken) == ((ADD,), (), ())
    assert runs.count(()) == 2
    assert set(runs) == {(), (ADD,)}
    looked = msgspec.json.decode(shop.contents.read(found.digest), type=Looked)
    assert looked.outcomes == {ADD: "passed", DOUBLE: "passed"}
    verdict = msgspec.json.decode(shop.contents.read(looked.proof), type=Verdict)
    assert (verdict.accepted, verdict.digest, verdict.failing) == (True, looked.proof, (ADD,))


async def test_what_was_found_out_is_not_found_out_twice(
    shop: Shop, runs: list[tuple[str, ...]]
) -> None:
    """Who has the tests run and applies then waits once; the base is known for what comes next."""
    tried = await shop.verify({"calc.py": RIGHT}, proven=(shop.proven(),), is_trial=True)
    assert tried.turned == (ADD,)
    runs.clear()
    assert await shop.verify({"calc.py": RIGHT}) == tried
    assert runs == []
    other = RIGHT.replace("return a + a", "return 2 * a")
    assert (await shop.verify({"calc.py": other})).holds
    assert runs.count(()) == 1
    (shop.project / "calc.py").write_text(other)
    runs.clear()
    found = await shop.verify({"calc.py": RIGHT})
    assert (found.holds, found.turned) == (True, ())
    assert runs == [()]


async def test_a_part_that_turns_nothing_must_break_nothing(shop: Shop) -> None:
    found = await shop.verify({"calc.py": BROKEN.replace("a + a", "2 * a")})
    assert (found.holds, found.turned, found.red) == (True, (), (ADD,))
    looked = msgspec.json.decode(shop.contents.read(found.digest), type=Looked)
    assert (looked.proof, looked.outcomes[ADD]) == ("", "failed")


async def test_what_breaks_is_named(shop: Shop) -> None:
    found = await shop.verify({"calc.py": RIGHT.replace("a + a", "3 * a")})
    assert not found.holds
    assert (found.turned, found.broken) == ((ADD,), (DOUBLE,))
    assert DOUBLE in found.sentence
    assert found.digest == ""
    gone = await shop.verify({"calc.py": RIGHT.partition("def double")[0]})
    assert not gone.holds
    assert set(gone.broken) <= {DOUBLE}
    assert gone.sentence


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("tests/test_calc.py", "does not change tests"),
        ("conftest.py", "how tests are set up"),
        ("pyproject.toml", "how pytest is configured"),
        (".github/workflows/ci.yml", "runs elsewhere"),
    ],
)
async def test_what_the_gate_objects_to_never_runs(
    path: str, said: str, shop: Shop, runs: list[tuple[str, ...]]
) -> None:
    found = await shop.verify({"calc.py": RIGHT, path: "x = 1\n"})
    assert not found.holds
    assert said in found.sentence
    assert runs == []


async def test_a_test_that_is_taken_along_is_no_part_of_the_repair(shop: Shop) -> None:
    found = await shop.verify({"calc.py": RIGHT}, MORE)
    assert found.holds
    assert found.turned == (ADD, "tests/test_more.py::test_more")
    alone = await shop.verify({}, MORE)
    assert (alone.holds, alone.turned) == (True, ())
    assert alone.red == (ADD, "tests/test_more.py::test_more")
    spoils = b"import calc\n\ncalc.double = None\n\n\ndef test_it():\n    assert True\n"
    spoilt = await shop.verify({}, {"tests/test_a.py": spoils})
    assert (spoilt.holds, spoilt.broken) == (False, (DOUBLE,))


async def test_what_only_seems_to_pass_is_refused_by_the_proof(shop: Shop) -> None:
    """It passes each run of the tests, and is equal to whatever is asked for."""
    lie = "class Lie(int):\n    def __eq__(self, other):\n        return True\n\n"
    found = await shop.verify({"calc.py": lie + BROKEN.replace("return a - b", "return Lie()")})
    assert found.turned == (ADD,)
    assert not found.holds
    assert found.digest == ""


async def test_a_project_without_tests_that_can_be_read_is_told(shop: Shop) -> None:
    (shop.project / "tests" / "test_calc.py").unlink()
    found = await shop.verify({"calc.py": RIGHT})
    assert not found.holds
    assert "no test was collected" in found.sentence


async def test_a_project_that_goes_on_for_ever_is_not_waited_for(shop: Shop) -> None:
    """It is known which test does so; with the change it has all the time there is."""
    (shop.project / "calc.py").write_text(
        RIGHT + "\n\ndef down(n):\n    while n:\n        n += 1\n"
    )
    more = "from calc import down\n\n\ndef test_down():\n    assert down(3) is None\n"
    (shop.project / "tests" / "test_down.py").write_text(more)
    text = (shop.project / "calc.py").read_text().replace("n += 1", "n -= 1")
    test = "tests/test_down.py::test_down"
    case = Case({"calc.py": text.encode()}, {}, (), "p", (test,))
    found = await shop.verifying(case, TERMS, Who())
    assert found.holds, found.sentence
    assert found.turned == (test,)


async def test_a_file_that_could_not_be_collected_is_proven_whole(shop: Shop) -> None:
    (shop.project / "calc.py").write_text(RIGHT + "oops = undefined\n")
    found = await shop.verify({"calc.py": RIGHT})
    assert found.holds, found.sentence
    assert found.turned == ("tests/test_calc.py",)
