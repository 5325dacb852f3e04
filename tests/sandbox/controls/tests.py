"""What projects' tests honestly do, run by pytest and by direct calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.sandbox.cases import Control
from workbench.sandbox.job import Direct, Pytest, Script, Work


def _pytest(name: str, text: str, files: Mapping[str, str] | None = None, **more: Any) -> Control:
    """Return a control that is the test file `test_own.py`."""
    work = Pytest(("-q", "test_own.py", *more.pop("arguments", ())), more.pop("plugins", ()))
    return Control(name, work=work, files={"test_own.py": text, **(files or {})}, **more)


def _direct(name: str, work: Work, text: str) -> Control:
    return Control(name, work=work, files={"test_own.py": text})


CONTROLS = (
    _pytest(
        "fixtures of pytest",
        """
import logging, os, sys, warnings
import pytest

def test_tmp_path(tmp_path, tmp_path_factory):
    (tmp_path / "file").write_text("x")
    assert tmp_path_factory.mktemp("more").is_dir()

def test_monkeypatch(monkeypatch, tmp_path):
    monkeypatch.setenv("OWN", "1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "getcwd", lambda: "/elsewhere")
    assert os.environ["OWN"] == "1" and os.getcwd() == "/elsewhere"

def test_capsys(capsys):
    print("out")
    print("error", file=sys.stderr)
    assert capsys.readouterr() == ("out\\n", "error\\n")

def test_capfd(capfd):
    os.write(1, b"out")
    assert capfd.readouterr().out == "out"

def test_caplog(caplog):
    logging.getLogger("own").warning("told")
    assert "told" in caplog.text

def test_recwarn(recwarn):
    warnings.warn("careful")
    assert len(recwarn) == 1
""",
    ),
    _pytest(
        "looking which program it is",
        """
import pickle, sys
import __main__

def test_main():
    assert __main__.__file__.endswith("/pytest/__main__.py") and __main__.__name__ == "__main__"
    assert sys.argv[0] == __main__.__file__ and not hasattr(sys, "ps1")
""",
    ),
    _pytest(
        "parameters and marks",
        """
import pytest
@pytest.mark.parametrize("one", [1, 2])
@pytest.mark.parametrize("other", ["a", pytest.param("b", id="bee")])
def test_many(one, other):
    assert one and other
@pytest.mark.skip
def test_skipped():
    assert False
@pytest.mark.xfail
def test_expected():
    assert False
@pytest.fixture(params=[1, 2], scope="module")
def thing(request):
    yield request.param
def test_thing(thing):
    assert thing
class TestClass:
    def test_method(self):
        with pytest.raises(ZeroDivisionError):
            1 / 0
        assert 0.1 + 0.2 == pytest.approx(0.3)
""",
    ),
    _pytest(
        "conftest and plug-ins of its own",
        """
def test_given(given):
    assert given == "by conftest"
def test_more(more):
    assert more == "by a plug-in"
""",
        {
            "conftest.py": "import pytest\npytest_plugins = ['own_plugin']\n"
            "@pytest.fixture\ndef given():\n    return 'by conftest'\n",
            "own_plugin.py": "import pytest\n@pytest.fixture\n"
            "def more():\n    return 'by a plug-in'\n",
        },
    ),
    _pytest(
        "settings in pyproject",
        "def test_given(request):\n    assert request.config.getini('minversion') == '6.0'\n",
        {"pyproject.toml": "[tool.pytest.ini_options]\nminversion = '6.0'\naddopts = '-ra'\n"},
    ),
    _pytest(
        "unittest",
        """
import unittest
from unittest import mock
class TestOld(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = 1
    def setUp(self):
        self.value = 2
        self.addCleanup(lambda: None)
    def test_values(self):
        self.assertEqual((self.shared, self.value), (1, 2))
        with self.assertRaises(KeyError):
            {}["x"]
    def test_mock(self):
        with mock.patch("os.getpid", return_value=7) as patched:
            import os
            self.assertEqual(os.getpid(), 7)
        patched.assert_called_once_with()
class TestAsync(unittest.IsolatedAsyncioTestCase):
    async def test_async(self):
        import asyncio
        await asyncio.sleep(0)
""",
    ),
    _pytest(
        "doctests",
        "def add(one, other):\n    '''Add.\n\n    >>> add(1, 2)\n    3\n    '''\n"
        "    return one + other\n",
        arguments=("--doctest-modules",),
    ),
    _pytest(
        "sources under src",
        "from own_package import value\nfrom own_package.inner import deep\n\n"
        "def test_value():\n    assert (value, deep) == (1, 2)\n",
        {
            "src/own_package/__init__.py": "value = 1\n",
            "src/own_package/inner.py": "deep = 2\n",
        },
    ),
    _pytest(
        "data beside a package",
        """
from importlib import resources
from pathlib import Path
import own_package
def test_data():
    assert resources.files(own_package).joinpath("data.json").read_text() == "{}"
    assert Path(own_package.__file__).with_name("data.json").exists()
""",
        {"own_package/__init__.py": "", "own_package/data.json": "{}"},
    ),
    _pytest(
        "subprocesses and servers of tests",
        """
import subprocess, sys
def test_program():
    said = subprocess.run([sys.executable, "-c", "import calc; print(calc.add(1, 2))"],
        capture_output=True, text=True, check=True).stdout
    assert said == "3\\n"
def test_module():
    subprocess.run([sys.executable, "-m", "calc"], check=True)
""",
    ),
    _pytest(
        "threads and pools of tests",
        """
from concurrent.futures import ThreadPoolExecutor
import asyncio
def test_threads():
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(abs, [-1])) == [1]
def test_async():
    async def told():
        await asyncio.sleep(0.01)
        return 1
    assert asyncio.run(told()) == 1
""",
    ),
    _pytest(
        "many tests",
        "import pytest\n@pytest.mark.parametrize('n', range(500))\n"
        "def test_n(n):\n    assert n >= 0\n",
    ),
    _pytest(
        "tests that print",
        "def test_print():\n    for n in range(1000):\n        print('line', n)\n",
        arguments=("-s",),
    ),
    _pytest(
        "a selection",
        "def test_one():\n    pass\ndef test_two():\n    assert False\n",
        arguments=("-k", "one", "-p", "no:randomly"),
    ),
    _pytest(
        "a fixture that cleans up",
        """
import pytest
events = []
@pytest.fixture
def thing(tmp_path):
    events.append("made")
    yield tmp_path
    events.append("gone")
def test_first(thing):
    assert events == ["made"]
def test_second():
    assert events == ["made", "gone"]
""",
    ),
    _pytest(
        "recursion in a test",
        """
import pytest
def deeper():
    deeper()
def test_deep():
    with pytest.raises(RecursionError):
        deeper()
""",
    ),
    _direct(
        "functions called directly",
        Direct(("test_own.py::test_plain", "test_own.py::TestOwn::test_method")),
        "def test_plain():\n    from calc import add\n    assert add(1, 2) == 3\n"
        "class TestOwn:\n    def test_method(self):\n        assert True\n",
    ),
    _direct(
        "unittest called directly",
        Direct(("test_own.py::TestOwn::test_method",)),
        "import unittest\nclass TestOwn(unittest.TestCase):\n"
        "    def setUp(self):\n        self.value = 1\n"
        "    def test_method(self):\n        self.assertEqual(self.value, 1)\n",
    ),
    Control("a module as a program", work=Script(("python", "-m", "calc"))),
    Control(
        "unittest as a program",
        work=Script(("python", "-m", "unittest", "test_own")),
        files={
            "test_own.py": "import unittest\nclass T(unittest.TestCase):\n"
            "    def test_one(self):\n        pass\n"
        },
    ),
    Control(
        "another folder to begin in",
        "import calc\nassert calc.add(1, 2) == 3\nassert os.path.exists('calc.py')\n"
        "print('fine')\n",
    ),
)
