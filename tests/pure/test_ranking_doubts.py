"""What speaks against a patch, each sign by itself."""

from __future__ import annotations

import pytest

from tests.pure.observed import ground_of
from workbench.healing.candidate import Candidate, candidate
from workbench.healing.ranking.antipatterns import WEIGHTS
from workbench.healing.ranking.features import Contender, Reader
from workbench.splice import Edit

SOURCE = '''\
def pick(rows, wanted, least=3):
    """Return what is wanted."""
    found = []
    for row in rows:
        if row is None:
            continue
        try:
            value = int(row)
        except ValueError:
            raise
        if value < least:
            raise KeyError(row)
        found.append(value * 10)
    if not found:
        return wanted
    return sum(found) + len(rows)


def kind(mark):
    if mark == "a":
        return "one"
    elif mark == "b":
        return "two"
    elif mark == "c":
        return "three"
    elif mark == "d":
        return "four"
    return mark
'''
TEST = "import it\ndef test_it(): assert it.pick(['7', '8'], 'none', 5) == 4711\n"

SIGNS = {
    "deletes": [("        found.append(value * 10)\n", "")],
    "deletes-condition": [("        if row is None:\n            continue\n", "")],
    "disables-check": [("        if value < least:\n            raise KeyError(row)\n", "")],
    "empties": [("found.append(value * 10)", "pass")],
    "constant-condition": [("if value < least:", "if False:"), ("if not found:", "if 1 or 2:")],
    "literal-of-test": [("return sum(found) + len(rows)", "return 4711")],
    "special-case": [("if not found:", "if wanted == 'none':"), ("not found", "found in [[7, 8]]")],
    "returns-constant": [("return sum(found) + len(rows)", "return 0")],
    "widens-except": [
        ("except ValueError:", "except Exception:"),
        ("except ValueError:", "except (ValueError, TypeError):"),
        (
            "    return sum(found)",
            "    try:\n        pass\n    except:\n        pass\n    return sum(found)",
        ),
    ],
    "skips": [
        ("        found.append", "        continue\n        found.append"),
        ("    found = []", "    if wanted == least + 1:\n        return\n    found = []"),
    ],
    "unreachable": [("    if not found:", "    return found\n    if not found:")],
    "drops-use": [("return wanted", "return None"), ("value < least", "value < 5")],
    "hard-codes": [("len(rows)", "12"), ("value * 10", "'x'")],
    "drops-argument": [("int(row)", "int()")],
    "odd-branch": [('mark == "c"', 'mark <= "c"'), ('mark == "a"', 'mark != "a"')],
    "same-each-round": [("sum(found)", "sum(wanted for row in rows)")],
}
FINE = {
    "another comparison": ("value < least", "value <= least"),
    "another name": ("sum(found)", "sum(rows)"),
    "a guard": ("    found = []", "    if not rows:\n        return wanted\n    found = []"),
    "a number": ("value * 10", "value * 11"),
    "a call around": ("sum(found)", "abs(sum(found))"),
    "another branch": ('mark == "d"', "mark == least"),
    "a branch that asks of more": ('mark == "c"', 'mark == "c" or not mark'),
    "a usual comparison": ("if not found:", "if found == [] or wanted is None:"),
}


def codes(old: str, new: str) -> set[str]:
    looked = Reader(ground_of(SOURCE, TEST)).look(Contender(_exchanged(old, new)))
    assert all(one.sentence.endswith(".") and one.much > 0 for one in looked.doubts)
    return {one.code for one in looked.doubts}


def _exchanged(old: str, new: str) -> Candidate:
    assert SOURCE.count(old) == 1, old
    start = SOURCE.index(old)
    return candidate("it.py", [Edit(start, start + len(old), new)], "some:rule", 0.1)


@pytest.mark.parametrize(
    ("code", "old", "new"), [(code, *pair) for code, pairs in SIGNS.items() for pair in pairs]
)
def test_a_sign_is_seen(code: str, old: str, new: str) -> None:
    assert code in codes(old, new)


@pytest.mark.parametrize("what", FINE)
def test_ordinary_repairs_show_none(what: str) -> None:
    assert codes(*FINE[what]) == set()


def test_every_sign_has_a_weight_and_is_tried() -> None:
    assert SIGNS.keys() == WEIGHTS.keys()


def test_one_value_instead_of_another_is_less_of_a_special_case() -> None:
    new, exchanged = (
        Reader(ground_of(SOURCE, TEST)).look(Contender(_exchanged(*pair))).doubts[0].much
        for pair in (("if not found:", "if wanted == 'none':"), ('mark == "d"', "mark == 'none'"))
    )
    assert 0 < exchanged < new / 2
