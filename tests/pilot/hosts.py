"""Hosts that live in the process of the test, and hands on interfaces attached to them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from screens.interface import Host as Line
from screens.interface import Interface
from screens.keymap import make_keymap
from tests.e2e.faces import until
from tests.pilot.conftest import TERMS, Hands
from tests.pilot.findings import AFTER, BEFORE, PROPOSAL
from workbench.api import owner
from workbench.api.client import Client
from workbench.api.commands import ActOn, Terms
from workbench.api.deciding import AnyAct
from workbench.api.events import ProposalMade
from workbench.api.facts import Fact
from workbench.host import lock
from workbench.host.process import Host, Starter
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal
from workbench.workspace import Workspace


@asynccontextmanager
async def living(workspace: Workspace) -> AsyncIterator[Journal]:
    """Let a host live in this very process, so that the test can write into its journal."""
    workspace.make()
    for content in (BEFORE, AFTER):
        Contents(workspace.contents).keep(content)
    held = lock.take(workspace)
    assert held
    reader, writer = os.pipe()
    host = Host(workspace, held, Starter(writer), ())
    life = asyncio.create_task(host.live())
    try:
        await until(lambda: owner.read_owner(workspace) is not None or life.done())
        yield host._engine.journal
    finally:
        host.stop("the test ends")
        await life
        os.close(reader)


@asynccontextmanager
async def attached(
    workspace: Workspace, *, terms: Terms = TERMS, follows: bool = False
) -> AsyncIterator[tuple[Hands, Journal]]:
    async with living(workspace) as journal:
        interface = Interface(
            "demo",
            lambda on_line: cast(
                "Line", Client(workspace, "interface", patience=None, on_line=on_line)
            ),
            make_keymap(),
            terms=lambda: terms,
            follows=follows,
        )
        async with interface.run_test(size=(100, 30)) as pilot:
            yield Hands(interface, pilot), journal


async def decide(workspace: Workspace, act: AnyAct) -> None:
    """Decide about the proposal as another face does."""
    async with Client(workspace, "tester", patience=20.0) as client:
        await client.call(ActOn(PROPOSAL.proposal, act))


async def write(journal: Journal, *facts: Fact) -> None:
    for fact in facts:
        subject = fact.proposal if isinstance(fact, ProposalMade) else ""
        await journal.write(fact, actor="host", subject=subject)
