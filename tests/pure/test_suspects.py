"""Which statements are suspected, on small programs that are run here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.pure.observed import ground_of, lines_of, observe
from workbench.healing.dossier import Dossier, TestRun
from workbench.healing.ground import Ground
from workbench.healing.suspicion.suspects import MOST, suspects

COUNT = '''\
def clean(text):
    """Make it plain."""
    return text.strip().lower()


def count(words):
    seen = {}
    for word in words:
        if word in seen:
            seen[word] = 1
        else:
            seen[word] = 1
    return seen


def other(number):
    return number + 1
'''
COUNT_TEST = """\
import it
def test_clean(): assert it.clean(" A ") == "a"
def test_one(): assert it.count(["a"]) == {"a": 1}
def test_other(): assert it.other(1) == 2
def test_two(): assert it.count(["a", "a"]) == {"a": 2}
"""


def test_what_only_failing_tests_run_comes_first() -> None:
    lines = lines_of(suspects(ground_of(COUNT, COUNT_TEST)))
    assert set(lines[:3]) >= {9, 10}
    assert 17 not in lines


def test_without_coverage_the_functions_that_the_test_calls_are_suspected() -> None:
    sites = suspects(ground_of(COUNT, COUNT_TEST, cover=False))
    lines = lines_of(sites)
    assert set(lines[:5]) <= set(range(6, 14))
    assert max(lines.index(line) for line in range(7, 14) if line != 11) < lines.index(17)


def test_each_statement_of_a_suspected_function_gets_its_turn_and_docstrings_do_not() -> None:
    sites = suspects(ground_of(COUNT, COUNT_TEST))
    weights = {site.node.lineno: site.weight for site in sites}
    assert {6, 7, 8, 9, 10, 12, 13} <= weights.keys()
    assert min(weights[line] for line in (7, 8, 9, 10, 12, 13)) > 0.3
    assert 2 not in weights


CRASH = """\
RATE = None


def price(items):
    total = 0
    for name, cost in items:
        total += cost
    return total * RATE


def report(items):
    whole = price(items)
    return f"{whole}"
"""


def test_a_crash_points_at_its_frame_and_at_what_it_reads() -> None:
    ground = ground_of(CRASH, "import it\ndef test_it(): assert it.report([('a', 1)]) == '1'\n")
    weights = {site.node.lineno: site.weight for site in suspects(ground)}
    assert weights[8] == 1.0
    assert weights[1] > 0
    assert weights[8] > weights[12] > weights[11]


def test_the_module_that_cannot_be_loaded_is_suspected_at_its_frame() -> None:
    source = "import os\nHOME = os.nowhere\n\n\ndef go():\n    return HOME\n"
    raised = {"kind": "AttributeError", "message": "module 'os' has no attribute 'nowhere'"}
    ground = Ground(Dossier((_failed("it.py", 2, raised),), {"it.py": source}))
    assert lines_of(suspects(ground))[0] == 2


def _failed(path: str, line: int, raised: dict[str, str]) -> TestRun:
    import msgspec

    from workbench.healing.dossier import Raised

    frame = {"path": path, "line": line, "function": "<module>"}
    value = msgspec.convert({**raised, "frames": [frame]}, Raised)
    return TestRun("test_it.py::test_it", "failed", value)


SEVERAL = """\
def area(width, height):
    size = width * height
    edge = width + height
    note = size + edge
    return size + 1 if note else size
"""
SEVERAL_TEST = "import it\ndef test_area(): assert it.area(2, 3) == 6\n"


def test_what_changed_since_the_tests_passed_is_suspected_most() -> None:
    before = {"it.py": SEVERAL.replace("note = size + edge", "note = 0")}
    ground = Ground(observe({"it.py": SEVERAL}, SEVERAL_TEST, before))
    assert lines_of(suspects(ground))[0] == 4


def test_a_changed_default_and_a_changed_constant_are_suspected() -> None:
    source = "STEP = 2\n\n\ndef up(number, times=2):\n    return number + times * STEP\n"
    test = "import it\ndef test_up(): assert it.up(1) == 2\n"
    for old, line in (("STEP = 1", 1), ("times=1", 4)):
        before = {"it.py": source.replace(old.replace("1", "2"), old)}
        ground = Ground(observe({"it.py": source}, test, before))
        assert lines_of(suspects(ground))[0] == line


TWO_CAUSES = """\
def first(numbers):
    return numbers[1]


