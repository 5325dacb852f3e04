"""The settings of conversations."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class ChatSettings(msgspec.Struct, frozen=True):
    """Conversations."""

    passages: Annotated[
        int,
        Meta(ge=0, le=20),
        Meta(description="How many passages of what was read are looked up for a question."),
    ]
