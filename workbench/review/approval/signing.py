"""Signatures by stock OpenSSH: made where the person is, checked where the policy is."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from workbench.errors import ApprovalNeeded, StoreError
from workbench.programs import find_of_the_system
from workbench.review.approval.keys import NAMESPACE, NotOpenSSH, Signature, read_signature
from workbench.review.approval.policy import Key, Policy
from workbench.visible import visible_line

PLACES = ("/usr/bin", "/bin", "/usr/local/bin")
_SECONDS = 30.0
_PASSED = ("HOME", "LANG", "LC_ALL", "SSH_AUTH_SOCK", "TERM")
"""What signing may need: an agent and a terminal, but no program that a variable names."""
_ASK_AGAIN = "Have it signed again: `workbench review approve NAME --sign KEY --to FILE`."


@dataclass(frozen=True)
class Signer:
    """Whose signature it is, as the policy names them, and with which key."""

    name: str
    fingerprint: str


def find_program(places: Iterable[str] = PLACES) -> Path:
    """Return the system's ssh-keygen; one that somebody else could have put there is not taken."""
    if program := find_of_the_system(Path(folder) / "ssh-keygen" for folder in places):
        return program
    raise ApprovalNeeded(
        "ssh-keygen is not installed, so nothing can be signed or checked.",
        "On Debian: apt-get install openssh-client. Approvals without a signature do not need it.",
    )


def sign(statement: str, key: Path) -> str:
    """Return a signature over a statement; whatever ssh-keygen asks, it asks the person itself."""
    command = [str(find_program()), "-Y", "sign", "-q", "-n", NAMESPACE, "-f", str(key)]
    environ = {name: os.environ[name] for name in _PASSED if name in os.environ}
    done = subprocess.run(
        command,
        input=statement.encode(),
        stdout=subprocess.PIPE,
        check=False,
        env=environ | {"SSH_ASKPASS_REQUIRE": "never"},
    )
    if done.returncode:
        raise ApprovalNeeded(
            f"ssh-keygen did not sign with {visible_line(str(key))}.",
            "Name your private key, or the public one of a key that your agent holds.",
        )
    return done.stdout.decode("ascii", "replace")


def verified(statement: str, signature: str, policy: Policy, at: datetime) -> Signer:
    """Return whose signature it is, or refuse it in a sentence; `at` is when it was given."""
    said = _read(signature)
    if said.namespace != NAMESPACE:
        raise ApprovalNeeded(
            f"The signature was made for {visible_line(said.namespace)}, not for {NAMESPACE}.",
            _ASK_AGAIN,
        )
    name, key = _holder(said, policy)
    _refuse_outdated(name, key, policy, at)
    _check(statement, signature, name, allowed_signers(policy), at)
    return Signer(name, said.key.fingerprint)


def _read(signature: str) -> Signature:
    try:
        return read_signature(signature)
    except NotOpenSSH as error:
        raise ApprovalNeeded(f"The signature cannot be read: {error}.", _ASK_AGAIN) from error


def _holder(said: Signature, policy: Policy) -> tuple[str, Key]:
    held = policy.holder(said.key)
    if held is None:
        raise ApprovalNeeded(
            f"The key {said.key.fingerprint} is nobody's whom the policy names.",
            "The policy names approvers with their keys: docs/policy.md.",
        )
    return held


def _refuse_outdated(name: str, key: Key, policy: Policy, at: datetime) -> None:
    hint = f"{name} can sign again with another key that the policy names."
    if policy.is_revoked(key.public):
        raise ApprovalNeeded(f"The key of {name} is revoked.", hint)
    if key.begins and at < key.begins:
        raise ApprovalNeeded(f"The key of {name} counts from {key.since} on.", hint)
    if key.ends and at >= key.ends:
        raise ApprovalNeeded(f"The key of {name} counted until {key.until}.", hint)


def _check(statement: str, signature: str, name: str, signers: str, at: datetime) -> None:
    try:
        holds = _is_good(statement, signature, name, signers, at)
    except (OSError, subprocess.SubprocessError) as error:
        raise StoreError(
            f"The signature of {name} could not be checked: {error}.",
            "Is there room in the folder for temporary files?",
        ) from error
    if not holds:
        raise ApprovalNeeded(
            f"The signature of {name} is not over this statement.",
            _ASK_AGAIN,
        )


def _is_good(statement: str, signature: str, name: str, signers: str, at: datetime) -> bool:
    """Let ssh-keygen check; it reads the files here and nothing of the person's."""
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        allowed, signed = Path(folder) / "allowed_signers", Path(folder) / "statement.sig"
        allowed.write_text(signers, encoding="ascii")
        signed.write_text(signature, encoding="ascii")
        command = [str(find_program()), *verify_arguments(name, str(allowed), str(signed), at)]
        done = subprocess.run(
            command,
            input=statement.encode(),
            capture_output=True,
            check=False,
            env={"TZ": "UTC", "HOME": folder},
            timeout=_SECONDS,
        )
    return done.returncode == 0


def verify_arguments(name: str, allowed: str, signature: str, at: datetime) -> list[str]:
    """Return what ssh-keygen is told to check a statement that it reads from stdin."""
    when = at.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    known = ["-I", name, "-n", NAMESPACE, "-f", allowed]
    return ["-Y", "verify", *known, "-s", signature, f"-Overify-time={when}"]


def allowed_signers(policy: Policy) -> str:
    """Return who may sign, as OpenSSH reads it; times are of UTC."""
    return "".join(
        f"{name} {_options(key)} {key.public.text}\n"
        for name, who in sorted(policy.approvers.items())
        for key in who.keys
        if not policy.is_revoked(key.public)
    )


def _options(key: Key) -> str:
    return ",".join([f'namespaces="{NAMESPACE}"', *_times(key)])


def _times(key: Key) -> Iterator[str]:
    if key.begins:
        yield f'valid-after="{key.begins:%Y%m%d%H%M%S}"'
    if key.ends:
        yield f'valid-before="{key.ends:%Y%m%d%H%M%S}"'
