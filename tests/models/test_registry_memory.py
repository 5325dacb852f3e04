"""What a model needs by its header, and what the machine has by what the kernel says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from local_models.registry.memory import caches_as_q8, context_for, needed, room
from tests.models.described import QWEN_HALF

MB = 1024 * 1024
MEMINFO = "MemTotal: 16000000 kB\nMemFree: 100 kB\nMemAvailable: 8000000 kB\nHugePages_Total: 0\n"


def test_the_parts_are_what_llama_cpp_allocates() -> None:
    """Its log says 51.00 and 300.70 MB for random weights of this shape, with 151,267 tokens."""
    need = needed(replace(QWEN_HALF, vocabulary=151_267), 8192)
    assert need.cache == 51 * MB
    assert 300 * MB < need.work < 420 * MB
    assert need.total == need.weights + need.cache + need.work


@pytest.mark.parametrize(
    ("wanted", "made_for", "context"),
    [(8192, 32768, 8192), (8192, 2048, 2048), (1000, 32768, 1024), (8192, 0, 8192), (1, 1, 256)],
)
def test_contexts_are_rounded_as_llama_cpp_does(wanted: int, made_for: int, context: int) -> None:
    assert context_for(replace(QWEN_HALF, context=made_for), wanted) == context


def test_a_cache_of_odd_heads_is_kept_as_f16() -> None:
    even = replace(QWEN_HALF, key_length=96, value_length=96)
    odd = replace(QWEN_HALF, key_length=80, value_length=80)
    assert (caches_as_q8(even), caches_as_q8(odd)) == (True, False)
    assert needed(odd).cache == 8192 * 24 * 2 * (80 + 80) * 2


def test_layers_without_a_cache_take_none() -> None:
    half = replace(QWEN_HALF, heads_kv=(2, 0) * 12)
    assert needed(half).cache * 2 == needed(QWEN_HALF).cache


def test_this_machine_has_some() -> None:
    found = room()
    assert 0 < found.available <= found.total


def test_without_control_groups_what_is_free_counts(tmp_path: Path) -> None:
    found = room(machine(tmp_path, {}))
    assert (found.available, found.total) == (8_192_000_000, 16_384_000_000)
    assert found.limit == "free memory"


V2 = {"proc/self/cgroup": "0::/user.slice/session\n"}
SESSION, SLICE = "sys/fs/cgroup/user.slice/session", "sys/fs/cgroup/user.slice"


@pytest.mark.parametrize(
    ("files", "left"),
    [
        ({f"{SESSION}/memory.max": "max\n", f"{SESSION}/memory.current": "5\n"}, None),
        ({f"{SESSION}/memory.max": "4000\n", f"{SESSION}/memory.current": "1000\n"}, 3000),
        ({f"{SLICE}/memory.max": "4000\n", f"{SLICE}/memory.current": "4500\n"}, 0),
        (
            {
                f"{SLICE}/memory.max": "4000\n",
                f"{SLICE}/memory.current": "1500\n",
                f"{SLICE}/memory.stat": "anon 900\ninactive_file 500\nactive_file 100\n",
                f"{SESSION}/memory.max": "9000\n",
                f"{SESSION}/memory.current": "0\n",
            },
            3000,
        ),
    ],
    ids=["no limit", "its own", "above, and over", "the tighter"],
)
def test_the_tightest_control_group_counts(
    tmp_path: Path, files: dict[str, str], left: int | None
) -> None:
    found = room(machine(tmp_path, V2 | files))
    assert found.available == (8_192_000_000 if left is None else left)
    assert ("control group" in found.limit) is (left is not None)


def test_control_groups_of_the_first_version(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/docker/not-seen-here\n0::/\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9000\n",
        "sys/fs/cgroup/memory/memory.usage_in_bytes": "4000\n",
        "sys/fs/cgroup/memory/memory.stat": "inactive_file 1\ntotal_inactive_file 1000\n",
    }
    assert room(machine(tmp_path, files)).available == 6000


def test_a_group_outside_of_what_is_seen_leads_nowhere_else(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "0::/../../other\n",
        "sys/other/memory.max": "1\n",
        "sys/other/memory.current": "1\n",
        "sys/fs/cgroup/memory.max": "9000\n",
        "sys/fs/cgroup/memory.current": "0\n",
    }
    assert room(machine(tmp_path, files)).available in (9000, 0)


def machine(root: Path, files: dict[str, str]) -> Path:
    """Write what a kernel would say."""
    for name, content in {"proc/meminfo": MEMINFO, **files}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="ascii")
    return root
