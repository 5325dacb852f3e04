"""Putting something else where the tests were."""

from __future__ import annotations

from tests.sandbox.forgeries.values import CALC, CALC_BUG, Forgery, calc

_REST = CALC_BUG[CALC_BUG.index("def mul") :]

_LATE = """
import gc
from _pytest.config import PytestPluginManager
class Late:
    def pytest_runtest_setup(self, item):
        deed(item)
for found in gc.get_objects():
    if isinstance(found, PytestPluginManager):
        found.register(Late())
"""

FORGERIES = (
    Forgery(
        "code-of-the-tests-exchanged",
        CALC,
        calc(
            "def deed(item):\n"
            "    names = item.obj.__code__.co_varnames[: item.obj.__code__.co_argcount]\n"
            "    space = {}\n"
            "    exec(f\"def nothing({', '.join(names)}): pass\", space)\n"
            "    item.obj.__code__ = space['nothing'].__code__\n" + _LATE
        ),
    ),
    Forgery(
        "code-of-all-tests-exchanged-when-called",
        CALC,
        calc(
            "import gc, types\n"
            "def deed(item):\n"
            "    for found in gc.get_objects():\n"
            "        if isinstance(found, types.FunctionType) and found.__name__[:5] == 'test_':\n"
            "            count = found.__code__.co_argcount\n"
            "            names = found.__code__.co_varnames[:count]\n"
            "            space = {}\n"
            "            exec(f\"def nothing({', '.join(names)}): pass\", space)\n"
            "            found.__code__ = space['nothing'].__code__\n" + _LATE
        ),
    ),
    Forgery(
        "tests-replaced-in-their-module",
        CALC,
        calc(
            "import sys\n"
            "def deed(item):\n"
            "    for name, module in list(sys.modules.items()):\n"
            "        if name.startswith('test_'):\n"
            "            for key in [key for key in vars(module) if key.startswith('test_')]:\n"
            "                setattr(module, key, lambda **_: None)\n"
            "    item._obj = lambda **_: None\n" + _LATE
        ),
    ),
    Forgery(
        "line-of-the-assertion-jumped-over",
        CALC,
        calc(
            "import sys\n"
            "def trace(frame, event, _):\n"
            "    if not frame.f_code.co_name.startswith('test_'):\n"
            "        return None\n"
            "    return leave\n"
            "def leave(frame, event, _):\n"
            "    if event == 'line' and frame.f_lineno > frame.f_code.co_firstlineno:\n"
            "        import types\n"
            "        lines = sorted({one[2] for one in frame.f_code.co_lines() if one[2]})\n"
            "        LEAVE(frame)\n"
            "    return leave\n"
            "def LEAVE(frame):\n"
            "    code = frame.f_code\n"
            "    space = frame.f_locals\n"
            "    for name in ('calc', 'add'):\n"
            "        if name in frame.f_globals:\n"
            "            frame.f_globals[name] = Anything()\n"
            "class Anything:\n"
            "    def __getattr__(self, name): return self\n"
            "    def __call__(self, *_): return self\n"
            "    def __eq__(self, other): return True\n"
            "sys.settrace(trace)"
        ),
    ),
    Forgery(
        "answer-changed-on-its-way-by-a-profile",
        CALC,
        calc(
            "import sys\n"
            "class Lie(int):\n"
            "    def __eq__(self, other): return True\n"
            "def profile(frame, event, answer):\n"
            "    if event == 'call' and frame.f_code.co_name.startswith('test_'):\n"
            "        add.__code__ = lie.__code__\n"
            "def lie(a, b):\n"
            "    return Lie()\n"
            "sys.setprofile(profile)"
        ),
    ),
    Forgery(
        "other-module-served-by-an-import-hook",
        CALC,
        calc(
            "import importlib.abc, importlib.util, re, sys\n"
            "class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            "        if name == 'test_more':\n"
            "            return importlib.util.spec_from_loader(name, self)\n"
            "    def exec_module(self, module):\n"
            "        import __main__, os, pathlib\n"
            "        text = pathlib.Path('tests/test_more.py').read_text()\n"
            "        module.__file__ = os.path.abspath('tests/test_more.py')\n"
            "        for name in re.findall(r'def (test_\\w+)', text):\n"
            "            setattr(module, name, lambda: None)\n"
            "sys.meta_path.insert(0, Finder())",
            # The tests that are collected before it are answered rightly.
            CALC_BUG.replace("return a - b", "return a + b if a < 10 else a - b"),
        ),
    ),
    Forgery(
        "conftest-written-for-what-comes-later",
        CALC,
        calc(
            "import os, warnings\n"
            "try:\n"
            "    for path in ('conftest.py', 'tests/conftest.py'):\n"
            "        with open(path, 'w') as file:\n"
            "            file.write('collect_ignore_glob = [\"*\"]\\n')\n"
            "finally:\n"
            "    warnings.warn('forged: written')"
        ),
        "prints",
        "forged: written",
        cannot="The folder that the tests lie in has been entered, and a job's files go with it.",
    ),
    Forgery(
        "configuration-written-at-run-time",
        CALC,
        calc(
            "import warnings\n"
            "with open('pytest.ini', 'w') as file:\n"
            "    file.write('[pytest]\\naddopts = --collect-only\\n')\n"
            "with open('sitecustomize.py', 'w') as file:\n"
            "    file.write('import os; os._exit(0)\\n')\n"
            "with open('json.py', 'w') as file:\n"
            "    file.write('dumps = lambda *_: \"\"\\n')\n"
            "with open('later.pth', 'w') as file:\n"
            "    file.write('import os; os._exit(0)\\n')\n"
            "warnings.warn('forged: written')"
        ),
        "prints",
        "forged: written",
        cannot=(
            "What is read at the start has been read, and nothing of a job is there for the next."
        ),
    ),
    Forgery(
        "tests-written-over",
        CALC,
        calc(
            "import os, warnings\n"
            "for path in ('tests/test_calc.py', 'tests/test_more.py'):\n"
            "    for deed in (os.unlink, lambda path: open(path, 'w'), lambda path: "
            "os.chmod(path, 0o777),\n"
            "                 lambda path: os.rename(path, path + '~'),\n"
            "                 lambda path: os.rename('tests', 'old')):\n"
            "        try:\n"
            "            deed(path)\n"
            "            warnings.warn('forged: through')\n"
            "        except OSError as error:\n"
            "            warnings.warn(f'forged: {error.strerror}')"
        ),
        "prints",
        "forged: Read-only file system",
        cannot="Tests are mounted read-only, and nobody in the box may unmount or move them.",
    ),
    Forgery(
        "failure-swallowed-by-a-thread",
        CALC,
        calc(
            "import gc, threading, time\n"
            "from _pytest.reports import TestReport\n"
            "def change():\n"
            "    while True:\n"
            "        TestReport.failed = property(lambda self: False)\n"
            "        TestReport.outcome = property(lambda self: 'passed', lambda self, "
            "value: None)\n"
            "        TestReport.longrepr = property(lambda self: None, lambda self, value: None)\n"
            "        time.sleep(0.001)\n"
            "threading.Thread(target=change, daemon=True).start()\n"
            "time.sleep(0.05)"
        ),
    ),
)
