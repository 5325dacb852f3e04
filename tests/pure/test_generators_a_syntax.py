"""Files that do not parse: the slip is found, and nothing else of the file changes."""

from __future__ import annotations

import pytest

from tests.pure.generators_a_ground import PATH, calm, rank, spliced
from workbench.healing.candidate import Candidate
from workbench.healing.generators.syntax import of_failure
from workbench.healing.ground import Ground
from workbench.splice import parses

PROGRAM = '''\
import os


def mean(values, weights=None):
    """Return the mean."""
    if not values:
        return 0
    total = sum(v * 2 for v in values)
    for i, value in enumerate(values):
        if value == 3 and i > 1:
            total += value
        elif value == 4:
            total -= 1
        else:
            total *= 2
    print("total", total)  # told
    table = {"a": 1, "b": [1, 2, 3]}
    try:
        os.remove("x")
    except OSError as error:
        print(f"no {error}")
    return total / len(values)


class A:
    def f(self, x):
        return self.g(x, [1, 2])

    def g(self, x, y):
        while x:
            x -= 1
        return y[0]
'''
SLIPS = (
    ("    if not values:", "    if not values"),
    ("sum(v * 2 for v in values)", "sum(v * 2 for v in values"),
    ('print("total", total)', 'print "total", total'),
    ('print("total", total)', 'print("total" total)'),
    ("        elif value == 4:", "        else if value == 4:"),
    ("if value == 3 and", "if value = 3 and"),
    ('{"a": 1, "b": [1, 2, 3]}', '{"a": 1 "b": [1, 2, 3]}'),
    ('{"a": 1, "b": [1, 2, 3]}', '{"a": 1, "b": [1, 2, 3}'),
    ('{"a": 1, "b": [1, 2, 3]}', '{"a": 1, "b": [1, 2, 3]'),
    ("except OSError as error:", "except OSError, error:"),
    ("def f(self, x):", "def f(self, x)"),
    ("def f(self, x):", "def f(self, x:"),
    ("def f(self, x):", "dfe f(self, x):"),
    ("return self.g(x, [1, 2])", "return self.g(x, [1, 2]))"),
    ("        return y[0]", "       return y[0]"),
    ("    return total / len(values)", "   return total / len(values)"),
    ("    return total / len(values)", "\treturn total / len(values)"),
    ("len(values)\n\n\nclass", "len(values\n\n\nclass"),
    ("if value == 3 and i > 1:", "if value == 3 && i > 1:"),
    ("import os", "improt os"),
    ("class A:", "class A"),
    ("total *= 2", "total *= 2;}"),
    ("        else:", "        else"),
    ("            x -= 1", "        x -= 1"),
    ("i, value in enumerate", "i, value enumerate"),
    ("i, value in enumerate", "(i, value in enumerate"),
    ('"""Return the mean."""', '"""Return the mean.""'),
    ("values, weights=None", "values weights=None"),
    ("import os\n", "<<<<<<< HEAD\nimport os\n=======\nimport sys\n>>>>>>> other\n"),
    ("return y[0]", "retrun y[0]"),
)


def _found(ground: Ground) -> list[Candidate]:
    return sorted(of_failure(ground), key=lambda one: -one.prior)


@pytest.mark.parametrize(("right", "wrong"), SLIPS, ids=lambda text: text.strip()[:24])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_slip_is_taken_back_first(right: str, wrong: str, ending: str) -> None:
    assert PROGRAM.count(right) == 1
    meant = PROGRAM.replace("\n", ending)
    ground = calm(meant.replace(right.replace("\n", ending), wrong.replace("\n", ending)))
    assert not ground.modules
    assert rank(ground, _found(ground), {PATH: meant}) == 1


@pytest.mark.parametrize("wrong", [wrong for _, wrong in SLIPS], ids=lambda text: text.strip()[:24])
def test_all_candidates_parse(wrong: str) -> None:
    right = next(one for one, other in SLIPS if other == wrong)
    ground = calm(PROGRAM.replace(right, wrong))
    texts = [spliced(ground, one)[PATH] for one in _found(ground)]
    assert texts
    assert len(texts) == len(set(texts))
    assert all(map(parses, texts))


def test_two_slips_are_taken_back_together() -> None:
    wrong = PROGRAM.replace("    if not values:", "    if not values").replace("x, y):", "x, y)")
    ground = calm(wrong)
    assert rank(ground, _found(ground), {PATH: PROGRAM}) == 1


def test_a_mark_at_the_start_of_the_file_is_kept() -> None:
    ground = calm("\ufeff" + PROGRAM.replace("not values:", "not values"))
    assert spliced(ground, _found(ground)[0])[PATH] == "\ufeff" + PROGRAM


def test_comments_are_kept() -> None:
    ground = calm(PROGRAM.replace('print("total", total)', 'print("total" total)'))
    assert spliced(ground, _found(ground)[0])[PATH] == PROGRAM


def test_files_that_parse_are_let_alone() -> None:
    assert not _found(calm(PROGRAM))
