"""The settings of the process that owns a workspace."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class HostSettings(msgspec.Struct, frozen=True):
    """The process that owns a workspace."""

    idle_seconds: Annotated[
        float,
        Meta(ge=0, le=31_536_000),
        Meta(description="How many seconds a host stays when it is idle and nobody is attached."),
    ]
