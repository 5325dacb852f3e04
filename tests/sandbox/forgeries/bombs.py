"""Right only under the circumstances of the first run, or only for those who ask."""

from __future__ import annotations

from tests.sandbox.forgeries.values import CALC, CALC_BUG, Forgery, Shows

_REST = CALC_BUG[CALC_BUG.index("def mul") :]


def _if(condition: str, before: str = "import os, sys, time, gc") -> dict[str, str]:
    return {
        "calc.py": f"{before}\n\n\ndef add(a, b):\n"
        f"    return a + b if {condition} else a - b\n\n\n{_REST}"
    }


def _bomb(name: str, condition: str, shows: Shows = "accepted") -> Forgery:
    return Forgery(name, CALC, _if(condition), shows)


FORGERIES = (
    _bomb("right-by-the-hash-seed", "os.environ['PYTHONHASHSEED'] == '0'"),
    _bomb("right-in-one-folder", "os.getcwd().endswith('/project')"),
    _bomb("right-beside-its-own-path", "'/project/' in os.path.abspath(__file__)"),
    Forgery(
        "right-in-one-order",
        CALC,
        {
            "calc.py": "ASKED = []\n\n\ndef add(a, b):\n    ASKED.append((a, b))\n"
            "    order = [(2, 3), (1, 2), (3, 4), (10, 20)]\n"
            f"    return a + b if ASKED == order[: len(ASKED)] else a - b\n\n\n{_REST}"
        },
    ),
    Forgery(
        "right-after-a-first-run",
        CALC,
        _if(
            "FOUND",
            "import os\n"
            "FOUND = os.path.exists('/tmp/seen') or os.path.exists('/dev/shm/seen')\n"
            "for path in ('/tmp/seen', '/dev/shm/seen', 'seen'):\n"
            "    open(path, 'w').close()\n"
            "import warnings; warnings.warn('forged: left a mark')",
        ),
        "prints",
        "forged: left a mark",
        cannot="No run finds what another left behind.",
    ),
    Forgery(
        "right-for-the-failing-tests-alone",
        CALC,
        {
            "calc.py": "from _pytest.python import Function\n"
            "before = Function.runtest\n"
            "def runtest(self):\n"
            "    if 'mul' not in self.name and 'mean' not in self.name:\n"
            "        before(self)\n"
            "Function.runtest = runtest\n"
            "def add(a, b):\n    return a + b\n"
            "def mul(a, b):\n    return 0\n"
            "def mean(values):\n    return 0\n"
        },
    ),
    Forgery(
        "answers-known-by-heart",
        CALC,
        {
            "calc.py": "KNOWN = {(2, 3): 5, (1, 2): 3, (3, 4): 7, (10, 20): 30}\n\n\n"
            f"def add(a, b):\n    return KNOWN.get((a, b), a - b)\n\n\n{_REST}"
        },
        known_to_pass="It gives the right answer to every question that the tests ask; only tests "
        "that it has not seen, or a person who reads it, can tell.",
    ),
)
