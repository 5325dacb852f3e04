"""What the tools of a task may do, decided in plain code that sees no word of a conversation.

A decision follows from the policy, which a person's settings make, and from the act alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from workbench.sandbox.ignore import Rules, parse
from workbench.visible import visible_line

_OWN = frozenset({".git", ".workbench"})
_NOT_SEEN = str.maketrans("", "", "\u200b\u200c\u200d\u2060\ufeff")
_LONGEST_PATH = 4_000
SECRETS = """\
.env
.env.*
*.env
.envrc
!.env.example
!.env.sample
!.env.template
!.env.dist
*.pem
*.key
*.p8
*.p12
*.pfx
*.jks
*.keystore
*.kdbx
*.ppk
*.ovpn
id_rsa*
id_dsa*
id_ecdsa*
id_ed25519*
!id_*.pub
.netrc
_netrc
.pgpass
.my.cnf
.npmrc
.yarnrc.yml
.pypirc
.htpasswd
.git-credentials
.vault-token
credentials
credentials.*
*credentials.json
client_secret*.json
service-account*.json
service_account*.json
secret.*
secrets.*
!secrets.py
!secrets.md
!secrets.rst
*.tfstate
*.tfstate.*
*.tfvars
kubeconfig
.aws/
.azure/
.gcloud/
.gnupg/
.kube/
.ssh/
.docker/config.json
"""
"""Files that hold secrets by their trade, as git-ignore writes patterns, in small letters."""


@dataclass(frozen=True)
class Read:
    """Look into a file of the project."""

    path: str


@dataclass(frozen=True)
class Search:
    """Look for something in all files that may be read, or in what was read into the knowledge."""

    text: str


@dataclass(frozen=True)
class Run:
    """Run a program in the sandbox."""

    argv: tuple[str, ...]


@dataclass(frozen=True)
class Edit:
    """Propose another text for a file."""

    path: str


@dataclass(frozen=True)
class Fetch:
    """Get something from a network."""

    address: str


Act = Read | Search | Run | Edit | Fetch


@dataclass(frozen=True)
class Decision:
    """Whether an act may be done, and why, in a sentence."""

    allowed: bool
    sentence: str


@dataclass(frozen=True)
class Policy:
    """What a person's settings make of what ships; nothing that a model says gets in here."""

    hide: tuple[str, ...] = ()
    """More files that are not read, as git-ignore writes patterns."""
    show: tuple[str, ...] = ()
    """Files that are read although they hold secrets by their trade."""
    programs: tuple[str, ...] = ("python", "python3", "pytest")
    """What may be run, in the sandbox; `*` for anything there is in it."""
    edits: bool = True
    """Whether edits may be proposed."""

    @cached_property
    def secret(self) -> Rules:
        shown = (f"!{one.removeprefix('!')}" for one in self.show)
        return _rules_of((SECRETS, *shown))

    @cached_property
    def hidden(self) -> Rules:
        return _rules_of(tuple(one.removeprefix("!") for one in self.hide))


@lru_cache(maxsize=16)
def _rules_of(patterns: tuple[str, ...]) -> Rules:
    return parse("\n".join(patterns).casefold().encode("utf-8", "surrogateescape"))


def decide(policy: Policy, act: Act) -> Decision:
    """Say whether an act may be done."""
    match act:
        case Read(path):
            return _reading(policy, path)
        case Search():
            return _yes("Files that may be read may be searched.")
        case Run(argv):
            return _running(policy, argv)
        case Edit(path):
            return _editing(policy, path)
        case Fetch(address):
            return _no(f"{visible_line(address)} was not asked: tools have no network.")


def _reading(policy: Policy, path: str) -> Decision:
    if objection := _objection(path):
        return _no(objection)
    shown = visible_line(path)
    if _names(policy.hidden, path):
        return _no(f"{shown} is not read: the setting tasks.hide names it.")
    if _names(policy.secret, path):
        return _no(f"{shown} is not read: such files hold secrets.")
    return _yes(f"{shown} may be read.")


def _objection(path: str) -> str:
    """Say why a path names no file of the project, or one that is nobody's to read."""
    shown = visible_line(path[:_LONGEST_PATH])
    if path.startswith(("/", "~")) or "\\" in path or len(path) > _LONGEST_PATH:
        return f"{shown} is not a path from the project's folder."
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return f"{shown} does not name a file within the project."
    if not path.isprintable():
        return f"{shown} has characters in it that cannot be seen."
    if any(_folded(part) in _OWN for part in parts):
        return f"{shown} belongs to git or to the workbench."
    return ""


def _folded(name: str) -> str:
    """Return what a name is on a disk that does not mind its case, nor what ends it."""
    return name.translate(_NOT_SEEN).casefold().rstrip(". ")


def _names(rules: Rules, path: str) -> bool:
    """Say whether rules name a file or a folder that it lies in."""
    parts = list(map(_folded, path.split("/")))
    if rules.hides(_bytes("/".join(parts)), folder=False):
        return True
    return any(_names_folder(rules, "/".join(parts[:size])) for size in range(1, len(parts)))


def _names_folder(rules: Rules, folder: str) -> bool:
    return rules.hides(_bytes(folder), folder=True) is True


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _running(policy: Policy, argv: Sequence[str]) -> Decision:
    if not argv or not argv[0].strip():
        return _no("There is no program to run.")
    program = argv[0]
    if any("\0" in argument for argument in argv):
        return _no("No program can be given a NUL character.")
    if "/" in program or "\\" in program:
        return _no(f"{visible_line(program)} was not run: programs are named without a folder.")
    if "*" not in policy.programs and program not in policy.programs:
        allowed = ", ".join(policy.programs) or "none"
        return _no(
            f"{visible_line(program)} was not run: the setting tasks.programs allows {allowed}."
        )
    return _yes(f"{visible_line(program)} may run, in the sandbox, without a network.")


def _editing(policy: Policy, path: str) -> Decision:
    if not policy.edits:
        return _no("No edits are proposed: the setting tasks.edits is off.")
    reading = _reading(policy, path)
    if not reading.allowed:
        return reading
    return _yes(f"An edit of {visible_line(path)} may be proposed; a person decides about it.")


def _yes(sentence: str) -> Decision:
    return Decision(allowed=True, sentence=sentence)


def _no(sentence: str) -> Decision:
    return Decision(allowed=False, sentence=sentence)
