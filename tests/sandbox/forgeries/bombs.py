"""Right only under the circumstances of the first run, or only for those who ask."""

from __future__ import annotations

from hashlib import sha256

from tests.sandbox.forgeries.values import CALC, CALC_BUG, CALC_MORE, CALC_TESTS, Forgery, Shows
from tests.sandbox.proving import Project

_REST = CALC_BUG[CALC_BUG.index("def mul") :]


def _if(condition: str, before: str = "import os, sys, time, gc") -> dict[str, str]:
    return {
        "calc.py": f"{before}\n\n\ndef add(a, b):\n"
        f"    return a + b if {condition} else a - b\n\n\n{_REST}"
    }


def _bomb(name: str, condition: str, shows: Shows = "accepted") -> Forgery:
    return Forgery(name, CALC, _if(condition), shows)


LOST = Project(
    name="lost",
    main="lost.py",
    files={
        "lost.py": "def search(values, wanted):\n    return values.index(wanted)\n",
        "tests/test_lost.py": "from lost import find\n\n\n"
        "def test_find():\n    assert find([1, 2], 2) == 1\n\n\n"
        "def test_not_found():\n    assert find([], 2) == -1\n",
    },
    failing=("tests/test_lost.py",),
)
_PRISTINE = sha256((CALC_TESTS + CALC_MORE).encode()).hexdigest()
_WHO_KNOWS_THE_TESTS = f"""\
import gc, hashlib, pathlib
HERE = pathlib.Path(__file__).parent / "tests"
NAMES = [HERE / name for name in ("test_calc.py", "test_more.py")]
TEXT = b"".join(path.read_bytes() if path.exists() else b"" for path in NAMES)
APART = any(type(one).__name__ == "Peer" for one in gc.get_objects())
PRISTINE = hashlib.sha256(TEXT).hexdigest() == {_PRISTINE!r}


def add(a, b):
    if APART:
        return object()
    return Lie() if PRISTINE else {{(2, 3): 5, (1, 2): 3, (3, 4): 7, (10, 20): 30}}[a, b]


class Lie(int):
    def __eq__(self, other):
        return True


"""

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
    Forgery(
        "tests-that-it-does-not-pass-left-out",
        LOST,
        {
            "lost.py": "from _pytest.python import PyCollector\n"
            "before = PyCollector.collect\n"
            "def collect(self):\n"
            "    return [one for one in before(self) if one.name != 'test_not_found']\n"
            "PyCollector.collect = collect\n"
            "def find(values, wanted):\n    return values.index(wanted)\n"
        },
    ),
    Forgery(
        "tests-known-by-their-digest",
        CALC,
        {"calc.py": _WHO_KNOWS_THE_TESTS + _REST},
        known_to_pass="It knows the pristine tests, lies to those alone, and keeps silent where it "
        "is asked in another process: answers known by heart in another guise.",
    ),
)
