"""What programs honestly do with processes, threads and signals."""

from __future__ import annotations

from tests.sandbox.cases import Control

_NO_SHARED_MEMORY = {"landlock": "no /dev/shm: that of the machine is there"}

CONTROLS = (
    Control(
        "subprocesses",
        """
import subprocess
assert subprocess.check_output(["echo", "hello"]) == b"hello\\n"
assert subprocess.run("exit 3", shell=True).returncode == 3
pipe = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
assert pipe.communicate(b"through")[0] == b"through"
assert subprocess.run(["sort"], input=b"b\\na\\n", capture_output=True).stdout == b"a\\nb\\n"
try:
    subprocess.run(["sleep", "9"], timeout=0.1)
except subprocess.TimeoutExpired:
    print("fine")
""",
    ),
    Control(
        "a closed pipe",
        """
import subprocess
pipe = subprocess.Popen(["true"], stdin=subprocess.PIPE)
pipe.wait()
try:
    pipe.communicate(b"x" * 100_000)
    os.write(pipe.stdin.fileno(), b"x")
except (BrokenPipeError, ValueError):
    pass
print("fine")
""",
    ),
    Control(
        "a pool of processes",
        """
import multiprocessing
context = multiprocessing.get_context("fork")
with context.Pool(4) as pool:
    assert pool.map(abs, range(-50, 0)) == list(range(50, 0, -1))
queue = context.Queue()
child = context.Process(target=queue.put, args=("told",))
child.start()
assert queue.get(timeout=20) == "told"
child.join()
print("fine")
""",
        stopped_on=_NO_SHARED_MEMORY,
    ),
    Control(
        "a pool that is spawned",
        """
import subprocess
write("own.py", '''
import concurrent.futures, multiprocessing
if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(abs, [-1, -2])) == [1, 2]
''')
subprocess.check_call([sys.executable, "own.py"])
print("fine")
""",
        stopped_on=_NO_SHARED_MEMORY,
    ),
    Control(
        "forty processes",
        """
import signal, time
children = [fork(lambda: time.sleep(0.1)) for _ in range(40)]
for child in children:
    os.waitpid(child, 0)
print("fine")
""",
    ),
    Control(
        "threads",
        """
import concurrent.futures, threading, time
with concurrent.futures.ThreadPoolExecutor(16) as pool:
    assert sum(pool.map(lambda n: (time.sleep(0.01), n)[1], range(100))) == 4950
lock, event = threading.Lock(), threading.Event()
threading.Timer(0.01, event.set).start()
assert event.wait(20)
print("fine")
""",
    ),
    Control(
        "signals to its own",
        """
import signal, subprocess, time
seen = []
signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
os.kill(os.getpid(), signal.SIGUSR1)
signal.setitimer(signal.ITIMER_REAL, 0.02)
signal.signal(signal.SIGALRM, lambda *_: seen.append(2))
time.sleep(0.1)
child = subprocess.Popen(["sleep", "60"], start_new_session=True)
os.killpg(child.pid, signal.SIGTERM)
assert child.wait() == -signal.SIGTERM and seen == [1, 2]
child = subprocess.Popen(["sleep", "60"])
child.send_signal(signal.SIGSTOP)
child.kill()
assert child.wait() == -signal.SIGKILL
print("fine")
""",
    ),
    Control(
        "a daemon of its own",
        """
import subprocess, time
write("daemon.py", "import os, time\\nif os.fork(): os._exit(0)\\nos.setsid()\\n"
    "open('pid', 'w').write(str(os.getpid()))\\ntime.sleep(60)\\n")
subprocess.check_call([sys.executable, "daemon.py"])
while not (os.path.exists("pid") and read("pid")):
    time.sleep(0.01)
os.kill(int(read("pid")), 15)
print("fine")
""",
    ),
    Control(
        "a crash that is noticed",
        """
import signal, subprocess
ended = subprocess.run([sys.executable, "-c", "import ctypes; ctypes.string_at(0)"])
assert ended.returncode == -signal.SIGSEGV
print("fine")
""",
    ),
    Control(
        "priorities and limits of its own",
        """
import resource
os.nice(1)
os.sched_setaffinity(0, os.sched_getaffinity(0))
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (50, hard))
assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 50
assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0
print("fine")
""",
    ),
    Control(
        "facts about the system",
        """
import getpass, platform, pwd, shutil, socket
assert os.cpu_count() > 0 and platform.system() == "Linux" and os.getloadavg()
assert platform.python_version() and os.uname().sysname and shutil.disk_usage(".").total
assert os.getpgrp() and os.getsid(0) and os.path.expanduser("~").startswith("/")
assert os.sysconf("SC_PAGE_SIZE") and socket.gethostname() and os.times().elapsed
print("fine")
""",
    ),
    Control(
        "its own /proc",
        """
assert "Name:" in read("/proc/self/status") and os.listdir("/proc/self/fd")
assert os.readlink("/proc/self/exe") and read("/proc/self/maps") and read("/proc/self/cmdline")
assert read("/proc/self/stat") and os.listdir("/proc/self/task")
print("fine")
""",
    ),
    Control(
        "facts of the machine in /proc",
        """
for path in ("meminfo", "cpuinfo", "stat", "uptime", "sys/kernel/osrelease", "loadavg"):
    assert read("/proc/" + path), path
print("fine")
""",
        stopped_on={
            "landlock": "of /proc only what is its own",
        },
    ),
    Control(
        "shell scripts",
        """set -e
value=$(printf 'a\\nb\\nc\\n' | grep -c . | tr -d ' ')
test "$value" = 3
mkdir -p one/two && touch one/two/file && test -n "$(find . -name file)"
sed -i 's/return/return 0 or/' calc.py && grep -q 'return 0 or' calc.py
cat <<END > heredoc
$(pwd)
END
awk '{print $1}' heredoc > /dev/null
trap 'echo fine' EXIT
""",
        kind="shell",
    ),
    Control(
        "programs written and run",
        """
import subprocess, tempfile
with tempfile.TemporaryDirectory() as folder:
    path = write(folder + "/program", "#!/bin/sh\\necho run\\n")
    os.chmod(path, 0o755)
    assert subprocess.check_output([path]) == b"run\\n"
write("own", "#!/bin/sh\\nexec '%s' -c 'print(1 + 1)'\\n" % sys.executable)
os.chmod("own", 0o755)
assert subprocess.check_output(["./own"]) == b"2\\n"
print("fine")
""",
    ),
    Control(
        "a compiled program",
        """
import shutil, subprocess
if shutil.which("gcc"):
    write("own.c", "int main(void) { return 7; }")
    if subprocess.run(["gcc", "own.c", "-o", "own"]).returncode == 0:
        assert subprocess.run(["./own"]).returncode == 7
print("fine")
""",
    ),
)
