"""Where the host asks for approvals and audits: what they need is loaded when somebody asks."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from workbench.api import commands, reviews
from workbench.api.caller import Caller
from workbench.journal.journal import Journal
from workbench.review.service import Service as Reviews
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from workbench.review.approval.audit.service import Auditing
    from workbench.review.approval.service import Approvals

_APPROVALS = "workbench.review.approval.service"
_AUDITING = "workbench.review.approval.audit.service"


class Desk:
    """Approvals and the audit of one workspace; most runs of a host need neither."""

    def __init__(self, workspace: Workspace, journal: Journal, reviews_: Reviews) -> None:
        self._workspace = workspace
        self._journal = journal
        self._reviews = reviews_

    async def read(self, command: commands.ReadAllowed, caller: Caller) -> reviews.Allowed:
        return await (await self._approvals()).read(command, caller)

    async def approve(self, command: commands.Approve, caller: Caller) -> reviews.Allowed:
        return await (await self._approvals()).approve(command, caller)

    async def gate(self, proposals: tuple[str, ...], caller: Caller) -> tuple[reviews.Allowed, ...]:
        return await (await self._approvals()).gate(proposals, caller)

    async def verify(self, command: commands.VerifyAudit, caller: Caller) -> reviews.Audit:
        return await (await self._auditing()).verify(command, caller)

    async def trail(self, command: commands.ReadTrail, caller: Caller) -> reviews.Trail:
        return await (await self._auditing()).read(command, caller)

    async def export(self, command: commands.ExportAudit, caller: Caller) -> reviews.AuditExported:
        return await (await self._auditing()).export(command, caller)

    async def _approvals(self) -> Approvals:
        module = await asyncio.to_thread(import_module, _APPROVALS)
        approvals: Approvals = module.Approvals(self._workspace, self._journal, self._reviews)
        return approvals

    async def _auditing(self) -> Auditing:
        module = await asyncio.to_thread(import_module, _AUDITING)
        auditing: Auditing = module.Auditing(self._journal, self._reviews.contents)
        return auditing
