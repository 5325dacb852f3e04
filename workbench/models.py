"""Models at work, for faces: who serves each role, how it stands, and what waits for it."""

from __future__ import annotations

import os
from collections.abc import Callable

from local_models.staff import Post, Staff, Waits
from local_models.staff.means import Means
from workbench import settings
from workbench.api import models
from workbench.api.caller import Caller
from workbench.settings.schema import ModelsSettings
from workbench.workspace import Workspace


class Service:
    """The staff of one workspace."""

    def __init__(self, workspace: Workspace, redact: Callable[[str], str]) -> None:
        self._workspace = workspace
        self.staff = Staff(Means(workspace.folder / "models", self._settings, redact=redact))

    async def read(self, _: models.ReadPosts, __: Caller) -> models.Posts:
        await self.staff.refresh()
        return self._posts()

    async def assign(self, command: models.AssignRole, _: Caller) -> models.Posts:
        await self.staff.assign(command.role, command.name)
        return self._posts()

    async def reset(self, command: models.ResetModel, _: Caller) -> models.Posts:
        await self.staff.refresh()
        self.staff.reset(command.name)
        return self._posts()

    async def cancel(self, command: models.CancelErrand, _: Caller) -> models.Posts:
        self.staff.cancel(command.id)
        return self._posts()

    async def close(self) -> None:
        await self.staff.close()

    def _settings(self) -> ModelsSettings:
        return settings.load(self._workspace, (), os.environ).models

    def _posts(self) -> models.Posts:
        posts = tuple(_shown(post) for post in self.staff.posts())
        beside = tuple(_shown(post) for post in self.staff.beside())
        return models.Posts(posts, self.staff.candidates, beside)


def _shown(post: Post) -> models.Post:
    return models.Post(
        role=str(post.role),
        model=post.name,
        place=post.place,
        why=post.why,
        condition=post.condition,
        failures=post.failures,
        problem=post.problem,
        context=post.context,
        queue=tuple(map(_waiting, post.queue)),
        meanwhile=post.meanwhile,
    )


def _waiting(one: Waits) -> models.Waiting:
    return models.Waiting(one.id, one.what, one.actor, one.urgent, one.state, one.seconds)
