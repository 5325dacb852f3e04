"""A knowledge service that is opened again and again, and documents for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.knowledge.served import Enter
from workbench.journal.journal import Journal
from workbench.knowledge.finding import open_index
from workbench.knowledge.finding.index import FoundIndex
from workbench.knowledge.service import Service
from workbench.workspace import Workspace


@pytest.fixture
async def index(workspace: Workspace) -> AsyncIterator[FoundIndex]:
    """Return an index without an embedder, as it is before one is installed."""
    workspace.make()
    opened = await open_index(workspace, workspace.folder / "no-embedder")
    yield opened
    await opened.close()


@pytest.fixture
async def enter(workspace: Workspace) -> AsyncIterator[Enter]:
    """Return what opens the workspace anew, after closing it in good order."""
    workspace.make()
    stack = AsyncExitStack()

    async def enter() -> Service:
        await stack.aclose()
        journal = Journal(workspace)
        await journal.open()
        stack.push_async_callback(journal.close)
        service = Service(workspace, journal)
        stack.push_async_callback(service.close)
        return service

    yield enter
    await stack.aclose()


@pytest.fixture
def docs(workspace: Workspace) -> Path:
    folder = workspace.project / "docs"
    folder.mkdir()
    (folder / "one.md").write_text("# Owls\n\nOwls hunt at night.\n")
    (folder / "two.py").write_text("def swim(fish):\n    return fish.fins\n")
    (folder / "photo.png").write_bytes(b"\x89PNG\0")
    return folder
