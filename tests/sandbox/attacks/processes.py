"""Processes that multiply, stay, do not listen, or end in odd ways."""

from __future__ import annotations

import msgspec

from tests.sandbox.cases import BRIEF, SMALL, Attack

_LONG = msgspec.structs.replace(BRIEF, wall_seconds=20)
_ENDED = ("timeout", "killed", "failed", "crash", "ok")
_DAEMON = """
import signal, time
def be_deaf():
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
def stay():
    os.setsid()
    be_deaf()
    if os.fork() == 0:
        os.setsid()
        for number in range(3):
            os.close(number)
        while True:
            time.sleep(60)
"""

ATTACKS = (
    Attack(
        "fork bomb",
        """
tried("forking")
while True:
    try:
        os.fork()
    except OSError:
        pass
""",
        ("tried: forking ->",),
        _ENDED[:2],
        BRIEF,
    ),
    Attack(
        "fork bomb of a shell",
        "echo 'tried: forking'; b() { b | b & }; b; while :; do :; done",
        ("tried: forking",),
        _ENDED,
        BRIEF,
        kind="shell",
    ),
    Attack(
        "fork bomb of daemons",
        _DAEMON
        + """
tried("forking")
while True:
    try:
        if os.fork() == 0:
            os.setsid()
            be_deaf()
    except OSError:
        pass
""",
        ("tried: forking ->",),
        _ENDED[:2],
        BRIEF,
    ),
    Attack(
        "forks faster than it is killed",
        """
tried("running away")
for _ in range(4):
    try:
        is_child = os.fork() == 0
    except BlockingIOError:
        break  # The first have all the processes that there may be.
    if is_child:
        while True:
            try:
                if os.fork():
                    os._exit(0)
            except OSError:
                pass
""",
        ("tried: running away ->",),
        ("ok",),
        BRIEF,
    ),
    Attack(
        "daemon",
        _DAEMON + 'fork(stay)\nos.wait()\ntried("daemon")\n',
        ("tried: daemon ->",),
    ),
    Attack(
        "many daemons",
        _DAEMON + 'for _ in range(9):\n    fork(stay)\n    os.wait()\ntried("daemons")\n',
        ("tried: daemons ->",),
    ),
    Attack(
        "daemon that holds the output",
        _DAEMON
        + """
if os.fork() == 0:
    os.setsid()
    be_deaf()
    while True:
        time.sleep(0.01)
        tell("still here")
tried("daemon")
""",
        ("tried: daemon ->",),
    ),
    Attack(
        "thread that stays",
        """
import threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
tried("threads")
""",
        ("tried: threads ->",),
        ("timeout",),
        BRIEF,
        then="""
check("one thread", len(os.listdir("/proc/self/task")) == 1)
""",
    ),
    Attack(
        "deaf to signals",
        _DAEMON + 'be_deaf()\ntried("ignoring")\nwhile True:\n    time.sleep(60)\n',
        ("tried: ignoring ->",),
        ("timeout",),
        BRIEF,
    ),
    Attack(
        "deaf to the end of its time",
        _DAEMON + 'be_deaf()\ntried("computing")\nwhile True:\n    pass\n',
        ("tried: computing ->",),
        ("timeout",),
        BRIEF,
    ),
    Attack(
        "many that compute",
        'tried("computing")\nfor _ in range(3):\n    fork_patiently()\nwhile True:\n    pass\n',
        ("tried: computing ->",),
        ("timeout",),
        BRIEF,
    ),
    Attack(
        "short lives that compute",
        """
import time
tried("computing")
while True:
    if os.fork() == 0:
        end = time.process_time() + 0.02
        while time.process_time() < end:
            pass
        os._exit(0)
    os.wait()
""",
        ("tried: computing ->",),
        ("timeout",),
        BRIEF,
    ),
    Attack(
        "orphans that compute",
        """
import time
tried("computing")
def compute():
    end = time.process_time() + 0.02
    while time.process_time() < end:
        pass
while True:
    for _ in range(2):
        os.waitpid(fork(lambda: fork(compute)), 0)
    time.sleep(0.015)
""",
        ("tried: computing ->",),
        ("timeout",),
        _LONG,
        reason="computed",
    ),
    Attack(
        "sleep",
        'import time\ntried("sleeping")\ntime.sleep(60)\n',
        ("tried: sleeping ->",),
        ("timeout",),
        BRIEF,
    ),
    Attack(
        "stops itself",
        'import signal\ntried("stopping")\nos.kill(os.getpid(), signal.SIGSTOP)\n',
        ("tried: stopping ->",),
        ("timeout",),
        BRIEF,
    ),
    Attack(
        "stopped children",
        """
import signal, time
for _ in range(5):
    pid = fork(lambda: time.sleep(60))
    os.kill(pid, signal.SIGSTOP)
tried("stopping")
""",
        ("tried: stopping ->",),
    ),
    Attack(
        "threads without end",
        """
import threading, time
count = 0
try:
    while count < 5000:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        count += 1
    broken("threads have no end")
except (RuntimeError, MemoryError, OSError) as error:
    tried("threads", count)
os._exit(0)
""",
        ("tried: threads ->",),
    ),
    Attack(
        "zombies without end",
        """
count = 0
try:
    while count < 2000:
        if os.fork() == 0:
            os._exit(0)
        count += 1
    broken("zombies have no end")
except OSError as error:
    tried("zombies", count)
""",
        ("tried: zombies ->",),
    ),
    Attack(
        "siblings",
        """
CLONE_PARENT, SIGCHLD = 0x8000, 17
def sibling():
    return syscall(56, 220, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0)
must_fail("child of the runner", sibling)
""",
        ("tried: child of the runner ->",),
    ),
    Attack(
        "crash in C",
        'tried("reading nothing")\nctypes.string_at(0)\n',
        ("tried: reading nothing ->",),
        ("crash",),
    ),
    Attack(
        "abort",
        'tried("aborting")\nos.abort()\n',
        ("tried: aborting ->",),
        ("crash",),
    ),
    Attack(
        "kills itself",
        'import signal\ntried("killing")\nos.kill(os.getpid(), signal.SIGKILL)\n',
        ("tried: killing ->",),
        ("crash",),
    ),
    Attack(
        "recursion without end",
        """
sys.setrecursionlimit(10 ** 9)
tried("recursing")
def deeper(value):
    return [deeper([value])]
deeper(1)
""",
        ("tried: recursing ->",),
        ("crash", "memory", "failed", "timeout"),
    ),
    Attack(
        "tracing the harness",
        """
def trace(frame, event, argument):
    for one in (frame, frame.f_back):
        if one is not None and one.f_code.co_name in ("_finish", "_flush", "_tell", "wait_and_do"):
            tell("reached", one.f_code.co_name)
    return trace
sys.settrace(trace)
sys.setprofile(trace)
frame = sys._getframe()
while frame:
    frame.f_trace = trace
    frame = frame.f_back
sys.modules["workbench_runner.doing"]._flush = lambda: tried("flush")
sys.modules["os"]._exit = lambda code: tried("exit", code)
sys.modules["workbench_runner.work"].run = None
""",
        ("tried: exit ->",),
        ("failed", "crash", "error", "timeout", "ok"),
        then='check("untouched", os._exit.__module__ in ("posix", "os"))',
    ),
    Attack(
        "closes everything",
        'tried("closing")\nos.closerange(0, 1024)\nos._exit(0)\n',
        ("tried: closing ->",),
    ),
    Attack(
        "another interpreter",
        """
import subprocess
script = "import os; print('uid', os.getuid()); open('/usr/x', 'w')"
said = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True)
tried("another python", said.returncode)
check("it is held as well", said.returncode != 0 and "uid 0" not in said.stdout)
command = "cat " + BAIT["file"] + "; kill -9 -1"
said = subprocess.run(["/bin/sh", "-c", command], capture_output=True)
tried("a shell", said.returncode)
""",
        ("tried: another python ->",),
        ("ok", "crash"),
        SMALL,
    ),
    Attack(
        "a parent for orphans",
        _DAEMON
        + """
libc("prctl", 36, 1, 0, 0, 0)
for _ in range(5):
    fork(stay)
tried("subreaper")
time.sleep(0.05)
""",
        ("tried: subreaper ->",),
    ),
    Attack(
        "swallowing the end",
        """
import atexit, time
def never():
    tried("at exit")
    while True:
        try:
            time.sleep(60)
        finally:
            continue
atexit.register(never)
class Stream:
    def flush(self):
        never()
    def write(self, text):
        return len(text)
sys.stdout = sys.stderr = Stream()
""",
        ("tried: at exit ->",),
        ("timeout",),
        BRIEF,
    ),
)
