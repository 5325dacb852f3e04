"""Applying within this process: a real journal, real files, a verdict that is injected."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.api.caller import Caller
from workbench.api.commands import Terms
from workbench.api.deciding import AnyAct
from workbench.api.events import Evidence, ProposalMade
from workbench.journal.journal import Journal
from workbench.review.applying.project import Step, do_nothing
from workbench.review.applying.service import Applying
from workbench.review.applying.values import Case, Verified, allow_all
from workbench.review.script import hash_of
from workbench.review.service import Open
from workbench.review.service import Service as Reviews
from workbench.review.state import Acted
from workbench.workspace import Workspace

TERMS = Terms("auto", "full", "", 60, 512, 64, 64, "none", {})
"""What a sandbox would be asked for; nobody does so here."""
HOLDS = Verified(True, "It holds.", "proof", is_anew=False)
Tree = dict[str, tuple[bytes, int]]


@dataclass(frozen=True)
class Who(Caller):
    """A person at a face."""

    actor: str = "ann/test"


@dataclass
class Shop:
    """One open workspace."""

    workspace: Workspace
    journal: Journal
    step: Step = do_nothing
    verdict: Verified = HOLDS
    cases: list[Case] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reviews = Reviews(self.workspace, self.journal)
        self.applying = Applying(
            self.workspace,
            self.journal,
            self.reviews,
            verify=self._verify,
            gate=allow_all,
            step=self.step,
        )

    async def _verify(
        self, case: Case, _terms: Terms, _caller: Caller, /, *, is_trial: bool = False
    ) -> Verified:
        assert not is_trial
        self.cases.append(case)
        return self.verdict

    @property
    def root(self) -> Path:
        return self.workspace.project

    def tree(self, below: str = "") -> Tree:
        """Return all that lies in the project, or in one folder of it."""
        return tree_of(self.root / below)

    async def propose(
        self, name: str, change: dict[str, bytes | None], tests: dict[str, str] | None = None
    ) -> None:
        """Keep and write down a proposal that changes files as they lie there now."""
        before = {path: _read(self.root / path) for path in change}
        for content in (*before.values(), *change.values()):
            if content is not None:
                self.reviews.contents.keep(content)
        made = ProposalMade(
            proposal=name,
            search="s",
            rank=1,
            confidence=0.9,
            diff="",
            change={path: hash_of(content) for path, content in change.items()},
            base="b",
            result="r",
            operator="operator",
            why="because",
            evidence=Evidence(("t",), 0, {}, 1, "e", "full", "proof"),
            before={path: hash_of(content) for path, content in before.items()},
            tests=tests or {},
        )
        await self.journal.write(made, actor="host", subject=name)

    async def do(self, name: str, act: AnyAct) -> Open:
        return await self.reviews.do(name, Acted(act), Who())

    async def state(self, name: str) -> Any:  # noqa: ANN401 - a state, for tables
        return (await self.reviews.review(name)).state


def tree_of(folder: Path) -> Tree:
    found: Tree = {}
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        if inner.parts[0] != ".workbench":
            content = path.read_bytes() if path.is_file() else b"a folder"
            found[str(inner)] = (content, stat.S_IMODE(path.lstat().st_mode))
    return found


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if os.path.lexists(path) else None


@asynccontextmanager
async def opened(project: Path) -> AsyncIterator[Shop]:
    workspace = Workspace(project)
    workspace.make()
    journal = Journal(workspace)
    await journal.open()
    shop = Shop(workspace, journal)
    try:
        yield shop
    finally:
        await shop.applying.close()
        await journal.close()
