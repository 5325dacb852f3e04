"""Who stands behind what is accepted: by accepting, by a word, by a signature."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from workbench.api import deciding as acts
from workbench.api.deciding import AnyAct, ApprovalGiven, ReviewActed
from workbench.api.facts import Event, Fact
from workbench.errors import ApprovalNeeded, StoreError
from workbench.journal.chain import GENESIS, chained, draft
from workbench.review.approval import signing
from workbench.review.approval.given import Asked, behind, given
from workbench.review.approval.keys import NotOpenSSH, read_key, read_signature
from workbench.review.approval.policy import Approval, Approver, Key, Large, Policy
from workbench.review.approval.signing import allowed_signers, find_program, sign, verified
from workbench.review.approval.statement import Statement

LARGE = Large(lines=9, files=9)
D, E = "d" * 64, "e" * 64
NOW = datetime(2026, 6, 1, tzinfo=UTC)
STATED = Statement("p", {"a.py": (D, E)}, D, E)


def events(*said: tuple[str, Fact]) -> list[Event]:
    return [
        chained(draft(fact, actor=actor, subject="p"), seq=seq, time=seq, previous=GENESIS)
        for seq, (actor, fact) in enumerate(said, 1)
    ]


def acted(
    actor: str, act: AnyAct, result: str = D, accepted: tuple[str, ...] = ("h",)
) -> tuple[str, Fact]:
    return actor, ReviewActed("p", act, "waiting", accepted, (), "", result)


ANN, BOB = "ann/interface", "bob/command line"
TAKE, DROP = acts.Accept(), acts.Reject((), "no")
FIT = acts.Rebase({})


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ([], set()),
        ([acted(ANN, TAKE)], {"ann"}),
        ([acted(ANN, TAKE), acted(BOB, TAKE)], {"ann", "bob"}),
        ([acted(ANN, TAKE, E), acted(ANN, DROP)], {"ann"}),
        ([acted(ANN, TAKE, E), acted(BOB, DROP)], set()),
        ([acted(ANN, TAKE), acted(BOB, DROP)], {"ann"}),
        ([acted(BOB, DROP, "")], set()),
        ([acted(ANN, TAKE, E), acted(BOB, TAKE)], {"bob"}),
        ([acted(ANN, TAKE), acted(ANN, acts.Leave(), "")], set()),
        ([acted(ANN, TAKE), acted(ANN, acts.Leave(), ""), acted(BOB, TAKE)], {"bob"}),
        ([acted(ANN, TAKE), acted(ANN, acts.Undo(), ""), acted(ANN, acts.Redo())], {"ann"}),
        ([acted(ANN, TAKE), acted(ANN, acts.Undo(), ""), acted(BOB, acts.Redo())], set()),
        ([acted(ANN, TAKE), acted(BOB, acts.Remark("h", "hm"))], {"ann"}),
        ([acted(ANN, TAKE, E), acted(BOB, FIT)], {"ann"}),
        ([acted(ANN, TAKE, E, ("g",)), acted(ANN, FIT)], set()),
        ([acted(ANN, TAKE, E, ("g",)), acted(ANN, FIT), acted(ANN, TAKE)], {"ann"}),
        ([acted("ann/batch", TAKE)], set()),
        ([acted("ann/signed", TAKE)], set()),
        ([acted("host", TAKE)], set()),
        ([acted(ANN, TAKE), acted(ANN, DROP, E)], set()),
    ],
)
def test_who_accepted_exactly_this_and_left_it_so(
    said: list[tuple[str, Fact]], who: set[str]
) -> None:
    assert behind(events(*said), D) == who


def asked(policy: Policy, *, is_trusted: bool = True) -> Asked:
    return Asked(policy, is_trusted, D, frozenset({STATED.text}))


def yes(actor: str, statement: str = STATED.text, signature: str = "") -> tuple[str, Fact]:
    return actor, ApprovalGiven("p", statement, actor.partition("/")[0], signature)


def test_a_word_counts_for_the_login_it_was_said_under() -> None:
    policy = Policy(large=LARGE, approvers={"Ann": Approver(logins=("ann",))})
    found = given(asked(policy), [], events(yes(ANN), yes(ANN)))
    assert found.approvals == (Approval("Ann"),)
    found = given(asked(policy), [], events(yes(BOB), yes("ann/batch"), yes(ANN, "other")))
    assert found.approvals == ()
    assert found.ignored == (
        "bob is none of the approvers.",
        "ann is none of the approvers.",
        "The approval of ann is stale: it is of something else.",
    )


@pytest.fixture
def key(tmp_path: Path) -> Path:
    told = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")]
    subprocess.run(told, check=True)
    return tmp_path / "key"


def held(key: Path, name: str = "ann") -> Policy:
    text = key.with_name("key.pub").read_text()
    return Policy(large=LARGE, approvers={name: Approver(keys=(Key(read_key(text).text),))})


def test_a_signature_counts_for_who_has_the_key_if_the_policy_is_trusted(key: Path) -> None:
    signature = sign(STATED.text, key)
    said = events(yes(BOB, STATED.text, signature))
    assert given(asked(held(key)), [], said, NOW).approvals == (Approval("ann", True),)
    found = given(asked(held(key), is_trusted=False), [], said, NOW)
    assert found.approvals == ()
    assert "do not count yet" in found.ignored[0]
    stated = Statement("p", {"a.py": (D, D)}, D, E)
    with pytest.raises(ApprovalNeeded, match="not over this statement"):
        verified(stated.text, signature, held(key), NOW)


def test_a_signature_that_was_made_for_something_else_is_refused(key: Path) -> None:
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", str(key)]
    done = subprocess.run(command, input=STATED.text, capture_output=True, text=True, check=True)
    with pytest.raises(ApprovalNeeded, match="made for git, not for workbench"):
        verified(STATED.text, done.stdout, held(key), NOW)


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_each_kind_of_key_signs_and_is_told_as_ssh_keygen_tells_it(
    kind: str, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    told = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(key)]
    subprocess.run(told, check=True)
    shown = subprocess.run(
        ["ssh-keygen", "-lf", str(key)], check=True, capture_output=True, text=True
    ).stdout
    signer = verified(STATED.text, sign(STATED.text, key), held(key), NOW)
    assert (signer.name, signer.fingerprint) == ("ann", shown.split()[1])


def test_days_and_revocation_are_told_and_written_for_openssh(key: Path) -> None:
    signature = sign(STATED.text, key)
    policy = held(key)
    text = policy.approvers["ann"].keys[0].key
    day = NOW.date()
    bounded = Policy(large=LARGE, approvers={"ann": Approver(keys=(Key(text, day, day),))})
    assert verified(STATED.text, signature, bounded, NOW).name == "ann"
    assert 'valid-after="20260601000000",valid-before="20260602000000"' in allowed_signers(bounded)
    for moment in (datetime(2026, 5, 31, 23, tzinfo=UTC), datetime(2026, 6, 2, tzinfo=UTC)):
        with pytest.raises(ApprovalNeeded, match="The key of ann count"):
            verified(STATED.text, signature, bounded, moment)
    revoked = Policy(large=LARGE, approvers=policy.approvers, revoked=(text,))
    assert allowed_signers(revoked) == ""
    with pytest.raises(ApprovalNeeded, match="is revoked"):
        verified(STATED.text, signature, revoked, NOW)


def test_without_ssh_keygen_it_says_what_to_install(
    key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signature = sign(STATED.text, key)
    with pytest.raises(ApprovalNeeded) as caught:
        find_program(())
    assert "openssh-client" in caught.value.hint
    monkeypatch.setattr(signing, "find_program", partial(find_program, ()))
    with pytest.raises(ApprovalNeeded, match="not installed"):
        sign(STATED.text, key)
    found = given(asked(held(key)), [], events(yes(ANN, STATED.text, signature)), NOW)
    assert "ssh-keygen is not installed" in found.ignored[0]


def test_a_program_that_others_can_write_is_not_the_systems(tmp_path: Path) -> None:
    program = tmp_path / "ssh-keygen"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o777)
    with pytest.raises(ApprovalNeeded):
        find_program((str(tmp_path),))


def test_where_nothing_can_be_checked_nothing_counts(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signature = sign(STATED.text, key)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(StoreError, match="could not be checked"):
        given(asked(held(key)), [], events(yes(ANN, STATED.text, signature)), NOW)


def mangled(text: str) -> Iterable[str]:
    lines = text.splitlines(keepends=True)
    yield from ("", text[1:], text + text, "".join(lines[:-1]), "".join(lines[1:]))
    yield text.replace(lines[2], "")
    yield text.replace(lines[2], "=" + lines[2][1:])
    yield text.replace(lines[-2], "")
    yield "x" * 1_000_000


def test_what_is_no_signature_is_not_read_as_one(key: Path) -> None:
    signature = sign(STATED.text, key)
    assert read_signature(signature).namespace == "workbench"
    assert read_signature(signature.replace("\n", "\r\n")) == read_signature(signature)
    for other in mangled(signature):
        with pytest.raises(NotOpenSSH):
            read_signature(other)
