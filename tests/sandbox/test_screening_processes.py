"""Tests whose failing is not all in their own process: they start others or run scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox.screened import lane_of, replaced, states, tried

SCRIPTS = {
    "another process": (
        "import subprocess, sys\n"
        "def test_it():\n"
        "    out = subprocess.check_output([sys.executable, 'script.py', '2'], text=True)\n"
        "    assert out == '3\\n'\n"
    ),
    "another process beside an import": (
        "import subprocess, sys, script\n"
        "def test_it():\n"
        "    out = subprocess.check_output([sys.executable, script.__file__, '2'], text=True)\n"
        "    assert out == '3\\n'\n"
    ),
    "run as a path beside an import": (
        "import runpy, sys, script\n"
        "def test_it(capsys, monkeypatch):\n"
        "    monkeypatch.setattr(sys, 'argv', ['script.py', '2'])\n"
        "    runpy.run_path('script.py', run_name='__main__')\n"
        "    assert capsys.readouterr().out == '3\\n'\n"
    ),
    "run as a path": (
        "import runpy, sys\n"
        "def test_it(capsys, monkeypatch):\n"
        "    monkeypatch.setattr(sys, 'argv', ['script.py', '2'])\n"
        "    runpy.run_path('script.py', run_name='__main__')\n"
        "    assert capsys.readouterr().out == '3\\n'\n"
    ),
}


@pytest.mark.parametrize("way", SCRIPTS)
def test_what_is_read_from_the_disk_is_changed_there(way: str, tmp_path: Path) -> None:
    script = (
        "import sys\n\ndef more(n):\n    return n - 1\n\n"
        "if __name__ == '__main__':\n    print(more(int(sys.argv[1])))\n"
    )
    files = {"script.py": script, "test_script.py": SCRIPTS[way]}
    right = replaced(files, "script.py", "n - 1", "n + 1")
    with lane_of(tmp_path, files) as lane:
        found = states(lane, replaced(files, "script.py", "n - 1", "n * 1"), right)
        again = tried(lane, replaced(files, "script.py", "n - 1", "n - 2"))
    assert found == ["failed", "passed"]
    assert again[0].state == "failed"


BOTH = (
    "import subprocess, sys, script\n"
    "def test_here():\n    assert script.more(2) == 3\n"
    "def test_elsewhere():\n"
    "    out = subprocess.check_output([sys.executable, {command}], text=True)\n"
    "    assert out == '3\\n'\n"
)
SCRIPT = (
    "import sys\n\ndef more(n):\n    return n - 1\n\n"
    "if __name__ == '__main__':\n    print(more(2))\n"
)


def test_what_fails_here_is_asked_before_another_process_is_started(tmp_path: Path) -> None:
    files = {"script.py": SCRIPT, "test_script.py": BOTH.format(command="'script.py'")}
    wrong = replaced(files, "script.py", "n - 1", "n * 1")
    right = replaced(files, "script.py", "n - 1", "n + 1")
    with lane_of(tmp_path, files) as lane:
        failing = [run.id.partition("::")[2] for run in lane.failing]
        one, other = tried(lane, wrong, right)
    assert sorted(failing) == ["test_elsewhere", "test_here"]
    assert (one.state, one.passes) == ("failed", ())
    assert sorted(one.kinds) == ["AssertionError", "AssertionError"]
    assert (other.state, other.passes) == ("passed", (0, 1))


def test_what_helps_here_is_told_where_another_process_fails_all_the_same(tmp_path: Path) -> None:
    files = {"script.py": SCRIPT, "test_script.py": BOTH.format(command="'-c', 'import nowhere'")}
    with lane_of(tmp_path, files) as lane:
        spawning = [run for run in lane.failing if run.spawns]
        here = [at for at, run in enumerate(lane.failing) if not run.spawns]
        (found,) = tried(lane, replaced(files, "script.py", "n - 1", "n + 1"))
    assert [(run.id, dict(run.lines)) for run in spawning] == [
        ("test_script.py::test_elsewhere", {})
    ]
    assert (found.state, found.broke, list(found.passes)) == ("failed", "", here)


MISSING = (
    "import subprocess, pytest, script\n"
    "@pytest.mark.parametrize('n', range(11))\n"
    "def test_missing(n):\n    subprocess.run(['no-such-program'], check=True)\n"
    "def test_here():\n    assert script.more(2) == 3\n"
)


def test_what_starts_processes_is_asked_behind_the_rest(tmp_path: Path) -> None:
    files = {"script.py": SCRIPT, "test_script.py": MISSING}
    with lane_of(tmp_path, files) as lane:
        (verdict,) = tried(lane, replaced(files, "script.py", "n - 1", "n + 1"))
        assert lane.failing[0].id == "test_script.py::test_here"
        assert all(run.spawns and not run.lines for run in lane.failing[1:])
    assert verdict.passes == (0,)
