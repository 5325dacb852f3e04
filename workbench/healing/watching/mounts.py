"""Which file systems can change without this kernel knowing."""

from __future__ import annotations

import os
from pathlib import Path

_REMOTE = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "gpfs", "beegfs"),
        *("glusterfs", "ocfs2", "gfs2", "coda", "ncpfs", "vboxsf", "virtiofs", "prl_fs", "vmhgfs"),
        *("drvfs", "davfs", "acfs", "orangefs", "pvfs2"),
    }
)
_TABLE = Path("/proc/self/mountinfo")


def remote_devices() -> dict[int, str]:
    """Return the numbers of mounted devices that are elsewhere, and the kind of each."""
    try:
        lines = _TABLE.read_bytes().splitlines()
    except OSError:
        return {}
    return dict(pair for line in lines if (pair := _remote(line)) is not None)


def _remote(line: bytes) -> tuple[int, str] | None:
    """Read `36 35 98:0 /root /place options - type source options`."""
    before, _, after = line.partition(b" - ")
    kind = after.partition(b" ")[0].decode("ascii", "replace")
    if kind not in _REMOTE and not kind.startswith("fuse."):
        return None
    major, _, minor = before.split()[2].partition(b":")
    return os.makedev(int(major), int(minor)), kind
