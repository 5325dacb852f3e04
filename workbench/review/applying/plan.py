"""What is to be written, reckoned from what was accepted and from what lies in the project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from workbench.errors import Findings
from workbench.review.applying.merge import Conflict, merge
from workbench.review.applying.values import Move
from workbench.review.state import Contents
from workbench.visible import visible_line


@dataclass(frozen=True)
class Accepted:
    """What is accepted of one proposal: what files held when it was made, and what they get."""

    name: str
    before: Contents
    result: Contents


@dataclass(frozen=True)
class Clash:
    """A file that two want differently."""

    path: str
    conflict: Conflict

    @property
    def place(self) -> str:
        where = f" ({self.conflict.place})" if self.conflict.place else ""
        return f"{visible_line(self.path)}{where}"


def composed(every: Sequence[Accepted], now: Contents) -> dict[str, bytes | None]:
    """Return what files get of several proposals together, or refuse two that clash by name.

    All of them were fitted to what the files hold `now`.
    """
    found: dict[str, bytes | None] = {}
    owners: dict[str, str] = {}
    for one in every:
        for path, wanted in one.result.items():
            both = (owners.get(path, ""), one.name)
            earlier = found.get(path, now[path])
            found[path] = _both(now[path], earlier, wanted, path, both)
            owners[path] = one.name
    return {path: after for path, after in found.items() if after != now[path]}


def _both(
    base: bytes | None,
    mine: bytes | None,
    theirs: bytes | None,
    path: str,
    names: tuple[str, str],
) -> bytes | None:
    merged = merge(base, mine, theirs)
    if isinstance(merged, Conflict):
        raise Findings(
            f"{names[0]} and {names[1]} change the same of {Clash(path, merged).place}.",
            "Apply one of them first; the other is fitted to it where that is possible.",
        )
    return merged


def fitted(one: Accepted, now: Contents) -> tuple[dict[str, bytes | None], tuple[Clash, ...]]:
    """Return what a proposal makes of files that were changed since, and where it cannot."""
    return _merged(one.before, one.result, now)


def reversed_moves(
    moves: Iterable[Move], now: Contents, modes: Mapping[str, int]
) -> tuple[tuple[Move, ...], tuple[Clash, ...]]:
    """Return what takes moves back, keeping what was changed later, and where that clashes."""
    taken = {move.path: move for move in moves}
    before = {path: move.before for path, move in taken.items()}
    after = {path: move.after for path, move in taken.items()}
    merged, clashes = _merged(after, before, now)
    back = (
        Move(path, now[path], new, modes.get(path, taken[path].mode))
        for path, new in merged.items()
        if new != now[path]
    )
    return tuple(back), clashes


def _merged(
    base: Contents, mine: Contents, theirs: Contents
) -> tuple[dict[str, bytes | None], tuple[Clash, ...]]:
    found: dict[str, bytes | None] = {}
    clashes = []
    for path, wanted in mine.items():
        merged = merge(base[path], wanted, theirs[path])
        if isinstance(merged, Conflict):
            clashes.append(Clash(path, merged))
        else:
            found[path] = merged
    return found, tuple(clashes)


def folders_made(
    moves: Iterable[Move], missing: Callable[[str], tuple[str, ...]]
) -> tuple[str, ...]:
    """Return the folders that must come, the outermost first."""
    come = (missing(move.path) for move in moves if move.before is None)
    return tuple(sorted({folder for folders in come for folder in folders}))
