"""OpenSSH's public keys and signatures as text: what they say of themselves, before any check."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

NAMESPACE = "workbench"
LONGEST_SIGNATURE = 64 * 1024
TYPES = frozenset(
    {
        "ssh-ed25519",
        "ssh-rsa",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    }
)
_MAGIC = b"SSHSIG"
_VERSION = 1
BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_ARMOUR = re.compile(rf"{BEGIN}\n((?:[A-Za-z0-9+/=]{{1,76}}\n)+){END}\n?")


class NotOpenSSH(ValueError):
    """The text is not what OpenSSH writes."""


@dataclass(frozen=True)
class PublicKey:
    """A public key, whatever comment it came with."""

    type: str
    blob: bytes

    @property
    def text(self) -> str:
        return f"{self.type} {b64encode(self.blob).decode()}"

    @property
    def fingerprint(self) -> str:
        """Return what `ssh-keygen -l` shows."""
        return "SHA256:" + b64encode(sha256(self.blob).digest()).decode().rstrip("=")


@dataclass(frozen=True)
class Signature:
    """What a signature says of itself; whether that is so, only ssh-keygen tells."""

    key: PublicKey
    namespace: str


def read_key(line: str) -> PublicKey:
    """Return the key of a line as in `id_ed25519.pub`: type, base64, and perhaps a comment."""
    parts = line.split()
    if len(parts) < 2 or parts[0] not in TYPES or "\n" in line.strip():
        raise NotOpenSSH("it must be a type such as ssh-ed25519 and the key in base64")
    return _key(_unbased(parts[1]), parts[0])


def read_signature(text: str) -> Signature:
    """Return what a signature as `ssh-keygen -Y sign` writes it says of itself."""
    found = (
        _ARMOUR.fullmatch(text.replace("\r\n", "\n")) if len(text) <= LONGEST_SIGNATURE else None
    )
    if not found:
        raise NotOpenSSH("it is not what `ssh-keygen -Y sign` writes")
    blob = _unbased(found[1].replace("\n", ""))
    if blob[:10] != _MAGIC + _VERSION.to_bytes(4):
        raise NotOpenSSH("it is not a signature of a kind that is known")
    key, namespace, _, _, _ = _strings(blob[10:], 5)
    return Signature(_key(key), namespace.decode("utf-8", "replace"))


def _key(blob: bytes, type_: str = "") -> PublicKey:
    """Return a key whose type is the one that its own bytes name."""
    named = next(_each_string(blob), b"").decode("ascii", "replace")
    if named not in TYPES or named != (type_ or named):
        raise NotOpenSSH("the key is not of the type that it says")
    return PublicKey(named, blob)


def _unbased(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except binascii.Error as error:
        raise NotOpenSSH("it is not base64") from error


def _strings(data: bytes, count: int) -> list[bytes]:
    """Return as many strings as there must be, with nothing behind them."""
    found = list(_each_string(data))
    if len(found) != count:
        raise NotOpenSSH("it is cut off, or something is behind it")
    return found


def _each_string(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4])
        end = at + 4 + length
        if end > len(data):
            raise NotOpenSSH("it is cut off")
        yield data[at + 4 : end]
        at = end
