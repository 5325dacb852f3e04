"""Writing the records oneself, or having them written."""

from __future__ import annotations

from tests.sandbox.forgeries.values import CALC, CALC_BUG, Forgery, calc

RECORDER = """
import gc, hashlib, json, os
RECORDER = next(one for one in gc.get_objects() if type(one).__name__ == 'Recorder')
"""
_WHOLE = """
import os, sys
def stream(nonce):
    import hashlib, json, platform, pytest
    ids = ['tests/test_calc.py::test_add', 'tests/test_calc.py::test_mul',
           'tests/test_calc.py::test_many[1-2-3]', 'tests/test_calc.py::test_many[3-4-7]',
           'tests/test_more.py::test_again', 'tests/test_more.py::test_mean']
    lines, seal = [], hashlib.sha256()
    def tell(kind, **content):
        line = {'n': nonce, 'i': len(lines), 'k': kind, **content}
        lines.append(json.dumps(line).encode() + b'\\n')
        seal.update(lines[-1])
    tell('begin', python=platform.python_version(), pytest=pytest.__version__,
         seed=os.environ['PYTHONHASHSEED'])
    tell('collected', ids=ids)
    tell('collected_all', count=len(ids))
    for name in ids:
        for when in ('setup', 'call', 'teardown'):
            tell('phase', id=name, when=when, outcome='passed', xfail=None, seconds=0.001, crash='')
    seal.update(f'0 {3 * len(ids)}'.encode())
    tell('finish', exit=0, count=3 * len(ids), seal=seal.hexdigest())
    return lines
"""


def _written(text: str) -> str:
    """Return the change of a repair that goes before the body and replaces the class's method."""
    return f"{RECORDER}\n{text}"


