"""The settings of tasks in the chat."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from workbench.settings.sections.marks import WIDENS


class TasksSettings(msgspec.Struct, frozen=True):
    """Tasks in the chat: what their tools may do, and how much of it."""

    go_on: Annotated[
        bool,
        WIDENS,
        Meta(description="Whether a plan is carried out at once, without a person's look at it."),
    ]
    edits: Annotated[
        bool,
        WIDENS,
        Meta(description="Whether tasks may propose edits, which a person reviews."),
    ]
    programs: Annotated[
        str,
        WIDENS,
        Meta(
            description="The programs that tasks may run in the sandbox, with commas between; `*`"
            " for any."
        ),
    ]
    hide: Annotated[
        str,
        Meta(
            description="More files that tasks do not read, as git-ignore writes patterns, with"
            " commas between; what you hide and what the project hides holds together."
        ),
    ]
    show: Annotated[
        str,
        WIDENS,
        Meta(description="Files that tasks read although such files hold secrets, as patterns."),
    ]
    calls: Annotated[
        int,
        WIDENS,
        Meta(ge=1, le=1_000),
        Meta(description="How many tool calls a task may make before a person has it go on."),
    ]
    tokens: Annotated[
        int,
        WIDENS,
        Meta(ge=256, le=10_000_000),
        Meta(description="How many tokens a model may write for it before a person has it go on."),
    ]
    seconds: Annotated[
        float,
        WIDENS,
        Meta(ge=1, le=86_400),
        Meta(description="How many seconds a task may work before a person has it go on."),
    ]
