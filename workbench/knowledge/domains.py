"""Domains: named sets of sources, here or on other machines, and answers of several together."""

from __future__ import annotations

from msgspec.structs import replace

from workbench.api import passages
from workbench.api.passages import Domain
from workbench.errors import UsageError
from workbench.visible import visible_line


class Domains:
    """All domains by name."""

    def __init__(self) -> None:
        self.by_name: dict[str, Domain] = {}

    @property
    def every(self) -> tuple[Domain, ...]:
        return tuple(self.by_name[name] for name in sorted(self.by_name))

    def named(self, name: str) -> Domain:
        if name not in self.by_name:
            raise UsageError(
                f"There is no domain {visible_line(name)}.",
                "`workbench knowledge list` shows which there are.",
            )
        return self.by_name[name]

    def of(self, source: str) -> tuple[str, ...]:
        """Return the names of those that a source belongs to."""
        return tuple(one.name for one in self.every if source in one.sources)


async def nothing() -> passages.Hits:
    return passages.Hits((), 0.0, "nothing was read")


def joined(found: list[passages.Hits], limit: int, seconds: float) -> passages.Hits:
    """Put what several machines found in one order, and say who did not answer."""
    is_one_way = len({one.how for one in found if one.hits}) == 1
    rated = [
        (hit.score if is_one_way else hit.score / _best(one.hits), hit)
        for one in found
        for hit in one.hits
    ]
    rated.sort(key=lambda one: -one[0])
    return replace(
        found[0],
        hits=tuple(hit for _, hit in rated[:limit]),
        seconds=seconds,
        sentence=" ".join(dict.fromkeys(one.sentence for one in found if one.sentence)),
        partial=tuple(name for one in found for name in one.partial),
    )


def _best(hits: tuple[passages.Hit, ...]) -> float:
    return hits[0].score if hits[0].score > 0 else 1.0


def refuse_names(name: str) -> None:
    if not name.strip() or len(name) > 100 or "/" in name or name != visible_line(name):
        raise UsageError("A domain needs a name of plain text without /.", "Such as `manuals`.")
