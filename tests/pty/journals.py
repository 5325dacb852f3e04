"""Journals that are written before there is a host."""

from __future__ import annotations

import asyncio

from tests.pilot.findings import AFTER, BEFORE
from workbench.api.events import ProposalMade
from workbench.api.facts import Fact
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal
from workbench.workspace import Workspace


def happened(workspace: Workspace, *facts: Fact) -> None:
    """Write into the journal before there is a host."""

    async def write() -> None:
        workspace.make()
        for content in (BEFORE, AFTER):
            Contents(workspace.contents).keep(content)
        journal = Journal(workspace)
        await journal.open()
        for fact in facts:
            subject = fact.proposal if isinstance(fact, ProposalMade) else ""
            await journal.write(fact, actor="host", subject=subject)
        await journal.close()

    asyncio.run(write())
