"""What deals with the world: output, files, warnings, logs, time, the environment, processes."""

from __future__ import annotations

from tests.sandbox.repairs.values import BOTH, TWINS, Repair, project

TALK_BUG = """\
import logging
import sys
import warnings

LOG = logging.getLogger(__name__)


def greet(name):
    print("Hello", name)


def complain(text):
    print(text)


def table(rows):
    for row in rows:
        print(*row)


def old():
    warnings.warn("old is gone", UserWarning)
    return 1


def work():
    LOG.info("working")


def ask():
    return input("Name? ")


def stop(code):
    sys.exit(1)
"""
TALK_TESTS = """\
import logging

import pytest

import talk


def test_greet(capsys):
    talk.greet("Ada")
    assert capsys.readouterr().out == "Hello, Ada!\\n"


def test_complain(capsys):
    talk.complain("no")
    out, err = capsys.readouterr()
    assert (out, err) == ("", "no\\n")


def test_table(capsys):
    talk.table([(1, 2), (3, 4)])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0] == "1\\t2"


def test_old():
    with pytest.warns(DeprecationWarning, match="old is gone"):
        talk.old()


def test_work(caplog):
    with caplog.at_level(logging.INFO):
        talk.work()
    assert "working hard" in caplog.text


def test_ask(monkeypatch):
    monkeypatch.setattr("builtins.input", lambda prompt: " Ada ")
    assert talk.ask() == "Ada"


def test_stop():
    with pytest.raises(SystemExit) as caught:
        talk.stop(3)
    assert caught.value.code == 3
"""
TALK = project(
    "talk",
    "talk.py",
    {"talk.py": TALK_BUG, "tests/test_talk.py": TALK_TESTS},
    "tests/test_talk.py test_greet test_complain test_table test_old test_work test_ask test_stop",
)
_TALK_RIGHT = (
    TALK_BUG.replace('print("Hello", name)', 'print(f"Hello, {name}!")')
    .replace("    print(text)", "    print(text, file=sys.stderr)")
    .replace("print(*row)", 'print(*row, sep="\\t")')
    .replace("UserWarning", "DeprecationWarning, stacklevel=2")
    .replace('"working"', '"working hard"')
    .replace('input("Name? ")', 'input("Name? ").strip()')
    .replace("sys.exit(1)", "sys.exit(code)")
)

