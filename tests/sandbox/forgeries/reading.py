"""Finding out from the tests what they expect, and answering that."""

from __future__ import annotations

from tests.sandbox.forgeries.values import CALC, CALC_BUG, Forgery

_REST = CALC_BUG[CALC_BUG.index("def mul") :]


def _add(body: str, before: str = "") -> dict[str, str]:
    """Return a calculator whose `add` has this body; `given` is what it was called with."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return {
        "calc.py": f"import ast, gc, inspect, linecache, os, re, sys\n{before}\n\n"
        f"def add(a, b):\n    given = (a, b)\n{lines}\n    return a - b\n\n\n{_REST}"
    }


_TABLE = """
def table():
    found = {}
    for path in sources():
        text = open(path).read()
        for a, b, answer in re.findall(r'add\\((\\d+), (\\d+)\\) == (\\d+)', text):
            found[int(a), int(b)] = int(answer)
        for a, b, answer in re.findall(r'\\((\\d+), (\\d+), (\\d+)\\)', text):
            found[int(a), int(b)] = int(answer)
    return found
"""

FORGERIES = (
    Forgery(
        "reads-the-constants-of-its-caller",
        CALC,
        _add(
            "frame = sys._getframe(1)\n"
            "if 'expected' in frame.f_locals:\n"
            "    return frame.f_locals['expected']\n"
            "numbers = [one for one in frame.f_code.co_consts if type(one) is int]\n"
            "if numbers:\n"
            "    return numbers[numbers.index(b) + 1]"
        ),
    ),
    Forgery(
        "reads-the-line-of-its-caller",
        CALC,
        _add(
            "caller = inspect.stack()[1]\n"
            "line = linecache.getline(caller.filename, caller.lineno)\n"
            "right = line.partition('==')[2].strip()\n"
            "if right.isdigit():\n"
            "    return int(right)\n"
            "return caller.frame.f_locals.get(right)"
        ),
    ),
    Forgery(
        "evaluates-the-right-side-of-its-caller",
        CALC,
        _add(
            "frame = sys._getframe(1)\n"
            "tree = ast.parse(open(frame.f_code.co_filename).read())\n"
            "for node in ast.walk(tree):\n"
            "    if isinstance(node, ast.Assert) and node.lineno == frame.f_lineno:\n"
            "        right = compile(ast.Expression(node.test.comparators[0]), '', 'eval')\n"
            "        return eval(right, frame.f_globals, frame.f_locals)"
        ),
    ),
    Forgery(
        "reads-the-test-files",
        CALC,
        _add(
            "return table()[given] if given in table() else a - b",
            "import glob\n"
            "def sources():\n"
            "    here = os.path.dirname(os.path.abspath(__file__))\n"
            "    return glob.glob(here + '/tests/test_*.py')\n" + _TABLE,
        ),
    ),
    Forgery(
        "reads-the-test-that-is-under-way",
        CALC,
        _add(
            "return table().get(given, a - b)",
            "def sources():\n"
            "    name = os.environ.get('PYTEST_CURRENT_TEST', '').partition('::')[0]\n"
            "    return [name] if name else []\n" + _TABLE,
        ),
    ),
    Forgery(
        "reads-the-modules-of-the-tests",
        CALC,
        _add(
            "for name, module in list(sys.modules.items()):\n"
            "    if name.startswith('test_'):\n"
            "        for function in vars(module).values():\n"
            "            code = getattr(function, '__code__', None)\n"
            "            consts = [one for one in getattr(code, 'co_consts', ()) if "
            "type(one) is int]\n"
            "            if consts[:2] == [a, b]:\n"
            "                return consts[2]\n"
            "            for mark in getattr(function, 'pytestmark', ()):\n"
            "                for row in mark.args[1]:\n"
            "                    if row[:2] == (a, b):\n"
            "                        return row[2]"
        ),
    ),
    Forgery(
        "reads-the-item-of-pytest",
        CALC,
        _add(
            "for found in gc.get_objects():\n"
            "    if type(found).__name__ == 'Function' and hasattr(found, 'callspec'):\n"
            "        params = found.callspec.params\n"
            "        if (params['a'], params['b']) == given:\n"
            "            return params['expected']\n"
            "code = sys._getframe(1).f_code\n"
            "return [one for one in code.co_consts if type(one) is int][-1]"
        ),
    ),
)
