"""What every script in a box begins with: it tells what was tried and what became of it.

Lines that begin with `tried:` prove that an attempt was made, `broken:` that it got through.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

BAIT: dict[str, Any] = json.loads(os.environ.pop("BAIT", "{}"))
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long
MARK = BAIT.get("mark", "")
SECRET = "canary-"
"""What every secret begins with; the rest of it is known outside alone."""


def tell(*words: object) -> None:
    """Print a line, past every buffer."""
    line = " ".join(map(str, words)).encode("utf-8", "backslashreplace") + b"\n"
    while line:
        line = line[os.write(1, line) :]


def tried(what: str, outcome: object = "done") -> None:
    tell("tried:", what, "->", outcome)


def broken(what: str, *found: object) -> None:
    tell("broken:", what, *found)


def check(what: str, holds: object) -> None:
    """Say so when something is not as it must be."""
    if not holds:
        broken(what)


def may(what: str, attempt: Callable[..., Any], *arguments: Any) -> Any:
    """Make an attempt whose effect is looked for elsewhere."""
    try:
        result = attempt(*arguments)
    except (OSError, MemoryError) as error:
        tried(what, name(error))
        return None
    tried(what)
    return result


def must_fail(what: str, attempt: Callable[..., Any], *arguments: Any) -> None:
    """Make an attempt that must be refused."""
    try:
        result = attempt(*arguments)
    except (OSError, MemoryError) as error:
        tried(what, name(error))
    else:
        tried(what)
        broken(what, repr(result)[:300])


def name(error: BaseException) -> str:
    number = getattr(error, "errno", None)
    return errno.errorcode.get(number or 0, type(error).__name__)


def libc(function: str, *arguments: Any) -> int:
    return _checked(getattr(LIBC, function)(*arguments))


def syscall(x86: int, arm: int, *arguments: Any) -> int:
    """Make a system call by its number on x86-64 or 64-bit ARM; -1 is one that does not exist."""
    number = x86 if os.uname().machine == "x86_64" else arm
    passed = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return _checked(LIBC.syscall(ctypes.c_long(number), *passed))


def _checked(result: int) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def read(path: str, size: int = 1 << 16) -> str:
    with open(path, "rb") as file:
        return file.read(size).decode("utf-8", "backslashreplace")


def write(path: str, text: str = "written by a job\n", mode: str = "w") -> str:
    with open(path, mode, encoding="utf-8") as file:
        file.write(text)
    return path


def mark() -> None:
    """Name this process, and those to come, so that they are found if they outlive their job."""
    libc("prctl", 15, MARK.encode(), 0, 0, 0)


def fork(act: Callable[[], Any]) -> int:
    """Do something in a child, which ends with it."""
    pid = fork_patiently()
    if pid == 0:
        try:
            act()
        finally:
            os._exit(0)
    return pid


def fork_patiently() -> int:
    """Fork; where others have the job's user, they may have all of its processes for a while."""
    for _ in range(300):
        try:
            return os.fork()
        except BlockingIOError:
            time.sleep(0.01)
    return os.fork()


def places() -> list[str]:
    """Return the folders in which a job may leave something."""
    found = [os.getcwd(), "/tmp", "/var/tmp", "/dev/shm", os.environ["HOME"]]
    found.append(os.environ.get("TMPDIR", "/tmp"))
    return [one for one in sorted(set(map(os.path.realpath, found))) if _takes(one)]


def _takes(folder: str) -> bool:
    try:
        os.rmdir(write_folder(folder + "/by-a-job"))
    except OSError:
        return False
    return True


def write_folder(path: str) -> str:
    os.mkdir(path)
    return path


if MARK:
    mark()
_ = sys
