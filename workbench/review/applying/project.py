"""The files of a project by their paths from its root, reached without following a single link."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from workbench.errors import Findings, StoreError, WorkbenchError
from workbench.review.applying import kernel
from workbench.review.applying.paths import checked, folders_above
from workbench.visible import visible_line

Step = Callable[[str], None]
"""Is told of each change of the disk right before it is made."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_HELD = 128
_ACCESS_LIST = "system.posix_acl_access"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def do_nothing(_: str) -> None:
    """Let each step be taken."""


@dataclass(frozen=True)
class Found:
    """A file as it lies there."""

    content: bytes
    state: os.stat_result

    @property
    def mode(self) -> int:
        return stat.S_IMODE(self.state.st_mode)


class Project:
    """An open project; whatever becomes of the path to it, this is the folder that is meant."""

    def __init__(self, root: Path, step: Step = do_nothing) -> None:
        self._step = step
        try:
            self._root = os.open(root, _FOLDER)
        except OSError as error:
            raise trouble(str(root), error) from error
        self._held: dict[str, int] = {}
        """Folders that stay open, so that what is done in one is undone in the same."""
        self._holding = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for opened in (self._root, *self._held.values()):
            os.close(opened)

    def read(self, path: str, beside: str = "") -> Found | None:
        """Return the file at a path, or the one of another name beside it; None if none is."""
        with _told(path):
            try:
                with self._folder(path) as (folder, name):
                    return _read(folder, beside or name)
            except FileNotFoundError:
                return None

    def content(self, path: str, beside: str = "") -> bytes | None:
        found = self.read(path, beside)
        return found.content if found else None

    def missing_folders(self, path: str) -> tuple[str, ...]:
        """Return the folders above a path that are not there."""
        return tuple(one for one in folders_above(path) if not self._is_folder(one))

    def make_folder(self, path: str) -> None:
        """Make a folder unless it is there."""
        with _told(path), self._folder(path) as (above, name):
            self._step("make folder")
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=above)
            os.close(os.open(name, _FOLDER, dir_fd=above))  # A link or a file in the way is told.

    def remove_folder(self, path: str) -> None:
        """Remove a folder if nothing lies in it."""
        with _told(path), suppress(FileNotFoundError), self._folder(path) as (above, name):
            self._step("remove folder")
            try:
                os.rmdir(name, dir_fd=above)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                    raise

    def write_beside(self, path: str, name: str, content: bytes, like: Found | int) -> None:
        """Write a new file beside a path: as the one that is there, or with a mode; it is durable.

        A file is only there under its name and not whole if the machine stopped meanwhile.
        """
        with _told(path), self._folder(path) as (folder, _):
            self._step("create")
            opened = os.open(name, _NEW, 0o600, dir_fd=folder)
            try:
                self._fill(opened, content, like, path)
            finally:
                os.close(opened)

    def _fill(self, opened: int, content: bytes, like: Found | int, path: str) -> None:
        self._step("fill")
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(opened, rest) :]
        if isinstance(like, Found):
            with self._folder(path) as (folder, name):
                _dress(opened, folder, name, like)
        else:
            os.fchmod(opened, like)
        self._step("sync")
        os.fsync(opened)

    def exchange(self, path: str, beside: str) -> None:
        """Let a file and the one beside it change their places.

        Where the file system cannot do so, the one beside takes the place, and the other is gone.
        """
        with _told(path), self._folder(path) as (folder, name):
            self._step("exchange")
            try:
                kernel.exchange(folder, beside, name)
            except kernel.CannotRename:
                os.rename(beside, name, src_dir_fd=folder, dst_dir_fd=folder)

    def place(self, path: str, beside: str) -> None:
        """Give the file beside its name, unless there is a file of this name."""
        with _told(path), self._folder(path) as (folder, name):
            self._step("place")
            _rename(folder, beside, name)

    def displace(self, path: str, beside: str) -> None:
        """Put a file aside, under the name beside it."""
        with _told(path), self._folder(path) as (folder, name):
            self._step("displace")
            _rename(folder, name, beside)

    def remove(self, path: str, beside: str) -> None:
        """Remove the file beside a path, if it is there."""
        with _told(path), suppress(FileNotFoundError), self._folder(path) as (folder, _):
            self._step("remove")
            os.unlink(beside, dir_fd=folder)

    def sync(self, folder: str) -> None:
        """Make the names in a folder durable, if it is there."""
        inside = f"{folder}/-" if folder else "-"
        with _told(folder), suppress(FileNotFoundError), self._folder(inside) as (opened, _):
            self._step("sync folder")
            os.fsync(opened)

    def _is_folder(self, path: str) -> bool:
        with _told(path):
            try:
                with self._folder(f"{path}/-"):
                    return True
            except FileNotFoundError:
                return False

    def refuse_moved(self, path: str) -> None:
        """Refuse where the folder of a path is not any more the one that was written in."""
        above, _, _ = path.rpartition("/")
        with _told(path), self._folder(path) as (folder, _), self._walked(above) as now:
            if not os.path.samestat(os.fstat(folder), os.fstat(now)):
                raise Findings(
                    f"The folder of {visible_line(path)} was moved in the moment that it was"
                    " written to.",
                    "Try it again.",
                )

    @contextmanager
    def _folder(self, path: str) -> Iterator[tuple[int, str]]:
        """Return the folder that a path lies in, open, and the name in it."""
        checked(path)
        above, _, name = path.rpartition("/")
        with self._holding:
            held = self._held.get(above)
        if held is not None:
            yield held, name
            return
        with self._walked(above) as opened:
            self._hold(above, opened)
            yield opened, name

    def _hold(self, folder: str, opened: int) -> None:
        with self._holding:
            if folder not in self._held and len(self._held) < _MOST_HELD:
                self._held[folder] = os.dup(opened)

    @contextmanager
    def _walked(self, folder: str) -> Iterator[int]:
        """Open a folder, one part after the other."""
        opened = os.dup(self._root)
        try:
            for part in checked(folder) if folder else ():
                inner = os.open(part, _FOLDER, dir_fd=opened)
                os.close(opened)
                opened = inner
            yield opened
        finally:
            os.close(opened)


