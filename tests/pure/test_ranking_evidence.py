"""What is known of a patch beside its place: its parts, its mutants, its quality."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.healing import changes
from workbench.healing.candidate import Candidate, Change, candidate
from workbench.healing.compose import applied
from workbench.healing.judging.ablation import (
    Ablation,
    Came,
    Parts,
    ablation,
    line_edits,
    sound,
)
from workbench.healing.judging.mutants import Killed, mutants
from workbench.healing.judging.quality import compared, quality
from workbench.healing.ranking.tokens import tokens
from workbench.splice import Edit, Source, parses

TEXTS = st.lists(
    st.sampled_from(["a\n", "b\n", "c\r\n", "\n", "d\r", "  e\x0c\n", "é\u2028\n"]), max_size=12
).map("".join)


def with_hunks(before: str, after: str, kept: Sequence[changes.Hunk]) -> str:
    """Return `before` with only some of the hunks that lead to `after`."""
    old, new = changes.split(before), changes.split(after)
    pieces, done = [], 0
    for hunk in sorted(kept):
        pieces += [*old[done : hunk.start], *new[hunk.new_start : hunk.new_end]]
        done = hunk.end
    return "".join([*pieces, *old[done:]])


@given(TEXTS, TEXTS)
def test_hunks_lead_from_one_text_to_the_other(before: str, after: str) -> None:
    found = changes.hunks(before, after)
    assert with_hunks(before, after, found) == after
    assert with_hunks(before, after, ()) == before
    assert "".join(changes.split(before)) == before
    assert bool(found) == (before != after)


@given(TEXTS, TEXTS)
def test_line_edits_do_the_same(before: str, after: str) -> None:
    assert Source(before).spliced(line_edits(before, after)) == after


def test_changed_lines_are_those_that_are_new_or_beside_what_is_gone() -> None:
    assert changes.changed_lines("a\nb\nc\n", "a\nx\nc\n") == {2}
    assert changes.changed_lines("a\nb\nc\n", "a\nc\n") == {1, 2}
    assert changes.changes({"a": "1\n", "b": "1\n"}, {"a": "2\n", "b": "1\n", "c": ""}) == {
        "a": {1}
    }


def test_a_long_file_is_compared_at_once() -> None:
    lines = [f"{at}\n\n" for at in range(20_000)]
    other = [*lines[:10_000], "new\n", *lines[10_000:]]
    assert changes.changed_lines("".join(lines), "".join(other)) == {20_001}


SOURCE = "def f(a):\n    b = a + 1\n    c = a + 2\n    d = a + 3\n    return b + c + d\n"


def three() -> Candidate:
    """Return a candidate with three parts."""
    edits = [Edit(at := SOURCE.index(f"+ {n}"), at + 3, f"- {n}") for n in (1, 2, 3)]
    return candidate("it.py", edits, "some:rule", 0.1)


def asked(ablation: Ablation, needed: Parts, tests: dict[int, str]) -> dict[Parts, Came]:
    """Answer all questions: `needed` parts do it, each for its test; return what was asked."""
    known: dict[Parts, Came] = {}
    while questions := ablation.questions(known):
        assert not known.keys() & {*questions}
        for parts in questions:
            passes = frozenset(test for part, test in tests.items() if part in parts)
            known[parts] = Came(passes, broke=not needed & parts)
    return known


def test_parts_that_nothing_needs_are_left_out() -> None:
    whole = Came(frozenset({"test_b", "test_d"}))
    found = ablation(three(), {"it.py": SOURCE}, whole)
    assert len(found.parts) == 3
    known = asked(found, frozenset({0, 2}), {0: "test_b", 2: "test_d"})
    assert found.smallest(known) == {0, 2}
    assert found.needed_for(known) == {0: {"test_b"}, 2: {"test_d"}}
    smaller = applied({"it.py": SOURCE}, found.candidate_of(found.smallest(known)))["it.py"]
    assert smaller == SOURCE.replace("+ 1", "- 1").replace("+ 3", "- 3")


def test_a_patch_in_one_part_asks_nothing() -> None:
    one = candidate("it.py", [Edit(0, 0, "x = 1\n")], "some:rule", 0.1)
    found = ablation(one, {"it.py": SOURCE}, Came(frozenset({"t"})))
    assert found.questions({}) == ()
    assert found.needed_for({}) == {0: {"t"}}
    assert found.candidate_of(found.all) == one


@given(st.integers(2, 14), st.data())
def test_the_smallest_is_found_whatever_is_needed(count: int, data: st.DataObject) -> None:
    needed = data.draw(st.frozensets(st.integers(0, count - 1), min_size=1))
    parts = tuple(Change("it.py", Edit(at, at, "x")) for at in range(count))
    whole = Came(frozenset(f"t{part}" for part in needed))
    found = Ablation(Candidate(parts, "some:rule", 0.1), parts, whole)
    known = asked(found, needed, {part: f"t{part}" for part in needed})
    assert found.smallest(known) == needed
    assert len(known) <= count * count


def test_what_does_not_parse_is_not_tried() -> None:
    files = {"it.py": "if a:\n    b\n"}
    broken = candidate("it.py", [Edit(0, 6, "")], "some:rule", 0.1)
    fine = candidate("it.py", [Edit(3, 4, "c")], "some:rule", 0.1)
    assert list(sound([broken, fine], files)) == [fine]


def test_mutants_differ_from_the_patch_from_each_other_and_from_what_was_there() -> None:
    files = {"it.py": "def f(a, b):\n    if a < b and not a:\n        return a + 1\n    return b\n"}
    source = files["it.py"]
    at = source.index("a < b")
    one = candidate("it.py", [Edit(at, at + 5, "a <= b")], "operators:compare", 0.1)
    made = mutants(one, files)
    texts = [applied(files, mutant)["it.py"] for mutant in made]
    assert len({*texts}) == len(texts) >= 2
    assert all(parses(text) for text in texts)
    assert source not in texts
    assert applied(files, one)["it.py"] not in texts
    assert any("a <= b or not a" in text for text in texts)
    assert all("return a + 1" in text for text in texts)


@pytest.mark.parametrize(
    ("line", "mutated"),
    [
        ("return a + b", {"return a - b", "return None"}),
        ("return a[1]", {"return a[2]", "return None"}),
        ("return a in b", {"return a not in b", "return None"}),
        ("a.append(b)", {"pass"}),
        (
            "if a and b: a += b",
            {"if a or b: a += b", "if not (a and b): a += b", "if a and b: pass"},
        ),
        ("return a if True else b", {"return a if False else b", "return None"}),
        ("return (a) + (b)", {"return (a) - (b)", "return None"}),
        ("raise a", {"pass"}),
    ],
)
def test_mutants_of_a_line(line: str, mutated: set[str]) -> None:
    files = {"it.py": "def f(a, b):\n    old\n"}
    at = files["it.py"].index("old")
    one = candidate("it.py", [Edit(at, at + 3, line)], "some:rule", 0.1)
    texts = {
        applied(files, mutant)["it.py"].splitlines()[1].strip() for mutant in mutants(one, files)
    }
    assert texts == mutated


def test_mutants_that_nobody_notices_are_a_doubt() -> None:
    assert Killed(0, 3).is_doubt
    assert not Killed(1, 3).is_doubt
    assert not Killed(0, 0).is_doubt
    sentences = {Killed(*pair).sentence for pair in ((0, 3), (1, 3), (0, 0))}
    assert len(sentences) == 3


COMPLICATED = """\
class A:
    def go(self, a):
        if a:
            for b in a:
                if b and a:
                    return b
        return None

    def rest(self):
        return 1
