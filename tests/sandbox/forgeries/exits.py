"""Ending the process before anybody can tell that a test failed."""

from __future__ import annotations

from tests.sandbox.forgeries.values import CALC, Forgery, calc

_CALLED = """
import os
def add(a, b):
    os._exit(0)
def mul(a, b):
    return a * b
def mean(values):
    return sum(values) / len(values)
"""


def _calls(deed: str) -> dict[str, str]:
    return {
        "calc.py": _CALLED.replace("import os\n", "").replace(
            "os._exit(0)", deed.replace("\n", "; ")
        )
    }


FORGERIES = (
    Forgery("exit-at-import", CALC, calc("import os; os._exit(0)"), "exit"),
    Forgery("exit-when-called", CALC, {"calc.py": _CALLED}, "exit"),
    Forgery(
        "exit-in-a-thread",
        CALC,
        calc(
            "import os, threading; threading.Timer(0.03, os._exit, (0,)).start()\n"
            "def mul(a, b):\n    import time; time.sleep(0.3)\n    return a * b",
            "def add(a, b):\n    import time; time.sleep(0.3)\n    return a - b\n"
            "def mean(values):\n    return sum(values) / len(values)\n",
        ),
        "exit",
    ),
    Forgery(
        "exit-when-the-session-ends",
        CALC,
        calc(
            "import gc, os\n"
            "from _pytest.config import PytestPluginManager\n"
            "class Late:\n"
            "    def pytest_unconfigure(self):\n"
            "        os._exit(0)\n"
            "for found in gc.get_objects():\n"
            "    if isinstance(found, PytestPluginManager):\n"
            "        found.register(Late())"
        ),
        "exit",
    ),
    Forgery(
        "exit-in-a-finaliser",
        CALC,
        calc(
            "import os\n"
            "class Last:\n"
            "    def __del__(self):\n"
            "        os._exit(0)\n"
            "def drop():\n"
            "    Last()",
            "def add(a, b):\n    drop()\n    return a - b\n"
            "def mul(a, b):\n    return a * b\n"
            "def mean(values):\n    return sum(values) / len(values)\n",
        ),
        "exit",
    ),
    Forgery(
        "exit-at-exit",
        CALC,
        calc(
            "import atexit, os, warnings; atexit.register(os._exit, 0); warnings.warn('forged: x')"
        ),
        "prints",
        "forged: x",
        cannot="A job never gets to its exit handlers: the runner ends it with what pytest said.",
    ),
    Forgery(
        "exit-of-the-system-at-import",
        CALC,
        calc("import sys, warnings; warnings.warn('forged: x'); sys.exit(0)"),
        "prints",
        "SystemExit: 0",
        cannot="Pytest takes it for a file that cannot be collected.",
    ),
    Forgery("exit-of-pytest", CALC, _calls("import pytest\npytest.exit('all is well', 0)"), "exit"),
    Forgery(
        "exit-on-a-signal",
        CALC,
        calc(
            "import os, signal\n"
            "signal.signal(signal.SIGALRM, lambda *_: os._exit(0))\n"
            "signal.setitimer(signal.ITIMER_REAL, 0.02)",
            "import time\n"
            "def add(a, b):\n    time.sleep(0.3)\n    return a - b\n"
            "def mul(a, b):\n    return a * b\n"
            "def mean(values):\n    return sum(values) / len(values)\n",
        ),
        "exit",
    ),
    Forgery(
        "exit-as-another-program",
        CALC,
        calc("import os; os.execv('/bin/sh', ['sh', '-c', 'echo 6 passed; exit 0'])"),
        "exit",
    ),
    Forgery(
        "exit-of-the-parent",
        CALC,
        calc("import os\nif os.fork():\n    os._exit(0)"),
        "exit",
    ),
    Forgery(
        "exit-with-the-child-answering",
        CALC,
        calc(
            "import os\n"
            "def add(a, b):\n"
            "    if os.fork() == 0:\n"
            "        return a - b\n"
            "    os._exit(0)",
            "def mul(a, b):\n    return a * b\ndef mean(values):\n"
            "    return sum(values) / len(values)\n",
        ),
        "exit",
    ),
    Forgery(
        "exit-of-the-runner",
        CALC,
        calc(
            "import os, signal, warnings\n"
            "for pid in {os.getppid(), 1} - {0, os.getpid()}:\n"
            "    try:\n"
            "        os.kill(pid, signal.SIGKILL)\n"
            "        warnings.warn('forged: sent')\n"
            "    except OSError as error:\n"
            "        warnings.warn(f'forged: {error}')"
        ),
        "prints",
        "forged:",
        cannot="Whoever tells what became of a job is out of its reach.",
    ),
    Forgery(
        "exit-by-an-audit-hook",
        CALC,
        calc(
            "import os, sys\n"
            "sys.addaudithook(lambda event, _: event == 'object.__getattr__' and os._exit(0))\n"
            "def peek():\n    return (lambda: 0).__code__",
            "def add(a, b):\n    peek()\n    return a - b\n"
            "def mul(a, b):\n    return a * b\n"
            "def mean(values):\n    return sum(values) / len(values)\n",
        ),
        "exit",
    ),
    Forgery(
        "exit-status-of-the-session",
        CALC,
        calc(
            "import gc\n"
            "from _pytest.config import PytestPluginManager\n"
            "class Kind:\n"
            "    def pytest_runtest_logreport(self, report):\n"
            "        for found in gc.get_objects():\n"
            "            if type(found).__name__ == 'Session' and hasattr(found, 'testsfailed'):\n"
            "                found.testsfailed = 0\n"
            "for found in gc.get_objects():\n"
            "    if isinstance(found, PytestPluginManager):\n"
            "        found.register(Kind())"
        ),
        "exit",
    ),
    Forgery(
        "exit-by-collecting-alone",
        CALC,
        calc(
            "import gc\n"
            "from _pytest.config import Config\n"
            "for found in gc.get_objects():\n"
            "    if isinstance(found, Config):\n"
            "        found.option.collectonly = True"
        ),
        "exit",
    ),
    Forgery(
        "exit-by-setting-up-alone",
        CALC,
        calc(
            "import gc\n"
            "from _pytest.config import Config\n"
            "for found in gc.get_objects():\n"
            "    if isinstance(found, Config):\n"
            "        found.option.setuponly = True"
        ),
        "exit",
    ),
    Forgery(
        "exit-after-a-claim",
        CALC,
        calc(
            "import os\n"
            "os.write(1, b'6 passed in 0.01s')\n"
            "with open('junit.xml', 'w') as file:\n"
            '    file.write(\'<testsuite tests="6" failures="0"/>\')\n'
            "os._exit(0)"
        ),
        "exit",
    ),
)
