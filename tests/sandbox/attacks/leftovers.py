"""Leaving something for the next job, or taking what another one left."""

from __future__ import annotations

from tests.sandbox.cases import Attack

_SEARCH = """
import re
wanted = re.compile(WANTED)  # which does not itself match
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps.read().splitlines():
        place, rights = line.split()[:2]
        start, end = (int(one, 16) for one in place.split("-"))
        if "rw" in rights and "[v" not in line:
            memory.seek(start)
            try:
                data = memory.read(end - start)
            except OSError:
                continue
            if wanted.search(data):
                broken("something of the job before is in memory")
"""
_WHY = "jobs are forks of the runner, which reads what it is asked, and so can see that of others"
_WHERE_THE_RUNNER_FORKS = dict.fromkeys(("docker", "bubblewrap", "landlock"), _WHY)

ATTACKS = (
    Attack(
        "files left",
        """
for place in places():
    write(place + "/left-by-a-job")
    os.makedirs(place + "/left/by/a/job", exist_ok=True)
    write(place + "/left/.hidden")
    tried("left in a place")
""",
        ("tried: left in a place ->",),
        then="""
for place in places():
    check("nothing left in " + place, not {"left-by-a-job", "left"} & set(os.listdir(place)))
""",
    ),
    Attack(
        "shared memory left",
        """
from multiprocessing import resource_tracker, shared_memory
def make():
    made = shared_memory.SharedMemory("left-by-a-job", create=True, size=4096)
    made.buf[:4] = b"left"
    resource_tracker.unregister("/left-by-a-job", "shared_memory")
may("shared memory", make)
may("System V", lambda: libc("shmget", 0x1EF7, 4096, 0o1666))
may("semaphore", lambda: libc("semget", 0x1EF7, 1, 0o1666))
may("queue", lambda: libc("msgget", 0x1EF7, 0o1666))
""",
        ("tried: shared memory ->", "tried: System V ->", "tried: queue ->"),
        then="""
must_fail("System V", lambda: libc("shmget", 0x1EF7, 4096, 0o666))
must_fail("semaphore", lambda: libc("semget", 0x1EF7, 1, 0o666))
must_fail("queue", lambda: libc("msgget", 0x1EF7, 0o666))
must_fail("shared memory", lambda: read("/dev/shm/left-by-a-job"))
""",
    ),
    Attack(
        "POSIX queues left",
        """
RT = ctypes.CDLL("librt.so.1", use_errno=True)
def queue():
    if RT.mq_open(b"/left-by-a-job", os.O_CREAT | os.O_RDWR, 0o666, None) == -1:
        raise OSError(ctypes.get_errno(), "mq_open")
may("queue", queue)
def semaphore():
    RT.sem_open.restype = ctypes.c_void_p
    if RT.sem_open(b"/left-by-a-job", os.O_CREAT, 0o666, 1) is None:
        raise OSError(ctypes.get_errno(), "sem_open")
may("semaphore", semaphore)
""",
        ("tried: queue ->", "tried: semaphore ->"),
        then="""
RT = ctypes.CDLL("librt.so.1", use_errno=True)
check("no queue", RT.mq_open(b"/left-by-a-job", os.O_RDWR) == -1)
RT.sem_open.restype = ctypes.c_void_p
check("no semaphore", RT.sem_open(b"/left-by-a-job", 0) is None)
""",
    ),
    Attack(
        "terminals of this machine",
        """
def flood(flags):
    opened = os.open(BAIT["terminal"], flags | os.O_NOCTTY)
    os.write(opened, b"typed by a job") if flags else os.read(opened, 1)
must_fail("write to the terminal", flood, os.O_WRONLY)
must_fail("read what is typed", flood, os.O_RDONLY)
must_fail("both", flood, os.O_RDWR)
""",
        ("tried: write to the terminal ->", "tried: read what is typed ->"),
        harmless=True,
    ),
    Attack(
        "queues of this machine",
        """
must_fail("segment", lambda: libc("shmget", BAIT["ipc"], 4096, 0o666))
must_fail("semaphore", lambda: libc("semget", BAIT["ipc"], 1, 0o666))
must_fail("queue", lambda: libc("msgget", BAIT["ipc"], 0o666))
must_fail("shared memory", lambda: read("/dev/shm/" + BAIT["shm"]))
listed = may("list", read, "/proc/sysvipc/shm")
check("not listed", str(BAIT["ipc"]) not in (listed or ""))
""",
        ("tried: segment ->", "tried: shared memory ->"),
        harmless=True,
    ),
    Attack(
        "imports of the next job",
        """
import site, pytest, json as spoiled
spoiled.loads = None
pytest.main = lambda *_: 0
sys.modules["calc"] = sys
sys.path.insert(0, "/tmp")
sys.meta_path.insert(0, None)
os.environ["PYTHONPATH"] = "/tmp"
import builtins
builtins.print = None
mine = {os.stat(place).st_dev for place in places()}
folders = [*site.getsitepackages(), site.getusersitepackages(), *sys.path, BAIT["runner"]]
for folder in dict.fromkeys(folders):
    for name_ in ("evil.pth", "sitecustomize.py", "usercustomize.py", "pytest.py"):
        if os.path.isdir(folder) and os.stat(folder).st_dev not in mine:
            must_fail("write to site-packages", lambda: write(folder + "/" + name_))
may("user site", lambda: (os.makedirs(site.getusersitepackages()),
    write(site.getusersitepackages() + "/evil.pth", "import evil")))
may("home", lambda: write(os.environ["HOME"] + "/.pdbrc"))
tried("imports")
""",
        ("tried: imports ->", "tried: write to site-packages ->"),
        then="""
import builtins, json, pytest, site
check("whole", json.loads and builtins.print and "calc" not in sys.modules)
check("pytest is whole", pytest.main.__module__.startswith("_pytest"))
check("path", "/tmp" not in sys.path and "PYTHONPATH" not in os.environ)
check("no user site", not os.path.exists(site.getusersitepackages()))
check("no .pdbrc", not os.path.exists(os.environ["HOME"] + "/.pdbrc"))
""",
    ),
    Attack(
        "bytecode beside a source",
        """
import importlib.util, py_compile
write("forged.py", "def add(one, other):\\n    return 0\\n")
target = importlib.util.cache_from_source("calc.py")
made = may("compiling", lambda: py_compile.compile("forged.py", cfile=target,
    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH))
tried("bytecode", made)
""",
        ("tried: bytecode ->",),
        then="""
sys.path.insert(0, os.getcwd())
import calc
check("the source counts", calc.add(1, 2) == 3)
check("no cache", not os.path.exists("__pycache__"))
""",
    ),
    Attack(
        "the state of a process",
        """
import locale, random, resource, signal, tempfile, threading, time
os.chdir("/")
os.umask(0)
os.nice(5)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGCHLD})
resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10))
os.environ.clear()
os.environ["TZ"] = "Asia/Kathmandu"
time.tzset()
tempfile.tempdir = "/nowhere"
random.seed(1)
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
signal.alarm(1)
tried("state")
""",
        ("tried: state ->",),
        then="""
import resource, signal, tempfile, time
check("umask", os.umask(0o022) == 0o022)
check("priority", os.getpriority(os.PRIO_PROCESS, 0) == 0)
check("SIGTERM", signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)
check("mask", not signal.pthread_sigmask(signal.SIG_BLOCK, ()))
check("descriptors", resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 128)
check("time zone", time.tzname[0] == "UTC" or "TZ" not in os.environ)
check("alarm", signal.alarm(0) == 0)
check("temporary files", os.path.isdir(tempfile.gettempdir()))
""",
    ),
    Attack(
        "locks left",
        """
import fcntl
for place in places():
    file = open(place + "/lock", "w")
    may("lock", fcntl.flock, file, fcntl.LOCK_EX)
for path in ("/etc/passwd", sys.executable, os.__file__):
    may("lock of " + path, fcntl.flock, os.open(path, os.O_RDONLY), fcntl.LOCK_EX)
if os.fork() == 0:
    os.setsid()
    import time
    time.sleep(60)
""",
        ("tried: lock ->",),
        then="""
import fcntl
for path in ("/etc/passwd", sys.executable):
    fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_EX)
""",
    ),
    Attack(
        "terminals left",
        """
import time
made = may("openpty", os.openpty)
if made and os.fork() == 0:
    os.setsid()
    time.sleep(60)
""",
        ("tried: openpty ->",),
        then="""
for one in may("terminals", os.listdir, "/dev/pts") or ():
    if one.isdigit():
        must_fail("terminal " + one, lambda: os.open("/dev/pts/" + one, os.O_RDWR))
""",
    ),
    Attack(
        "secrets in the environment",
        """
for path in ("/proc/self/environ", "/proc/thread-self/environ", "/proc/1/environ"):
    text = may(path, read, path) or ""
    check("no secret in " + path, SECRET not in text)
text = repr(dict(os.environ))
tried("environment", len(text))
check("no secret", SECRET not in text and "AWS" not in text and "XDG" not in text)
""",
        ("tried: environment ->", "tried: /proc/self/environ ->"),
        harmless=True,
    ),
    Attack(
        "secrets in memory",
        """
found = 0
import re
wanted = re.compile((SECRET + "secret").encode() + rb"-[0-9a-f]{16}")
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps.read().splitlines():
        place, rights = line.split()[:2]
        start, end = (int(one, 16) for one in place.split("-"))
        if "rw" not in rights or "[v" in line:
            continue
        memory.seek(start)
        try:
            data = memory.read(end - start)
        except OSError:
            continue
        found += len(data)
        for one in wanted.findall(data):
            broken("a secret in memory", one)
tried("bytes of memory", found)
check("much was read", found > 1 << 20)
""",
        ("tried: bytes of memory ->",),
    ),
    Attack(
        "memory of the job before",
        """
held = "".join(["made-at-run", "-time-only "]) * 10_000
json.dumps(held), write("held", held), os.environ.__setitem__("HELD", held[:100])
tried("holding")
""",
        ("tried: holding ->",),
        then=_SEARCH.replace("WANTED", 'rb"made-at-run[-]time-only made"'),
    ),
    Attack(
        "what the job before was asked",
        'tried("only-the-first-job-has-this " * 2)\n',
        ("tried: only-the-first-job-has-this",),
        then=_SEARCH.replace("WANTED", 'rb"only-the-first[-]job-has-this"'),
        open_on=_WHERE_THE_RUNNER_FORKS,
    ),
)
