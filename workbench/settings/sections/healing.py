"""The settings of healing: what is followed, and who is asked."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class HealingSettings(msgspec.Struct, frozen=True):
    """Finding out why something broke, and searching for repairs."""

    follow: Annotated[
        bool,
        Meta(description="Whether an open interface follows the project: tests run after changes."),
    ]
    logs: Annotated[
        str,
        Meta(
            description="The log files that are followed with the project, such as `logs/*.log`:"
            " patterns from its folder, with commas between."
        ),
    ]

    advice: Annotated[
        bool,
        Meta(
            description="Whether a search for a repair that finds nothing asks a language model,"
            " where there is one."
        ),
    ]

    @property
    def log_patterns(self) -> tuple[str, ...]:
        """Return the patterns one by one."""
        return tuple(filter(None, (one.strip() for one in self.logs.split(","))))
