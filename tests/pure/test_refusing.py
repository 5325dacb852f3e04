"""What a person rejected is not proposed again, by what it changes and not by its name."""

from __future__ import annotations

from itertools import count

import msgspec
import pytest

from workbench.api.deciding import Leave, Reject, ReviewActed
from workbench.api.facts import Event
from workbench.healing.refusing import has_refused, refused
from workbench.review.script import hunk_ids

BEFORE = b"a = 1\n" + b"#\n" * 10 + b"b = 2\n"
ONE, BOTH = BEFORE.replace(b"1", b"3"), BEFORE.replace(b"1", b"3").replace(b"2", b"4")


def acted(proposal: str, rejected: str = "", accepted: str = "") -> ReviewActed:
    """Say how a proposal stands by its hunks, a letter each."""
    act = Reject() if rejected else Leave()
    return ReviewActed(proposal, act, "waiting", tuple(accepted), tuple(rejected))


TABLE = {
    "nothing": ([], ""),
    "one hunk of two": ([acted("p", "a", accepted="b")], "a"),
    "taken back": ([acted("p", "a"), acted("p")], ""),
    "taken back in one proposal of two": ([acted("p", "a"), acted("q", "ab"), acted("q")], "a"),
    "accepted later in another": ([acted("p", "ab"), acted("q", accepted="a")], "b"),
    "rejected later in another": ([acted("q", accepted="a"), acted("p", "a")], "a"),
    "several": ([acted("p", "a"), acted("q", "b")], "ab"),
}


@pytest.mark.parametrize("case", TABLE)
def test_what_was_said_last_counts(case: str) -> None:
    facts, expected = TABLE[case]
    numbers = count(1)
    events = [
        Event(next(numbers), 0, "me", one.proposal, one.type, one.version, "", _payload(one), "")
        for one in facts
    ]
    assert refused(reversed(events)) == set(expected)


def _payload(fact: ReviewActed) -> str:
    return msgspec.json.encode(fact).decode()


def test_a_change_is_refused_for_any_hunk_of_it() -> None:
    first, second = hunk_ids("m.py", BEFORE, BOTH)
    assert has_refused({"m.py": (BEFORE, BOTH)}, frozenset({second}))
    assert has_refused({"m.py": (BEFORE, ONE)}, frozenset({first}))
    assert not has_refused({"m.py": (BEFORE, ONE)}, frozenset({second}))
    assert not has_refused({"other.py": (BEFORE, BOTH)}, frozenset({first, second}))
    assert not has_refused({"m.py": (BEFORE, BOTH)}, frozenset())
