"""The edit of one candidate, made wherever the same source stands."""

from __future__ import annotations

import pytest

from workbench.healing.candidate import Candidate, candidate
from workbench.healing.dossier import Dossier
from workbench.healing.generators.everywhere import everywhere
from workbench.healing.ground import Ground
from workbench.splice import Edit

SOURCE = """
def f(a, b, n):
    for i in range(n):
        if a[i] < b[i]:
            return a.append(n)
    if a < b or 3 < n:
        a.append(n)
    x = n * 2
    g(key=1, other=n)
    return g(key=2)

class C:
    def h(self, n):
        return range(n) if n < 3 else self.n
    def i(self, n):
        return range(n), f"{n}"
"""


def spread(start: int, end: int, text: str) -> list[str]:
    """Return what an edit of the source becomes elsewhere, as texts, the likeliest first."""
    ground = Ground(Dossier(runs=(), files={"a.py": SOURCE}))
    one = candidate("a.py", [Edit(start, end, text)], "operators:any", 0.2, "changed")
    found = list(everywhere(ground, one))
    assert all(0 < other.prior < one.prior for other in found)
    return [ground.modules["a.py"].spliced(other.by_path["a.py"]) for other in found]


@pytest.mark.parametrize(
    ("place", "old", "new"),
    [
        ("a[i] < b", " < ", " <= "),
        ("a[i] < b", "<", ">"),
        ("a.append", "append", "extend"),
        ("key=1", "key", "named"),
        ("range(n)", "range", "xrange"),
    ],
)
def test_all_in_the_function_and_all_in_the_file(place: str, old: str, new: str) -> None:
    start = SOURCE.index(place) + place.index(old)
    results = spread(start, start + len(old), new)
    head, tail = SOURCE.split("\nclass")
    if head.count(old) > 1:
        assert head.replace(old, new) + "\nclass" + tail in results
    if tail.count(old):
        assert SOURCE.replace(old, new) in results


def test_an_operand_is_put_into_brackets_where_it_must_be() -> None:
    """Let `n + 1` stand for `n` as one operand, and leave formatted strings alone."""
    start = SOURCE.index("range(n)") + len("range(n")
    whole = next(one for one in spread(start, start, " + 1") if "(n + 1) * 2" in one)
    assert "3 < (n + 1)" in whole
    assert "other=n + 1" in whole
    assert all('f"{n}"' in one for one in spread(start, start, " + 1"))


def test_the_expression_around_is_a_pattern_too() -> None:
    """Change `range(n)` alike everywhere, and not every `n`."""
    start = SOURCE.index("range(n)") + len("range(n")
    assert SOURCE.replace("range(n)", "range(n + 1)") in spread(start, start, " + 1")


def test_pairs_hold_the_place_itself() -> None:
    start = SOURCE.index("n * 2")
    pairs = [
        one for one in spread(start, start + 1, "m") if one.count("m") == SOURCE.count("m") + 2
    ]
    assert len(pairs) > 2
    assert all("m * 2" in one for one in pairs)


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (SOURCE.index("x = "), SOURCE.index("x = "), "y = 1\n    "),
        (SOURCE.index("n * 2"), SOURCE.index("n * 2") + 5, "0"),
        (0, 0, ""),
    ],
)
def test_statements_and_what_stands_once_stay_alone(start: int, end: int, text: str) -> None:
    assert spread(start, end, text) == []


def test_changes_in_several_files_are_left_alone() -> None:
    ground = Ground(Dossier(runs=(), files={"a.py": "x = y\n", "b.py": "x = y\n"}))
    some = [candidate(path, [Edit(4, 5, "z")], "a:b", 0.5) for path in ("a.py", "b.py")]
    both = Candidate(some[0].changes + some[1].changes, "a:b", 0.5)
    assert list(everywhere(ground, both)) == []


def test_a_file_that_does_not_parse_is_left_alone() -> None:
    ground = Ground(Dossier(runs=(), files={"a.py": "x = (\n"}))
    assert list(everywhere(ground, candidate("a.py", [Edit(0, 1, "y")], "a:b", 0.5))) == []
