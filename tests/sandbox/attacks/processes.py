"""Processes that multiply, stay, do not listen, or reach for others."""

from __future__ import annotations

import msgspec

from tests.sandbox.cases import BRIEF, SHORT, Attack

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
_OTHERS = """
pids = [1, os.getppid(), BAIT["victim"], BAIT["course"], *range(2, 12)]
try:
    pids += [int(one) for one in os.listdir("/proc") if one.isdigit()]
except OSError as error:
    tried("listing", name(error))
pids = [one for one in dict.fromkeys(pids) if one not in (0, os.getpid())]
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
    if os.fork() == 0:
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
        'tried("computing")\nfor _ in range(3):\n    os.fork()\nwhile True:\n    pass\n',
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
        fork(lambda: None)
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
        "signals to everybody",
        """
import signal
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGSTOP, signal.SIGKILL):
    may("kill -1", os.kill, -1, number)
may("kill 0", os.kill, 0, 0)
tell("over")
""",
        ("tried: kill -1 ->", "over"),
    ),
    Attack(
        "signals to each",
        _OTHERS
        + """
import signal
for pid in pids:
    for number in (signal.SIGTERM, signal.SIGSTOP, signal.SIGUSR1, signal.SIGCHLD, signal.SIGKILL):
        may("kill %d" % pid, os.kill, pid, number)
        may("kill group %d" % pid, os.kill, -pid, number)
        may("tgkill %d" % pid, lambda: syscall(234, 131, pid, pid, int(number)))
        may("queue %d" % pid, lambda: syscall(
            129, 138, pid, int(number), (ctypes.c_int * 32)(number, 0, -1)))
    def by_descriptor():
        opened = os.pidfd_open(pid)
        signal.pidfd_send_signal(opened, signal.SIGKILL)
    if hasattr(os, "pidfd_open"):
        may("pidfd %d" % pid, by_descriptor)
tell("over")
""",
        ("tried: kill 1 ->", "tried: pidfd 1 ->", "over"),
    ),
    Attack(
        "signals by the kernel",
        _OTHERS
        + """
