"""Folders of crashes as they may be found: whoever can write there can write anything."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from workbench.healing.crashes.noticing import CrashWatch, prune
from workbench.healing.crashes.reading import read_crashes
from workbench.healing.crashes.reproducing import as_tests, reproduction
from workbench.healing.crashes.values import Crash

PROJECT = Path("/srv/app")
FRAME = {
    "file": "/srv/app/pkg/a.py",
    "line": 3,
    "function": "f",
    "module": "pkg.a",
    "call": {"positional": ["1"], "named": {"b": "'x'"}},
}
WRITTEN = {
    "fingerprint": "f00",
    "how": "uncaught",
    "at": 1.0,
    "raised": [{"kind": "KeyError", "message": "'x'", "frames": [FRAME]}],
    "command": ["/usr/bin/python3", "/srv/app/tools/run.py", "/srv/app/data.txt", "--n=1"],
    "folder": "/srv/app/tools",
    "stdin": "/srv/app/in.txt",
}


def write(folder: Path, name: str = "crash-f00-1.json", /, **changed: object) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps({**WRITTEN, **changed}), encoding="utf-8")


def only(folder: Path) -> Crash:
    found = read_crashes(folder, PROJECT)
    assert not found.damaged
    (crash,) = found.crashes
    return crash


def test_paths_are_those_of_the_project(tmp_path: Path) -> None:
    write(tmp_path)
    crash = only(tmp_path)
    assert crash.command == ("/usr/bin/python3", "run.py", "../data.txt", "--n=1")
    assert (crash.folder, crash.input, crash.frames[0].file) == ("tools", "../in.txt", "pkg/a.py")
    script = reproduction(crash)
    assert script is not None
    assert script.argv[-4:] == ("../in.txt", "run.py", "../data.txt", "--n=1")


def test_of_a_program_that_ran_elsewhere_paths_count_from_the_project(tmp_path: Path) -> None:
    write(tmp_path, folder="/elsewhere", stdin="terminal")
    crash = only(tmp_path)
    assert (crash.folder, crash.command[1], crash.input) == (".", "tools/run.py", "")


def test_a_library_is_not_the_project(tmp_path: Path) -> None:
    inside = "/srv/app/.venv/lib/python3.11/site-packages/lib/x.py"
    write(tmp_path, raised=[{"kind": "E", "frames": [{**FRAME, "file": inside}]}])
    crash = only(tmp_path)
    assert not crash.frames[0].ours
    assert "f(1" not in "".join(test.text for test in as_tests(crash))


@pytest.mark.parametrize(
    "call",
    [
        {"positional": ["1; import os"], "named": {}},
        {"positional": ["[redacted]"], "named": {}},
        {"positional": ["1\n2"], "named": {}},
        {"positional": [], "named": {}, "kind": "async generator"},
        None,
    ],
)
def test_a_call_that_is_no_source_makes_no_test(tmp_path: Path, call: object) -> None:
    write(tmp_path, raised=[{"kind": "E", "frames": [{**FRAME, "call": call}]}])
    assert [test.name for test in as_tests(only(tmp_path))] == ["run"]


def test_hostile_words_stay_in_their_strings(tmp_path: Path) -> None:
    message = '"""\n    import os; os.abort()\n\\'
    write(tmp_path, raised=[{"kind": 'E"""x', "message": message, "frames": [FRAME]}])
    for test in as_tests(only(tmp_path)):
        code = compile(test.text, "made.py", "exec")
        assert "abort" not in code.co_names
        compile(test.text, "made.py", "exec").replace(co_name="made")


def test_a_secret_in_the_command_cannot_be_repeated(tmp_path: Path) -> None:
    write(tmp_path, command=["python", "run.py", "--token", "[redacted]"])
    crash = only(tmp_path)
    assert reproduction(crash) is None
    assert next(as_tests(crash), None) is not None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"fingerprint": 1}', b"[" * 100_000]
)
def test_what_is_no_crash_is_told_as_damaged(tmp_path: Path, content: bytes) -> None:
    write(tmp_path)
    (tmp_path / "crash-bad-2.json").write_bytes(content)
    (tmp_path / "run-bad.json").write_bytes(content)
    (tmp_path / "unrelated").write_bytes(content)
    found = read_crashes(tmp_path, PROJECT)
    assert len(found.crashes) == 1
    assert found.damaged == ("crash-bad-2.json", "run-bad.json")


def test_links_and_pipes_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(json.dumps(WRITTEN), encoding="utf-8")
    folder = tmp_path / "crashes"
    folder.mkdir()
    (folder / "crash-a-1.json").symlink_to(secret)
    os.mkfifo(folder / "crash-b-1.json")
    found = read_crashes(folder, PROJECT)
    assert (found.crashes, len(found.damaged)) == ((), 2)


def test_there_may_be_no_folder(tmp_path: Path) -> None:
    assert read_crashes(tmp_path / "none", PROJECT).crashes == ()
    assert CrashWatch(tmp_path / "none", PROJECT).look() == ()
    assert prune(tmp_path / "none") == 0


def test_new_crashes_are_told_once(tmp_path: Path) -> None:
    folder = tmp_path / "crashes"
    write(folder)
    watch = CrashWatch(folder, PROJECT)
    assert watch.look() == ()
    write(folder, "crash-f01-1.json", count=1)
    assert [crash.id for crash in watch.look()] == ["crash-f01-1"]
    assert watch.look() == ()


def test_the_oldest_go_first(tmp_path: Path) -> None:
    for number in range(10):
        write(tmp_path, f"crash-{number}-1.json")
        os.utime(tmp_path / f"crash-{number}-1.json", (number, number))
    (tmp_path / f"fault--{os.getpid()}.txt").touch()
    (tmp_path / "fault--999999999.txt").touch()
    assert prune(tmp_path, most=5) == 7
    left = sorted(one.name for one in tmp_path.iterdir())
    assert left == [*(f"crash-{n}-1.json" for n in range(6, 10)), f"fault--{os.getpid()}.txt"]
