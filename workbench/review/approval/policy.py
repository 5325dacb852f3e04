"""The approval policy: who may approve of what, what is never written, and what is still missing.

What ships holds everywhere; what a project says is added to it and can only ask for more. All of it
is a value, and whether a change is allowed is a pure function of values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import Meta

from workbench.review.approval.changes import Accepted, Change, Largeness, classify
from workbench.review.approval.keys import PublicKey, read_key
from workbench.sandbox.ignore import Rules, parse
from workbench.sandbox.proof.ground import fold
from workbench.visible import visible_line

FILE = "workbench-policy.toml"
_UNTOUCHED = frozenset({".git", ".workbench"})
_SHOWN = 3


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A public key, and the days on which it counts, both included, by UTC."""

    key: str
    since: date | None = None
    until: date | None = None

    @property
    def public(self) -> PublicKey:
        return read_key(self.key)

    @property
    def begins(self) -> datetime | None:
        return datetime.combine(self.since, time(), UTC) if self.since else None

    @property
    def ends(self) -> datetime | None:
        """Return the first moment at which it does not count any more."""
        return datetime.combine(self.until + timedelta(1), time(), UTC) if self.until else None


class Approver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person who may approve, however the yes comes: all of it is one person's."""

    logins: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is needed for files that lie somewhere, or change in some way."""

    name: str
    paths: tuple[str, ...] = ()
    """Patterns as in .gitignore; none means everywhere."""
    changes: tuple[Change, ...] = ()
    """None means whatever changes."""
    approvers: tuple[str, ...] = ()
    """None means all."""
    needed: Annotated[int, Meta(ge=1, le=16)] = 1
    """So many different persons."""
    signed: bool = False


class Large(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From so many lines or files on a change is large."""

    lines: Annotated[int, Meta(ge=1)]
    files: Annotated[int, Meta(ge=1)]


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is in force: what ships and what the project adds."""

    large: Large
    approvers: dict[str, Approver] = {}
    """By name; where nobody is named, whoever works in the workspace may approve."""
    never: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    revoked: tuple[str, ...] = ()
    """Public keys that do not count, whoever has them."""

    @property
    def text(self) -> bytes:
        """Write it down so that it can be read again; comments and order do not matter."""
        return msgspec.json.encode(self, order="deterministic")

    @property
    def digest(self) -> str:
        return sha256(self.text).hexdigest()

    @property
    def needs_trust(self) -> bool:
        """Tell whether somebody who is not at this machine could approve."""
        return any(one.keys for one in self.approvers.values())

    def holder(self, key: PublicKey) -> tuple[str, Key] | None:
        """Return who has a key, and what is said about it."""
        held = ((name, one) for name, who in self.approvers.items() for one in who.keys)
        return next(((name, one) for name, one in held if one.public.blob == key.blob), None)

    def person(self, login: str) -> str:
        """Return who works under a login; empty for somebody who may not approve."""
        named = (name for name, one in self.approvers.items() if login in one.logins)
        return next(named, "" if self.approvers else login)

    def is_revoked(self, key: PublicKey) -> bool:
        return any(read_key(one).blob == key.blob for one in self.revoked)


@dataclass(frozen=True)
class Approval:
    """Somebody's yes to exactly what is accepted, by the name that the policy has for them."""

    person: str
    is_signed: bool = False


@dataclass(frozen=True)
class Ruling:
    """What the policy says of a change."""

    is_allowed: bool
    missing: tuple[str, ...]
    """What is still needed or can never be, a sentence each."""
    persons: tuple[str, ...]
    """Who has approved and may."""


ANYTHING = Rule("anything")
"""Whatever a policy says, somebody must have approved."""


def read_policy(text: bytes) -> Policy:
    """Return a policy as it was written down."""
    return msgspec.json.decode(text, type=Policy)


