"""What programs honestly do with sockets: those of their own."""

from __future__ import annotations

import msgspec

from tests.sandbox.cases import ROOMY, Control

_LOOPBACK = msgspec.structs.replace(ROOMY, network="loopback")
_NO_SOCKETS = {"landlock": "no sockets: nothing would keep them from those of the machine"}

CONTROLS = (
    Control(
        "asyncio",
        """
import asyncio
async def main():
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "print(input())", stdin=-1, stdout=-1)
    said, _ = await child.communicate(b"through")
    assert said == b"through\\n"
    loop = asyncio.get_running_loop()
    assert await loop.run_in_executor(None, sum, [1, 2]) == 3
    assert await asyncio.wait_for(asyncio.gather(asyncio.sleep(0.01, 1), asyncio.sleep(0, 2)), 20)
    queue = asyncio.Queue()
    loop.call_later(0.01, queue.put_nowait, "told")
    assert await queue.get() == "told"
asyncio.run(main())
print("fine")
""",
    ),
    Control(
        "pairs of sockets",
        """
import array, socket
ours, theirs = socket.socketpair()
ours.sendall(b"through")
assert theirs.recv(10) == b"through"
with open("calc.py") as file:
    socket.send_fds(ours, [b"x"], [file.fileno()])
    _, numbers, _, _ = socket.recv_fds(theirs, 10, 1)
    assert b"add" in os.read(numbers[0], 100)
print("fine")
""",
    ),
    Control(
        "its own unix sockets",
        """
import socket, threading
server = socket.socket(socket.AF_UNIX)
server.bind("own.sock")
server.listen()
threading.Thread(target=lambda: server.accept()[0].sendall(b"told")).start()
client = socket.socket(socket.AF_UNIX)
client.connect("own.sock")
assert client.recv(10) == b"told"
abstract = socket.socket(socket.AF_UNIX)
abstract.bind("\\0own")
print("fine")
""",
        stopped_on=_NO_SOCKETS,
    ),
    Control(
        "a server on the loopback",
        """
import http.server, threading, urllib.request
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
said = urllib.request.urlopen("http://localhost:%d/calc.py" % server.server_port, timeout=20).read()
assert b"def add" in said
server.shutdown()
print("fine")
""",
        policy=_LOOPBACK,
        stopped_on=_NO_SOCKETS,
    ),
    Control(
        "datagrams on the loopback",
        """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
    ours.bind(("127.0.0.1", 0))
    ours.settimeout(20)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as theirs:
        theirs.sendto(b"told", ours.getsockname())
    assert ours.recv(10) == b"told"
assert socket.getaddrinfo("localhost", 80, socket.AF_INET)[0][4] == ("127.0.0.1", 80)
print("fine")
""",
        policy=_LOOPBACK,
        stopped_on=_NO_SOCKETS,
    ),
    Control(
        "asyncio on the loopback",
        """
import asyncio
async def answer(reader, writer):
    writer.write((await reader.readline()).upper())
    await writer.drain()
    writer.close()
async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"told\\n")
    assert await reader.readline() == b"TOLD\\n"
    writer.close()
    server.close()
asyncio.run(main())
print("fine")
""",
        policy=_LOOPBACK,
        stopped_on=_NO_SOCKETS,
    ),
    Control(
        "a port that nobody listens at",
        """
import socket
try:
    socket.create_connection(("127.0.0.1", 9), timeout=5)
except ConnectionRefusedError:
    print("fine")
""",
        policy=_LOOPBACK,
        stopped_on=_NO_SOCKETS,
    ),
)
