"""Saying too much, or what is not to be believed."""

from __future__ import annotations

import msgspec

from tests.sandbox.cases import SMALL, Attack
from workbench.sandbox.policy import MIB

_FEW_RECORDS = msgspec.structs.replace(SMALL, records=MIB)
_RECORDS = """
import fcntl, stat
def records():
    for number in range(3, 64):
        try:
            if stat.S_ISFIFO(os.fstat(number).st_mode):
                return number
        except OSError:
            pass
    raise AssertionError("there is no pipe for records")
pipe = records()
"""

ATTACKS = (
    Attack(
        "endless output",
        'tried("printing")\nwhile True:\n    os.write(1, b"line\\n" * 10_000)\n',
        ("tried: printing ->",),
        ("output-limit",),
    ),
    Attack(
        "endless errors",
        'tried("printing")\nwhile True:\n    os.write(2, b"line\\n" * 10_000)\n',
        ("tried: printing ->",),
        ("output-limit",),
    ),
    Attack(
        "output without a line",
        'tried("printing")\nwhile True:\n    os.write(1, b"x" * 65536)\n',
        ("tried: printing ->",),
        ("output-limit",),
    ),
    Attack(
        "many that print",
        """
tried("printing")
for _ in range(3):
    os.fork()
while True:
    print("line" * 1000)
""",
        ("tried: printing ->",),
        ("output-limit",),
    ),
    Attack(
        "output of a program",
        "echo 'tried: yes'; exec yes",
        ("tried: yes",),
        ("output-limit",),
        kind="shell",
    ),
    Attack(
        "output that is no text",
        """
tried("bytes")
os.write(1, bytes(range(256)) * 20 + b"\\xf0\\x9f\\n\\0\\0\\xed\\xa0\\x80\\n")
tell("over")
""",
        ("tried: bytes ->", "over"),
    ),
    Attack(
        "terminal sequences",
        """
tried("sequences")
os.write(1, b"\\x1b]0;owned\\x07\\x1b[2J\\x1b]52;c;b3duZWQ=\\x07\\x1bP$q")
os.write(1, b"\\x1b\\\\\\x9b31m\\xe2\\x80\\xae\\n")
tell("over")
""",
        ("tried: sequences ->", "over"),
    ),
    Attack(
        "records without end",
        _RECORDS + 'tried("records", pipe)\nwhile True:\n    os.write(pipe, b"{}\\n" * 10_000)\n',
        ("tried: records ->",),
        ("killed",),
        _FEW_RECORDS,
    ),
    Attack(
        "records that are none",
        _RECORDS
        + """
import struct
tried("records", pipe)
os.write(pipe, os.urandom(5000) + b'\\n{"k": "finish", "exit": 0}\\n' + b"[" * 5000)
os.write(pipe, struct.pack(">I", 1 << 30) + b"D{}")
os.write(1, struct.pack(">I", 20) + b'D{"reason": "", "ended": 0}')
tell("over")
""",
        ("tried: records ->", "over"),
    ),
    Attack(
        "records held open",
        _RECORDS
        + """
import time
if os.fork() == 0:
    os.setsid()
    while True:
        time.sleep(0.005)
        os.write(pipe, b"late\\n")
tried("records", pipe)
""",
        ("tried: records ->",),
    ),
    Attack(
        "output that nobody can stop",
        """
import fcntl, threading
tried("both")
def print_on(number):
    while True:
        os.write(number, b"x" * 4096)
threads = [threading.Thread(target=print_on, args=(number,)) for number in (1, 2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
""",
        ("tried: both ->",),
        ("output-limit",),
    ),
)
