"""What kinds of change an accepted patch holds, file by file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from typing import Literal, get_args

from workbench.api.events import ProposalMade
from workbench.review.approval.statement import digest_of_evidence
from workbench.review.script import Script, script
from workbench.review.state import File, State
from workbench.review.warnings import deceives
from workbench.sandbox.proof.ground import fold, is_source
from workbench.sandbox.proof.places import places_of

Change = Literal[
    "test",
    "ci",
    "configuration",
    "dependency",
    "new",
    "removed",
    "large",
    "deceptive",
    "security",
    "edited",
]
CHANGES: tuple[Change, ...] = get_args(Change)
Both = tuple[bytes | None, bytes | None]
"""What a file holds before and after; None is a file that is not there."""


@dataclass(frozen=True)
class Accepted:
    """What is accepted of a proposal, as the policy looks at it."""

    proposal: str
    files: Mapping[str, Both]
    evidence: str
    """The digest of what speaks for it."""
    edited: frozenset[str] = frozenset()
    """The files in which a person wrote something."""
    dangerous: frozenset[str] = frozenset()
    """The files in which something was found that could be attacked."""
    scripts: Mapping[str, Script] = field(default_factory=dict)
    """How files become what they will be, where that is known already."""


@dataclass(frozen=True)
class Largeness:
    """From how many lines, or files, on a change is large."""

    lines: int
    files: int


def accepted_of(state: State, made: ProposalMade) -> Accepted:
    """Return what is accepted in a review."""
    before = state.before
    files = {path: (before[path], after) for path, after in state.result.items()}
    edited = frozenset(one.path for one in state.marked("accepted") if one.is_edited)
    return Accepted(
        made.proposal,
        files,
        digest_of_evidence(made.evidence),
        edited,
        frozenset(path for path in files if _is_doubted(path, made.doubts)),
        dict(_whole(state)),
    )


def _whole(state: State) -> Iterator[tuple[str, Script]]:
    """Yield the scripts of files that are taken whole: they need not be compared again."""
    taken: Counter[str] = Counter()
    for hunk in state.marked("accepted"):
        taken[hunk.path] += len(hunk.places)
    for path, count in taken.items():
        one = state.by_path[path].script
        if count == len(one.changes):
            yield path, one


def _is_doubted(path: str, doubts: Iterable[str]) -> bool:
    """Tell whether a doubt is what the security rules found in a file."""
    return any(one.startswith(f"{path}:") and _FOUND.search(one) for one in doubts)


def classify(accepted: Accepted, large: Largeness) -> Mapping[str, frozenset[Change]]:
    """Return for each file the classes of change that it belongs to."""
    known = accepted.scripts
    files = {
        path: File(path, known.get(path) or script(*both)) for path, both in accepted.files.items()
    }
    lines = sum(_lines(one.script) for one in files.values())
    is_large = lines >= large.lines or len(files) >= large.files
    return {
        path: frozenset({*_of(file, accepted), *(("large",) if is_large else ())})
        for path, file in files.items()
    }


def _lines(one: Script) -> int:
    """Count lines that go or come; that a file does is none."""
    return len(one.changes) - int(one.is_new or one.is_gone)


def _of(file: File, accepted: Accepted) -> Iterator[Change]:
    yield from _by_name(file.path)
    if file.script.is_new:
        yield "new"
    if file.script.is_gone:
        yield "removed"
    if deceives(file):
        yield "deceptive"
    yield from _by_hand(file.path, accepted)


def _by_hand(path: str, accepted: Accepted) -> Iterator[Change]:
    """Name what was looked at by nobody but who wrote it, and what was found to be dangerous."""
    is_edited = path in accepted.edited
    if is_edited:
        yield "edited"
    if path in accepted.dangerous or (is_edited and is_source(path)):
        yield "security"


def _by_name(path: str) -> Iterator[Change]:
    places = places_of(path)
    name = fold(path.rpartition("/")[2])
    yield from (change for change, codes in _PLACES.items() if codes & places)
    yield from (change for change, names in _NAMES.items() if names.match(name))


def _any_of(patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, patterns.split())))


_FOUND = re.compile(r"\(S\d{3}\)\Z")
_PLACES: Mapping[Change, frozenset[str]] = {
    "test": frozenset({"tests", "conftest"}),
    "ci": frozenset({"ci"}),
    "configuration": frozenset({"configuration", "startup", "workbench", "hidden"}),
    "dependency": frozenset({"packaging", "environment"}),
}
"""What a repair may not touch at all, for what a person writes into one."""
_NAMES: Mapping[Change, re.Pattern[str]] = {
    "ci": _any_of("dockerfile* *.dockerfile docker-compose* compose.yml compose.yaml makefile"),
    "configuration": _any_of(
        "*.toml *.ini *.cfg *.conf *.config *.yaml *.yml *.properties *.env *.editorconfig"
    ),
    "dependency": _any_of(
        "pyproject.toml setup.cfg package.json package-lock.json pnpm-lock.yaml cargo.toml go.mod"
        " go.sum gemfile composer.json pom.xml build.gradle*"
    ),
}
