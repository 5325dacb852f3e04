"""The bare loop of llama.cpp in a process of its own, to hold others against."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.home import Unmeasured

_CHILD = Path(__file__).with_name("children") / "bare_decoding.py"


@contextmanager
def bare_loop(path: Path, tokens: int, prompt: int) -> Iterator[subprocess.Popen[str]]:
    """Yield a process that measures so many tokens, after so long a prompt, when it is asked."""
    command = [sys.executable, str(_CHILD), str(path), str(tokens), str(prompt)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as child:
        if child.stdout is None or child.stdout.readline() != "ready\n":
            raise Unmeasured("the bare loop did not start")
        yield child
        if child.stdin:
            child.stdin.close()


def measured(bare: subprocess.Popen[str]) -> float:
    """Return the processor time of one token."""
    if bare.stdin is None or bare.stdout is None:
        raise Unmeasured("the bare loop has no pipes")
    bare.stdin.write("\n")
    bare.stdin.flush()
    return float(bare.stdout.readline())
