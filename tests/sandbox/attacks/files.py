"""Reading and writing what lies outside of the job."""

from __future__ import annotations

from tests.sandbox.cases import Attack

_GUARDED = ("guarded.py", "safe/inner/guarded.py")

ATTACKS = (
    Attack(
        "canary file",
        """
must_fail("open", lambda: read(BAIT["file"]))
must_fail("open of its folder", lambda: os.listdir(BAIT["folder"]))
must_fail("stat", os.stat, BAIT["file"])
""",
        ("tried: open ->", "tried: stat ->"),
        harmless=True,
        open_on={"landlock": "Landlock does not keep the names, sizes and times of files secret"},
    ),
    Attack(
        "canary file changed",
        """
must_fail("append", lambda: write(BAIT["open_file"], "x", "a"))
must_fail("truncate", lambda: os.truncate(BAIT["open_file"], 0))
must_fail("unlink", lambda: os.unlink(BAIT["open_file"]))
must_fail("new file beside", lambda: write(os.path.dirname(BAIT["open_file"]) + "/new"))
must_fail("rename", lambda: os.rename(BAIT["open_file"], BAIT["open_file"] + "2"))
""",
        ("tried: append ->", "tried: rename ->"),
        harmless=True,
    ),
    Attack(
        "live project",
        """
must_fail("listing", lambda: os.listdir(BAIT["project"]))
must_fail("reading", lambda: read(BAIT["project"] + "/secret.txt"))
must_fail("writing", lambda: write(BAIT["project"] + "/new.py"))
must_fail("entering", lambda: os.chdir(BAIT["project"]))
""",
        ("tried: listing ->", "tried: entering ->"),
        harmless=True,
        open_on={"landlock": "Landlock does not forbid chdir"},
    ),
    Attack(
        "home and keys",
        """
for path in (".ssh/id_ed25519", ".aws/credentials", ".config/workbench/trust.json"):
    must_fail(path, lambda: len(read(BAIT["home"] + "/" + path)))
for path in ("/root/.bashrc", "/root/.profile", "/root/.ssh/authorized_keys"):
    must_fail(path, lambda: len(read(path)))
must_fail("home of all", lambda: os.listdir("/home"))
""",
        ("tried: .ssh/id_ed25519 ->", "tried: /root/.bashrc ->"),
        harmless=True,
    ),
    Attack(
        "passwords",
        """
for path in ("shadow", "gshadow", "sudoers", "ssh/ssh_host_ed25519_key", "machine-id"):
    must_fail(path, lambda: len(read("/etc/" + path)))
must_fail("writing", lambda: write("/etc/passwd", "evil:x:0:0::/:/bin/sh\\n", "a"))
check("no hash to be had", "$" not in read("/etc/passwd"))
""",
        ("tried: shadow ->", "tried: writing ->"),
        open_on={"landlock": "all of /etc that is readable for everybody is readable"},
    ),
    Attack(
        "symlink out",
        """
os.symlink(BAIT["file"], "link")
must_fail("reading through a link", lambda: read("link"))
os.symlink(BAIT["folder"], "folder")
must_fail("reading through a folder", lambda: read("folder/" + os.path.basename(BAIT["file"])))
for number, place in enumerate(places()):
    other = f"{place}/other-{os.getpid()}"
    os.symlink(BAIT["open_file"], other)
    must_fail("writing through a link", lambda: write(other))
    os.unlink(other)
""",
        ("tried: reading through a link ->", "tried: writing through a link ->"),
        harmless=True,
    ),
    Attack(
        "dots out",
        """
up = "../" * 40
must_fail("dots", lambda: read(up + BAIT["file"].lstrip("/")))
must_fail("dots from /proc", lambda: read("/proc/self/cwd/" + up + BAIT["file"]))
must_fail("dots and write", lambda: write(up + BAIT["open_file"].lstrip("/")))
os.chdir("/")
here = os.open("/", os.O_PATH)
for _ in range(30):
    os.chdir("..")
must_fail("above the root", lambda: os.open("../" + BAIT["file"].lstrip("/"), 0, dir_fd=here))
""",
        ("tried: dots ->", "tried: above the root ->"),
        harmless=True,
    ),
    Attack(
        "hard links to the system",
        """
for source in ("/etc/passwd", "/usr/bin/env", BAIT["file"], BAIT["open_file"]):
    for folder in (".", *places()):
        must_fail("link of " + source, lambda: os.link(source, folder + "/hard"))
""",
        ("tried: link of /etc/passwd ->",),
    ),
    Attack(
        "reopened for writing",
        """
for path in ("/etc/passwd", "/usr/bin/env", os.__file__, sys.executable):
    number = os.open(path, os.O_RDONLY)
    must_fail("reopen " + path, lambda: os.open("/proc/self/fd/%d" % number, os.O_RDWR))
    must_fail("chmod " + path, lambda: os.fchmod(number, 0o777))
must_fail("own executable", lambda: os.open("/proc/self/exe", os.O_RDWR))
""",
        ("tried: reopen /etc/passwd ->", "tried: own executable ->"),
    ),
    Attack(
        "roots of others",
        """
import glob
mine = {str(os.getpid()), "self", "thread-self"}
pids = ["1", str(os.getppid()), str(BAIT["victim"]), str(BAIT["course"])]
pids += [one for one in may("listing", os.listdir, "/proc") or () if one.isdigit()]
for pid in dict.fromkeys(pids):
    if pid in mine or pid == "0":
        continue
    for way in ("root", "cwd"):
        path = "/proc/%s/%s/%s" % (pid, way, BAIT["file"])
        must_fail("way by " + pid, lambda: read(path))
        must_fail("listing " + pid, lambda: os.listdir("/proc/%s/%s" % (pid, way)))
        must_fail("writing " + pid, lambda: write("/proc/%s/%s/etc/new" % (pid, way)))
""",
        ("tried: way by 1 ->",),
    ),
    Attack(
        "descriptors",
        """
import fcntl, stat
usual = 0
for number in range(1025):
    try:
        kind = os.fstat(number).st_mode
    except OSError:
        continue
    target = os.readlink("/proc/self/fd/%d" % number)
    writes_only = fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
    if target == "/dev/null" or stat.S_ISFIFO(kind) and writes_only:
        usual += 1
    else:
        broken("descriptor", number, target)
tried("1025 descriptors", usual)
check("only input, output and records", usual == 4)
""",
        ("tried: 1025 descriptors ->",),
    ),
    Attack(
        "descriptors reopened",
        """
import select, fcntl
for number in range(16):
    for flags in (os.O_RDONLY, os.O_RDWR):
        opened = may("reopen %d" % number, os.open, "/proc/self/fd/%d" % number,
            flags | os.O_NONBLOCK)
        if opened is not None and number not in (1, 2):  # or it takes what it has told away
            may("read %d" % number, os.read, opened, 100)
        if opened is not None:
            os.close(opened)
    may("seek", os.lseek, number, 0, 0)
    may("block", fcntl.fcntl, number, fcntl.F_SETFL, os.O_NONBLOCK)
    may("grow", fcntl.fcntl, number, 1031, 1 << 20)
fcntl.fcntl(1, fcntl.F_SETFL, 0)
tell("over")
""",
        ("tried: reopen 0 ->", "over"),
    ),
    Attack(
        "writing everywhere",
        """
mine = {os.stat(place).st_dev for place in places()}
listed = may("listing", os.listdir, "/") or ("usr", "etc", "var", "run", "opt", "dev")
tops = ["/" + one for one in listed]
more = []
for top in tops:
    try:
        more += [top + "/" + one for one in os.listdir(top)][:60]
    except OSError:
        pass
for folder in ["/", *tops, *more, sys.prefix, *sys.path, BAIT["trees"], "/box", "/run/workbench"]:
    real = os.path.realpath(folder)
    if os.path.isdir(real) and not real.startswith("/proc") and os.stat(real).st_dev not in mine:
        must_fail("new file in " + folder, lambda: write(real + "/by-a-job"))
must_fail("new file in the runner", lambda: write(BAIT["runner"] + "/by-a-job"))
""",
        ("tried: new file in / ->", "tried: new file in /usr ->"),
    ),
    Attack(
        "handles of files",
        """
handle = ctypes.create_string_buffer(136)
handle[0] = 128
number = ctypes.c_int()
must_fail("name_to_handle_at", lambda: syscall(
    303, 264, -100, b"/", handle, ctypes.byref(number), 0))
here = os.open("/usr", os.O_RDONLY)
must_fail("open_by_handle_at", lambda: syscall(304, 265, here, handle, 0))
""",
        ("tried: name_to_handle_at ->", "tried: open_by_handle_at ->"),
    ),
    Attack(
        "devices",
        """
for path in ("mem", "kmem", "port", "kmsg", "vda", "sda", "nvme0n1", "kvm", "fuse", "net/tun",
             "loop-control", "mapper/control", "tty", "console", "tty0", "uinput", "vhost-net",
             "input/event0", "dri/card0", "snapshot", "hpet", "watchdog", "vsock"):
    must_fail(path, lambda: os.open("/dev/" + path, os.O_RDONLY))
    must_fail(path + " for writing", lambda: os.open("/dev/" + path, os.O_WRONLY))
for folder in places():
    for number, kind in ((0o020666, "character"), (0o060666, "block")):
        must_fail(kind + " device", lambda: os.mknod(folder + "/device", number, os.makedev(1, 1)))
""",
        ("tried: mem ->", "tried: vda ->", "tried: block device ->"),
    ),
    Attack(
        "tree under the overlay",
        """
tree = BAIT["trees"] + "/" + BAIT["tree"]
for top in (tree, "/box/trees/" + BAIT["tree"], BAIT["trees"], "/box/job", "/box"):
    must_fail("new file in " + top, lambda: write(top + "/new.py"))
    must_fail("change in " + top, lambda: write(top + "/calc.py"))
    must_fail("removal in " + top, lambda: os.unlink(top + "/calc.py"))
write("calc.py", "def add(one, other):\\n    return 0\\n")
os.unlink("test_calc.py")
tell("changed", read("calc.py").strip())
""",
        ("tried: change in ", "changed def add"),
        then="""
check("calc.py is whole", "one + other" in read("calc.py"))
check("test_calc.py is there", os.path.exists("test_calc.py"))
""",
    ),
    Attack(
        "protected files",
        """
import shutil
wanted = {path: read(path) for path in BAIT["protected"]}
assert len(wanted) == 2 and all("guard" in text for text in wanted.values())
def look(how):
    for path, text in wanted.items():
        try:
            now = read(path)
        except OSError as error:
            now = name(error)
        if now != text:
            broken(how, path, now[:80])
def attack(how, act, *arguments):
    may(how, act, *arguments)
    look(how)
for path in wanted:
    base = os.path.basename(path)
    attack("write", write, path, "forged")
    attack("append", write, path, "forged", "a")
    attack("truncate", os.truncate, path, 0)
    attack("unlink", os.unlink, path)
    attack("rename away", os.rename, path, base + ".away")
    forged = places()[-1] + "/forged"
    may("forge", write, forged, "forged")
    attack("move over", shutil.move, forged, path)
    attack("rename over", os.rename, forged, path)
    attack("replace by link", lambda: (os.unlink(path), os.symlink(forged, path)))
    attack("symlink", lambda: (os.symlink(path, base + ".link"), write(base + ".link", "forged")))
    attack("hard link", lambda: (os.link(path, base + ".hard"), write(base + ".hard", "forged")))
    attack("chmod", lambda: (os.chmod(path, 0o777), write(path, "forged")))
    attack("chown", lambda: (os.chown(path, os.getuid(), -1), write(path, "forged")))
    attack("reopen", lambda: os.write(os.open(
        "/proc/self/fd/%d" % os.open(path, os.O_RDONLY), os.O_RDWR), b"forged"))
    attack("mount over", lambda: libc("mount", forged.encode(), path.encode(), None, 4096, None))
    attack("exchange", lambda: syscall(316, 276, -100, forged.encode(), -100, path.encode(), 2))
    attack("O_TMPFILE", lambda: os.open(os.path.dirname(path) or ".", os.O_TMPFILE | os.O_RDWR))
    attack("copy_file_range", lambda: os.copy_file_range(
        os.open(forged, 0), os.open(path, os.O_RDWR), 6))
for folder in ("safe", "safe/inner"):
    attack("rename " + folder, os.rename, folder, folder + "-away")
    attack("swap " + folder, lambda: (os.rename(folder, "away"), os.makedirs("safe/inner"),
        write("safe/inner/guarded.py", "forged")))
    attack("chmod " + folder, os.chmod, folder, 0o777)
    attack("rmtree " + folder, shutil.rmtree, folder)
here = os.getcwd()
attack("rename the project", os.rename, here, here + "-away")
attack("rename the folder above", os.rename, os.path.dirname(here), "/work-away")
tell("over")
""",
        ("tried: write ->", "tried: exchange ->", "tried: rename safe ->", "over"),
        protected=_GUARDED,
    ),
    Attack(
        "special names",
        """
odd = ["new\\nline", "-rf", "*", " ", "a" * 255, "\\x1b]0;owned\\x07", "..." , "\\\\", "'\\"$(id)`"]
for folder in places():
    for one in odd:
        may("odd name", write, folder + "/" + one)
    may("bytes", lambda: os.close(os.open(folder.encode() + b"/\\xff\\xfe", os.O_CREAT)))
    may("fifo", os.mkfifo, folder + "/fifo")
    may("loop", os.symlink, "loop", folder + "/loop")
    may("hanging link", os.symlink, BAIT["file"], folder + "/hanging")
""",
        ("tried: odd name -> done", "tried: fifo -> done"),
        then="""
for folder in places():
    left = {"-rf", "fifo", "loop", "hanging"} & set(os.listdir(folder))
    check("nothing left in " + folder, not left)
""",
    ),
    Attack(
        "attributes and ownership",
        """
write("own")
must_fail("capability", os.setxattr, "own", "security.capability", bytes(20))
must_fail("trusted", os.setxattr, "own", "trusted.overlay.opaque", b"y")
must_fail("give away", os.chown, "own", 0 if os.getuid() else 1, -1)
may("set-uid", os.chmod, "own", 0o6777)
may("user attribute", os.setxattr, "own", "user.overlay.redirect", b"/etc")
may("whiteout", os.mknod, "white", 0o020000, 0)
may("opaque", lambda: (os.mkdir("o"), os.setxattr("o", "user.overlay.opaque", b"y")))
check("own still reads", "written" in read("own"))
""",
        ("tried: capability ->", "tried: give away ->"),
    ),
)
