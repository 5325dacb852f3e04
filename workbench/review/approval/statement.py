"""The text that is approved of and signed: it names exactly what, and nothing of any machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from workbench.api.events import Evidence
from workbench.errors import ApprovalNeeded
from workbench.review.state import digest_of

LONGEST = 1024 * 1024
_HEAD = "workbench approval 1"
_NONE = "-"
_DIGEST = r"[0-9a-f]{64}"
_SHAPE = re.compile(
    rf"{_HEAD}\nproposal ([0-9A-Za-z._-]{{1,64}})\npatch {_DIGEST}\nevidence ({_DIGEST})\n"
    rf'policy ({_DIGEST})\n((?:file (?:{_DIGEST}|{_NONE}) (?:{_DIGEST}|{_NONE}) "[^\n]*"\n)+)end\n'
)
_HINT = "`workbench review approve NAME --to FILE` writes a statement."

Rows = Mapping[str, tuple[str, str]]
"""By path the digests of before and after; an empty one is a file that is not there."""


@dataclass(frozen=True)
class Statement:
    """What somebody approves of."""

    proposal: str
    files: Rows
    evidence: str
    """The digest of what speaks for the proposal."""
    policy: str
    """The digest of the policy that was in force."""

    @property
    def patch(self) -> str:
        """Name all files before and after at once, as a review names what is accepted."""
        return digest_of(sorted((path, *both) for path, both in self.files.items()))

    @property
    def text(self) -> str:
        """Write it down: the same statement is the same bytes everywhere."""
        head = (
            _HEAD,
            f"proposal {self.proposal}",
            f"patch {self.patch}",
            f"evidence {self.evidence}",
            f"policy {self.policy}",
        )
        return "\n".join([*head, *_lines(sorted(self.files.items())), "end", ""])


def read_statement(text: str) -> Statement:
    """Return what a text states; what is not written exactly as it would be here is refused."""
    found = _SHAPE.fullmatch(text) if len(text) <= LONGEST else None
    if not found:
        raise _malformed()
    proposal, evidence, policy, lines = found.groups()
    stated = Statement(proposal, dict(map(_row, lines.splitlines())), evidence, policy)
    if stated.text != text:
        raise _malformed()
    return stated


def digest_of_evidence(evidence: Evidence) -> str:
    """Name what speaks for a proposal."""
    return sha256(msgspec.json.encode(evidence, order="deterministic")).hexdigest()


def _lines(files: Iterable[tuple[str, tuple[str, str]]]) -> Iterable[str]:
    for path, (before, after) in files:
        yield f"file {before or _NONE} {after or _NONE} {json.dumps(path)}"


def _row(line: str) -> tuple[str, tuple[str, str]]:
    _, before, after, path = line.split(" ", 3)
    try:
        read = json.loads(path)
        read.encode("utf-8", "surrogateescape")
    except (ValueError, AttributeError) as error:  # It is no text, or none that a name can hold.
        raise _malformed() from error
    return read, (before.replace(_NONE, ""), after.replace(_NONE, ""))


def _malformed() -> ApprovalNeeded:
    return ApprovalNeeded("This is not a statement as Workbench writes it.", _HINT)
