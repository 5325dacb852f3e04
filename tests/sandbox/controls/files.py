"""What programs honestly do with files, memory and terminals."""

from __future__ import annotations

import msgspec

from tests.sandbox.cases import ROOMY, Control
from workbench.sandbox.policy import MIB

_LARGE = msgspec.structs.replace(ROOMY, file_size=64 * MIB)
_NO_DEVICES = {"landlock": "no terminals: those of the user are beside them"}
_NO_SHARED_MEMORY = {"landlock": "no /dev/shm: that of the machine is there"}

CONTROLS = (
    Control(
        "temporary files",
        """
import tempfile
with tempfile.NamedTemporaryFile() as file:
    file.write(b"x")
    file.flush()
    assert os.path.getsize(file.name) == 1
with tempfile.TemporaryFile() as file, tempfile.SpooledTemporaryFile(10) as spooled:
    file.write(b"x" * 1000)
    spooled.write(b"x" * 1000)
with tempfile.TemporaryDirectory() as folder:
    write(folder + "/file")
assert not os.path.exists(folder)
print("fine")
""",
    ),
    Control(
        "changing the project",
        """
import pathlib, shutil
write("calc.py", "changed")
os.rename("calc.py", "renamed.py")
os.replace("renamed.py", "calc.py")
os.unlink("test_calc.py")
shutil.copytree("safe", "copied")
shutil.move("copied", "moved")
shutil.rmtree("safe")
pathlib.Path("deep/er/still").mkdir(parents=True)
os.truncate("calc.py", 3)
os.utime("calc.py", (1, 2))
assert read("calc.py") == "cha" and os.stat("calc.py").st_mtime == 2
os.chmod("calc.py", 0o400)
assert not os.path.exists("safe") and os.path.exists("moved/inner/guarded.py")
print("fine")
""",
    ),
    Control(
        "links in the project",
        """
os.symlink("calc.py", "link.py")
os.symlink("safe", "folder")
os.link("calc.py", "hard.py")
assert os.path.islink("link.py") and read("link.py") == read("hard.py") == read("calc.py")
assert os.path.samefile("hard.py", "calc.py") and os.listdir("folder")
assert os.path.realpath("link.py") == os.path.abspath("calc.py")
print("fine")
""",
    ),
    Control(
        "a database",
        """
import sqlite3
with sqlite3.connect("own.db") as database:
    database.execute("pragma journal_mode = wal")
    database.execute("create table facts (name text, value int)")
    database.executemany("insert into facts values (?, ?)", [(str(n), n) for n in range(1000)])
    other = sqlite3.connect("own.db")
    database.commit()
    assert other.execute("select sum(value) from facts").fetchone() == (499500,)
    other.close()
print("fine")
""",
    ),
    Control(
        "a large file",
        """
with open("large", "wb") as file:
    for _ in range(30):
        file.write(bytes(1 << 20))
assert os.path.getsize("large") == 30 << 20
print("fine")
""",
        policy=_LARGE,
    ),
    Control(
        "many small files",
        """
for number in range(2000):
    folder = "objects/%02x" % (number % 256)
    os.makedirs(folder, exist_ok=True)
    with open("%s/%038x" % (folder, number), "wb") as file:
        file.write(b"blob %d" % number)
assert sum(len(files) for _, _, files in os.walk("objects")) == 2000
print("fine")
""",
    ),
    Control(
        "locks and maps of files",
        """
import fcntl, mmap
with open("map", "w+b") as file:
    file.truncate(8192)
    fcntl.flock(file, fcntl.LOCK_EX)
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with mmap.mmap(file.fileno(), 0) as mapped:
        mapped[:4] = b"told"
        mapped.flush()
assert read("map", 4) == "told"
ours = mmap.mmap(-1, 4096)
if os.fork() == 0:
    ours[:5] = b"child"
    os._exit(0)
os.wait()
assert ours[:5] == b"child"
print("fine")
""",
    ),
    Control(
        "pipes and events",
        """
import os, select, selectors
ours, theirs = os.pipe()
poll = select.poll()
poll.register(ours, select.POLLIN)
os.write(theirs, b"x")
assert poll.poll(1000) and select.select([ours], [], [], 1)[0]
with select.epoll() as epoll:
    epoll.register(ours, select.EPOLLIN)
    assert epoll.poll(1)
os.mkfifo("fifo")
fifo = os.open("fifo", os.O_RDWR)
os.write(fifo, b"through")
assert os.read(fifo, 10) == b"through"
print("fine")
""",
    ),
    Control(
        "modes and umask",
        """
import stat
os.umask(0o077)
write("private")
assert stat.S_IMODE(os.stat("private").st_mode) == 0o600
os.chmod("private", 0)
try:
    open("private")
except PermissionError:
    print("fine")
""",
    ),
    Control(
        "archives",
        """
import gzip, lzma, shutil, tarfile, zipfile, zlib
shutil.make_archive("all", "gztar", "safe")
with tarfile.open("all.tar.gz") as archive:
    archive.extractall("out")
assert os.path.exists("out/inner/guarded.py")
assert gzip.decompress(gzip.compress(b"x")) == lzma.decompress(lzma.compress(b"x")) == b"x"
print("fine")
""",
    ),
    Control(
        "a file that is watched",
        """
import ctypes, os, select
inotify = libc("inotify_init1", 0)
libc("inotify_add_watch", inotify, b".", 0x100)
write("watched")
assert select.select([inotify], [], [], 5)[0] and b"watched" in os.read(inotify, 1000)
print("fine")
""",
    ),
    Control(
        "attributes of files",
        """
write("own")
os.setxattr("own", "user.comment", b"told")
assert os.getxattr("own", "user.comment") == b"told" and os.listxattr("own") == ["user.comment"]
print("fine")
""",
        stopped_on={"landlock": "they would take memory without bounds"},
    ),
    Control(
        "home and user settings",
        """
import pathlib
home = pathlib.Path.home()
(home / ".config" / "own").mkdir(parents=True)
(home / ".config" / "own" / "settings.toml").write_text("a = 1")
assert os.access(home, os.W_OK)
print("fine")
""",
    ),
    Control(
        "shared memory",
        """
from multiprocessing import shared_memory
made = shared_memory.SharedMemory(create=True, size=1 << 20)
made.buf[:4] = b"told"
other = shared_memory.SharedMemory(made.name)
assert bytes(other.buf[:4]) == b"told"
other.close()
made.close()
made.unlink()
print("fine")
""",
        stopped_on=_NO_SHARED_MEMORY,
    ),
    Control(
        "locks between processes",
        """
import multiprocessing
context = multiprocessing.get_context("fork")
lock, value = context.Lock(), context.Value("i", 0)
def add():
    for _ in range(100):
        with lock:
            value.value += 1
children = [context.Process(target=add) for _ in range(4)]
for child in children:
    child.start()
for child in children:
    child.join()
assert value.value == 400
print("fine")
""",
        stopped_on=_NO_SHARED_MEMORY,
    ),
    Control(
        "terminals",
        """
import os, pty, termios, tty
ours, theirs = os.openpty()
assert os.isatty(theirs) and os.ttyname(theirs)
termios.tcgetattr(theirs)
tty.setraw(theirs)
os.write(theirs, b"told")
assert os.read(ours, 10) == b"told"
pid, number = pty.fork()
if pid == 0:
    print("child")
    sys.stdout.flush()
    os._exit(0)
assert b"child" in os.read(number, 100)
os.waitpid(pid, 0)
print("fine")
""",
        stopped_on=_NO_DEVICES,
    ),
)