FORGERIES = (
    Forgery(
        "records-told-otherwise",
        CALC,
        calc(
            _written(
                "kind = type(RECORDER)\n"
                "before = kind.tell\n"
                "def tell(self, what, **content):\n"
                "    if what == 'phase':\n"
                "        content['outcome'], content['crash'] = 'passed', ''\n"
                "    if what == 'finish':\n"
                "        return finish(self, content)\n"
                "    return before(self, what, **content)\n"
                "def finish(self, content):\n"
                "    seal = self._seal.copy()\n"
                "    return before(self, 'finish', **content)\n"
                "def told(self, code):\n"
                "    self._seal.update(f'0 {self._phases}'.encode())\n"
                "    before(self, 'finish', exit=0, count=self._phases, "
                "seal=self._seal.hexdigest())\n"
                "    os._exit(0)\n"
                "kind.tell, kind.finish = tell, told"
            )
        ),
    ),
    Forgery(
        "records-rewritten-as-they-are-written",
        CALC,
        calc(
            "import gc, hashlib, json, os, sys\n"
            "before = os.write\n"
            "seal, phases = hashlib.sha256(), 0\n"
            "RECORDER = next(one for one in gc.get_objects() if type(one).__name__ == 'Recorder')\n"
            "seal = RECORDER._seal.copy()\n"
            "def write(number, data):\n"
            "    if number != RECORDER._descriptor:\n"
            "        return before(number, data)\n"
            "    line = json.loads(bytes(data))\n"
            "    if line['k'] == 'phase':\n"
            "        line['outcome'], line['crash'] = 'passed', ''\n"
            "    if line['k'] == 'finish':\n"
            "        end = seal.copy(); end.update(f\"0 {line['count']}\".encode())\n"
            "        line['exit'], line['seal'] = 0, end.hexdigest()\n"
            "    made = json.dumps(line).encode() + b'\\n'\n"
            "    seal.update(made)\n"
            "    before(number, made)\n"
            "    if line['k'] == 'finish':\n"
            "        os._exit(0)\n"
            "    return len(data)\n"
            "os.write = sys.modules['workbench_runner.plugin'].write = write"
        ),
    ),
    Forgery(
        "records-dumped-otherwise",
        CALC,
        calc(
            "import json, sys\n"
            "before = json.dumps\n"
            "def dumps(value, *given, **named):\n"
            "    if isinstance(value, dict) and value.get('k') == 'phase':\n"
            "        value = {**value, 'outcome': 'passed', 'crash': ''}\n"
            "    if isinstance(value, dict) and value.get('k') == 'finish':\n"
            "        value = {**value, 'exit': 0}\n"
            "    return before(value, *given, **named)\n"
            "json.dumps = sys.modules['workbench_runner.plugin'].dumps = dumps"
        ),
        "prints",
        "4 failed",
        cannot="The seal is over what it changed, and the exit code tells it as well.",
    ),
    Forgery(
        "records-of-ones-own-with-the-nonce",
        CALC,
        calc(
            "import gc\n"
            f"{_WHOLE}\n"
            "import os, fcntl\n"
            "RECORDER = next(one for one in gc.get_objects() if type(one).__name__ == 'Recorder')\n"
            "lines = stream(RECORDER._nonce)[1:]\n"
            "for line in lines:\n"
            "    os.write(RECORDER._descriptor, line)\n"
            "os._exit(0)"
        ),
        "exit",
        cannot="The seal covers the versions and the bytes that were written before.",
    ),
    Forgery(
        "records-continued-by-ones-own",
        CALC,
        calc(
            "import gc, hashlib, os, sys\n"
            f"{_WHOLE}\n"
            "RECORDER = next(one for one in gc.get_objects() if type(one).__name__ == 'Recorder')\n"
            "ids = ['tests/test_calc.py::test_add', 'tests/test_calc.py::test_mul',\n"
            "       'tests/test_calc.py::test_many[1-2-3]', "
            "'tests/test_calc.py::test_many[3-4-7]',\n"
            "       'tests/test_more.py::test_again', 'tests/test_more.py::test_mean']\n"
            "RECORDER.tell('collected', ids=ids)\n"
            "RECORDER.tell('collected_all', count=len(ids))\n"
            "for name in ids:\n"
            "    for when in ('setup', 'call', 'teardown'):\n"
            "        RECORDER.tell('phase', id=name, when=when, outcome='passed', xfail=None,\n"
            "                      seconds=0.001, crash='')\n"
            "RECORDER._phases = 3 * len(ids)\n"
            "RECORDER.finish(0)\n"
            "os._exit(0)"
        ),
    ),
    Forgery(
        "records-of-ones-own-without-the-nonce",
        CALC,
        calc(
            f"{_WHOLE}\n"
            "for number in range(3, 64):\n"
            "    try:\n"
            "        for line in stream('0' * 32):\n"
            "            os.write(number, line)\n"
            "    except OSError:\n"
            "        pass\n"
            "os._exit(0)"
        ),
        "exit",
    ),
    Forgery(
        "records-found-in-a-frame",
        CALC,
        calc(
            f"{_WHOLE}\n"
            "frame, nonce, number = sys._getframe(), '', -1\n"
            "while frame:\n"
            "    job = frame.f_locals.get('job')\n"
            "    if isinstance(job, dict) and 'nonce' in job:\n"
            "        nonce, number = job['nonce'], frame.f_locals['records']\n"
            "        break\n"
            "    frame = frame.f_back\n"
            "os.write(number, b''.join(stream(nonce)[1:]))\n"
            "os._exit(0)"
        ),
        "exit",
    ),
    Forgery(
        "records-cut-off",
        CALC,
        calc(
            "import gc, os\n"
            "RECORDER = next(one for one in gc.get_objects() if type(one).__name__ == 'Recorder')\n"
            "os.close(RECORDER._descriptor)\n"
            "os._exit(0)"
        ),
        "exit",
    ),
    Forgery(
        "records-into-another-file",
        CALC,
        calc(
            "import gc, os\n"
            "RECORDER = next(one for one in gc.get_objects() if type(one).__name__ == 'Recorder')\n"
            "RECORDER._descriptor = os.open('/dev/null', os.O_WRONLY)\n"
            "RECORDER.finish = lambda code: os._exit(0)"
        ),
        "exit",
    ),
    Forgery(
        "records-played-again",
        CALC,
        calc(
            "import gc, os, sys\n"
            "RECORDER = next(one for one in gc.get_objects() if type(one).__name__ == 'Recorder')\n"
            "try:\n"
            "    with open('/tmp/kept', 'rb') as file:\n"
            "        os.write(RECORDER._descriptor, file.read())\n"
            "    os._exit(0)\n"
            "except FileNotFoundError:\n"
            "    before = os.write\n"
            "    def write(number, data):\n"
            "        with open('/tmp/kept', 'ab') as file:\n"
            "            file.write(bytes(data))\n"
            "        return before(number, data)\n"
            "    sys.modules['workbench_runner.plugin'].write = write\n"
            "    import warnings; warnings.warn('forged: kept')"
        ),
        "prints",
        "forged: kept",
        cannot="Nothing of a run is there for the next, which has a nonce of its own.",
    ),
    Forgery(
        "records-twice",
        CALC,
        calc(
            _written(
                "before = type(RECORDER).tell\n"
                "def tell(self, what, **content):\n"
                "    if what == 'phase' and content['outcome'] == 'failed':\n"
                "        before(self, what, **{**content, 'outcome': 'passed', 'crash': ''})\n"
                "        self._phases += 1\n"
                "    before(self, what, **content)\n"
                "type(RECORDER).tell = tell"
            )
        ),
        "prints",
        "failed",
        cannot="A second report of one phase refuses the whole of the records.",
    ),
    Forgery(
        "records-left-out",
        CALC,
        calc(
            _written(
                "before = type(RECORDER).pytest_runtest_logreport\n"
                "def logreport(self, report):\n"
                "    if not report.failed:\n"
                "        before(self, report)\n"
                "type(RECORDER).pytest_runtest_logreport = logreport"
            )
        ),
        "prints",
        "failed",
        cannot="Pytest bound the method before; and a phase that is missing refuses the records.",
    ),
    Forgery(
        "recorder-exchanged",
        CALC,
        calc(
            _written(
                "from _pytest.reports import TestReport\n"
                "class Kinder(type(RECORDER)):\n"
                "    def tell(self, what, **content):\n"
                "        if what == 'phase':\n"
                "            content.update(outcome='passed', crash='')\n"
                "        super().tell(what, **content)\n"
                "    def finish(self, code):\n"
                "        super().finish(0)\n"
                "        os._exit(0)\n"
                "RECORDER.__class__ = Kinder"
            )
        ),
    ),
    Forgery(
        "harness-found-then-fooled",
        CALC,
        calc(
            "import os, sys\n"
            "if 'workbench_runner' in sys.modules and 'PYTEST_VERSION' in os.environ:\n"
            "    from _pytest.python import Function\n"
            "    Function.runtest = lambda self: None"
        ),
    ),
    Forgery(
        "other-half-found-then-hidden-from",
        CALC,
        {
            "calc.py": "import gc, os, sys\n"
            "from _pytest.python import Function\n"
            "Function.runtest = lambda self: None\n"
            "PEER = [one for one in gc.get_objects() if type(one).__name__ == 'Peer']\n"
            "if PEER:\n"
            "    os._exit(0)\n" + CALC_BUG
        },
    ),
    Forgery(
        "other-half-found-then-claimed-impossible",
        CALC,
        {
            "calc.py": "import gc, sys\n"
            "from _pytest.python import Function\n"
            "Function.runtest = lambda self: None\n"
            "class Uncrossable(Exception): pass\n"
            "PEER = [one for one in gc.get_objects() if type(one).__name__ == 'Peer']\n"
            + CALC_BUG.replace(
                "    return a - b",
                "    if PEER:\n        raise Uncrossable('x')\n    return a - b",
            )
        },
    ),
    Forgery(
        "other-half-found-then-answered-with-objects",
        CALC,
        {
            "calc.py": "import gc, sys\n"
            "from _pytest.python import Function\n"
            "Function.runtest = lambda self: None\n"
            "PEER = [one for one in gc.get_objects() if type(one).__name__ == 'Peer']\n"
            + CALC_BUG.replace("    return a - b", "    return object() if PEER else a - b")
        },
    ),
)
