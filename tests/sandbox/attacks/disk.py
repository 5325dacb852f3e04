"""Filling what is shared: bytes, inodes, names."""

from __future__ import annotations

from tests.sandbox.cases import Attack

_THEN = """
write(places()[0] + "/room", "x" * 100_000)
for place in places():
    check("nothing left in " + place, not any("fill" in one for one in os.listdir(place)))
"""

ATTACKS = (
    Attack(
        "disk fill",
        """
block, count, places_ = b"x" * 250_000, 0, places()
tried("filling", places_)
try:
    while True:
        with open(places_[count % len(places_)] + "/fill%d" % count, "wb", 0) as file:
            file.write(block)
        count += 1
        check("a disk has an end", count < 4000)
        if count >= 4000:
            break
except OSError as error:
    tried("full", name(error))
""",
        ("tried: filling ->",),
        ("ok", "killed"),
        then=_THEN,
    ),
    Attack(
        "inode fill",
        """
import time
count, places_ = 0, places()
tried("filling", places_)
try:
    while count < 60_000:
        os.close(os.open(places_[count % len(places_)] + "/fill%d" % count, os.O_CREAT))
        count += 1
    broken("inodes have no end")
except OSError as error:
    tried("full", name(error))
""",
        ("tried: filling ->",),
        ("ok", "killed"),
        then=_THEN,
    ),
    Attack(
        "large file",
        """
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
tried("writing")
with open("large", "wb", 0) as file:
    must_fail("more than a file may have", lambda: [file.write(bytes(1 << 20)) for _ in range(30)])
check("it ends at the limit", os.path.getsize("large") <= 4 << 20)
""",
        ("tried: writing ->", "tried: more than a file may have ->"),
    ),
    Attack(
        "large file by a program",
        "echo 'tried: head'; exec head -c 100000000 /dev/zero > large",
        ("tried: head",),
        ("killed", "failed"),
        kind="shell",
    ),
    Attack(
        "sparse file",
        """
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
write("sparse")
must_fail("a terabyte", os.truncate, "sparse", 1 << 40)
with open("sparse", "r+b", 0) as file:
    must_fail("far seek", lambda: (file.seek(1 << 40), file.write(b"x")))
must_fail("fallocate", lambda: os.posix_fallocate(os.open("sparse", os.O_RDWR), 0, 1 << 40))
""",
        ("tried: a terabyte ->", "tried: fallocate ->"),
    ),
    Attack(
        "deep folders",
        """
depth = 0
try:
    for depth in range(3000):
        os.mkdir("deeper" * 20)
        os.chdir("deeper" * 20)
        if depth % 100 == 50:
            tried("depth", depth)
except OSError as error:
    tried("end", name(error))
""",
        ("tried: depth -> 450",),
        ("ok", "killed"),
        then='check("it is gone", "deeper" * 20 not in os.listdir("."))',
    ),
    Attack(
        "folders that cannot be opened",
        """
for place in places():
    os.makedirs(place + "/shut/within/deep")
    write(place + "/shut/within/file")
    for one in ("/shut/within/deep", "/shut/within/file", "/shut/within", "/shut"):
        os.chmod(place + one, 0)
        tried("chmod " + one)
""",
        ("tried: chmod /shut -> done",),
        then='check("it is gone", not any("shut" in os.listdir(place) for place in places()))',
    ),
    Attack(
        "many hard links",
        """
write("first")
count = 0
try:
    while count < 100_000:
        os.link("first", "fill%d" % count)
        count += 1
    broken("links have no end")
except OSError as error:
    tried("full", name(error))
""",
        (),
        ("ok", "killed"),
        then=_THEN,
    ),
    Attack(
        "attributes without end",
        """
count = 0
tried("filling")
try:
    while count < 40_000:
        path = "fill%d" % (count // 64)
        if count % 64 == 0:
            write(path)
        os.setxattr(path, "user.fill%d" % (count % 64), bytes(4000))
        count += 1
    broken("attributes have no end")
except OSError as error:
    tried("full", name(error))
""",
        ("tried: filling ->",),
        ("ok", "killed"),
    ),
    Attack(
        "deleted files that stay open",
        """
kept, count = [], 0
tried("filling")
try:
    while count < 120:
        file = open("fill%d" % count, "wb", 0)
        os.unlink("fill%d" % count)
        kept.append(file)
        for _ in range(8):
            file.write(bytes(500_000))
        count += 1
    broken("files without a name have no end")
except OSError as error:
    tried("full", name(error))
""",
        ("tried: filling ->",),
        ("ok", "killed"),
        open_on={"landlock": "the disk is watched by name, so files without one are not counted"},
    ),
)
