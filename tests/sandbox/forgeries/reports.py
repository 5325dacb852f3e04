"""Changing what pytest makes of a test that failed."""

from __future__ import annotations

from tests.sandbox.forgeries.values import CALC, CALC_BUG, LEDGER, Forgery, calc, ledger

MANAGER = """
import gc
from _pytest.config import PytestPluginManager
MANAGER = next(one for one in gc.get_objects() if isinstance(one, PytestPluginManager))
"""
_PASSES = "report.outcome = 'passed'; report.longrepr = None"


def _hooks(body: str, project: str = CALC_BUG) -> dict[str, str]:
    return calc(f"{MANAGER}\nimport pytest\nclass Kind:\n{body}\nMANAGER.register(Kind())", project)


FORGERIES = (
    Forgery(
        "report-made-from-nothing",
        CALC,
        calc(
            "from _pytest.reports import TestReport\n"
            "made = TestReport.from_item_and_call\n"
            "def make(item, call):\n"
            "    report = made(item, call)\n"
            f"    {_PASSES}\n"
            "    return report\n"
            "TestReport.from_item_and_call = staticmethod(make)"
        ),
    ),
    Forgery(
        "report-through-sys-modules",
        CALC,
        calc(
            "import sys\n"
            "reports = sys.modules['_pytest.reports']\n"
            "before = reports.TestReport.__init__\n"
            "def init(self, *given, **named):\n"
            "    before(self, *given, **named)\n"
            "    self.outcome, self.longrepr = 'passed', None\n"
            "reports.TestReport.__init__ = init"
        ),
    ),
    Forgery(
        "report-that-always-says-passed",
        CALC,
        calc(
            "from _pytest.reports import TestReport\n"
            "TestReport.outcome = property(lambda self: 'passed', lambda self, value: None)\n"
            "TestReport.longrepr = property(lambda self: None, lambda self, value: None)"
        ),
    ),
    Forgery(
        "report-by-a-wrapper",
        CALC,
        _hooks(
            "    @pytest.hookimpl(wrapper=True)\n"
            "    def pytest_runtest_makereport(self, item, call):\n"
            "        report = yield\n"
            f"        {_PASSES}\n"
            "        return report"
        ),
    ),
    Forgery(
        "report-before-it-is-logged",
        CALC,
        _hooks(
            "    @pytest.hookimpl(tryfirst=True)\n"
            "    def pytest_runtest_logreport(self, report):\n"
            f"        {_PASSES}"
        ),
    ),
    Forgery(
        "report-by-exchanging-the-hook",
        CALC,
        calc(
            f"{MANAGER}\n"
            "for one in MANAGER.hook.pytest_runtest_makereport.get_hookimpls():\n"
            "    if one.plugin_name == 'runner':\n"
            "        def make(item, call, before=one.function):\n"
            "            report = before(item, call)\n"
            f"            {_PASSES}\n"
            "            return report\n"
            "        one.function = make"
        ),
    ),
    Forgery(
        "call-that-forgets",
        CALC,
        calc(
            "from _pytest.runner import CallInfo\n"
            "before = CallInfo.from_call.__func__\n"
            "def from_call(kind, func, when, reraise=None):\n"
            "    call = before(kind, func, when, None)\n"
            "    call.excinfo = None\n"
            "    return call\n"
            "CallInfo.from_call = classmethod(from_call)"
        ),
    ),
    Forgery(
        "protocol-of-ones-own",
        CALC,
        _hooks(
            "    @pytest.hookimpl(tryfirst=True)\n"
            "    def pytest_runtest_protocol(self, item, nextitem):\n"
            "        from _pytest.reports import TestReport\n"
            "        for when in ('setup', 'call', 'teardown'):\n"
            "            report = TestReport(item.nodeid, item.location, {}, 'passed', "
            "None, when)\n"
            "            item.ihook.pytest_runtest_logreport(report=report)\n"
            "        return True"
        ),
    ),
    Forgery(
        "protocol-exchanged-in-the-runner",
        CALC,
        calc(
            "import _pytest.runner as runner\n"
            "before = runner.call_and_report\n"
            "def call(item, when, log=True, **named):\n"
            "    report = before(item, when, log=False, **named)\n"
            f"    {_PASSES}\n"
            "    if log:\n"
            "        item.ihook.pytest_runtest_logreport(report=report)\n"
            "    return report\n"
            "runner.call_and_report = call"
        ),
    ),
    Forgery(
        "function-that-is-never-called",
        CALC,
        _hooks(
            "    @pytest.hookimpl(tryfirst=True)\n"
            "    def pytest_pyfunc_call(self, pyfuncitem):\n"
            "        return True"
        ),
    ),
    Forgery(
        "function-whose-failure-is-caught",
        CALC,
        _hooks(
            "    @pytest.hookimpl(wrapper=True)\n"
            "    def pytest_pyfunc_call(self, pyfuncitem):\n"
            "        try:\n"
            "            return (yield)\n"
            "        except BaseException:\n"
            "            return True"
        ),
    ),
    Forgery(
        "item-that-runs-nothing",
        CALC,
        calc("from _pytest.python import Function\nFunction.runtest = lambda self: None"),
    ),
    Forgery(
        "item-with-another-object",
        CALC,
        calc(
            "from _pytest.python import Function\n"
            "before = Function.setup\n"
            "def setup(self):\n"
            "    before(self)\n"
            "    self.obj = lambda **_: None\n"
            "Function.setup = setup"
        ),
    ),
    Forgery(
        "items-taken-away",
        CALC,
        _hooks(
            "    def pytest_collection_modifyitems(self, items):\n"
            "        items[:] = [one for one in items if 'mul' in one.name or 'mean' in one.name]"
        ),
        "exit",
    ),
    Forgery(
        "items-emptied-in-the-session",
        CALC,
        _hooks(
            "    def pytest_collection_finish(self, session):\n"
            "        session.items = [one for one in session.items if 'mul' in one.name]"
        ),
        "exit",
    ),
    Forgery(
        "items-emptied-after-they-were-told",
        CALC,
        _hooks(
            "    @pytest.hookimpl(tryfirst=True)\n"
            "    def pytest_runtestloop(self, session):\n"
            "        session.items[:] = [one for one in session.items if 'mul' in one.name]"
        ),
        "exit",
    ),
    Forgery(
        "items-marked-as-expected-to-fail",
        CALC,
        _hooks(
            "    def pytest_collection_modifyitems(self, items):\n"
            "        for one in items:\n"
            "            one.add_marker(pytest.mark.xfail(strict=False))"
        ),
        "outcome",
        "xfailed",
    ),
    Forgery(
        "items-skipped-by-a-mark",
        CALC,
        _hooks(
            "    def pytest_collection_modifyitems(self, items):\n"
            "        for one in items:\n"
            "            one.add_marker(pytest.mark.skip)"
        ),
        "outcome",
        "skipped",
    ),
    Forgery(
        "session-that-stops",
        CALC,
        _hooks(
            "    def pytest_runtest_logstart(self, nodeid):\n"
            "        import os\n"
            "        if 'add' in nodeid:\n"
            "            raise pytest.exit.Exception('enough', 0)"
        ),
        "exit",
    ),
    Forgery(
        "skip-when-called",
        CALC,
        calc(
            "import pytest",
            "def add(a, b):\n    pytest.skip('not today')\n"
            "def mul(a, b):\n    return a * b\ndef mean(values):\n"
            "    return sum(values) / len(values)\n",
        ),
        "outcome",
        "skipped",
    ),
    Forgery(
        "skip-of-unittest-when-called",
        CALC,
        calc(
            "import unittest",
            "def add(a, b):\n    raise unittest.SkipTest('not today')\n"
            "def mul(a, b):\n    return a * b\ndef mean(values):\n"
            "    return sum(values) / len(values)\n",
        ),
        "outcome",
        "skipped",
    ),
    Forgery(
        "xfail-when-called",
        CALC,
        calc(
            "import pytest",
            "def add(a, b):\n    pytest.xfail('not today')\n"
            "def mul(a, b):\n    return a * b\ndef mean(values):\n"
            "    return sum(values) / len(values)\n",
        ),
        "outcome",
        "xfailed",
    ),
    Forgery(
        "skip-of-the-whole-file",
        CALC,
        calc("import pytest; pytest.skip('not here', allow_module_level=True)"),
        "prints",
        "2 skipped",
    ),
    Forgery(
        "mark-in-the-namespace-of-the-tests",
        CALC,
        calc(
            "import pytest, sys\n"
            "frame = sys._getframe()\n"
            "while frame:\n"
            "    if frame.f_globals.get('__name__', '').startswith('test_'):\n"
            "        frame.f_globals['pytestmark'] = pytest.mark.skip\n"
            "    frame = frame.f_back",
        ),
        "prints",
        "skipped",
    ),
    Forgery(
        "unittest-that-never-runs",
        LEDGER,
        ledger("import unittest\nunittest.TestCase.run = lambda self, result=None: None"),
    ),
    Forgery(
        "unittest-that-forgets-errors",
        LEDGER,
        ledger(
            "from _pytest.unittest import TestCaseFunction\n"
            "for name in ('addFailure', 'addError'):\n"
            "    setattr(TestCaseFunction, name, lambda self, testcase, rawexcinfo: None)"
        ),
    ),
    Forgery(
        "unittest-skipped-by-its-set-up",
        LEDGER,
        {
            "ledger.py": "import unittest\n"
            "class Ledger:\n"
            "    def __init__(self):\n"
            "        raise unittest.SkipTest('no ledger')\n"
        },
        "outcome",
        "skipped",
    ),
)
