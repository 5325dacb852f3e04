"""Copying a tree for a job, in few steps: each page that they write to was shared with a fork."""

from __future__ import annotations

import os

_CHUNK = 1 << 20


def copy(source: str, target: str) -> None:
    """Copy a folder with its links, modes and times."""
    os.mkdir(target)
    with os.scandir(source) as entries:
        for entry in entries:
            place = f"{target}/{entry.name}"
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), place)
            elif entry.is_dir():
                copy(entry.path, place)
            else:
                _copy_file(entry.path, place)
    found = os.stat(source)
    os.chmod(target, found.st_mode & 0o777)
    os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))


def _copy_file(source: str, target: str) -> None:
    reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = os.fstat(reading)
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC)
        try:
            while data := os.read(reading, _CHUNK):
                _write(writing, data)
            os.fchmod(writing, found.st_mode & 0o777)
            os.utime(writing, ns=(found.st_atime_ns, found.st_mtime_ns))
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _write(descriptor: int, data: bytes) -> None:
    done = os.write(descriptor, data)
    if done < len(data):
        _write(descriptor, data[done:])


def give_away(path: str, uid: int) -> None:
    """Make somebody the owner of `path` and, if it is a folder, of all in it."""
    os.chown(path, uid, uid, follow_symlinks=False)
    if os.path.isdir(path) and not os.path.islink(path):
        _give_all_in(path, uid)


def _give_all_in(folder: str, uid: int) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            os.chown(entry.path, uid, uid, follow_symlinks=False)
            if entry.is_dir(follow_symlinks=False):
                _give_all_in(entry.path, uid)
