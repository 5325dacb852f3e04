"""The settings of the sandbox: what boxes are made of, and what a job may use."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from workbench.settings.sections.marks import WIDENS

Engine = Literal["auto", "docker", "namespaces", "bubblewrap", "landlock"]


class SandboxSettings(msgspec.Struct, frozen=True):
    """Where everything runs that the workbench did not write itself, and what it may use there."""

    engine: Annotated[
        Engine,
        WIDENS,
        Meta(description="What boxes are made of; `auto` takes the first that proves itself."),
    ]
    minimum: Annotated[
        Literal["reduced", "full"],
        WIDENS,
        Meta(description="The weakest level that will do; with `full` a reduced one is refused."),
    ]
    interpreter: Annotated[
        str,
        WIDENS,
        Meta(description="The Python that jobs run under; empty means the project's own."),
    ]
    wall_seconds: Annotated[
        float,
        WIDENS,
        Meta(ge=0.1, le=86_400),
        Meta(description="How many seconds a job may take, by the clock and of computing."),
    ]
    memory_mb: Annotated[
        int,
        WIDENS,
        Meta(ge=128, le=1_048_576),
        Meta(description="How many MiB of memory the processes of a job may use together."),
    ]
    processes: Annotated[
        int,
        WIDENS,
        Meta(ge=1, le=4_096),
        Meta(description="How many processes and threads a job may have at a time."),
    ]
    disk_mb: Annotated[
        int,
        WIDENS,
        Meta(ge=1, le=65_536),
        Meta(description="How many MiB a job may write; all of it is thrown away."),
    ]
    network: Annotated[
        Literal["none", "loopback"],
        WIDENS,
        Meta(description="Which network a job has; `loopback` is one of its own, not the host's."),
    ]
    environment: Annotated[
        dict[str, str],
        WIDENS,
        Meta(
            description="What jobs find in their environment; nothing of yours is passed by itself."
        ),
    ]
