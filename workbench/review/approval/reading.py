"""Policy files as policies: every mistake is told with file, line, key and what to do."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import msgspec

from workbench import trust
from workbench.errors import ConfigurationError
from workbench.review.approval.changes import CHANGES
from workbench.review.approval.keys import NotOpenSSH, read_key
from workbench.review.approval.policy import FILE, Approver, Key, Large, Policy, Rule
from workbench.sandbox.ignore import parse
from workbench.settings.layers import decode, read_bytes, where_toml_fails
from workbench.settings.positions import find_lines
from workbench.shipped import config_file
from workbench.visible import visible_line
from workbench.workspace import Workspace

_SEE = "docs/policy.md explains each key."
_MOST = 1_000
"""So many rules, persons or patterns are no work of a person."""
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@+-")


class _Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    logins: tuple[str, ...] = ()
    keys: tuple[str | Key, ...] = ()


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A policy file as it is written."""

    version: Literal[1] = 1
    approvers: dict[str, _Person] = {}
    never: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    revoked: tuple[str, ...] = ()
    large: Large | None = None


@dataclass(frozen=True)
class InForce:
    """The policy that holds in a project, and whether the keys in it count."""

    policy: Policy
    origin: str = ""
    """The project's file; empty where only what ships holds."""
    sha256: str = ""
    is_trusted: bool = True


class _Mistake(Exception):
    """What is wrong, and at which key."""

    def __init__(self, key: str, sentence: str, hint: str = _SEE) -> None:
        super().__init__(sentence)
        self.key, self.sentence, self.hint = key, sentence, hint


def policy_file(workspace: Workspace) -> Path:
    return workspace.project / FILE


def in_force(workspace: Workspace) -> InForce:
    """Return the policy of a project as its file is now."""
    shipped = _shipped()
    path = policy_file(workspace)
    found = _read(path)
    if found is None:
        return InForce(shipped)
    text, digest = found
    policy = joined(shipped, read(text, str(path)))
    is_trusted = not policy.needs_trust or trust.covers_policy(workspace.project, digest)
    return InForce(policy, str(path), digest, is_trusted)


def _shipped() -> Policy:
    path = config_file("policy.toml")
    one = read(path.read_text(encoding="utf-8"), str(path))
    if one.large is None:
        raise ConfigurationError(f"{path}: large is missing.", "Install workbench again.")
    return Policy(large=one.large, never=one.never, rules=one.rules, revoked=one.revoked)


def _read(path: Path) -> tuple[str, str] | None:
    """Read a policy as text with its digest; a link could name what a repair may write."""
    if path.is_symlink():
        raise ConfigurationError(f"{path} is a link.", "Put the policy itself there.")
    data = read_bytes(path)
    return None if data is None else (decode(path, data), sha256(data).hexdigest())


def joined(shipped: Policy, project: _Document) -> Policy:
    """Return what ships with what a project adds, which never takes anything of it away."""
    large = project.large or shipped.large
    return Policy(
        large=Large(
            lines=min(large.lines, shipped.large.lines), files=min(large.files, shipped.large.files)
        ),
        approvers={name: _approver(one) for name, one in project.approvers.items()},
        never=(*shipped.never, *project.never),
        rules=(*shipped.rules, *project.rules),
        revoked=(*shipped.revoked, *project.revoked),
    )


def _approver(one: _Person) -> Approver:
    return Approver(one.logins, tuple(map(_key_of, one.keys)))


def _key_of(one: str | Key) -> Key:
    """Leave the comment of a key out: it says nothing that counts."""
    written = Key(one) if isinstance(one, str) else one
    return msgspec.structs.replace(written, key=read_key(written.key).text)


def read(text: str, source: str) -> _Document:
    """Return what a policy file says, all of it checked."""
    try:
        tree = tomllib.loads(text)
    except RecursionError as error:
        raise ConfigurationError(f"{source} is nested too deeply.", _SEE) from error
    except ValueError as error:
        raise ConfigurationError(where_toml_fails(Path(source), str(error)), _SEE) from error
    try:
        document = _converted(tree)
        for look in _CHECKS:
            look(document)
    except _Mistake as mistake:
        place = _place(source, mistake.key, text)
        raise ConfigurationError(f"{place}: {mistake.sentence}", mistake.hint) from mistake
    return document


def _converted(tree: Mapping[str, Any]) -> _Document:
    try:
        return msgspec.convert(tree, _Document)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        key = where.rstrip("`").lstrip(".") or what.rpartition("`")[0].rpartition("`")[2]
        raise _Mistake(key, f"{what}.", _hint_of(what)) from error


