"""Deciding: what a person can do about proposals, and what the journal keeps of it.

An action names the hunks that it is about by what they change, so it never means another change
than the one that was seen.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from workbench.api.facts import Fact

Standing = Literal["waiting", "accepted", "rejected"]
Marked = Literal["undecided", "accepted", "rejected"]


class Act(msgspec.Struct, frozen=True, tag_field="act", tag=str.lower):
    """Something that a person does in a review."""


class Accept(Act, frozen=True):
    """Take hunks; none named means all that are not decided, but no test that is offered."""

    hunks: tuple[str, ...] = ()


class Reject(Act, frozen=True):
    """Refuse hunks, and say why; none named means the same as above."""

    hunks: tuple[str, ...] = ()
    reason: str = ""


class Leave(Act, frozen=True):
    """Leave hunks undecided again; none named means all."""

    hunks: tuple[str, ...] = ()


class Split(Act, frozen=True):
    """Make hunks of the parts of one: of what stands apart in it, or else of its lines."""

    hunk: str


class Select(Act, frozen=True):
    """Make a hunk of some lines of one, by their places; the others are another."""

    hunk: str
    places: tuple[int, ...]


class Edit(Act, frozen=True):
    """Put other lines where a hunk has its own."""

    hunk: str
    text: str
    """From the first line that it changes to the last, as they shall be."""


class Remark(Act, frozen=True):
    """Say something about a hunk, or about a line of it by its place."""

    hunk: str
    text: str
    place: int = -1


class Withdraw(Act, frozen=True):
    """Take a remark back."""

    remark: str


class Rebase(Act, frozen=True):
    """Fit what is proposed to files that were changed meanwhile; only the host does so."""

    files: dict[str, tuple[str, str]]
    """By path the digests of before and after; an empty one is a file that is not there."""


class Undo(Act, frozen=True):
    """Take the last action back."""


class Redo(Act, frozen=True):
    """Do again what was taken back last."""


AnyAct = Accept | Reject | Leave | Split | Select | Edit | Remark | Withdraw | Rebase | Undo | Redo


class ReviewActed(Fact, frozen=True):
    """A person did something in the review of a proposal; all of these in order are its audit."""

    type = "review.acted"
    proposal: str
    act: AnyAct
    standing: str
    """How the proposal stands after it: waiting, accepted or rejected."""
    accepted: tuple[str, ...] = ()
    """The hunks that are taken after it."""
    rejected: tuple[str, ...] = ()
    reason: str = ""
    """Why it is rejected, if it is."""
    result: str = ""
    """The digest of what is accepted, by path and content; it names what was seen."""


class ApprovalGiven(Fact, frozen=True):
    """Somebody approved of exactly what a statement names."""

    type = "approval.given"
    proposal: str
    statement: str
    """The text that was approved, which is what a signature is over."""
    approver: str
    """As the policy names the person; the login name where nobody signed."""
    signature: str = ""
    """As `ssh-keygen -Y sign` writes it; empty where nobody signed."""
    key: str = ""
    """The fingerprint of the key."""


class Moved(msgspec.Struct, frozen=True):
    """What a file held before and after; an empty digest is a file that is not there."""

    path: str
    before: str
    after: str
    mode: int = 0o644
    """What a file gets that is written where there is none."""


class TransactionBegan(Fact, frozen=True):
    """Files of the project are about to be written, all of them or none."""

    type = "transaction.began"
    transaction: str
    kind: Literal["apply", "undo", "redo"]
    files: tuple[Moved, ...]
    proposals: tuple[str, ...] = ()
    of: str = ""
    """The transaction that is reversed: what an undo undoes, and for a redo the undo."""
    made: tuple[str, ...] = ()
    """Folders that come with the files that are new in them."""
    gone: tuple[str, ...] = ()
    """Folders that go when nothing lies in them any more."""
    verified: str = ""
    """What the contents rest on: the digest of a proof, or of a run of the tests."""
    policy: str = ""
    """The digest of the policy that allowed it."""
    approvals: tuple[str, ...] = ()
    """Who approved."""
    branch: str = ""
    """The branch that is to be made, and the commit that lies ready for it."""
    commit: str = ""


class TransactionEnded(Fact, frozen=True):
    """They were written, or they were left as they were."""

    type = "transaction.ended"
    transaction: str
    outcome: Literal["written", "refused"]
    sentence: str = ""
    branch: str = ""
    """Where it was committed, if it was, and as what."""
    commit: str = ""
    is_recovered: bool = False
    """It was ended by the host that came after the one that began it."""