import fcntl, signal
ours, theirs = os.pipe()
for pid in pids:
    may("owner %d" % pid, fcntl.fcntl, ours, fcntl.F_SETOWN, pid)
    may("signal", fcntl.fcntl, ours, 10, signal.SIGKILL)
    may("asynchronous", fcntl.fcntl, ours, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    os.write(theirs, b"x")
    os.read(ours, 1)
tell("over")
""",
        ("tried: owner 1 ->", "over"),
    ),
    Attack(
        "its own init",
        """
import signal, time
for number in range(1, 65):
    may("kill 1 by %d" % number, os.kill, 1, number)
may("group", os.killpg, 1, signal.SIGKILL)
time.sleep(0.05)
tell("over")
""",
        ("tried: kill 1 by 9 ->", "over"),
    ),
    Attack(
        "limits of others",
        _OTHERS
        + """
import resource, struct
for pid in pids[os.getppid() == 0 :]:  # where all processes are its own, so is the first of them
    must_fail("prlimit %d" % pid, resource.prlimit, pid, resource.RLIMIT_CPU, (0, 0))
    must_fail("prlimit %d" % pid, resource.prlimit, pid, resource.RLIMIT_NOFILE, (0, 0))
    must_fail("priority %d" % pid, os.setpriority, os.PRIO_PROCESS, pid, 19)
    must_fail("affinity %d" % pid, os.sched_setaffinity, pid, {0})
    must_fail("policy %d" % pid, os.sched_setscheduler, pid, os.SCHED_IDLE, os.sched_param(0))
    must_fail("io %d" % pid, lambda: syscall(251, 30, 1, pid, 3 << 13))
    must_fail("attributes %d" % pid, lambda: syscall(
        314, 274, pid, struct.pack("IIQiIQQQ", 48, 5, 0, 0, 0, 0, 0, 0), 0))
""",
        ("tried: prlimit ", "tried: io ", "tried: attributes "),
    ),
    Attack(
        "own limits",
        """
import resource
def raised(kind, values):
    try:
        resource.setrlimit(kind, values)
    except ValueError as error:
        raise OSError(1, str(error)) from error
for which in ("CPU", "AS", "NPROC", "FSIZE", "NOFILE", "CORE", "MEMLOCK", "MSGQUEUE"):
    kind = getattr(resource, "RLIMIT_" + which, 12)
    soft, hard = resource.getrlimit(kind)
    check("limited " + which, hard != resource.RLIM_INFINITY)
    must_fail(which, raised, kind, (soft, hard + 1))
    must_fail(which, raised, kind, (resource.RLIM_INFINITY,) * 2)
must_fail("nice", os.nice, -10)
must_fail("real time", os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(50))
must_fail("out of memory score", lambda: write("/proc/self/oom_score_adj", "-1000"))
must_fail("lock memory", lambda: libc("mlockall", 3))
""",
        ("tried: CPU ->", "tried: real time ->", "tried: lock memory ->"),
    ),
    Attack(
        "memory of others",
        _OTHERS
        + """
PTRACE_ATTACH, PTRACE_SEIZE = 16, 0x4206
here = ctypes.create_string_buffer(64)
vector = (ctypes.c_void_p * 2)(ctypes.addressof(here), 64)
for pid in pids:
    must_fail("attach %d" % pid, lambda: libc("ptrace", PTRACE_ATTACH, pid, 0, 0))
    must_fail("seize %d" % pid, lambda: libc("ptrace", PTRACE_SEIZE, pid, 0, 0))
    must_fail("process_vm_readv %d" % pid, lambda: syscall(310, 270, pid, vector, 1, vector, 1, 0))
    must_fail("process_vm_writev %d" % pid, lambda: syscall(311, 271, pid, vector, 1, vector, 1, 0))
    for kind in ("mem", "environ", "maps", "auxv", "stack", "syscall", "pagemap"):
        must_fail("%s of %d" % (kind, pid), lambda: read("/proc/%d/%s" % (pid, kind)) or 1 / 0)
    must_fail("map_files of %d" % pid, lambda: os.listdir("/proc/%d/map_files" % pid))
    for number in may("fd of %d" % pid, os.listdir, "/proc/%d/fd" % pid) or ():
        must_fail("open", lambda: os.open("/proc/%d/fd/%s" % (pid, number), os.O_RDONLY))
        must_fail("link", lambda: os.readlink("/proc/%d/fd/%s" % (pid, number)))
        must_fail("info", lambda: read("/proc/%d/fdinfo/%s" % (pid, number)))
    must_fail("mem of %d for writing" % pid, lambda: os.open("/proc/%d/mem" % pid, os.O_RDWR))
must_fail("traced by its parent", lambda: libc("ptrace", 0, 0, 0, 0))
""",
        ("tried: attach 1 ->", "tried: process_vm_readv 1 ->", "tried: mem of 1 ->"),
    ),
    Attack(
        "descriptors of others",
        _OTHERS
        + """
def take(pid, number):
    opened = os.pidfd_open(pid)
    return syscall(438, 438, opened, number, 0)
for pid in pids:
    for number in (0, 1, 3, 5):
        must_fail("pidfd_getfd %d" % pid, take, pid, number)
        must_fail("fd of %d" % pid, lambda: os.open("/proc/%d/fd/%d" % (pid, number), 0))
""",
        ("tried: pidfd_getfd 1 ->", "tried: fd of 1 ->"),
    ),
    Attack(
        "processes of this machine",
        _OTHERS
        + """
tried("listing", len(pids))
said = may("cmdline", read, "/proc/%d/cmdline" % BAIT["victim"]) or ""
check("the host is not seen", "victim" not in said)
said = may("status", read, "/proc/%d/status" % BAIT["course"]) or ""
check("nor what runs this", "python" not in said)
""",
        ("tried: listing ->",),
    ),
    Attack(
        "set-uid programs",
        """
import shutil, subprocess
def effect(*command):
    try:
        ended = subprocess.run(command, input=b"x\\n", capture_output=True, timeout=0.4)
    except (OSError, subprocess.TimeoutExpired) as error:
        return tried(command[0], type(error).__name__)
    tried(command[0], ended.returncode)
    check("%s did it" % (command,), ended.returncode != 0 and b"uid=0" not in ended.stdout)
effect("/usr/bin/su", "-c", "id")
effect("/usr/bin/passwd", "-d", "root")
effect("/usr/bin/mount", "-t", "tmpfs", "x", "/tmp")
effect("/usr/bin/umount", "/proc")
effect("/usr/bin/newgrp", "shadow")
effect("/usr/bin/chsh", "-s", "/bin/sh")
effect("/usr/bin/sudo", "-n", "id")
effect("/usr/bin/gpasswd", "-a", "nobody", "root")
own = os.path.abspath("own")
shutil.copy("/usr/bin/id", own)
os.chmod(own, 0o6755)
said = subprocess.run([own, "-u"], capture_output=True, text=True).stdout
check("its own set-uid program", said.strip() == str(os.getuid()) != "0")
""",
        ("tried: /usr/bin/su ->", "tried: /usr/bin/mount ->"),
        policy=msgspec.structs.replace(SHORT, wall_seconds=10),
    ),
    Attack(
        "becoming somebody else",
        """
check("not root", 0 not in (os.getuid(), os.geteuid(), os.getgid(), os.getegid()))
status = dict(line.split(":", 1) for line in read("/proc/self/status").splitlines())
for field in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
    check("no " + field, int(status[field], 16) == 0)
check("no new privileges", status["NoNewPrivs"].strip() == "1")
for who in (0, 1, 33, 65533):
    must_fail("setuid", os.setuid, who)
    must_fail("setgid", os.setgid, who)
    must_fail("setresuid", os.setresuid, who, who, who)
    must_fail("setgroups", os.setgroups, [who])
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
must_fail("capset", lambda: libc("capset", header, (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)))
must_fail("ambient", lambda: libc("prctl", 47, 2, 21, 0, 0))
must_fail("new privileges", lambda: libc("prctl", 38, 0, 0, 0, 0))
must_fail("securebits", lambda: libc("prctl", 28, 0, 0, 0, 0))
check("no groups", set(os.getgroups()) <= {os.getgid(), 65534})
""",
        ("tried: setuid ->", "tried: capset ->"),
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
        if one is not None and one.f_code.co_name in ("_finish", "_flush", "_tell", "_be_the_job"):
            tell("reached", one.f_code.co_name)
    return trace
sys.settrace(trace)
sys.setprofile(trace)
frame = sys._getframe()
while frame:
    frame.f_trace = trace
    frame = frame.f_back
sys.modules["workbench_runner.main"]._flush = lambda: tried("flush")
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
said = subprocess.run(["/bin/sh", "-c", "cat " + BAIT["file"] + "; kill -9 -1"], capture_output=True)
tried("a shell", said.returncode)
""",
        ("tried: another python ->",),
        ("ok", "crash"),
        SHORT,
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
