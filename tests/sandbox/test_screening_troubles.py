"""The screening lane with tests that hang, die, cannot be read, or change what others see."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox.screened import inserted, lane_of, replaced, states, together, tried
from workbench.errors import SandboxError
from workbench.healing.dossier import CUT, FAILED, PASSED

LOOP = "def count(n):\n    i = 0\n    while i != n:\n        i += 2\n    return i\n"


def test_a_test_that_hangs_is_cut_and_tells_where(tmp_path: Path) -> None:
    files = {
        "m.py": LOOP,
        "test_m.py": (
            "from m import count\n"
            "def test_even(): assert count(4) == 4\n"
            "def test_odd(): assert count(3) == 3\n"
            "def test_zero(): assert count(0) == 0\n"
        ),
    }
    with lane_of(tmp_path, files) as lane:
        odd = lane.failing[0]
        found = tried(
            lane,
            replaced(files, "m.py", "i += 2", "i += 1"),
            replaced(files, "m.py", "i += 2", "i += 4"),
            replaced(files, "m.py", "i != n", "i < n"),
            replaced(files, "m.py", "i != n", "True"),
        )
    assert [run.outcome for run in lane.runs] == [CUT, PASSED, PASSED]
    assert odd.raised is not None
    assert odd.raised.frames[-1].function == "count"
    assert odd.raised.frames[-1].values["n"] == "3"
    assert [one.state for one in found] == ["passed", "cut", "failed", "cut"]


def test_what_is_cut_can_be_tried_for_longer(tmp_path: Path) -> None:
    files = {
        "m.py": "def f(n):\n    return 0\n",
        "test_m.py": "from m import f\ndef test_f(): assert f(60000) == 60000\n",
    }
    slow = replaced(
        files,
        "m.py",
        "return 0",
        "total = 0\n    for i in range(n):\n        total += 1\n    return total",
    )
    hangs = replaced(files, "m.py", "return 0", "while n:\n        n += 1\n    return n")
    with lane_of(tmp_path, files) as lane:
        quick = tried(lane, slow, hangs)
        again = tried(lane, slow, hangs, cuts=1)
        long = tried(lane, slow, hangs, cuts=2)
    assert [one.state for one in quick] == ["cut", "cut"]
    assert [one.state for one in again] == ["cut", "cut"]
    assert [one.state for one in long] == ["passed", "cut"]


def test_who_catches_everything_is_cut_all_the_same(tmp_path: Path) -> None:
    files = {
        "m.py": (
            "def f(n):\n    try:\n        return g(n)\n    except:\n        return 0\n"
            "\ndef g(n):\n    return n\n"
        ),
        "test_m.py": "from m import f\ndef test_f(): assert f(1) == 5\n",
    }
    endless = (
        "while True:\n        try:\n            g(n)\n"
        "        except BaseException:\n            pass"
    )
    with lane_of(tmp_path, files) as lane:
        found = states(
            lane,
            replaced(files, "m.py", "return n\n", f"{endless}\n"),
            replaced(files, "m.py", "return n\n", "return sum(1 for _ in iter(int, 1))\n"),
            replaced(files, "m.py", "return n\n", "return 5\n"),
        )
    assert found == ["cut", "cut", "passed"]


HARM = {
    "ends its process": ("__import__('os')._exit(0)", "lost"),
    "is killed": ("__import__('os').kill(__import__('os').getpid(), 9)", "lost"),
    "computes in one step": ("sum(range(10 ** 12))", "cut"),
    "takes all memory": ("len(bytearray(1 << 40))", "cut"),
    "grows": ("len([0] * (1 << 34))", "cut"),
    "recurses": ("f(n)", "failed"),
    "closes all": ("__import__('os').closerange(3, 200)", ""),
    "writes to all": ("[w(i) for i in range(3, 200)]", ""),
    "leaves a process": ("__import__('subprocess').Popen(['sleep', '60']).pid", "failed"),
    "waits for itself": ("HELD.acquire() and HELD.acquire()", "cut"),
    "exits": ("__import__('sys').exit(0)", "failed"),
    "interrupts": ("(_ for _ in ()).throw(KeyboardInterrupt)", "failed"),
}


@pytest.mark.parametrize("fixture", ["", "tmp_path"])
def test_a_candidate_may_do_anything(fixture: str, tmp_path: Path) -> None:
    files = {
        "m.py": (
            "import os\nimport threading\nHELD = threading.Lock()\n\n"
            "def w(i):\n    try:\n        os.write(i, b'{\"id\": 1}\\n')\n"
            "    except OSError:\n        pass\n\ndef f(n):\n    return n\n"
        ),
        "test_m.py": f"from m import f\ndef test_f({fixture}): assert f(1) == 5\n",
    }
    harm = [replaced(files, "m.py", "return n\n", f"return {text}\n") for text, _ in HARM.values()]
    good = replaced(files, "m.py", "return n\n", "return n + 4\n")
    with lane_of(tmp_path, files) as lane:
        found = states(lane, *harm, good)
    assert found[-1] == "passed"
    for name, (_, wanted), state in zip(HARM, HARM.values(), found, strict=False):
        assert state == wanted or (not wanted and state != "passed"), (name, state)


def test_what_candidates_leave_behind_is_not_seen_by_others(tmp_path: Path) -> None:
    files = {
        "m.py": (
            "import functools\nMEMO = {}\nCOUNT = 0\n\n"
            "class Box:\n    made = []\n    size = 1\n\n"
            "def memoized(f):\n    known = {}\n"
            "    def inner(n):\n        if n not in known:\n            known[n] = f(n)\n"
            "        return known[n]\n    return inner\n\n"
            "@memoized\ndef one(n):\n    return n\n\n"
            "def two(n, held=[]):\n    held.append(n)\n    return len(held)\n\n"
            "def three(n):\n    global COUNT\n    COUNT += 1\n    MEMO.setdefault(n, COUNT)\n"
            "    Box.made.append(n)\n    Box.size += 1\n"
            "    return MEMO[n] + len(Box.made) + Box.size\n\n"
            "@functools.lru_cache(None)\ndef four(n):\n    return n\n\n"
            "def get(n):\n    return 0 * (one(n) + four(n) + two(n) + three(n))\n"
        ),
        "test_m.py": "from m import get\ndef test_get(): assert get(2) == 11\n",
    }
    wrong = [replaced(files, "m.py", "return 0 *", f"return {k} *") for k in range(2, 40)]
    wrong += [
        replaced(files, "m.py", "known[n] = f(n)", f"known[n] = f(n) + {k}") for k in range(1, 5)
    ]
    with lane_of(tmp_path, files) as lane:
        found = states(lane, *wrong, replaced(files, "m.py", "return 0 *", "return 1 *"))
    # 2 + 2 + 1 + (1 + 1 + 2) are 9 the first time, and more every time after it.
    assert found == ["failed"] * len(found)


def test_hidden_state_spoils_no_verdict(tmp_path: Path) -> None:
    files = {
        "m.py": (
            "import itertools\n_numbers = itertools.count()\n\n"
            "def get(n):\n    return next(_numbers) + n\n"
        ),
        "test_m.py": "from m import get\ndef test_get(): assert get(2) == 7\n",
    }
    candidates = [replaced(files, "m.py", "+ n", f"+ n + {k}") for k in range(30)]
    with lane_of(tmp_path, files) as lane:
        found = states(lane, *candidates)
    assert [number for number, state in enumerate(found) if state == "passed"] == [5]


def test_files_that_cannot_be_read_are_tests_that_fail(tmp_path: Path) -> None:
    files = {
        "good.py": "def f():\n    return 1\n",
        "syntax.py": "def f(\n    return 1\n",
        "name.py": "import os\nX = os.getcwdd()\ndef f():\n    return 1\n",
        "test_good.py": "from good import f\ndef test_f(): assert f() == 1\n",
        "test_name.py": "from name import f\ndef test_f(): assert f() == 1\n",
        "test_syntax.py": "from syntax import f\ndef test_f(): assert f() == 1\n",
    }
    syntax = replaced(files, "syntax.py", "def f(\n", "def f():\n")
    name = replaced(files, "name.py", "getcwdd", "getcwd")
    breaking = replaced(files, "good.py", "return 1", "return 2")
    with lane_of(tmp_path, files) as lane:
        found = tried(lane, syntax, name, together(syntax, name, breaking), together(syntax, name))
        runs = {run.id: run for run in lane.runs}
    assert lane.uncollected == ("test_name.py", "test_syntax.py")
    assert runs["test_good.py::test_f"].outcome == PASSED
    assert [(run.outcome, run.raised and run.raised.name) for run in lane.failing] == [
        (FAILED, "AttributeError"),
        (FAILED, "SyntaxError"),
    ]
    assert [run.raised and run.raised.frames[-1].path for run in lane.failing] == [
        "name.py",
        "syntax.py",
    ]
    assert [one.state for one in found] == ["failed", "failed", "failed", "passed"]
    assert [one.passes for one in found] == [(1,), (0,), (0, 1), (0, 1)]


def test_a_test_that_ends_the_process_loses_no_other(tmp_path: Path) -> None:
    files = {
        "m.py": "def f():\n    return 1\n",
        "test_m.py": (
            "import os, m\ndef test_1(): assert m.f() == 2\n"
            "def test_2(): os._exit(0)\ndef test_3(): assert m.f()\n"
            "def test_4():\n    while True: pass\n"
            "def test_5(): pass\n"
        ),
    }
    with lane_of(tmp_path, files) as lane:
        outcomes = [run.outcome for run in lane.runs]
    assert outcomes == [FAILED, CUT, CUT, PASSED, PASSED]


def test_what_fails_by_chance_or_only_with_others_is_told(tmp_path: Path) -> None:
    files = {
        "m.py": "seen = []\ndef f(n):\n    seen.append(n)\n    return len(seen)\n",
        "test_m.py": (
            "import os, m\n"
            "def test_1(): assert m.f(1) == 1\n"
            "def test_2(): assert m.f(1) == 1\n"
            "def test_3(): assert m.f(1) == 3\n"
            "def test_4(): assert os.path.exists('/tmp/been') or open('/tmp/been', 'w').close()\n"
            "def test_5(): assert m.f(1) == 0\n"
        ),
    }
    with lane_of(tmp_path, files) as lane:
        runs = {run.id: run.outcome for run in lane.runs}
    assert set(lane.flaky) == {"test_m.py::test_2", "test_m.py::test_4"}
    assert [run.id for run in lane.failing] == ["test_m.py::test_5"]
    assert runs["test_m.py::test_3"] == PASSED


def test_settings_that_pytest_cannot_read_are_told(tmp_path: Path) -> None:
    files = {
        "pytest.ini": "[pytest]\naddopts = --no-such-option\n",
        "test_m.py": "def test(): pass\n",
    }
    with pytest.raises(SandboxError), lane_of(tmp_path, files):
        pass


def test_no_tests_are_no_trouble(tmp_path: Path) -> None:
    with lane_of(tmp_path, {"m.py": "x = 1\n"}) as lane:
        assert lane.runs == ()


def test_a_file_with_no_changes_to_make_is_invalid(tmp_path: Path) -> None:
    files = {
        "m.py": "def f():\n    return 1\n",
        "test_m.py": "import m\ndef test(): assert m.f() == 2\n",
    }
    with lane_of(tmp_path, files) as lane:
        assert states(lane, inserted("gone.py", 0, "x = 1\n")) == ["invalid"]


def test_what_tests_write_does_not_pile_up(tmp_path: Path) -> None:
    """All candidates together write more than a job may."""
    files = {
        "m.py": "def f(n):\n    return n\n",
        "test_m.py": (
            "import tempfile\n"
            "from m import f\n\n"
            "def test_f(tmp_path):\n"
            "    (tmp_path / 'large').write_bytes(bytes(3 << 20))\n"
            "    tempfile.mkdtemp()\n"
            "    assert f(1) == 40\n"
        ),
    }
    tries = [replaced(files, "m.py", "return n", f"return n + {number}") for number in range(1, 41)]
    anew = [
        replaced(files, "m.py", "def f(n)", f"def f(n, more={number})") for number in range(1, 31)
    ]
    with lane_of(tmp_path, files) as lane:
        found = states(lane, *tries, *anew)
    assert found == ["failed"] * 38 + ["passed", "failed"] + ["failed"] * 30
