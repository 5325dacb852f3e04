"""Which parts of a patch are needed, and for what: found by leaving parts out.

All of this is algebra: what is to be tried is asked for, and what came of it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from workbench.healing import changes
from workbench.healing.candidate import Candidate, Change
from workbench.healing.compose import applied
from workbench.splice import Edit, Source, parses

_ONE_BY_ONE = 8
"""Up to so many parts are left out one by one; of more, halves and quarters first."""

Parts = frozenset[int]


@dataclass(frozen=True, slots=True)
class Came:
    """What came of trying some parts of a patch."""

    passes: frozenset[str]
    """The failing tests that pass with them."""
    broke: bool = False
    """Whether a test fails that passed."""


@dataclass(frozen=True)
class Ablation:
    """A patch in parts, and what is known of trying some of them."""

    candidate: Candidate
    parts: tuple[Change, ...]
    whole: Came
    """What the patch does as a whole."""

    @cached_property
    def all(self) -> Parts:
        return frozenset(range(len(self.parts)))

    def questions(self, known: Mapping[Parts, Came]) -> tuple[Parts, ...]:
        """Return which parts to try next, all at once; none when the smallest are found."""
        best = self.smallest(known)
        if len(best) < 2:
            return ()
        if len(best) > _ONE_BY_ONE:
            asked = [best - chunk for size in (2, 4) for chunk in _chunks(best, size)]
            if open_ := [one for one in asked if one not in known]:
                return tuple(dict.fromkeys(open_))
        single = (best - {one} for one in sorted(best))
        return tuple(one for one in single if one not in known)

    def smallest(self, known: Mapping[Parts, Came]) -> Parts:
        """Return the fewest parts that are known to do what the whole does."""
        enough = [parts for parts, came in known.items() if parts and self._does_all(came)]
        return min([*enough, self.all], key=lambda parts: (len(parts), sorted(parts)))

    def _does_all(self, came: Came) -> bool:
        return not came.broke and came.passes >= self.whole.passes

    def needed_for(self, known: Mapping[Parts, Came]) -> Mapping[int, frozenset[str]]:
        """Return for each part of the smallest patch the tests that fail without it.

        A part without which another test breaks stands there too, perhaps with no test.
        """
        best = self.smallest(known)
        if len(best) == 1:
            return dict.fromkeys(best, self.whole.passes)
        without = {one: known.get(best - {one}) for one in sorted(best)}
        return {one: self.whole.passes - came.passes for one, came in without.items() if came}

    def candidate_of(self, parts: Parts) -> Candidate:
        """Return some parts as a candidate of their own."""
        if parts == self.all:
            return self.candidate
        kept = tuple(sorted(self.parts[one] for one in parts))
        return Candidate(kept, self.candidate.operator, self.candidate.prior, self.candidate.why)


def _chunks(parts: Parts, count: int) -> Iterator[Parts]:
    ordered = sorted(parts)
    size = -(-len(ordered) // count)
    yield from (frozenset(ordered[at : at + size]) for at in range(0, len(ordered), size))


def ablation(candidate: Candidate, files: Mapping[str, str], whole: Came) -> Ablation:
    """Return a candidate taken apart into the groups of lines that it changes."""
    return Ablation(candidate, tuple(_parts(candidate, files)), whole)


def _parts(candidate: Candidate, files: Mapping[str, str]) -> Iterator[Change]:
    for path, after in applied(files, candidate).items():
        yield from (Change(path, edit) for edit in line_edits(files[path], after))


def line_edits(before: str, after: str) -> Iterator[Edit]:
    """Yield the exchanges of whole lines that lead from one text to the other."""
    old, new = Source(before).data.decode("utf-8"), Source(after).data.decode("utf-8")
    old_lines, new_lines = changes.split(old), changes.split(new)
    starts = [0]
    for line in old_lines:
        starts.append(starts[-1] + len(line.encode("utf-8")))
    for hunk in _fine(changes.hunks(old, new), old_lines, new_lines):
        text = "".join(new_lines[hunk.new_start : hunk.new_end])
        yield Edit(starts[hunk.start], starts[hunk.end], text)


def _fine(
    hunks: Iterable[changes.Hunk], old: Sequence[str], new: Sequence[str]
) -> Iterator[changes.Hunk]:
    """Part hunks in which each line became one other."""
    for hunk in hunks:
        lines = hunk.end - hunk.start
        if lines != hunk.new_end - hunk.new_start:
            yield hunk
            continue
        for at in range(lines):
            if old[hunk.start + at] != new[hunk.new_start + at]:
                start, new_start = hunk.start + at, hunk.new_start + at
                yield changes.Hunk(start, start + 1, new_start, new_start + 1)


def sound(some: Iterable[Candidate], files: Mapping[str, str]) -> Iterator[Candidate]:
    """Leave out candidates that leave a file which does not parse."""
    for one in some:
        if all(parses(text.removeprefix("\ufeff")) for text in applied(files, one).values()):
            yield one
