"""Who would speak in a role, in which order, and why: a function of values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from local_models.registry import Choice
from local_models.staff import words
from local_models.staff.servers.seat import Server
from workbench.errors import ConfigurationError
from workbench.visible import visible_line

Servers = Mapping[str, Server | ConfigurationError]


@dataclass(frozen=True)
class Pick:
    """A model or a server that may speak."""

    kind: Literal["model", "server"]
    name: str
    why: str


def picks(choice: Choice, asked: str, servers: Servers, loaded: tuple[str, ...]) -> Iterator[Pick]:
    """Yield who may speak: who was asked for, the role's model, another that is loaded, a server.

    By itself only a server on this machine is taken: nothing leaves it unless a person says so.
    """
    if asked in servers:
        yield Pick("server", asked, words.server_asked_for(asked))
    elif choice.model:
        yield Pick("model", choice.model.name, choice.why)
    yield from _others(choice, asked, servers, loaded)


def _others(
    choice: Choice, asked: str, servers: Servers, loaded: tuple[str, ...]
) -> Iterator[Pick]:
    role_model = choice.model.name if choice.model else ""
    nobody = "" if choice.model or asked in servers else f"{choice.why} "
    for name in loaded:
        if name != role_model or asked in servers:
            told = f"{visible_line(name)} serves meanwhile, since it is loaded."
            yield Pick("model", name, nobody + told)
    if asked in servers and role_model and role_model not in loaded:
        yield Pick("model", role_model, choice.why)
    for name, server in servers.items():
        if name != asked and isinstance(server, Server) and server.address.is_here:
            told = f"The server {visible_line(name)} serves, which is on this machine."
            yield Pick("server", name, nobody + told)
