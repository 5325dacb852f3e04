"""Git's ignore rules, byte for byte as git reads them, without ever running git."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from workbench.sandbox.wildmatch import NOTHING, translate

LONGEST_FILE = 1 << 20
"""What a file of rules may hold, in bytes; a longer one is no work of a person."""
MOST_RULES = 10_000
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line: what it matches, and whether a match hides or shows."""

    regex: bytes
    literal: bytes | None
    hides: bool
    folders_only: bool
    by_name: bool
    """It matches the name in whatever folder, not the path from where the file of rules lies."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one file; a later line outweighs an earlier one."""

    rules: tuple[Rule, ...]
    compiled: tuple[re.Pattern[bytes] | None, ...]
    literal_names: frozenset[bytes]
    any_name: re.Pattern[bytes] | None
    any_path: re.Pattern[bytes] | None

    def hides(self, path: bytes, *, folder: bool) -> bool | None:
        """Say whether `path`, relative to the file of rules, is hidden or shown, or not named."""
        name = path.rpartition(b"/")[2]
        if not self._may_name(path, name):
            return None
        for rule, regex in zip(reversed(self.rules), reversed(self.compiled), strict=True):
            if rule.folders_only and not folder:
                continue
            subject = name if rule.by_name else path
            if subject == rule.literal or (regex and regex.fullmatch(subject)):
                return rule.hides
        return None

    def _may_name(self, path: bytes, name: bytes) -> bool:
        """Look at all rules at once, since most paths are named by none."""
        return (
            name in self.literal_names
            or (self.any_name is not None and self.any_name.fullmatch(name) is not None)
            or (self.any_path is not None and self.any_path.fullmatch(path) is not None)
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """Rules and the folder they count from, as the length of its path with a slash at the end."""

    rules: Rules
    start: int


Chain = tuple[Placed, ...]
"""The rules that speak about a folder's content, the deepest file first."""


def is_ignored(chain: Chain, path: bytes, *, folder: bool) -> bool:
    """Say whether git would ignore `path`, none of whose folders is ignored."""
    for placed in chain:
        verdict = placed.rules.hides(path[placed.start :], folder=folder)
        if verdict is not None:
            return verdict
    return False


@lru_cache(maxsize=256)
def parse(text: bytes) -> Rules:
    """Read a `.gitignore` or an `info/exclude`."""
    rules = tuple(rule for rule in _read_rules(text) if rule.regex != NOTHING)[:MOST_RULES]
    wild = [rule for rule in rules if rule.literal is None]
    return Rules(
        rules,
        tuple(
            None if rule.literal is not None else re.compile(rule.regex, re.DOTALL)
            for rule in rules
        ),
        frozenset(rule.literal for rule in rules if rule.by_name and rule.literal is not None),
        _any_of(rule.regex for rule in wild if rule.by_name),
        _any_of(rule.regex for rule in rules if not rule.by_name),
    )


def _any_of(regexes: Iterable[bytes]) -> re.Pattern[bytes] | None:
    joined = b"|".join(dict.fromkeys(regexes))
    return re.compile(joined, re.DOTALL) if joined else None


def _read_rules(text: bytes) -> Iterator[Rule]:
    for line in text.removeprefix(_BOM).split(b"\n"):
        line = line.removesuffix(b"\r").partition(b"\0")[0]  # noqa: PLW2901 - as C reads a line
        if line and not line.startswith(b"#"):
            yield _read_rule(_without_trailing_spaces(line))


def _without_trailing_spaces(line: bytes) -> bytes:
    """Cut spaces at the end but those that a backslash protects."""
    kept = line.rstrip(b" ")
    backslashes = len(kept) - len(kept.rstrip(b"\\"))
    return kept + b" " if backslashes % 2 and len(kept) < len(line) else kept


def _read_rule(line: bytes) -> Rule:
    shows = line.startswith(b"!")
    pattern = line[1:] if shows else line
    folders_only = pattern.endswith(b"/")
    pattern = pattern.removesuffix(b"/")
    by_name = b"/" not in pattern
    pattern = pattern if by_name else pattern.removeprefix(b"/")
    literal = None if re.search(rb"[*?\[\\]", pattern) else pattern
    return Rule(translate(pattern), literal, not shows, folders_only, by_name)
