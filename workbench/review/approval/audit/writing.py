"""The audit as a folder that anybody can check with stock OpenSSH, without Workbench."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from workbench.api.deciding import ApprovalGiven, TransactionBegan, TransactionEnded
from workbench.api.facts import Event
from workbench.api.reviews import Audit
from workbench.errors import StoreError, UsageError
from workbench.journal.contents import Contents
from workbench.review.approval.audit.history import History
from workbench.review.approval.audit.trail import trail
from workbench.review.approval.given import moment
from workbench.review.approval.policy import Policy
from workbench.review.approval.signing import allowed_signers, verify_arguments
from workbench.review.approval.statement import read_statement
from workbench.review.exporting import patch_of

_SHORT = 12


@dataclass(frozen=True)
class _Signed:
    """An approval in the export: where its files lie, and how it is checked."""

    statement: str
    signature: str
    command: str


def folder_of(history: History, audit: Audit) -> Mapping[str, bytes]:
    """Return the files of the export by name."""
    files: dict[str, bytes] = {"trail.jsonl": _lines(history), "audit.json": _audit(audit)}
    signed: list[_Signed] = []
    for event, given in history.of(ApprovalGiven):
        policy = history.policy(read_statement(given.statement).policy)
        files |= _policies(policy)
        one = _signed(event, given, policy)
        files[one.statement] = given.statement.encode()
        if given.signature:
            files[one.signature] = given.signature.encode()
            signed.append(one)
    for event, began in history.of(TransactionBegan):
        name = f"patches/{event.seq}-{began.kind}-{began.transaction}.patch"
        files[name] = _patch(began, history.contents)
    return {**files, "README.md": _readme(history, signed).encode()}


def place(target: Path, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Write a new folder, whole or not at all."""
    if target.exists():
        raise UsageError(f"{target} exists already.", "Name a folder that does not exist yet.")
    try:
        with _beside(target) as beside:
            _fill(Path(beside), files)
            Path(beside).rename(target)
    except OSError as error:
        raise StoreError(
            f"The audit cannot be written to {target}: {error.strerror}.",
            "Name a folder that you can write to, with room enough.",
        ) from error
    return tuple(sorted(files))


def _beside(target: Path) -> tempfile.TemporaryDirectory[str]:
    """Return a folder that is taken away unless it gets its name."""
    return tempfile.TemporaryDirectory(
        dir=target.parent, prefix=f".{target.name}.", ignore_cleanup_errors=True
    )


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _lines(history: History) -> bytes:
    return b"".join(msgspec.json.encode(one) + b"\n" for one in trail(history))


def _audit(audit: Audit) -> bytes:
    return msgspec.json.format(msgspec.json.encode(audit), indent=2) + b"\n"


def _policies(policy: Policy) -> Iterator[tuple[str, bytes]]:
    short = policy.digest[:_SHORT]
    return iter(
        {
            f"policies/{short}.json": policy.text,
            f"allowed_signers/{short}": allowed_signers(policy).encode(),
        }.items()
    )


def _signed(event: Event, given: ApprovalGiven, policy: Policy) -> _Signed:
    name = f"statements/{event.seq}-{read_statement(given.statement).proposal}"
    signers = f"allowed_signers/{policy.digest[:_SHORT]}"
    told = verify_arguments(given.approver, signers, f"{name}.sig", moment(event))
    command = f"TZ=UTC ssh-keygen {shlex.join(told)} < {shlex.quote(f'{name}.txt')}"
    return _Signed(f"{name}.txt", f"{name}.sig", command)


def _patch(began: TransactionBegan, contents: Contents) -> bytes:
    before = {moved.path: contents.read_file(moved.before) for moved in began.files}
    after = {moved.path: contents.read_file(moved.after) for moved in began.files}
    return patch_of(before, after, {moved.path: moved.mode for moved in began.files})


def _readme(history: History, signed: Iterable[_Signed]) -> str:
    commands = "\n".join(one.command for one in signed) or "# Nothing was signed."
    return _README.format(commands=commands, transactions=_transactions(history))


def _transactions(history: History) -> str:
    ended = {fact.transaction: fact.outcome for _, fact in history.of(TransactionEnded)}
    rows = [
        f"- {began.kind} {began.transaction}: {ended.get(began.transaction, 'never ended')}"
        for _, began in history.of(TransactionBegan)
    ]
    return "\n".join(rows) or "- none"


_README = """\
# Audit

What was decided, approved of and written in one project, as its journal has it.

- `trail.jsonl`: who did what and when, a line each; times are microseconds since 1970, UTC.
- `audit.json`: what was checked when this was written, and whether it holds.
- `statements/`: what was approved of, to the byte. A statement names each file by the SHA-256 of
  what it holds before and after, the evidence and the policy.
- `allowed_signers/`: who could sign, for each policy that statements name.
- `policies/`: these policies; the SHA-256 of a file is the digest that statements name.
- `patches/`: what each transaction was to write, for `git apply`.

Each signature can be checked with OpenSSH 8.7 or newer, here in this folder; every command ends
with 0 and says who signed:

```sh
{commands}
```

Transactions, and how they ended:

{transactions}
"""