"""


def test_quality_is_measured_for_what_is_changed() -> None:
    before = quality(COMPLICATED, ["A.go"])
    simple = COMPLICATED.replace("                if b and a:\n", "                if b:\n")
    after = quality(simple, ["A.go"])
    assert before is not None
    assert after is not None
    assert (before.complexity, after.complexity) == ({"A.go": 5}, {"A.go": 4})
    assert 0 < before.maintainability["A.go"] <= 100
    said = compared(before, after)
    assert said[0] == "A.go has 4 ways through it instead of 5."
    assert said[1].startswith("A.go is easier to maintain")
    assert compared(before, before) == ()


def test_quality_of_what_cannot_be_read_is_not_known() -> None:
    assert quality("def broken(:\n", []) is None
    assert compared(None, quality("a = 1\n", [])) == ()
    whole = quality("\ufeffa = 1 if b else 2\n", [])
    assert whole is not None
    assert whole.complexity == {"": 2}


def test_handlers_of_exception_groups_are_counted() -> None:
    source = "def f():\n    {}\n"
    body = "try:\n        f()\n    except{} ValueError:\n        pass"
    plain, star = (quality(source.format(body.format(mark)), ["f"]) for mark in ("", "*"))
    assert plain is not None
    assert star is not None
    assert plain.complexity == star.complexity == {"f": 2}


def test_tokens_of_pieces() -> None:
    text = "if a<=b: # no\r\n    c['x y'] //= 0x1F\n\n  def"
    wanted = ["if", "a", "<=", "b", ":", "\n", "c", "[", "'x y'", "]", "//=", "0x1F", "\n", "def"]
    assert tokens(text) == wanted


@given(st.text(max_size=40))
def test_tokens_of_anything(text: str) -> None:
    assert all(tokens(text))


def test_every_pair_of_parts_is_a_candidate_of_its_own() -> None:
    found = ablation(three(), {"it.py": SOURCE}, Came(frozenset()))
    for pair in combinations(range(3), 2):
        assert len(found.candidate_of(frozenset(pair)).changes) == 2
