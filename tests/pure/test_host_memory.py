"""The host gives back what its libraries have freed."""

from __future__ import annotations

import subprocess
import sys

USE = """
if {small}:
    from workbench.host.memory import keep_small
    keep_small()
def pages():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1])
large = bytes(16 << 20)
del large
before = pages()
large, small = [], []
for _ in range(60):
    large.append(bytes(1 << 20))
    small.append(bytes(1_000))
large.clear()
print(pages() - before)
"""


def grown(*, small: bool) -> int:
    """Return by how many pages a process is larger when what was large is freed."""
    code = USE.format(small=small)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_what_is_large_is_given_back_though_small_things_stay() -> None:
    assert grown(small=True) < 1_000 < grown(small=False)
