"""A server that speaks what pulling uses of the Hugging Face hub's API, as badly as it is told."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REPO = "somebody/Tiny-GGUF"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the server has, how it behaves, and what it was asked."""

    files: dict[str, bytes]
    sizes: dict[str, int] = field(default_factory=dict)
    """What it says of a file's size where that is a lie."""
    damage: bool = False
    """It turns a byte of what it sends."""
    cut_after: int = 0
    """It closes the line after so many bytes of a file, each time."""
    ranges: bool = True
    """It knows how to send a part."""
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    """Other answers, by how a path begins: status, headers, body."""
    busy: int = 0
    """How many times it answers 503 before it sends a file."""
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Method, path and headers of each request."""
    address: str = ""

    @property
    def starts(self) -> list[int]:
        """Where each request for a file's bytes began."""
        found = [headers.get("range", "") for _, path, headers in self.asked if "/cdn/" in path]
        return [int(one.removeprefix("bytes=").removesuffix("-") or 0) for one in found]

    def listing(self) -> dict[str, Any]:
        files = [self._listed(name, content) for name, content in self.files.items()]
        return {"id": REPO, "modelId": REPO, "sha": COMMIT, "siblings": files}

    def _listed(self, name: str, content: bytes) -> dict[str, Any]:
        size = self.sizes.get(name, len(content))
        lfs = {"sha256": sha256(content).hexdigest(), "size": size, "pointerSize": 134}
        return {"rfilename": name, "size": size, "blobId": "b" * 40, "lfs": lfs}


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve on a port of its own until the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"hub": hub})


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.hub.asked.append((self.command, self.path, headers))
        for beginning, (status, extra, body) in self.hub.answers.items():
            if self.path.startswith(beginning):
                self._answer(status, extra, body)
                return
        self._serve(self.path.partition("?")[0], headers.get("range", ""))

    def _serve(self, path: str, wanted: str) -> None:
        if re.fullmatch(rf"/api/models/{REPO}(/revision/[^/]+)?", path):
            self._answer(200, _JSON, json.dumps(self.hub.listing()).encode())
        elif found := re.fullmatch(rf"/{REPO}/resolve/{COMMIT}/(.+)", path):
            self._answer(302, {"Location": f"{self.hub.address}/cdn/{found[1]}"}, b"")
        elif found := re.fullmatch(r"/cdn/(.+)", path):
            self._file(self.hub.files[found[1]], wanted)
        else:
            self._answer(404, {"X-Error-Code": "RepoNotFound", **_JSON}, b"{}")

    def _answer(self, status: int, extra: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**extra, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _file(self, content: bytes, wanted: str) -> None:
        start = int(re.sub(r"\D", "", wanted) or 0) if self.hub.ranges else 0
        if self.hub.busy:
            self.hub.busy -= 1
            self._answer(503, {}, b"busy")
        elif start >= len(content):
            self._answer(416, {}, b"")
        else:
            self._send_from(start, bytearray(content))

    def _send_from(self, start: int, content: bytearray) -> None:
        if self.hub.damage:
            content[len(content) // 2] ^= 1
        self.send_response(206 if self.hub.ranges else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = start + self.hub.cut_after if self.hub.cut_after else len(content)
        self.wfile.write(content[start:end])
        self.close_connection = end < len(content)

    def log_message(self, *_args: object) -> None:
        """Keep quiet: what was asked is in the hub."""


_JSON = {"Content-Type": "application/json"}
