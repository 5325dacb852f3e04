"""Finding what was read: words in an index of our own, vectors in LanceDB, fused in one ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.knowledge.embedders import EnterStaff
    from workbench.knowledge.finding.index import FoundIndex
    from workbench.workspace import Workspace


async def open_index(
    workspace: Workspace, embedder: Path | None = None, staff: EnterStaff | None = None
) -> FoundIndex:
    """Open the index of a workspace, mended or begun anew where it is damaged.

    The staff knows who serves the role embed; without it the built-in embedder does.
    """
    from workbench.knowledge.finding.index import FoundIndex

    return await FoundIndex.open(workspace, embedder, staff)
