"""One change after another is one change; what is written back is what was read."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.healing.candidate import Candidate, Change, candidate
from workbench.healing.compose import applied, composed, difference
from workbench.healing.texts import decoded, unified
from workbench.splice import Edit, Source

TEXTS = st.text(alphabet="ab\n\r\u00e9\u4e16", max_size=12)


@given(TEXTS, TEXTS)
def test_a_difference_leads_from_one_text_to_the_other(before: str, after: str) -> None:
    edit = difference(before, after)
    assert (before if edit is None else Source(before).spliced([edit])) == after


def test_a_difference_is_as_small_as_it_can_be() -> None:
    assert difference("x = a + b\n", "x = a - b\n") == Edit(6, 7, "-")


def test_what_comes_second_is_written_against_the_outcome_of_the_first() -> None:
    texts = {"a.py": "x = 1\ny = 2\n"}
    first = candidate("a.py", [Edit(4, 5, "100")], "one:x", 0.5, "1 becomes 100")
    then = candidate("a.py", [Edit(12, 13, "3")], "two:y", 0.5, "2 becomes 3")
    both = composed(texts, first, then, 0.1)
    assert applied(texts, both) == {"a.py": "x = 100\ny = 3\n"}
    assert (both.operator, both.why) == ("one:x+two:y", "1 becomes 100; 2 becomes 3")


def test_two_changes_that_undo_each_other_come_to_nothing() -> None:
    texts = {"a.py": "x = 1\n"}
    there, back = (candidate("a.py", [Edit(4, 5, text)], "o", 0.5) for text in "21")
    assert composed(texts, there, back, 0.1).changes == ()


def test_files_are_changed_each_for_itself() -> None:
    texts = {"a.py": "a\n", "b.py": "b\n", "c.py": "c\n"}
    changes = (Change("a.py", Edit(0, 1, "x")), Change("c.py", Edit(0, 1, "z")))
    assert applied(texts, Candidate(changes, "o", 0.5)) == {"a.py": "x\n", "c.py": "z\n"}


WRITTEN = {
    "plain": b"x = 1\n",
    "crlf": b"x = 1\r\ny = 2\r\n",
    "mark": b"\xef\xbb\xbfx = 1\n",
    "latin": b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
    "open end": b"x = 1",
    "form feed": b"x = 1\n\x0c\ny = 2\n",
}


@pytest.mark.parametrize("data", WRITTEN.values(), ids=WRITTEN)
def test_what_is_not_changed_is_written_back_as_it_was(data: bytes) -> None:
    text = decoded(data)
    assert text
    assert text.encoded(text.text) == data


def test_what_cannot_be_read_for_sure_is_left_alone() -> None:
    assert decoded(b"x = '\xff'\n") is None
    assert decoded(b"# coding: nothing-known\n") is None


@pytest.mark.parametrize("data", WRITTEN.values(), ids=WRITTEN)
def test_the_diff_is_one_that_git_applies(data: bytes, tmp_path: Path) -> None:
    text = decoded(data)
    assert text
    after = Source(text.text).spliced([Edit(0, 0, "w = 0; ")]) if b"coding" not in data else None
    after = after or text.text.replace("x", "z")
    (tmp_path / "a.py").write_bytes(data)
    diff = unified({"a.py": (text.text, after)}).encode(text.encoding)
    subprocess.run(["git", "apply"], input=diff, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "a.py").read_bytes() == text.encoded(after)
