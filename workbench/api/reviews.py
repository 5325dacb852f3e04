"""Reviews: how proposals stand that are being decided about, and what was written of them."""

from __future__ import annotations

from typing import Literal

from workbench.api.deciding import Marked, Moved, Standing
from workbench.api.shapes import View
from workbench.api.views import Proposed


class Section(View, frozen=True):
    """Some lines of a script that lie together."""

    at: int
    """The place of the first one."""
    old: int
    new: int
    """The numbers of the next line before and after."""
    marks: str
    lines: tuple[str, ...]
    """As text, without the line feed."""


class Reviewed(View, frozen=True):
    """A file of a proposal."""

    path: str
    kind: Literal["repair", "test"]
    """A test is offered beside a repair, and never taken along unseen."""
    sections: tuple[Section, ...]
    warnings: tuple[str, ...] = ()
    """What is odd about it, such as letters that deceive; a sentence each."""
    unended: tuple[int, ...] = ()
    """The places of lines without a line feed."""
    is_new: bool = False
    is_gone: bool = False
    is_text: bool = True
    """Its lines are UTF-8; of others what they hold is only shown."""


class Hunk(View, frozen=True):
    """Changes that are decided about together."""

    id: str
    path: str
    spans: tuple[tuple[int, int], ...]
    """Places in the script of the file."""
    state: Marked = "undecided"
    reason: str = ""
    by: str = ""
    time: int = 0
    is_edited: bool = False
    """A person wrote it, so that the proof does not cover it."""
    needed: tuple[str, ...] = ()
    """Tests that fail without it."""


class Said(View, frozen=True):
    """A remark; it stands where what it is about stands."""

    id: str
    hunk: str
    text: str
    by: str
    time: int
    line: str = ""
    """What the line says that it is about; empty for the hunk."""
    place: int = -1
    is_adrift: bool = False
    """What it is about is not there any more."""


class Patch(View, frozen=True):
    """Changes as `git apply` reads them; what files hold need not be text."""

    patch: bytes


class Standings(View, frozen=True):
    """How a review stands; it changes with each action."""

    proposal: str
    standing: Standing
    hunks: tuple[Hunk, ...]
    remarks: tuple[Said, ...] = ()
    acts: int = 0
    """How many there have been."""
    undoes: str = ""
    """What would be taken back, in a few words; empty if nothing can be."""
    redoes: str = ""
    text: str = ""
    """Names the files as they are proposed: with another, they must be read anew."""
    result: str = ""
    """The digest of what is accepted; empty where nothing is."""


class Review(View, frozen=True):
    """A proposal with its files, and how its review stands."""

    proposed: Proposed
    files: tuple[Reviewed, ...]
    stands: Standings


class Tried(View, frozen=True):
    """What the tests say of what is accepted."""

    holds: bool
    """It breaks nothing."""
    sentence: str
    turned: tuple[str, ...] = ()
    """The tests that failed before and pass with it."""
    red: tuple[str, ...] = ()
    """Those that fail still."""
    broken: tuple[str, ...] = ()
    """Those that passed before and do not with it."""
    verified: str = ""
    """The digest of what this rests on."""
    seconds: float = 0.0


class Written(View, frozen=True):
    """A transaction was carried out."""

    seq: int
    transaction: str
    kind: str
    files: tuple[Moved, ...]
    sentence: str
    branch: str = ""
    commit: str = ""


class Transaction(View, frozen=True):
    """One transaction, and how it stands."""

    id: str
    kind: str
    files: tuple[Moved, ...]
    proposals: tuple[str, ...]
    of: str
    by: str
    time: int
    state: Literal["standing", "undone", "refused", "interrupted"]
    sentence: str = ""
    branch: str = ""
    commit: str = ""


class Transactions(View, frozen=True):
    """Transactions, the newest first."""

    transactions: tuple[Transaction, ...]


class Allowed(View, frozen=True):
    """What the approval policy says of a proposal as it is accepted now."""

    is_allowed: bool
    policy: str
    """The digest of the policy."""
    origin: str
    """The file that it is from; empty for the one that ships."""
    missing: tuple[str, ...] = ()
    """What is still needed, a sentence each."""
    approvals: tuple[str, ...] = ()
    """Who has approved of exactly this."""
    statement: str = ""
    """The text to sign."""
    ignored: tuple[str, ...] = ()
    """Approvals that do not count, with why; a sentence each."""
    result: str = ""
    """The digest of what is accepted, of which it says all this."""


class Checked(View, frozen=True):
    """One thing that an audit looked at."""

    what: str
    holds: bool
    sentence: str


class Audit(View, frozen=True):
    """Whether all that was decided and written is as it is told."""

    holds: bool
    checks: tuple[Checked, ...]


class Told(View, frozen=True):
    """One line of the audit: who did what, when."""

    seq: int
    time: int
    by: str
    proposal: str
    what: str
    detail: str = ""


class Trail(View, frozen=True):
    """What was decided and written, in order."""

    told: tuple[Told, ...]


class AuditExported(View, frozen=True):
    """What an audit was written to."""

    folder: str
    files: tuple[str, ...]
