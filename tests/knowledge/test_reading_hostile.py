"""Whatever a file does to the process that reads it costs that file, and says why."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from workbench.knowledge.reading.process import Reader
from workbench.knowledge.reading.values import Ask, Parsed

FINE = "A fine text.\n"


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    reader = Reader()
    yield reader
    await reader.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fine.txt").write_text(FINE)
    return tmp_path


async def read(reader: Reader, folder: Path, name: str) -> Parsed:
    """Read a file, and a fine one after it, which nothing may spoil."""
    parsed = await reader.read(Ask(str(folder), name))
    fine = await reader.read(Ask(str(folder), "fine.txt"))
    assert [part.text for part in fine.parts] == [FINE.strip()]
    return parsed


def send(reader: Reader, number: signal.Signals) -> None:
    assert reader.pid > 1
    os.kill(reader.pid, number)


def pdf_of(stream: bytes) -> bytes:
    """Return a PDF of one page whose content is compressed."""
    packed = zlib.compress(stream)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /MediaBox [0 0 9 9] >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
    ]
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"trailer << /Root 1 0 R /Size 5 >>\nstartxref\n%d\n%%%%EOF" % len(body)
    return body + b"xref\n0 5\n0000000000 65535 f \n" + table + tail


async def test_a_line_of_a_gigabyte_is_never_read(reader: Reader, folder: Path) -> None:
    with (folder / "long.txt").open("wb") as file:
        file.truncate(1 << 30)
    assert (await read(reader, folder, "long.txt")).reason == "it is larger than 8 MiB"


async def test_a_long_line_is_told(reader: Reader, folder: Path) -> None:
    (folder / "data.py").write_text("x = '" + "a" * 1_000_000 + "'\n")
    parsed = await read(reader, folder, "data.py")
    assert parsed.reason == "it has a line of more than 20,000 characters"


async def test_bombs(reader: Reader, folder: Path) -> None:
    (folder / "bomb.1.gz").write_bytes(gzip.compress(b"\0" * (64 << 20)))
    (folder / "bomb.pdf").write_bytes(pdf_of(b" " * (200 << 20)))
    assert (await read(reader, folder, "bomb.1.gz")).reason == "it is larger than 8 MiB"
    parsed = await read(reader, folder, "bomb.pdf")
    assert parsed.reason
    assert parsed.parts == ()


async def test_a_bomb_of_archives_is_never_opened(reader: Reader, folder: Path) -> None:
    (folder / "bomb.zip").write_bytes(b"PK\x03\x04")
    assert (await read(reader, folder, "bomb.zip")).reason == "it is binary"


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\nno more",
        b"%PDF-1.4\n1 0 obj\n<< /Kids [1 0 R] /Type /Pages >>\nendobj\ntrailer << /Root 1 0 R >>",
        b"\xff" * 5_000,
        b"",
        pdf_of(b"BT /F1 12 Tf (text) Tj ET")[:200],
    ],
)
async def test_broken_pdfs(reader: Reader, folder: Path, content: bytes) -> None:
    (folder / "a.pdf").write_bytes(content)
    parsed = await read(reader, folder, "a.pdf")
    assert parsed.reason
    assert parsed.parts == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (bytes(range(256)) * 10, "it is binary"),
        (b"\x81\x8d\x8f\x90\x9d" * 50, "its encoding is not known"),
        (b"\xff\xfe\x00\xd8" * 10, "its encoding is not known"),
        (b"text" + b"\x01\x02\x03" * 50, "it is binary"),
    ],
)
async def test_what_is_no_text(reader: Reader, folder: Path, content: bytes, reason: str) -> None:
    (folder / "a.txt").write_bytes(content)
    assert (await read(reader, folder, "a.txt")).reason == reason


async def test_only_files_are_read_and_no_link_is_followed(reader: Reader, folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "link.txt").symlink_to("/etc/passwd")
    (folder / "linked").symlink_to("/etc")
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe.txt")
    for name in ("inner", "link.txt", "linked/passwd", "loop", "loop/a", "pipe.txt", "gone.txt"):
        parsed = await read(reader, folder, name)
        assert (parsed.parts, bool(parsed.reason)) == ((), True), name
    for root, name in (("/dev", "zero"), ("/dev", "full"), (str(folder), "../fine.txt")):
        assert (await reader.read(Ask(root, name))).reason
    assert (await reader.read(Ask(str(folder), "/etc/passwd"))).reason


DEEP = {
    "deep.py": "(" * 100_000 + ")" * 100_000,
    "deep2.py": "\n".join(f"{' ' * n}if x:" for n in range(500)),
    "unary.py": "-" * 15_000 + "1",
    "deep.ipynb": '{"cells":' * 100_000,
    "deep.html": "<div>" * 200_000 + "text",
    "deep.md": "> " * 9_000 + "text",
    "deep2.md": "- " * 9_000 + "text",
    "deep.js": "f(" * 100_000,
    "deep.cpp": "{" * 100_000,
    "deep.rst": "==\na\n==\n" * 50_000,
    "many.py": "def f(): pass\n" * 30_000,
}


@pytest.mark.parametrize("name", DEEP)
async def test_deep_nesting(reader: Reader, folder: Path, name: str) -> None:
    (folder / name).write_text(DEEP[name])
    parsed = await read(reader, folder, name)
    assert parsed.reason or parsed.parts


async def test_a_huge_notebook(reader: Reader, folder: Path) -> None:
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 5_000_000}}
    cell = {"cell_type": "code", "source": "plot()", "outputs": [picture] * 4}
    (folder / "a.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}}))
    parsed = await read(reader, folder, "a.ipynb")
    assert [part.text for part in parsed.parts] == ["plot()"]


async def test_secrets_are_left_alone(reader: Reader, folder: Path) -> None:
    for name in (".env", ".env.local", "id_rsa", "server.key", "cert.pem"):
        (folder / name).write_text("SECRET=1\n")
        assert (await read(reader, folder, name)).reason == "it may hold secrets"


async def test_a_process_that_dies_costs_one_file(reader: Reader, folder: Path) -> None:
    await reader.read(Ask(str(folder), "fine.txt"))
    send(reader, signal.SIGSTOP)
    reading = asyncio.create_task(reader.read(Ask(str(folder), "fine.txt")))
    await asyncio.sleep(0.05)
    send(reader, signal.SIGSEGV)
    send(reader, signal.SIGCONT)
    assert (await reading).reason == "the process that read it died (SIGSEGV)"
    assert (await read(reader, folder, "fine.txt")).parts


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_who_ends_the_process_costs_no_file(
    reader: Reader, folder: Path, number: signal.Signals
) -> None:
    """That is said of the process and not of the file, which is read once more."""
    await read(reader, folder, "fine.txt")
    send(reader, number)  # While it rests.
    await read(reader, folder, "fine.txt")
    send(reader, signal.SIGSTOP)
    reading = asyncio.create_task(reader.read(Ask(str(folder), "fine.txt")))
    await asyncio.sleep(0.05)
    send(reader, number)  # While it reads.
    send(reader, signal.SIGCONT)
    assert (await reading).parts


async def test_a_process_that_hangs_costs_one_file(folder: Path) -> None:
    reader = Reader()
    try:
        await reader.read(Ask(str(folder), "gone.txt"))
        send(reader, signal.SIGSTOP)
        reader.patience = 0.2
        parsed = await reader.read(Ask(str(folder), "fine.txt"))
        assert parsed.reason == "reading it took longer than 0 s"
        reader.patience = 60
        assert (await reader.read(Ask(str(folder), "fine.txt"))).parts
    finally:
        await reader.close()


async def test_who_no_longer_waits_leaves_no_answer_behind(reader: Reader, folder: Path) -> None:
    (folder / "other.txt").write_text("Something else.\n")
    reading = asyncio.create_task(reader.read(Ask(str(folder), "other.txt")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert (await read(reader, folder, "fine.txt")).parts


async def test_the_process_cannot_write(reader: Reader, folder: Path) -> None:
    await reader.read(Ask(str(folder), "fine.txt"))
    limits = Path(f"/proc/{reader.pid}/limits").read_text().splitlines()
    sizes = next(line for line in limits if line.startswith("Max file size"))
    assert sizes.split()[3:5] == ["0", "0"]
    assert len(list(Path(f"/proc/{reader.pid}/fd").iterdir())) <= 6
