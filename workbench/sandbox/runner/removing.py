"""Removing what somebody hostile left: however deep it is and whatever its modes are."""

from __future__ import annotations

import contextlib
import os
import stat

_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove(path: str) -> None:
    """Remove `path`, be it a file, a link or a folder; what cannot be removed stays to be found."""
    with contextlib.suppress(OSError):
        if _is_gone(path, None):
            return
        _empty_at(path)
        os.rmdir(path)


def _empty_at(path: str) -> None:
    with contextlib.suppress(OSError):  # Its owner may have emptied it before, who alone can.
        top = _open(path, None)
        try:
            _empty(top)
        finally:
            os.close(top)


def _empty(top: int) -> None:
    """Remove all in a folder; what lies deep is moved up first, since its path may be too long."""
    waiting = os.listdir(top)
    prefix = os.urandom(8).hex()
    moved = 0
    while waiting:
        name = waiting.pop()
        with contextlib.suppress(OSError):
            if _is_gone(name, top):
                continue
            folder = _open(name, top)
            try:
                for child in _folders(folder):
                    moved += 1
                    new = f"{prefix}{moved}"
                    with contextlib.suppress(OSError):
                        os.rename(child, new, src_dir_fd=folder, dst_dir_fd=top)
                        waiting.append(new)
            finally:
                os.close(folder)
            os.rmdir(name, dir_fd=top)


def _folders(folder: int) -> list[str]:
    """Remove the files in `folder`; return the folders in it, made ready to be moved."""
    found = []
    for name in os.listdir(folder):
        with contextlib.suppress(OSError):
            if not _is_gone(name, folder):
                os.close(_open(name, folder))
                found.append(name)
    return found


def _is_gone(name: str, folder: int | None) -> bool:
    """Remove `name` unless it is a folder, which may lie where we can remove nothing."""
    if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        return False
    os.unlink(name, dir_fd=folder)
    return True


def _open(name: str, folder: int | None) -> int:
    """Open a folder, which is made accessible to its owner; a link is not followed."""
    place = os.open(name, os.O_PATH | _FOLDER, dir_fd=folder)
    try:
        with contextlib.suppress(PermissionError):  # It may be open to us all the same.
            os.chmod(f"/proc/self/fd/{place}", 0o700)
        return os.open(f"/proc/self/fd/{place}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    finally:
        os.close(place)
