"""The settings of language models, here and on servers."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from workbench.settings.sections.marks import WIDENS


class ModelsSettings(msgspec.Struct, frozen=True):
    """Language models: how they are loaded here, and servers that have some."""

    context: Annotated[
        int,
        Meta(ge=256, le=1_048_576),
        Meta(description="How many tokens a model is loaded for, if it was made for as many."),
    ]
    threads: Annotated[
        int,
        Meta(ge=0, le=1_024),
        Meta(description="How many threads a model computes with; 0 is all cores but one."),
    ]
    idle_seconds: Annotated[
        float,
        Meta(ge=0, le=31_536_000),
        Meta(description="After how many seconds without use a model is put away."),
    ]
    states_mb: Annotated[
        int,
        Meta(ge=0, le=1_048_576),
        Meta(description="How many MiB of what models have read are kept on disk; 0 keeps none."),
    ]
    server_seconds: Annotated[
        float,
        Meta(ge=1, le=86_400),
        Meta(description="How many seconds a server may read a prompt before its first word."),
    ]
    server_requests: Annotated[
        int,
        Meta(ge=1, le=1_024),
        Meta(
            description="How many requests a server is given at a time; of two or more,"
            " background work leaves one free for a person."
        ),
    ]
    allow: Annotated[
        str,
        WIDENS,
        Meta(
            description="Hosts beside this machine that may be servers, such as `gpu.lan,"
            " 10.0.0.7:8000`: what is asked of one leaves this machine."
        ),
    ]
    servers: Annotated[
        dict[str, str],
        WIDENS,
        Meta(
            description='Servers by a name of your choice, such as `local = "http://127.0.0.1:8080"`'
            ": any that speak the API of OpenAI."
        ),
    ]
    asks: Annotated[
        dict[str, str],
        WIDENS,
        Meta(description="Which model a server is asked for, by the server's name."),
    ]
    keys: Annotated[
        dict[str, str],
        WIDENS,
        Meta(
            description="Where a server's key is found, by the server's name: `env:VARIABLE` or"
            " `file:/path`, never the key itself."
        ),
    ]
    contexts: Annotated[
        dict[str, str],
        WIDENS,
        Meta(
            description="How many tokens fit a server that does not say so, by its name; what it"
            " cannot embed whole is cut by it."
        ),
    ]

    @property
    def allowed(self) -> tuple[str, ...]:
        """Return the hosts that are allowed, one by one."""
        return tuple(filter(None, (one.strip().lower() for one in self.allow.split(","))))
