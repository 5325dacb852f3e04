"""The settings of what is remembered."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from workbench.settings.sections.marks import WIDENS


class MemorySettings(msgspec.Struct, frozen=True):
    """What is remembered of conversations, searches and decisions."""

    half_life_days: Annotated[
        float,
        Meta(ge=0.1, le=3_650),
        Meta(
            description="After how many days without use an episode weighs half; what was kept of"
            " episodes lasts twelve times as long."
        ),
    ]
    episodes_days: Annotated[
        int,
        Meta(ge=0, le=36_500),
        Meta(
            description="How many days an episode is listed and recalled; 0 means always. The"
            " journal keeps its record."
        ),
    ]
    consolidate_hours: Annotated[
        float,
        Meta(ge=0, le=8_760),
        Meta(
            description="After how many hours a look at the memory proposes again by itself what"
            " should be kept, merged or forgotten; 0 means only when it is asked to."
        ),
    ]
    recalled: Annotated[
        int,
        Meta(ge=0, le=50),
        Meta(description="How many memories a prompt gets at most; 0 means none."),
    ]
    backup_folder: Annotated[
        str,
        WIDENS,
        Meta(description="Where a copy of what is remembered is written; empty means nowhere."),
    ]
    backup_days: Annotated[
        float,
        Meta(ge=0.01, le=3_650),
        Meta(description="After how many days the next copy is written."),
    ]
    backup_keep: Annotated[
        int,
        Meta(ge=1, le=1_000),
        Meta(description="How many copies stay; the oldest goes first."),
    ]
