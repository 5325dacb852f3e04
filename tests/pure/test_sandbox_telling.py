"""What is asked of the sandbox and what is told of it, without any box."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import settings
from workbench.api import commands
from workbench.chat.guard import redact
from workbench.errors import ConfigurationError, UsageError
from workbench.sandbox import telling, terms
from workbench.sandbox.choice import Choice, Finding
from workbench.sandbox.job import Job, Output, Pytest, Result, Script, Snippet, Status
from workbench.sandbox.plan import Level
from workbench.sandbox.policy import MIB, Policy
from workbench.sandbox.preload import Preload
from workbench.sandbox.proof.records import seal
from workbench.sandbox.snapshot import Store
from workbench.workspace import Workspace

NONCE = "0" * 32


@pytest.fixture
def shipped(tmp_path: Path) -> commands.Terms:
    return with_flags(tmp_path)


def with_flags(tmp_path: Path, *flags: str) -> commands.Terms:
    return commands.Terms.of(settings.load(Workspace(tmp_path), flags, {}).sandbox, {})


def test_what_is_shipped_adds_a_loopback_to_what_a_box_has_by_itself(
    shipped: commands.Terms,
) -> None:
    assert terms.policy_of(shipped) == Policy(network="loopback")
    assert terms.minimum_of(shipped) is Level.REDUCED


def test_each_setting_reaches_the_policy(tmp_path: Path) -> None:
    policy = terms.policy_of(
        with_flags(
            tmp_path,
            "sandbox.wall_seconds=5",
            "sandbox.memory_mb=300",
            "sandbox.processes=7",
            "sandbox.disk_mb=1",
            "sandbox.network=none",
            "sandbox.environment.A.B=c",
        )
    )
    assert (policy.wall_seconds, policy.cpu_seconds) == (5, 5)
    assert (policy.memory_total, policy.memory) == (300 * MIB, 400 * MIB)
    assert (policy.processes, policy.disk, policy.file_size) == (7, MIB, MIB)
    assert (policy.network, policy.environment) == ("none", {"A.B": "c"})
    assert policy.digest != Policy().digest


@pytest.mark.parametrize("name", ["", "A=B", "A\0B"])
def test_a_variable_that_no_process_can_have_is_refused(shipped: commands.Terms, name: str) -> None:
    odd = msgspec.structs.replace(shipped, environment={name: "x"})
    with pytest.raises(ConfigurationError):
        terms.policy_of(odd)


def test_terms_carry_what_tells_where_python_is_and_no_secret(tmp_path: Path) -> None:
    environ = {"VIRTUAL_ENV": "/x", "TOKEN": "secret", "PATH": "/bin"}
    made = commands.Terms.of(settings.load(Workspace(tmp_path), environ={}).sandbox, environ)
    assert made.shell == {"VIRTUAL_ENV": "/x"}
    assert "secret" not in repr(made)


def test_what_is_asked_is_what_a_box_does() -> None:
    assert terms.work_of(commands.Script(("a", "b"))) == Script(("a", "b"))
    snippet = commands.Snippet("x = 1", "x.py", ("1",))
    assert terms.work_of(snippet) == Snippet("x = 1", "x.py", ("1",))
    assert terms.work_of(commands.Pytest(("-q",))) == Pytest(("-q",))
    with pytest.raises(UsageError):
        terms.work_of(commands.Script(()))


@pytest.mark.parametrize(
    ("asked", "folder"), [(".", "."), ("./", "."), ("a", "a"), ("a/b/..", "a"), ("a/b", "a/b")]
)
def test_a_job_begins_in_a_folder_of_the_snapshot(asked: str, folder: str) -> None:
    assert terms.folder_of(asked, ["a/b/c", "d"]) == folder


@pytest.mark.parametrize("asked", ["..", "/", "/etc", "a/../..", "b", "d", "a/b/c", "a\0"])
def test_a_job_begins_nowhere_else(asked: str) -> None:
    with pytest.raises(UsageError):
        terms.folder_of(asked, ["a/b/c", "d"])


def test_a_title_is_short_however_long_the_command() -> None:
    assert terms.title_of(Pytest(("-q", "x"))) == "pytest -q x"
    assert len(terms.title_of(Script(("x" * 10_000,)))) < 300


@given(st.text(), st.text(), st.integers(2, 100))
def test_what_the_journal_keeps_is_short_and_is_what_was_printed(
    head: str, tail: str, kept: int
) -> None:
    cut = telling.cut(Output(head, tail, 10**9), kept)
    assert len((cut.head + cut.tail).encode()) <= kept
    assert head.startswith(cut.head)
    assert (tail or head).endswith(cut.tail)
    assert cut.total == 10**9


def records(*outcomes: str) -> bytes:
    """Return the stream of an honest run of as many tests."""
    ids = [f"test_it.py::test_{number}" for number in range(len(outcomes))]
    lines: list[dict[str, object]] = [
        {"k": "begin", "python": "3.11", "pytest": "8.4", "seed": "0"},
        {"k": "collected", "ids": ids},
        {"k": "collected_all", "count": len(ids)},
    ]
    for name, outcome in zip(ids, outcomes, strict=True):
        for when in ("setup", "call", "teardown"):
            told = outcome if when == "call" else "passed"
            lines.append({"k": "phase", "id": name, "when": when, "outcome": told, **_REST})
    before = b"".join(_line(number, line) for number, line in enumerate(lines))
    code, count = int("failed" in outcomes), 3 * len(outcomes)
    last = {"k": "finish", "exit": code, "count": count, "seal": seal(before, code, count)}
    return before + _line(len(lines), last)


_REST: dict[str, object] = {"xfail": None, "seconds": 0.1, "crash": ""}


def _line(number: int, content: dict[str, object]) -> bytes:
    return json.dumps({"n": NONCE, "i": number, **content}).encode() + b"\n"


def finished(status: Status, code: int, stream: bytes) -> Result:
    return Result(status, exit=code, records=stream, nonce=NONCE)


def test_tests_are_counted_only_where_the_records_can_be_believed() -> None:
    job = Job(Pytest())
    stream = records("passed", "failed", "passed")
    result = finished(Status.FAILED, 1, stream)
    tested = telling.tested(job, result)
    assert (tested.counts, tested.doubt) == ({"passed": 2, "failed": 1}, "")
    assert [(one.outcome, one.seconds) for one in tested.cases] == [
        ("passed", 0.3),
        ("failed", 0.3),
        ("passed", 0.3),
    ]
    for forged in (
        finished(Status.OK, 0, stream),
        finished(Status.FAILED, 1, stream[:-20]),
        finished(Status.FAILED, 1, stream + stream),
        finished(Status.OK, 0, b""),
    ):
        tested = telling.tested(job, forged)
        assert tested.counts is None
        assert tested.doubt
        assert not tested.cases
    assert telling.tested(Job(Script(("true",))), result) == telling.UNTESTED


def test_a_fact_says_what_ran_where_and_under_what() -> None:
    choice = Choice("landlock", Level.REDUCED, (Finding("landlock", Level.REDUCED, True, "ok"),))
    account = telling.Account("id", Job(Script(("true",))), Policy(), "/python", choice, "digest")
    fact = telling.ran(account, Result(Status.OK, exit=0, wall=1.23456), redact=redact)
    assert (fact.engine, fact.level, fact.interpreter) == ("landlock", "reduced", "/python")
    assert (fact.policy, fact.digest) == (account.policy.digest, account.job.digest)
    assert (fact.snapshot, fact.wall, fact.records) == ("digest", 1.235, "")
    assert telling.ran(account, Result(Status.OK, records=b"x"), redact=redact).records


def test_a_fact_keeps_no_secret_not_even_a_half_of_one() -> None:
    """The cut comes after what is looked for, which has to be whole to be seen."""
    secret = "ghp_" + "A1b2C3d4E5" * 4
    line = f"token: {secret}\n"
    account = telling.Account("id", Job(Script(("curl", f"--token={secret}"))), Policy())
    head = " " * (telling.KEPT // 2 - 20) + line + " " * telling.KEPT
    output = Output(head, line, len(head) + len(line) + 1000)
    fact = telling.ran(account, Result(Status.FAILED, output=output), redact=redact)
    kept = f"{fact.title}{fact.output.head}{fact.output.tail}"
    assert "A1b2" not in kept
    assert "[redacted]" in fact.output.tail
    whole = telling.redacted(Output(line, "", len(line)), redact)
    assert whole.total == len(whole.head)


def test_what_the_tests_import_is_read_anew_only_when_a_test_changes(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "tests").mkdir(parents=True)
    (project / "own.py").write_text("import requests\n")
    test = project / "tests" / "test_it.py"
    test.write_text("import json, numpy.linalg\nimport own\n")
    with Store(tmp_path / "snapshots") as store:
        preload = Preload(store)
        first = preload.of(store.take(project))
        assert first == ("numpy",)
        (project / "own.py").write_text("import pandas\n")
        assert preload.of(store.take(project)) is first
        (project / "tests" / "conftest.py").write_text("import attr\n")
        assert preload.of(store.take(project)) == ("attr", "numpy")
