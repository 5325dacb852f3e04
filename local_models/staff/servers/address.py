"""Where a server is, and whether it may be spoken to."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from workbench.errors import ConfigurationError
from workbench.visible import visible_line

_PLAIN = re.compile(r"[!-~]+")
_FORM = "An address looks like http://127.0.0.1:8080 or https://host/path."


@dataclass(frozen=True)
class Address:
    """The root of a server's API."""

    root: str
    """Without a slash at its end and without `/v1`."""
    host: str
    place: str
    """Host and port, as a person may allow them."""

    @property
    def is_here(self) -> bool:
        """Whether it is this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def at(self, path: str) -> str:
        return f"{self.root}/{path}"


def read_address(name: str, text: str) -> Address:
    """Read the address of the server `name`; one that hides a password or more is refused."""
    split = _split(name, text)
    path = split.path.rstrip("/").removesuffix("/v1")
    host = (split.hostname or "").rstrip(".")
    where = f"[{host}]" if ":" in host else host
    netloc = f"{where}:{split.port}" if split.port else where
    place = f"{host}:{split.port or (443 if split.scheme == 'https' else 80)}"
    return Address(f"{split.scheme}://{netloc}{path}", host, place)


def _split(name: str, text: str) -> SplitResult:
    try:
        split = urlsplit(text)
        fine = bool(split.hostname) and split.port != 0
    except ValueError:
        fine = False
    if not fine or not _PLAIN.fullmatch(text) or split.scheme not in ("http", "https"):
        raise _wrong(name, f"{visible_line(text)} is no address", _FORM)
    if "@" in split.netloc:
        hint = "Name a variable or a file with the key under `models.keys` instead."
        raise _wrong(name, "an address must not hold a user or a password", hint)
    if split.query or split.fragment:
        raise _wrong(name, f"{visible_line(text)} has a query or a fragment", _FORM)
    return split


def refuse_far(name: str, address: Address, allowed: Sequence[str]) -> None:
    """Refuse a server on another machine that nobody has allowed by name."""
    if address.is_here or {address.host, address.place}.intersection(allowed):
        return
    raise ConfigurationError(
        f"The server {visible_line(name)} is at {address.place}, which is not this machine.",
        f"What is asked of it would leave this machine. If that is right, put {address.host} into"
        " `models.allow`, in your own settings or in a project that you trust.",
    )


def _wrong(name: str, what: str, hint: str) -> ConfigurationError:
    return ConfigurationError(f"models.servers.{visible_line(name)}: {what}.", hint)
