"""Servers as the settings name them; one that is named wrongly hinders no other."""

from __future__ import annotations

import os

from local_models.staff.servers.address import read_address, refuse_far
from local_models.staff.servers.seat import Server
from local_models.staff.servers.secrets import NONE, Secret, read_secret
from local_models.staff.servers.talking import Patience
from workbench.errors import ConfigurationError
from workbench.settings.schema import ModelsSettings
from workbench.visible import visible_line

_LARGEST_CONTEXT = 1 << 24


def read_servers(settings: ModelsSettings) -> dict[str, Server | ConfigurationError]:
    """Return every server, or what is wrong with it."""
    return {name: _read(name, settings) for name in sorted(settings.servers) if name}


def secret_of(name: str, settings: ModelsSettings) -> Secret:
    """Return the key of a server, read anew from where it lies."""
    where = settings.keys.get(name, "")
    return read_secret(name, where, os.environ) if where else NONE


def _read(name: str, settings: ModelsSettings) -> Server | ConfigurationError:
    try:
        address = read_address(name, settings.servers[name])
        refuse_far(name, address, settings.allowed)
        return Server(
            name,
            address,
            settings.asks.get(name, ""),
            _context(name, settings.contexts.get(name, "")),
            settings.server_requests,
            Patience(first=settings.server_seconds),
        )
    except ConfigurationError as error:
        return error


def _context(name: str, said: str) -> int:
    if not said:
        return 0
    if said.isascii() and said.isdigit() and 0 < int(said[:12]) <= _LARGEST_CONTEXT:
        return int(said)
    raise ConfigurationError(
        f"models.contexts.{visible_line(name)} must be a number of tokens.", "Such as 8192."
    )