def _hint_of(what: str) -> str:
    return f"The classes of change are {', '.join(CHANGES)}." if "enum" in what else _SEE


def _place(source: str, key: str, text: str) -> str:
    """Name file, line and key; what TOML repeats, such as [[rules]], has no line of its own."""
    parts = tuple(part for part in key.replace("[...]", "").split(".") if part)
    lines = find_lines(text)
    line = next((lines[parts[:n]] for n in range(len(parts), 0, -1) if parts[:n] in lines), None)
    place = f"{source}, line {line}" if line and "[" not in key else source
    return f"{place}: {visible_line(key)}" if key else place


def _check_sizes(one: _Document) -> None:
    for name in ("approvers", "never", "rules", "revoked"):
        if len(getattr(one, name)) > _MOST:
            raise _Mistake(name, f"there are more than {_MOST:,}.")


def _check_people(one: _Document) -> None:
    for name, person in one.approvers.items():
        key = f"approvers.{name}"
        if not name or not _NAME.issuperset(name):
            raise _Mistake(key, "the name may have letters, digits and . _ @ + - only.")
        if not person.logins and not person.keys:
            raise _Mistake(key, "neither logins nor keys tell who this is.")
        if not all(login and _NAME.issuperset(login) for login in person.logins):
            raise _Mistake(f"{key}.logins", "a login is letters, digits and . _ @ + - only.")
        for written in person.keys:
            _check_key(f"{key}.keys", written if isinstance(written, str) else written.key)


def _check_key(key: str, written: str) -> None:
    try:
        read_key(written)
    except NotOpenSSH as error:
        hint = "Put the line of a file such as ~/.ssh/id_ed25519.pub there."
        raise _Mistake(key, f"this is no public key: {error}.", hint) from error


def _check_that_persons_differ(one: _Document) -> None:
    """Refuse what two persons share: one of them would count as two."""
    for what, found in (("logins", _logins(one)), ("keys", _keys(one))):
        counted = Counter(found)
        if twice := next((mark for mark, count in counted.items() if count > 1), None):
            raise _Mistake(
                "approvers",
                f"{visible_line(twice)} is named twice among the {what}.",
                "Persons are told apart by these: name each once.",
            )


def _logins(one: _Document) -> Iterator[str]:
    return (login for person in one.approvers.values() for login in person.logins)


def _keys(one: _Document) -> Iterator[str]:
    return (_key_of(key).key for person in one.approvers.values() for key in person.keys)


def _check_revoked(one: _Document) -> None:
    for written in one.revoked:
        _check_key("revoked", written)


def _check_never(one: _Document) -> None:
    _check_patterns("never", one.never)
    if any(pattern.startswith("!") for pattern in one.never):
        raise _Mistake("never", "a pattern with ! would take something away.", "Name paths only.")


def _check_patterns(key: str, patterns: Iterable[str]) -> None:
    for pattern in patterns:
        if pattern != visible_line(pattern) or not pattern.strip():
            raise _Mistake(key, f"{visible_line(pattern) or 'nothing'} is no pattern of paths.")
        if not parse(pattern.encode()).rules:
            raise _Mistake(
                key,
                f"{pattern} matches nothing.",
                "Patterns are as in .gitignore; a # at the beginning is written \\#.",
            )


def _check_rules(one: _Document) -> None:
    for at, rule in enumerate(one.rules):
        _check_patterns(f"rules[{at}].paths", rule.paths)
        if not rule.name.strip() or rule.name != visible_line(rule.name):
            raise _Mistake(f"rules[{at}].name", "a rule needs a name of one line.")
        unknown = [name for name in rule.approvers if name not in one.approvers]
        if unknown:
            sentence = f"{visible_line(unknown[0])} is none of the approvers."
            raise _Mistake(f"rules[{at}].approvers", sentence, "Name them in [approvers.NAME].")
        _check_that_it_can_be_met(f"rules[{at}]", rule, one.approvers)


def _check_that_it_can_be_met(key: str, rule: Rule, people: Mapping[str, _Person]) -> None:
    asked = [people[name] for name in rule.approvers] or list(people.values())
    able = [one for one in asked if one.keys] if rule.signed else asked
    if (rule.signed or rule.needed > 1 or people) and len(able) < rule.needed:
        what = "have a key" if rule.signed else "may approve"
        raise _Mistake(
            f"{key}.needed",
            f"{rule.needed} must approve, and {len(able)} {what}.",
            "Name more in [approvers.NAME], or ask for fewer.",
        )


_CHECKS: tuple[Callable[[_Document], None], ...] = (
    _check_sizes,
    _check_people,
    _check_that_persons_differ,
    _check_revoked,
    _check_never,
    _check_rules,
)
