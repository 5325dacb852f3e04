"""Taking memory, openly or where nobody looks."""

from __future__ import annotations

import msgspec

from tests.sandbox.cases import SMALL, Attack
from workbench.sandbox.policy import MIB

_TOGETHER = msgspec.structs.replace(SMALL, memory=200 * MIB, memory_total=160 * MIB, processes=64)
ATTACKS = (
    Attack(
        "memory bomb",
        """
held, size = [], 1 << 20
tried("taking")
while True:
    held.append(bytearray(size))
    size *= 2
""",
        ("tried: taking ->",),
        ("memory",),
    ),
    Attack(
        "memory bomb that goes on",
        """
held = []
tried("taking")
while True:
    try:
        held.append(b"x" * (8 << 20))
    except MemoryError:
        pass
""",
        ("tried: taking ->",),
        ("memory", "timeout"),
    ),
    Attack(
        "many below the limit",
        """
import time
def take():
    tried("taking")
    held = b"x" * (40 << 20)
    time.sleep(30)
for _ in range(12):
    fork(take)
time.sleep(30)
""",
        ("tried: taking ->",),
        ("memory",),
        _TOGETHER,
    ),
    Attack(
        "orphans below the limit",
        """
import time
def take():
    tried("taking")
    held = b"x" * (40 << 20)
    time.sleep(30)
for _ in range(12):
    fork(lambda: fork(take))
time.sleep(30)
""",
        ("tried: taking ->",),
        ("memory",),
        _TOGETHER,
    ),
    Attack(
        "shared mappings",
        """
import mmap, time
def take():
    made = mmap.mmap(-1, 60 << 20)
    tried("mapped")
    for at in range(0, len(made), 4096):
        made[at] = 1
    time.sleep(30)
for _ in range(8):
    fork(take)
time.sleep(30)
""",
        ("tried: mapped ->",),
        ("memory",),
        _TOGETHER,
    ),
    Attack(
        "shared mappings that nobody may look into",
        """
import mmap, time
def take():
    libc("prctl", 4, 0, 0, 0, 0)
    made = mmap.mmap(-1, 60 << 20)
    tried("mapped")
    for at in range(0, len(made), 4096):
        made[at] = 1
    time.sleep(30)
for _ in range(8):
    fork(take)
time.sleep(30)
""",
        ("tried: mapped ->",),
        ("memory",),
        _TOGETHER,
    ),
    Attack(
        "mappings larger than it may",
        """
import mmap
for size in (1 << 30, 1 << 34, 1 << 40):
    must_fail("map %d" % size, mmap.mmap, -1, size)
must_fail("break", lambda: bytearray(1 << 31))
""",
        ("tried: map 1073741824 ->",),
    ),
    Attack(
        "memory in files without a name",
        """
taken, kept = 0, []
try:
    for _ in range(100):
        kept.append(syscall(319, 279, b"taken", 0))
        for _ in range(4):
            taken += os.write(kept[-1], bytes(1 << 20))
except OSError as error:
    tried("memfd_create", name(error))
tried("taken", taken)
check("it is counted", taken < 300 << 20)
""",
        ("tried: taken ->",),
        ("ok", "memory"),
    ),
    Attack(
        "secret memory",
        """
must_fail("memfd_secret", lambda: syscall(447, 447, 0))
""",
        ("tried: memfd_secret ->",),
    ),
    Attack(
        "segments that nobody maps",
        """
IPC_PRIVATE, IPC_CREAT = 0, 0o1600
taken = 0
LIBC.shmat.restype = ctypes.c_void_p
try:
    for _ in range(40):
        segment = libc("shmget", IPC_PRIVATE, 16 << 20, IPC_CREAT)
        place = LIBC.shmat(segment, None, 0)
        ctypes.memset(place, 1, 16 << 20)
        LIBC.shmdt(ctypes.c_void_p(place))
        taken += 16 << 20
except OSError as error:
    tried("shmget", name(error))
tried("taken", taken)
check("it is counted", taken < 300 << 20)
""",
        ("tried: taken ->",),
        ("ok", "memory"),
    ),
    Attack(
        "semaphores without end",
        """
count = 0
try:
    while count < 400:
        libc("semget", 0, 32000, 0o1600)
        count += 1
    broken("semaphores have no end")
except OSError as error:
    tried("semget", name(error))
""",
        ("tried: semget ->",),
    ),
    Attack(
        "messages without end",
        """
count = 0
class Message(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_long), ("text", ctypes.c_char * 8000)]
try:
    while count < 4000:
        queue = libc("msgget", 0, 0o1600)
        libc("msgsnd", queue, ctypes.byref(Message(1)), 8000, 0o4000)
        count += 1
    broken("queues have no end")
except OSError as error:
    tried("msgget", name(error))
""",
        ("tried: msgget ->",),
    ),
    Attack(
        "POSIX queues without end",
        """
RT = ctypes.CDLL("librt.so.1", use_errno=True)
count = 0
try:
    for count in range(200):
        if RT.mq_open(b"/fill%d" % count, os.O_CREAT | os.O_RDWR, 0o600, None) == -1:
            raise OSError(ctypes.get_errno(), "mq_open")
    broken("queues have no end")
except OSError as error:
    tried("mq_open", name(error))
""",
        ("tried: mq_open ->",),
    ),
    Attack(
        "pipes without end",
        """
import fcntl
kept, taken = [], 0
try:
    while True:
        ours, theirs = os.pipe()
        kept += [ours, theirs]
        try:
            fcntl.fcntl(theirs, 1031, 1 << 20)
        except OSError:
            pass
        os.set_blocking(theirs, False)
        taken += os.write(theirs, bytes(1 << 20))
except OSError as error:
    tried("pipes", name(error))
tried("taken", taken)
check("bounded", taken < 150 << 20)
""",
        ("tried: pipes ->", "tried: taken ->"),
    ),
    Attack(
        "sockets without end",
        """
import socket, time
def take():
    kept = []
    try:
        while True:
            kept += socket.socketpair()
            for one in kept[-2:]:
                one.setblocking(False)
                try:
                    while True:
                        os.write(counting[1], b"%08d" % one.send(bytes(1 << 16)))
                except BlockingIOError:
                    pass
    except OSError:
        time.sleep(30)
counting = os.pipe()
for _ in range(12):
    fork(take)
os.close(counting[1])
taken = 0
while taken < 150 << 20:
    taken += int(os.read(counting[0], 8) or b"0")
tried("taken", taken)
check("it is counted", taken < 150 << 20)
""",
        ("tried: taken ->",),
        ("ok", "memory"),
        open_on=dict.fromkeys(
            ("docker", "namespaces", "bubblewrap", "landlock"),
            "what sockets hold is in no process; descriptors times processes bound it",
        ),
    ),
    Attack(
        "terminals without end",
        """
count = 0
try:
    while count < 3000:
        os.openpty()
        count += 1
    broken("terminals have no end")
except OSError as error:
    tried("terminals", count)
""",
        ("tried: terminals ->",),
    ),
    Attack(
        "shared memory files",
        """
taken = 0
tried("filling")
try:
    for number in range(100):
        with open("/dev/shm/fill%d" % number, "wb", 0) as file:
            taken += file.write(bytes(1 << 20))
    check("shared memory has an end", taken < 60 << 20)
except OSError as error:
    tried("full", name(error))
""",
        ("tried: filling ->",),
        ("ok", "killed"),
    ),
)
