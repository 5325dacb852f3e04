"""A process that puts file after file and tells how many are flushed, until somebody kills it."""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path

from tests.knowledge.pieces import piece
from workbench.knowledge.finding import open_index
from workbench.workspace import Workspace


async def main(project: Path) -> None:
    workspace = Workspace(project)
    index = await open_index(workspace, workspace.folder / "no-embedder")
    for number in count():
        path = f"{number}.md"
        await index.put("s", path, [piece(f"word{number} and more", path, at) for at in range(3)])
        if number % 5 == 4:
            await index.flush()
            print(number + 1, flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
