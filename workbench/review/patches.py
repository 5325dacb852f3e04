"""Proposals as patches, for whoever takes them elsewhere."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from workbench.api import commands, reviews
from workbench.api.caller import Caller
from workbench.review.exporting import accepted_patch, proposed_patch
from workbench.review.service import Service
from workbench.review.state import State
from workbench.workspace import Workspace


class Patches:
    """Writes what is proposed, or what is accepted of it, as `git apply` reads it."""

    def __init__(self, workspace: Workspace, reviews_: Service) -> None:
        self._project = workspace.project
        self._reviews = reviews_

    async def read(self, command: commands.ReadPatch, _: Caller) -> reviews.Patch:
        one = await self._reviews.review(command.proposal)
        return reviews.Patch(await asyncio.to_thread(self._patch, one.state, command.accepted))

    def _patch(self, state: State, accepted: bool) -> bytes:
        modes = dict(_modes(self._project, (one.path for one in state.files)))
        return (accepted_patch if accepted else proposed_patch)(state, modes)


def _modes(project: Path, paths: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield the modes of the files that are there, links not followed."""
    for path in paths:
        try:
            found = (project / path).lstat()
        except (OSError, ValueError):  # Neither a name that cannot be nor a file that went has one.
            continue
        if stat.S_ISREG(found.st_mode):
            yield path, stat.S_IMODE(found.st_mode)