def check(policy: Policy, accepted: Accepted, approvals: Collection[Approval]) -> Ruling:
    """Say whether what is accepted may be written; every rule that concerns it must be met."""
    known = frozenset(approvals)
    missing = [*_nothing(accepted), *_forbidden(policy, accepted)]
    classes = classify(accepted, Largeness(policy.large.lines, policy.large.files))
    for rule in (ANYTHING, *policy.rules):
        if paths := _concerned(rule, classes):
            missing += _unmet(policy, rule, paths, known)
    persons = sorted({one.person for one in known if _may(policy, ANYTHING, one)})
    return Ruling(not missing, tuple(missing), tuple(persons))


def is_untouchable(path: str) -> bool:
    """Tell what no policy can allow: git's own files, ours, and the policy itself."""
    parts = [fold(part) for part in path.split("/")]
    return not _UNTOUCHED.isdisjoint(parts) or parts == [FILE]


def _nothing(accepted: Accepted) -> Iterator[str]:
    if not accepted.files:
        yield "Nothing of it is accepted yet."


def _forbidden(policy: Policy, accepted: Accepted) -> Iterator[str]:
    for path in sorted(accepted.files):
        if is_untouchable(path):
            yield f"{visible_line(path)} is never written, whatever a policy says."
        elif names(policy.never, path):
            yield f"{visible_line(path)} is never written: the policy says so."


def _concerned(rule: Rule, classes: Mapping[str, frozenset[Change]]) -> list[str]:
    """Return the files that a rule is about."""
    return sorted(
        path
        for path, found in classes.items()
        if (not rule.paths or names(rule.paths, path))
        and (not rule.changes or not found.isdisjoint(rule.changes))
    )


def _unmet(
    policy: Policy, rule: Rule, paths: list[str], approvals: Collection[Approval]
) -> Iterator[str]:
    given = {one.person for one in approvals if _may(policy, rule, one)}
    if len(given) < rule.needed:
        yield _wanted(rule, paths, len(given))


def _may(policy: Policy, rule: Rule, one: Approval) -> bool:
    """Tell whether an approval counts for a rule."""
    is_known = bool(one.person) and (not policy.approvers or one.person in policy.approvers)
    is_asked = not rule.approvers or one.person in rule.approvers
    return is_known and is_asked and (one.is_signed or not rule.signed)


def _wanted(rule: Rule, paths: list[str], given: int) -> str:
    kind = "signed approval" if rule.signed else "approval"
    whose = f" of {_listed(rule.approvers, 'or')}" if rule.approvers else ""
    many = f"{rule.needed} {kind}s{whose}, of different persons" if rule.needed > 1 else ""
    wanted = many or f"{'a' if rule.signed else 'an'} {kind}{whose}"
    shown = _listed([visible_line(path) for path in paths[:_SHOWN]], "and")
    more = f" and {len(paths) - _SHOWN:,} more" if len(paths) > _SHOWN else ""
    has = f"; there {'is' if given == 1 else 'are'} {given}" if rule.needed > 1 else ""
    return f"{visible_line(rule.name)}: {shown}{more} needs {wanted}{has}."


def _listed(words: Iterable[str], joint: str) -> str:
    *others, last = map(visible_line, words)
    return f"{', '.join(others)} {joint} {last}" if others else last


def names(patterns: tuple[str, ...], path: str) -> bool:
    """Tell whether patterns as in .gitignore name a path, in any case of letters."""
    folded = "/".join(map(fold, path.split("/")))
    return any(_names(_compiled(patterns), one) for one in dict.fromkeys((path, folded)))


def _names(rules: Rules, path: str) -> bool:
    """Ask about the folders above first, since what lies in one that is named is named as well."""
    *folders, name = path.encode("utf-8", "surrogateescape").split(b"/")
    above = (b"/".join(folders[:length]) for length in range(1, len(folders) + 1))
    whole = b"/".join([*folders, name])
    return any(rules.hides(one, folder=True) for one in above) or bool(
        rules.hides(whole, folder=False)
    )


@lru_cache(maxsize=64)
def _compiled(patterns: tuple[str, ...]) -> Rules:
    return parse("\n".join(patterns).encode("utf-8", "surrogateescape"))