def last(numbers):
    return numbers[-2]


def shared(numbers):
    return list(numbers)
"""


def test_failures_with_two_causes_accuse_both() -> None:
    test = """\
import it
def test_first(): assert it.first(it.shared([1, 2, 3])) == 1
def test_last(): assert it.last(it.shared([1, 2, 3])) == 3
def test_shared(): assert it.shared((1,)) == [1]
"""
    assert set(lines_of(suspects(ground_of(TWO_CAUSES, test)))[:2]) == {2, 6}


def test_a_loop_that_goes_on_and_on_is_suspected() -> None:
    source = """\
def halve(number):
    steps = 0
    while number > 0:
        number = number // 1
        steps += 1
    return steps
"""
    ground = ground_of(source, "import it\ndef test_it(): assert it.halve(4) == 3\n")
    assert ground.dossier.failing[0].outcome == "cut"
    assert set(lines_of(suspects(ground))[:2]) == {3, 4}


def test_the_function_that_returns_nothing_is_suspected_for_the_crash_in_its_caller() -> None:
    source = """\
def find(pairs, wanted):
    for name, value in pairs:
        if name == wanted:
            return None
    return ""


def show(pairs):
    found = find(pairs, "a")
    return found.upper()
"""
    ground = ground_of(source, "import it\ndef test_it(): assert it.show([('a', 'b')]) == 'B'\n")
    weights = {site.node.lineno: site.weight for site in suspects(ground)}
    assert weights[10] == 1.0
    assert weights[4] > weights[2]
    assert weights[9] > weights[8]


def test_a_fact_raises_suspicion() -> None:
    source = """\
def biggest(numbers):
    best = numbers[0]
    for number in numbers:
        if number > best:
            besst = number
    return best
"""
    ground = ground_of(source, "import it\ndef test_it(): assert it.biggest([1, 2]) == 2\n")
    assert lines_of(suspects(ground))[0] == 5


def test_a_large_project_gives_no_more_than_can_be_tried() -> None:
    body = "\n".join(f"    seen.append({at})" for at in range(1000))
    source = f"def long(seen):\n{body}\n    return len(seen) + 1\n"
    sites = suspects(ground_of(source, "import it\ndef test_it(): assert it.long([]) == 0\n"))
    assert len(sites) == MOST
    assert sites[0].node.lineno == 1002


@pytest.mark.parametrize("source", ["", "def broken(:\n", '"""Only text."""\n', "\ufeffx = 1\n"])
def test_files_with_nothing_to_suspect_give_nothing(source: str) -> None:
    run = TestRun("test_it.py::test_it", "failed")
    assert suspects(Ground(Dossier((run,), {"it.py": source}))) == ()


def test_a_failure_that_names_nothing_still_has_suspects() -> None:
    run = TestRun("elsewhere", "failed")
    sites = suspects(Ground(Dossier((run,), {"it.py": COUNT})))
    assert {3, 7, 13, 17} <= {*lines_of(sites)}


def test_weights_lie_between_0_and_1_and_fall() -> None:
    weights = [site.weight for site in suspects(ground_of(COUNT, COUNT_TEST))]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] == 1.0
    assert all(0 < weight <= 1 for weight in weights)


def test_a_message_that_names_something_points_there() -> None:
    source = """\
def make(kind):
    options = {"kind": kind}
    values = {"other": 1}
    options.update(values)
    return use(**options)


def use(kind, size=0):
    return kind, size
"""
    ground = ground_of(source, "import it\ndef test_it(): assert it.make(1) == (1, 1)\n")
    lines = lines_of(suspects(ground))
    assert set(lines[:3]) >= {3, 5}


def test_tests_of_many_failures_do_not_hide_the_one_alone() -> None:
    ground = ground_of(COUNT, COUNT_TEST)
    other = replace(ground.dossier, runs=(*ground.dossier.runs, TestRun("x::y", "failed")))
    assert set(lines_of(suspects(Ground(other)))[:3]) >= {9, 10}
