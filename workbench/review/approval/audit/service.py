"""The audit as a service of the host: read, checked, taken elsewhere."""

from __future__ import annotations

import asyncio
from pathlib import Path

from workbench.api import commands, reviews
from workbench.api.caller import Caller
from workbench.journal import reading
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal
from workbench.journal.verify import verify
from workbench.review.approval.audit.checking import checks
from workbench.review.approval.audit.history import KINDS, History, history_of
from workbench.review.approval.audit.trail import trail
from workbench.review.approval.audit.writing import folder_of, place


class Auditing:
    """Looks at what was decided and written, and changes nothing of it."""

    def __init__(self, journal: Journal, contents: Contents) -> None:
        self._journal = journal
        self._contents = contents

    async def verify(self, _: commands.VerifyAudit, __: Caller) -> reviews.Audit:
        return await self._audit(await self._history())

    async def read(self, command: commands.ReadTrail, _: Caller) -> reviews.Trail:
        history = await self._history()
        return reviews.Trail(await asyncio.to_thread(trail, history, command.proposal))

    async def export(self, command: commands.ExportAudit, _: Caller) -> reviews.AuditExported:
        history = await self._history()
        audit = await self._audit(history)
        files = await asyncio.to_thread(folder_of, history, audit)
        written = await asyncio.to_thread(place, Path(command.folder), files)
        return reviews.AuditExported(command.folder, written)

    async def _history(self) -> History:
        return history_of(await self._journal.read(reading.of_types, KINDS), self._contents)

    async def _audit(self, history: History) -> reviews.Audit:
        chain = await self._journal.read(verify)
        found = await asyncio.to_thread(lambda: tuple(checks(history)))
        every = (reviews.Checked("journal", chain.holds, chain.sentence), *found)
        return reviews.Audit(all(one.holds for one in every), every)
