"""Calls of the kernel that no job needs."""

from __future__ import annotations

from tests.sandbox.cases import Attack

ATTACKS = (
    Attack(
        "mounting",
        """
for source, kind, flags in ((b"x", b"tmpfs", 0), (b"/", None, 4096), (b"proc", b"proc", 0),
                            (b"x", b"overlay", 0), (None, None, 32 | 4096), (b"x", b"bpf", 0)):
    for target in (b"/tmp", os.getcwd().encode(), b"/proc", b"/usr"):
        must_fail("mount", lambda: libc("mount", source, target, kind, flags, None))
for target in (b"/proc", b"/tmp", b"/box", b"/", os.getcwd().encode()):
    for flags in (0, 2, 8):
        must_fail("umount", lambda: libc("umount2", target, flags))
""",
        ("tried: mount ->", "tried: umount ->"),
    ),
    Attack(
        "mounting by new calls",
        """
for what, x86, rest in (("open_tree", 428, (-100, b"/", 1)),
                        ("move_mount", 429, (0, b"", 0, b"", 4)),
                        ("fsopen", 430, (b"tmpfs", 0)), ("fsconfig", 431, (0, 0, 0, 0, 0)),
                        ("fsmount", 432, (0, 0, 0)), ("fspick", 433, (-100, b"/", 0)),
                        ("mount_setattr", 442, (-100, b"/", 0, bytes(32), 32))):
    must_fail(what, lambda: syscall(x86, x86, *rest))
must_fail("open_tree_attr", lambda: syscall(467, 467, -100, b"/", 1, bytes(32), 32))
""",
        ("tried: open_tree ->", "tried: mount_setattr ->"),
    ),
    Attack(
        "another root",
        """
os.mkdir("jail")
must_fail("chroot", os.chroot, ".")
must_fail("chroot to jail", os.chroot, "jail")
must_fail("pivot_root", lambda: syscall(155, 41, b".", b"jail"))
""",
        ("tried: chroot ->", "tried: pivot_root ->"),
    ),
    Attack(
        "unshare",
        """
for flag in ("10000000", "20000", "20000000", "8000000", "4000000", "40000000", "2000000", "80"):
    must_fail("unshare " + flag, lambda: libc("unshare", int(flag, 16)))
    must_fail("with a user " + flag, lambda: libc("unshare", int(flag, 16) | 0x10000000))
""",
        ("tried: unshare 10000000 ->",),
    ),
    Attack(
        "clone into namespaces",
        """
for flag in ("10000000", "20000", "20000000", "8000000", "4000000", "40000000", "2000000"):
    must_fail("clone " + flag, lambda: syscall(56, 220, int(flag, 16) | 17, 0, 0, 0, 0))
    must_fail("high bits " + flag, lambda: syscall(
        56, 220, (1 << 40) | int(flag, 16) | 17, 0, 0, 0, 0))
arguments = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, 17)
must_fail("clone3", lambda: syscall(435, 435, arguments, 88))
""",
        ("tried: clone 10000000 ->", "tried: clone3 ->"),
    ),
    Attack(
        "setns",
        """
for pid in ("self", "1", str(os.getppid()), str(BAIT["victim"])):
    for kind in ("user", "mnt", "pid", "ipc", "uts", "net", "cgroup", "time"):
        def enter():
            opened = os.open("/proc/%s/ns/%s" % (pid, kind), os.O_RDONLY)
            libc("setns", opened, 0)
        must_fail("setns %s %s" % (pid, kind), enter)
must_fail("by process", lambda: libc("setns", os.pidfd_open(os.getpid()), 0x20000))
""",
        ("tried: setns self user ->", "tried: by process ->"),
    ),
    Attack(
        "programs in the kernel",
        """
must_fail("bpf", lambda: syscall(321, 280, 0, bytes(128), 128))
must_fail("perf", lambda: syscall(298, 241, bytes(128), 0, -1, -1, 0))
must_fail("io_uring", lambda: syscall(425, 425, 8, bytes(120)))
must_fail("io_uring_enter", lambda: syscall(426, 426, 0, 0, 0, 0, 0, 0))
must_fail("io_uring_register", lambda: syscall(427, 427, 0, 0, 0, 0))
must_fail("userfaultfd", lambda: syscall(323, 282, 0))
must_fail("userfaultfd for users", lambda: syscall(323, 282, 1))
must_fail("fanotify", lambda: syscall(300, 262, 0, 0))
""",
        ("tried: bpf ->", "tried: io_uring ->", "tried: userfaultfd for users ->"),
    ),
    Attack(
        "keyrings",
        """
must_fail("add_key", lambda: syscall(248, 217, b"user", b"by-a-job", b"secret", 6, -2))
must_fail("request_key", lambda: syscall(249, 218, b"user", BAIT["key"].encode(), None, -2))
for ring in (-1, -2, -3, -4, -5):
    must_fail("keyctl", lambda: syscall(250, 219, 0, ring, 1))
    must_fail("search", lambda: syscall(250, 219, 10, ring, b"user", BAIT["key"].encode(), 0))
""",
        ("tried: add_key ->", "tried: request_key ->", "tried: keyctl ->"),
    ),
    Attack(
        "personality",
        'must_fail("personality", lambda: syscall(135, 92, 0x0400000))\n',
        ("tried: personality ->",),
    ),
    Attack(
        "x32 calls",
        """
tried("x32")
LIBC.syscall(ctypes.c_long(0x40000000 | 39))
broken("x32 is answered")
""",
        ("tried: x32 ->",),
        ("crash",),
        machine="x86_64",
    ),
    Attack(
        "32-bit calls",
        """
import mmap
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")  # mov eax, 20; int 0x80; ret
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
tried("int 0x80")
call()
broken("32-bit calls are answered")
""",
        ("tried: int 0x80 ->",),
        ("crash",),
        machine="x86_64",
    ),
    Attack(
        "modules and kernels",
        """
must_fail("init_module", lambda: syscall(175, 105, bytes(64), 64, b""))
must_fail("finit_module", lambda: syscall(313, 273, 0, b"", 0))
must_fail("delete_module", lambda: syscall(176, 106, b"loop", 0))
must_fail("kexec", lambda: syscall(246, 104, 0, 0, 0, 0))
must_fail("kexec_file", lambda: syscall(320, 294, 0, 0, 0, b"", 0))
must_fail("reboot", lambda: syscall(169, 142, 0xFEE1DEAD, 672274793, 0x89ABCDEF, 0))
must_fail("swapon", lambda: syscall(167, 224, b"/swap", 0))
must_fail("swapoff", lambda: syscall(168, 225, b"/swap"))
must_fail("syslog", lambda: syscall(103, 116, 3, bytes(64), 64))
must_fail("acct", lambda: syscall(163, 89, b"log"))
must_fail("quotactl", lambda: syscall(179, 60, 0x80000100, b"/dev/vda", 0, 0))
must_fail("vhangup", lambda: syscall(153, 58))
""",
        ("tried: init_module ->", "tried: reboot ->", "tried: syslog ->"),
    ),
    Attack(
        "ports and segments",
        """
must_fail("iopl", lambda: syscall(172, -1, 3))
must_fail("ioperm", lambda: syscall(173, -1, 0, 1, 1))
must_fail("modify_ldt", lambda: syscall(154, -1, 0, bytes(16), 16))
""",
        ("tried: iopl ->", "tried: modify_ldt ->"),
    ),
    Attack(
        "clock and names",
        """
import time
now = time.time()
must_fail("clock_settime", time.clock_settime, time.CLOCK_REALTIME, now)
must_fail("settimeofday", lambda: syscall(164, 170, (ctypes.c_long * 2)(int(now), 0), 0))
must_fail("adjtimex", lambda: syscall(305, 266, 0, (ctypes.c_long * 32)(1)))
must_fail("adjtimex itself", lambda: syscall(159, 171, (ctypes.c_long * 32)(1)))
import socket
must_fail("sethostname", socket.sethostname, "owned")
must_fail("setdomainname", lambda: syscall(171, 162, b"owned", 5))
""",
        ("tried: clock_settime ->", "tried: sethostname ->"),
    ),
    Attack(
        "kernel settings",
        """
for path in ("kernel/core_pattern", "kernel/hostname", "vm/overcommit_memory", "kernel/modprobe",
             "fs/protected_symlinks", "kernel/shmall", "kernel/msgmni", "fs/mqueue/queues_max",
             "user/max_user_namespaces", "kernel/ns_last_pid", "kernel/randomize_va_space",
             "fs/suid_dumpable", "vm/drop_caches"):
    must_fail(path, lambda: write("/proc/sys/" + path, "1"))
for path in ("sysrq-trigger", "kcore", "kmsg", "acpi/wakeup", "irq/0/smp_affinity",
             "bus/pci", "scsi/scsi", "1/oom_score_adj", "latency_stats", "self/uid_map",
             "self/setgroups", "self/attr/current", "self/timerslack_ns_", "self/sched_"):
    must_fail(path, lambda: write("/proc/" + path, "1"))
for path in ("kernel/uevent_helper", "power/state", "fs/cgroup/cgroup.procs",
             "fs/cgroup/unified/cgroup.procs", "fs/cgroup/memory/release_agent",
             "kernel/mm/transparent_hugepage/enabled", "kernel/debug/tracing/tracing_on"):
    must_fail(path, lambda: write("/sys/" + path, "1"))
for path in ("/proc/kcore", "/proc/kmsg", "/sys/kernel/debug", "/sys/firmware/efi/efivars"):
    must_fail(path, lambda: os.listdir(path) if "sys" in path[:5] else read(path))
""",
        ("tried: kernel/core_pattern ->", "tried: sysrq-trigger ->", "tried: /proc/kcore ->"),
    ),
    Attack(
        "terminal injection",
        """
import fcntl, pty, termios
def terminals():
    yield 0
    yield 1
    made = may("openpty", os.openpty)
    if made:
        yield made[1]
TIOCLINUX, TIOCSETD, TIOCCONS = 0x541C, 0x5423, 0x541D
for number in terminals():
    must_fail("TIOCSTI", fcntl.ioctl, number, termios.TIOCSTI, b"x")
    must_fail("high bits", lambda: syscall(16, 29, number, (1 << 32) | termios.TIOCSTI, b"x"))
    must_fail("TIOCLINUX", fcntl.ioctl, number, TIOCLINUX, b"\\x03")
    must_fail("TIOCCONS", fcntl.ioctl, number, TIOCCONS)
    for discipline in (1, 3, 15, 21):
        must_fail("TIOCSETD", fcntl.ioctl, number, TIOCSETD, bytes([discipline, 0, 0, 0]))
""",
        ("tried: TIOCSTI ->", "tried: TIOCSETD ->"),
    ),
    Attack(
        "other calls",
        """
must_fail("kcmp", lambda: syscall(312, 272, os.getpid(), os.getppid() or 1, 0, 0, 0))
must_fail("process_madvise", lambda: syscall(440, 440, 0, bytes(16), 1, 21, 0))
must_fail("lookup_dcookie", lambda: syscall(212, 18, 0, bytes(16), 16))
must_fail("quotactl_fd", lambda: syscall(443, 443, 0, 0x800001, 0, 0))
must_fail("migrate_pages", lambda: syscall(256, 238, 1, 8, bytes(8), bytes(8)))
must_fail("move_pages", lambda: syscall(279, 239, 1, 1, bytes(8), bytes(8), bytes(8), 0))
must_fail("process_mrelease", lambda: syscall(448, 448, 0, 0))
""",
        ("tried: kcmp ->", "tried: process_madvise ->"),
    ),
    Attack(
        "taking off the filter",
        """
must_fail("no filter", lambda: libc("prctl", 22, 0, 0, 0, 0))
status = read("/proc/self/status")
check("filtered", "Seccomp:\\t2" in status)
allow = bytes.fromhex("06000000" + "0000ff7f")
program = ctypes.create_string_buffer(allow)
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]
may("own filter", lambda: syscall(317, 277, 1, 0, ctypes.byref(
    Program(1, ctypes.addressof(program)))))
must_fail("still no mount", lambda: libc("mount", b"x", b"/tmp", b"tmpfs", 0, None))
must_fail("dumpable again", lambda: os.open("/proc/1/mem", os.O_RDWR))
""",
        ("tried: no filter ->", "tried: own filter ->", "tried: still no mount ->"),
    ),
    Attack(
        "by another thread",
        """
import threading
def inside():
    must_fail("mount", lambda: libc("mount", b"x", b"/tmp", b"tmpfs", 0, None))
    must_fail("unshare", lambda: libc("unshare", 0x10000000))
    must_fail("file", lambda: read(BAIT["file"]))
    must_fail("process", lambda: libc("ptrace", 16, 1, 0, 0))
thread = threading.Thread(target=inside)
thread.start()
thread.join()
""",
        ("tried: mount ->", "tried: process ->"),
    ),
)