FILES_BUG = """\
import csv
import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

LIMIT = 2


def load(path):
    return json.loads(Path(path).read_text())["name"]


def save(path, value):
    Path(path).write_text(str(value))


def rows(path):
    with open(path, newline="") as file:
        return list(csv.reader(file))


def home():
    return os.environ["APP_HOME"]


def here():
    return os.listdir("/")


def limited(values):
    return values[: LIMIT + 1]


def fetch(url):
    raise OSError("no network")


def title(url):
    return fetch(url).title


def stamp():
    return time.monotonic()


def shuffled(values, seed):
    random.seed(seed)
    return values


def python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done.stderr.strip()


def together(functions):
    threads = [threading.Thread(target=one) for one in functions]
    for thread in threads:
        thread.start()


def suffixes(folder):
    return [path.name for path in Path(folder).iterdir()]
"""
FILES_TESTS = """\
import json
import random
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest

import files


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"title": "Ada"}))
    return path


def test_load(config):
    assert files.load(config) == "Ada"


def test_save(tmp_path):
    files.save(tmp_path / "x.json", {"a": 1})
    assert json.loads((tmp_path / "x.json").read_text()) == {"a": 1}


def test_rows(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a;b\\n1;2\\n")
    assert files.rows(path) == [["a", "b"], ["1", "2"]]


def test_home(monkeypatch):
    monkeypatch.setenv("APP_HOME", "/srv/app")
    assert files.home() == Path("/srv/app")


def test_here(tmp_path, monkeypatch):
    (tmp_path / "one").touch()
    monkeypatch.chdir(tmp_path)
    assert files.here() == ["one"]


def test_limited(monkeypatch):
    monkeypatch.setattr(files, "LIMIT", 1)
    assert files.limited([1, 2, 3]) == [1]


def test_title(monkeypatch):
    monkeypatch.setattr(files, "fetch", lambda url: SimpleNamespace(text="<title>x</title>"))
    assert files.title("http://x") == "x"


def test_title_mocked():
    with mock.patch("files.fetch") as fetch:
        fetch.return_value.text = "<title>y</title>"
        assert files.title("http://y") == "y"
    fetch.assert_called_once_with("http://y")


def test_stamp(monkeypatch):
    monkeypatch.setattr("time.time", lambda: 42.5)
    assert files.stamp() == 42


def test_shuffled():
    values = files.shuffled(list(range(8)), 3)
    again = list(range(8))
    random.Random(3).shuffle(again)
    assert values == again


def test_python():
    assert files.python("print(6 * 7)") == "42"


def test_together():
    found = []
    files.together([lambda: found.append(1), lambda: found.append(2)])
    assert sorted(found) == [1, 2]
    assert files.together.__name__ == "together"


def test_suffixes(tmp_path):
    for name in ("b.txt", "a.py"):
        (tmp_path / name).touch()
    assert files.suffixes(tmp_path) == [".py", ".txt"]
"""
FILES = project(
    "files",
    "files.py",
    {"files.py": FILES_BUG, "tests/test_files.py": FILES_TESTS},
    "tests/test_files.py test_load test_save test_rows test_home test_here test_limited "
    "test_title test_title_mocked test_stamp test_shuffled test_python test_suffixes",
)
_FILES_RIGHT = (
    FILES_BUG.replace('["name"]', '["title"]')
    .replace("write_text(str(value))", "write_text(json.dumps(value))")
    .replace("csv.reader(file)", 'csv.reader(file, delimiter=";")')
    .replace('return os.environ["APP_HOME"]', 'return Path(os.environ["APP_HOME"])')
    .replace('os.listdir("/")', 'os.listdir(".")')
    .replace("LIMIT + 1", "LIMIT")
    .replace("return fetch(url).title", 'return fetch(url).text.split("title>")[1][:-2]')
    .replace("time.monotonic()", "int(time.time())")
    .replace("    return values\n", "    random.shuffle(values)\n    return values\n")
    .replace("done.stderr", "done.stdout")
    .replace("        thread.start()\n", "        thread.start()\n        thread.join()\n")
    .replace(
        "[path.name for path in Path(folder).iterdir()]",
        "sorted(path.suffix for path in Path(folder).iterdir())",
    )
)

LATER_BUG = """\
import asyncio


async def fetch(n):
    await asyncio.sleep(0)
    return n


async def gather(*numbers):
    return await asyncio.gather(*(fetch(0) for n in numbers))


class Session:
    async def __aenter__(self):
        self.open = False
        return self

    async def __aexit__(self, *_):
        self.open = False

    def __aiter__(self):
        self.left = 2
        return self

    async def __anext__(self):
        self.left -= 1
        if self.left <= 0:
            raise StopAsyncIteration
        return self.left
"""
LATER_TESTS = """\
import asyncio

import later


def test_gather():
    assert asyncio.run(later.gather(1, 2)) == [1, 2]


def test_session():
    async def use():
        async with later.Session() as session:
            return session.open, [n async for n in session]

    assert asyncio.run(use()) == (True, [2, 1])
"""
LATER = project(
    "later",
    "later.py",
    {"later.py": LATER_BUG, "tests/test_later.py": LATER_TESTS},
    "tests/test_later.py test_gather test_session",
)
_LATER_RIGHT = (
    LATER_BUG.replace("fetch(0)", "fetch(n)")
    .replace("self.open = False\n        return", "self.open = True\n        return")
    .replace("self.left = 2", "self.left = 3")
)

REPAIRS = (
    Repair("talk", TALK, {"talk.py": _TALK_RIGHT}, BOTH),
    Repair(
        "talk-by-writing",
        TALK,
        {
            "talk.py": _TALK_RIGHT.replace(
                'print(f"Hello, {name}!")', 'sys.stdout.write(f"Hello, {name}!\\n")'
            )
        },
        BOTH,
    ),
    Repair("files", FILES, {"files.py": _FILES_RIGHT}, BOTH),
    Repair(
        "files-without-paths",
        FILES,
        {
            "files.py": _FILES_RIGHT.replace(
                'return json.loads(Path(path).read_text())["title"]',
                'with open(path) as file:\n        return json.load(file)["title"]',
            )
        },
        BOTH,
    ),
    Repair("later", LATER, {"later.py": _LATER_RIGHT}, TWINS),
)