def _read(folder: int, name: str) -> Found | None:
    opened = os.open(name, _FILE, dir_fd=folder)
    try:
        state = os.fstat(opened)
        if not stat.S_ISREG(state.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
        with os.fdopen(opened, "rb", closefd=False) as file:
            return Found(file.read(), state)
    finally:
        os.close(opened)


def object_to_writing(path: str, found: Found) -> WorkbenchError | None:
    """Return why a file that is there must not be written, if so."""
    shown, state = visible_line(path), found.state
    if os.geteuid() not in (0, state.st_uid):
        return Findings(
            f"{shown} belongs to another user, and would be yours when it is written.",
            f"Take it over first: sudo chown $USER {shown}",
        )
    if not state.st_mode & (_WRITABLE if os.geteuid() == 0 else stat.S_IWUSR):
        return Findings(f"{shown} is read-only.", f"Make it writable: chmod u+w {shown}")
    if state.st_nlink > 1:
        return Findings(
            f"{shown} has {state.st_nlink} names (hard links), which writing would part.",
            "Make a file of its own of it: copy it, and move the copy to its place.",
        )
    return None


def _dress(opened: int, folder: int, name: str, like: Found) -> None:
    """Give a new file owner, mode, access list and attributes of the one that is there."""
    state = os.fstat(opened)
    if (state.st_uid, state.st_gid) != (like.state.st_uid, like.state.st_gid):
        os.fchown(opened, like.state.st_uid, like.state.st_gid)
    theirs = os.open(name, _FILE, dir_fd=folder)
    try:
        kept = [
            one for one in _attributes(theirs) if one.startswith("user.") or one == _ACCESS_LIST
        ]
        for one in set(_attributes(opened)) & {_ACCESS_LIST} - set(kept):
            os.removexattr(opened, one)
        os.fchmod(opened, like.mode)
        for one in kept:
            os.setxattr(opened, one, os.getxattr(theirs, one))
    finally:
        os.close(theirs)


def _attributes(opened: int) -> list[str]:
    try:
        return os.listxattr(opened)
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        return []


def _rename(folder: int, old: str, new: str) -> None:
    try:
        kernel.place(folder, old, new)
    except kernel.CannotRename:
        if _is_there(folder, new):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new) from None
        os.rename(old, new, src_dir_fd=folder, dst_dir_fd=folder)


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Say in a sentence why something cannot be done; that nothing lies there is told apart."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise trouble(path, error) from error


def trouble(path: str, error: OSError) -> WorkbenchError:
    """Return what a user is told of an error at a path."""
    shown = visible_line(path)
    if error.errno in _FULL:
        return StoreError(f"There is no room left to write {shown}.", "Free some space.")
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return Findings(
            f"{shown} is a link, or lies below a link or a file.",
            "Links are not followed, since they may lead out of the project.",
        )
    if error.errno == errno.EISDIR:
        return Findings(f"What lies at {shown} is no file.", "Move it out of the way.")
    if error.errno == errno.EEXIST:
        return Findings(f"Something lies at {shown} already.", "Move it out of the way.")
    if error.errno == errno.ENAMETOOLONG:
        return Findings(f"The name {shown} is too long for this disk.", "Use a shorter one.")
    reason = os.strerror(error.errno or 0)
    return StoreError(
        f"{shown} cannot be read or written: {reason}.", "See who owns it, and how it is mounted."
    )
