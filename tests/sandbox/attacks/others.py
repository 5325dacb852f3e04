"""Reaching for processes that are not its own, and for rights."""

from __future__ import annotations

from tests.sandbox.cases import Attack

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
own = os.path.abspath("own")
shutil.copy("/usr/bin/id", own)
os.chmod(own, 0o6755)
said = subprocess.run([own, "-u"], capture_output=True, text=True).stdout
check("its own set-uid program", said.strip() == str(os.getuid()) != "0")
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
""",
        ("tried: /usr/bin/su ->", "tried: /usr/bin/mount ->"),
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
)
