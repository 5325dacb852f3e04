"""A server that speaks the API of OpenAI and streams what it is asked for: `KIND TOKENS RATE`.

The last message of the prompt names what: prose or a fence of code, how many tokens, how many a
second. Its port is its first line.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator
from itertools import cycle, islice

_ASKED = re.compile(r"(prose|fence) (\d+) (\d+)")
_PROSE = (
    *("The ", "parser ", "reads ", "a ", "**line** ", "at ", "a ", "time", ", ", "and ", "`next` "),
    *("tells ", "what ", "comes ", "after ", "it ", "[1]", ".", " ", "So ", "nothing ", "waits"),
    *(".\n\n", "- one ", "thing", "\n", "- and ", "another ", "one", "\n\n"),
)
_CODE = ("    ", "value", " = ", "next", "(", "lines", ")", "  # ", "one", "\n")


def pieces(kind: str, count: int) -> Iterator[str]:
    if kind == "fence":
        yield "```python\n"
    yield from islice(cycle(_CODE if kind == "fence" else _PROSE), count)


async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = re.search(r"(?i)content-length: (\d+)", head)
    body = json.loads(await reader.readexactly(int(length[1]))) if length else {}
    if "/chat/completions" in head.split("\r\n")[0]:
        await answer(writer, body)
    else:
        listed = {"object": "list", "data": [{"id": "streamer", "max_model_len": 32768}]}
        send(writer, "application/json", json.dumps(listed))
    await writer.drain()
    writer.close()


async def answer(writer: asyncio.StreamWriter, body: dict[str, list[dict[str, str]]]) -> None:
    kind, count, rate = _ASKED.findall(body["messages"][-1]["content"])[-1]
    send(writer, "text/event-stream")
    start = time.perf_counter()
    for number, text in enumerate(pieces(kind, int(count))):
        await asyncio.sleep(start + number / int(rate) - time.perf_counter())
        if writer.is_closing():
            return
        event(writer, {"content": text}, None)
    event(writer, {}, "stop")
    writer.write(b"data: [DONE]\n\n")


def event(writer: asyncio.StreamWriter, delta: dict[str, str], finish: str | None) -> None:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    writer.write(f"data: {json.dumps({'choices': [choice]})}\n\n".encode())


def send(writer: asyncio.StreamWriter, kind: str, text: str = "") -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode() + text.encode())


async def main() -> None:
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
