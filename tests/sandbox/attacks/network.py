"""Reaching somebody: this machine's services, its neighbours, the world."""

from __future__ import annotations

import msgspec

from tests.sandbox.cases import SMALL, Attack

_LOOPBACK = msgspec.structs.replace(SMALL, network="loopback")

_START = """
import socket
def connect(family, address, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as made:
        made.settimeout(0.3)
        made.connect(address)
        made.send(b"hello")
"""

ATTACKS = (
    Attack(
        "TCP services of this machine",
        _START
        + """
must_fail("IPv4", connect, socket.AF_INET, ("127.0.0.1", BAIT["port"]))
must_fail("any", connect, socket.AF_INET, ("0.0.0.0", BAIT["port"]))
must_fail("IPv6", connect, socket.AF_INET6, ("::1", BAIT["port6"]))
must_fail("mapped", connect, socket.AF_INET6, ("::ffff:127.0.0.1", BAIT["port"]))
""",
        ("tried: IPv4 ->", "tried: mapped ->"),
        harmless=True,
    ),
    Attack(
        "TCP services of this machine, from a loopback of its own",
        _START
        + """
must_fail("IPv4", connect, socket.AF_INET, ("127.0.0.1", BAIT["port"]))
must_fail("IPv6", connect, socket.AF_INET6, ("::1", BAIT["port6"]))
must_fail("other machines", connect, socket.AF_INET, ("192.0.2.1", 80))
must_fail("names", socket.getaddrinfo, "example.com", 80)
""",
        ("tried: IPv4 ->", "tried: names ->"),
        policy=_LOOPBACK,
        harmless=True,
    ),
    Attack(
        "TCP Fast Open",
        _START
        + """
def fast():
    with socket.socket() as made:
        made.settimeout(0.3)
        made.sendto(b"hello", 0x20000000, ("127.0.0.1", BAIT["port"]))
must_fail("fast open", fast)
""",
        ("tried: fast open ->",),
        harmless=True,
    ),
    Attack(
        "UDP services of this machine",
        _START
        + """
def send():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.sendto(b"hello", ("127.0.0.1", BAIT["udp"]))
must_fail("sendto", send)
must_fail("connect", connect, socket.AF_INET, ("127.0.0.1", BAIT["udp"]), socket.SOCK_DGRAM)
""",
        ("tried: sendto ->", "tried: connect ->"),
        harmless=True,
    ),
    Attack(
        "other machines",
        _START
        + """
for address in ("169.254.169.254", "169.254.170.2", "100.100.100.200", "10.0.0.1", "172.17.0.1",
                "192.168.0.1", "192.0.2.1", "198.51.100.7"):
    must_fail(address, connect, socket.AF_INET, (address, 80))
    must_fail(address + " UDP", connect, socket.AF_INET, (address, 53), socket.SOCK_DGRAM)
for address in ("fd00:ec2::254", "fe80::1", "2001:db8::1", "ff02::1"):
    must_fail(address, connect, socket.AF_INET6, (address, 80))
    must_fail(address + " UDP", connect, socket.AF_INET6, (address, 53), socket.SOCK_DGRAM)
""",
        ("tried: 169.254.169.254 ->", "tried: ff02::1 UDP ->"),
    ),
    Attack(
        "names of machines",
        _START
        + """
for host in ("example.com", "metadata.google.internal", "host.docker.internal"):
    must_fail(host, socket.getaddrinfo, host, 80)
""",
        ("tried: example.com ->",),
    ),
    Attack(
        "broadcast",
        _START
        + """
def send(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        made.sendto(b"hello", (address, BAIT["udp"]))
for address in ("255.255.255.255", "224.0.0.1", "127.255.255.255"):
    must_fail(address, send, address)
""",
        ("tried: 224.0.0.1 ->",),
    ),
    Attack(
        "abstract sockets",
        _START
        + """
must_fail("abstract", connect, socket.AF_UNIX, "\\0" + BAIT["abstract"])
""",
        ("tried: abstract ->",),
        harmless=True,
    ),
    Attack(
        "abstract sockets that are listed",
        _START
        + """
names = ["@" + BAIT["abstract"]]
try:
    names += [line.split()[-1] for line in read("/proc/net/unix", 1 << 20).splitlines()]
except OSError as error:
    tried("list", name(error))
for one in [one for one in names if one.startswith("@")][:20]:
    must_fail("abstract " + one, connect, socket.AF_UNIX, "\\0" + one[1:])
""",
        ("tried: abstract @bait",),
    ),
    Attack(
        "names of sockets",
        """
listed = may("list", read, "/proc/net/unix", 1 << 20) or ""
check("not listed", BAIT["abstract"] not in listed)
""",
        ("tried: list ->",),
        harmless=True,
        open_on={"landlock": "the names of sockets are to be read in /proc/self/net"},
    ),
    Attack(
        "socket files",
        _START
        + """
def send(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.sendto(b"hello", path)
must_fail("stream", connect, socket.AF_UNIX, BAIT["socket"])
must_fail("datagram", send, BAIT["datagram"])
for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/dbus/system_bus_socket",
             "/run/containerd/containerd.sock", "/run/systemd/private", "/dev/log",
             "/run/user/0/bus", "/tmp/.X11-unix/X0"):
    must_fail(path, connect, socket.AF_UNIX, path)
os.symlink(BAIT["socket"], "socket-link")
must_fail("through a link", connect, socket.AF_UNIX, "socket-link")
""",
        ("tried: stream ->", "tried: datagram ->", "tried: /var/run/docker.sock ->"),
    ),
    Attack(
        "other families",
        _START
        + """
for family in range(3, 46):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        if family != socket.AF_INET6:
            must_fail("family %d" % family, socket.socket, family, kind)
""",
        ("tried: family 16 ->", "tried: family 38 ->", "tried: family 40 ->"),
    ),
    Attack(
        "raw sockets",
        _START
        + """
for family in (socket.AF_INET, socket.AF_INET6):
    for protocol in (1, 6, 17, 58, 255):
        must_fail("raw", socket.socket, family, socket.SOCK_RAW, protocol)
must_fail("packet", socket.socket, 17, socket.SOCK_RAW, 0x300)
must_fail("netlink", socket.socket, 16, socket.SOCK_RAW, 0)
""",
        ("tried: raw ->", "tried: packet ->"),
    ),
    Attack(
        "pairs of other families",
        """
import errno
pair = (ctypes.c_int * 2)()
for family in (2, 10, 16, 17, 30, 38, 40, 41, 44):
    ctypes.set_errno(0)
    result = LIBC.socketpair(family, 1, 0, pair)
    tried("pair %d" % family, errno.errorcode.get(ctypes.get_errno(), result))
    check("no socket is made first", ctypes.get_errno() != errno.EOPNOTSUPP and result != 0)
""",
        ("tried: pair 38 ->", "tried: pair 30 ->"),
    ),
    Attack(
        "datagrams of a pair",
        """
import socket
ours, theirs = may("pair", lambda: socket.socketpair(type=socket.SOCK_DGRAM)) or (None, None)
def send(path):
    if ours is None:
        raise OSError(1, "there is no pair")
    ours.sendto(b"hello", path)
def connect(path):
    if ours is None:
        raise OSError(1, "there is no pair")
    ours.connect(path)
    ours.send(b"hello")
for act in (send, connect):
    must_fail(act.__name__, act, BAIT["datagram"])
    must_fail(act.__name__ + " to a log", act, "/dev/log")
one, other = may("streams", socket.socketpair)
must_fail("connected anew", one.connect, BAIT["socket"])
other.close()
must_fail("connected once more", one.connect, BAIT["socket"])
""",
        ("tried: pair ->", "tried: send ->", "tried: connected anew ->"),
        harmless=True,
    ),
    Attack(
        "changing the network",
        """
import fcntl, socket, struct
def make():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        request = struct.pack("16sh14x", b"lo", 1 | 64)
        fcntl.ioctl(made, 0x8914, request)
must_fail("raise the interface", make)
for path in ("net/ipv4/ip_forward", "net/ipv4/ping_group_range", "net/core/somaxconn"):
    must_fail(path, lambda: write("/proc/sys/" + path, "1"))
must_fail("net namespace", lambda: os.open("/proc/1/ns/net", os.O_RDONLY))
""",
        ("tried: raise the interface ->", "tried: net namespace ->"),
    ),
    Attack(
        "a server for the next job",
        """
import socket, time
def serve():
    os.setsid()
    made = socket.socket(socket.AF_UNIX)
    made.bind("\\0left-by-a-job")
    made.listen()
    tried("listening")
    os.write(ready[1], b"x")
    time.sleep(60)
ready = os.pipe()
pid = fork(lambda: may("abstract server", serve))
os.close(ready[1])
os.read(ready[0], 1)
""",
        ("tried:",),
        then="""
import socket
def connect():
    with socket.socket(socket.AF_UNIX) as made:
        made.connect("\\0left-by-a-job")
must_fail("reaching the server of the job before", connect)
""",
    ),
)
