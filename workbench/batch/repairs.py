"""Proposals with what they do to files, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.api.commands import ReadProposals
from workbench.api.events import ProposalMade
from workbench.batch.line import Line
from workbench.batch.result import Change, Repair
from workbench.journal.contents import Contents

_MOST = 10_000


async def repairs_of(
    line: Line, contents: Contents, made: Iterable[ProposalMade]
) -> tuple[Repair, ...]:
    """Return proposals as they stand, each once."""
    known = {one.proposal: one for one in made}
    if not known:
        return ()
    every = (await line.call(ReadProposals(_MOST))).proposals
    stands = {one.proposal.proposal: one.state for one in every}
    return tuple(
        Repair(one, stands.get(name, "waiting"), tuple(_changes(contents, one)))
        for name, one in known.items()
    )


async def waiting(line: Line) -> tuple[ProposalMade, ...]:
    """Return all proposals of the workspace that wait, the oldest first."""
    every = (await line.call(ReadProposals(_MOST))).proposals
    waits = [one.proposal for one in every if one.state == "waiting" and one.proposal.before]
    return tuple(reversed(waits))


def _changes(contents: Contents, made: ProposalMade) -> Iterator[Change]:
    for path, after in sorted(made.change.items()):
        before = contents.read_file(made.before[path])
        yield Change(path, before, contents.read_file(after))
