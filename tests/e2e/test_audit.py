"""The audit from the command line: what holds, what was tampered with, and stock OpenSSH on it."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec
import pytest

from tests.e2e.approving import events_of, forge, make_key, named_policy, trusted
from tests.e2e.command_line import ask, call
from tests.e2e.sums import BROKEN, BUGGY, TESTS
from workbench.api import owner
from workbench.api.caller import Caller
from workbench.api.commands import VerifyAudit
from workbench.api.facts import Event
from workbench.errors import ExitCode
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal
from workbench.review.approval.audit.service import Auditing
from workbench.workspace import Workspace, name_workspace


@dataclass(frozen=True)
class Told:
    """A project in which something was healed, approved of with a signature, written and undone."""

    workspace: Workspace
    proposal: str
    eve: Path


@pytest.fixture
def told(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")
    (workspace.project / "tests").mkdir()
    (workspace.project / "sums.py").write_text(BUGGY)
    (workspace.project / "tests" / "test_sums.py").write_text(TESTS)
    keys = {name: make_key(tmp_path, name) for name in ("ann", "bob", "eve")}
    trusted(workspace, named_policy(keys, "[[rules]]\nname = 'r'\nsigned = true\n"))
    proposal = ask(workspace, "heal", BROKEN, "--budget", "45")["proposals"][0]["proposal"]
    ask(workspace, "review", "accept", proposal)
    ask(workspace, "review", "apply", proposal, code=ExitCode.APPROVAL)
    ask(workspace, "review", "approve", proposal)
    ask(workspace, "review", "approve", proposal, "--sign", str(keys["bob"]))
    ask(workspace, "review", "apply", proposal)
    ask(workspace, "undo")
    ask(workspace, "redo")
    return Told(workspace, proposal, keys["eve"])


@pytest.fixture
def copied(told: Told, tmp_path: Path) -> Iterator[Callable[[], Workspace]]:
    """Return what makes a copy of the project, whose host is ended after."""
    call(told.workspace, "host", "stop")
    made: list[Workspace] = []

    def copy() -> Workspace:
        if made:
            owner.stop(made[-1], force=True)
        project = tmp_path / f"copy{len(made)}"
        shutil.copytree(told.workspace.project, project)
        made.append(name_workspace(project))
        return made[-1]

    yield copy
    if made:
        owner.stop(made[-1], force=True)


def wrong(workspace: Workspace) -> dict[str, str]:
    """Return what the audit finds wrong, with the sentences."""
    audit = ask(workspace, "audit", "verify", code=ExitCode.FINDINGS)
    assert not audit["holds"]
    return {one["what"]: one["sentence"] for one in audit["checks"] if not one["holds"]}


async def wrong_without_a_host(workspace: Workspace) -> dict[str, str]:
    """Return the same from the parts themselves, which is faster over many copies."""
    journal = Journal(workspace)
    await journal.open()
    auditing = Auditing(journal, Contents(workspace.contents))
    audit = await auditing.verify(VerifyAudit(), Caller("test", "", again=False))
    await journal.close()
    return {one.what: one.sentence for one in audit.checks if not one.holds}


def test_all_that_was_done_holds_and_is_told_in_order(told: Told) -> None:
    audit = ask(told.workspace, "audit", "verify")
    assert audit["holds"]
    kinds = [one["what"].split()[0] for one in audit["checks"]]
    assert kinds[:4] == ["journal", "events", "contents", "review"]
    assert kinds[4:] == ["approval", "approval", "apply", "undo", "redo"]
    assert "All of it holds." in call(told.workspace, "audit", "verify").stdout
    trail = ask(told.workspace, "audit", "show", told.proposal[:6])["trail"]
    acts = [one["what"] for one in trail]
    assert acts[:4] == ["propose", "accept all hunks", "approve", "approve"]
    assert acts[4:] == ["apply", "written", "undo", "written", "redo", "written"]
    assert all(one["by"] for one in trail)
    assert "bob, signed with SHA256:" in call(told.workspace, "audit", "show").stdout
    (applied,) = (one for one in trail if one["what"] == "apply")
    assert "sums.py" in applied["detail"]


def test_the_export_is_checked_with_stock_openssh_and_git(told: Told, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    said = ask(told.workspace, "audit", "export", str(folder))
    there = [str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()]
    assert sorted(there) == said["files"]
    (block,) = re.findall(r"```sh\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    assert block.count("ssh-keygen -Y verify") == 1
    done = subprocess.run(["bash", "-euc", block], cwd=folder, capture_output=True, text=True)  # noqa: PLW1510
    assert done.returncode == 0, done.stderr
    assert 'Good "workbench" signature for bob' in done.stdout
    (signature,) = folder.glob("statements/*.sig")
    statement = signature.with_suffix(".txt")
    statement.write_text(statement.read_text().replace("proposal ", "proposal x"))
    assert subprocess.run(["bash", "-euc", block], cwd=folder, capture_output=True).returncode  # noqa: PLW1510
    (patch,) = folder.glob("patches/*-apply-*.patch")
    other = tmp_path / "other"
    other.mkdir()
    (other / "sums.py").write_text(BUGGY)
    subprocess.run(["git", "apply", str(patch)], cwd=other, check=True)
    fixed = (told.workspace.project / "sums.py").read_bytes()
    assert (other / "sums.py").read_bytes() == fixed
    lines = (folder / "trail.jsonl").read_bytes().splitlines()
    assert [msgspec.json.decode(line)["what"] for line in lines][-1] == "written"
    assert msgspec.json.decode((folder / "audit.json").read_bytes())["holds"]
    again = ask(told.workspace, "audit", "export", str(folder), code=ExitCode.USAGE)
    assert "exists already" in again["message"]
    nowhere = ask(
        told.workspace, "audit", "export", str(tmp_path / "no" / "out"), code=ExitCode.STORE
    )
    assert "cannot be written" in nowhere["message"]


def changed(event: Event, **fields: object) -> Event:
    payload = msgspec.json.decode(event.payload) | fields
    return msgspec.structs.replace(event, payload=msgspec.json.encode(payload).decode())


def tampered(
    kind: str, change: Callable[[Event], Event | None], last: bool = False
) -> Callable[[list[Event]], list[Event]]:
    """Return what changes, or takes out, the first or last event of a type."""

    def apply(events: list[Event]) -> list[Event]:
        found = [at for at, event in enumerate(events) if event.type == kind]
        at = found[-1 if last else 0]
        new = change(events[at])
        return [*events[:at], *([new] if new else []), *events[at + 1 :]]

    return apply


def other_content(event: Event) -> Event:
    """Say that the transaction wrote what the file held before."""
    files = msgspec.json.decode(event.payload)["files"]
    return changed(event, files=[{**one, "after": one["before"]} for one in files])


def other_key(told: Told) -> Callable[[Event], Event]:
    """Put the signature of a stranger in the place of the one that is there."""

    def change(event: Event) -> Event:
        statement = msgspec.json.decode(event.payload)["statement"]
        command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "workbench", "-f", str(told.eve)]
        done = subprocess.run(command, input=statement, capture_output=True, text=True, check=True)
        return changed(event, signature=done.stdout)

    return change


Tampering = Callable[[list[Event]], list[Event]]


def tamperings(told: Told) -> dict[str, tuple[Tampering, dict[str, str]]]:
    """Return what somebody could do who recomputes the chain, and what the audit says of it."""
    acted, given = "review.acted", "approval.given"
    began = "transaction.began"
    review = f"review {told.proposal}"
    return {
        "another standing": (
            tampered(acted, lambda one: changed(one, standing="rejected")),
            {review: "tells another outcome"},
        ),
        "another result": (
            tampered(acted, lambda one: changed(one, result="0" * 64)),
            {review: "tells another outcome"},
        ),
        "a decision taken out": (
            tampered(acted, lambda _: None),
            {"apply": "did not allow it: Nothing of it is accepted"},
        ),
        "a signature taken out": (
            tampered(given, lambda _: None, last=True),
            {"apply": "did not allow it: r: sums.py needs a signed approval"},
        ),
        "another's signature": (
            tampered(given, other_key(told), last=True),
            {"approval": "is nobody's whom the policy names", "apply": "did not allow it"},
        ),
        "another's name": (
            tampered(given, lambda one: changed(one, approver="ann"), last=True),
            {"approval": "told as of ann, and bob signed it"},
        ),
        "no name": (
            tampered(given, lambda one: changed(one, approver="bob")),
            {"approval": "bob did not give it, or may not"},
        ),
        "another content": (
            tampered(began, other_content),
            {"apply": "not what was accepted", "undo": "not what takes"},
        ),
        "another policy": (
            tampered(began, lambda one: changed(one, policy="0" * 64)),
            {"contents": "lost or damaged", "apply": "is lost or damaged"},
        ),
        "no policy": (
            tampered(began, lambda one: changed(one, policy="")),
            {"apply": "is lost or damaged"},
        ),
        "no sense": (
            tampered(acted, lambda one: msgspec.structs.replace(one, payload='{"act": 1}')),
            {"events": "cannot be read", "apply": "Nothing of it is accepted"},
        ),
    }


def test_what_was_tampered_with_is_found_even_if_the_chain_holds(
    told: Told, copied: Callable[[], Workspace]
) -> None:
    for what, (tamper, expected) in tamperings(told).items():
        copy = copied()
        forge(copy, tamper(events_of(copy)))
        found = asyncio.run(wrong_without_a_host(copy))
        assert "journal" not in found, what
        for name, sentence in expected.items():
            matching = [said for key, said in found.items() if key.startswith(name)]
            assert matching, (what, name, found)
            assert sentence in matching[0], (what, found)


def test_a_changed_row_and_damaged_contents_are_found(
    told: Told, copied: Callable[[], Workspace]
) -> None:
    copy = copied()
    with duckdb.connect(str(copy.journal_file)) as connection:
        connection.execute("UPDATE journal SET actor = 'eve/x' WHERE type = 'review.acted'")
    assert "does not follow" in wrong(copy)["journal"]
    copy = copied()
    for file in copy.contents.rglob("*"):
        if file.is_file() and file.read_bytes() == BUGGY.encode():
            file.write_bytes(b"other")
    found = wrong(copy)
    assert "Contents that are lost or damaged: " in found["contents"]
    assert f"review {told.proposal}" in found


def test_a_project_without_decisions_has_nothing_that_could_be_wrong(workspace: Workspace) -> None:
    audit = ask(workspace, "audit", "verify")
    assert [one["what"] for one in audit["checks"]] == ["journal", "events", "contents"]
    assert ask(workspace, "audit", "show")["trail"] == []
