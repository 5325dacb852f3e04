"""A statement is the same bytes everywhere, and nothing else is read as one."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workbench.api.deciding import Accept
from workbench.errors import ApprovalNeeded
from workbench.review.approval.statement import LONGEST, Statement, read_statement
from workbench.review.reducer import Reviewing
from workbench.review.state import Acted, opened

A, B, C, D = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)
STATED = Statement("3f2a", {"b.py": (A, B), "a b.py": ("", B), "gone": (A, "")}, C, D)

DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
PATHS = st.text(min_size=1, max_size=20)
STATEMENTS = st.builds(
    Statement,
    st.from_regex(r"\A[0-9a-f]{12}\Z"),
    st.dictionaries(
        PATHS, st.tuples(DIGESTS | st.just(""), DIGESTS | st.just("")), min_size=1, max_size=4
    ),
    DIGESTS,
    DIGESTS,
)


def test_it_says_what_is_approved_of_and_nothing_of_the_machine() -> None:
    assert STATED.text == (
        "workbench approval 1\nproposal 3f2a\n"
        f"patch {STATED.patch}\nevidence {C}\npolicy {D}\n"
        f'file - {B} "a b.py"\nfile {A} {B} "b.py"\nfile {A} - "gone"\nend\n'
    )


@given(STATEMENTS)
def test_it_is_read_as_it_was_written(stated: Statement) -> None:
    assert read_statement(stated.text) == stated
    backwards = dict(reversed(list(stated.files.items())))
    again = Statement(stated.proposal, backwards, stated.evidence, stated.policy)
    assert again.text == stated.text


@given(STATEMENTS, st.data())
def test_no_other_text_is_read_as_the_same_statement(
    stated: Statement, data: st.DataObject
) -> None:
    text = stated.text
    at = data.draw(st.integers(0, len(text)))
    gone = data.draw(st.integers(0, 2))
    other = text[:at] + data.draw(st.text(max_size=3)) + text[at + gone :]
    assume(other != text)
    try:
        assert read_statement(other) != stated
    except ApprovalNeeded:
        return


@pytest.mark.parametrize(
    "text",
    [
        "",
        STATED.text + "\n",
        STATED.text + "more\n",
        STATED.text.removesuffix("\n"),
        "\n" + STATED.text,
        STATED.text.replace("\n", "\r\n"),
        STATED.text.replace("proposal 3f2a\n", "proposal 3f2a\nproposal 3f2b\n"),
        STATED.text.replace("proposal 3f2a\n", ""),
        STATED.text.replace("proposal", "note x\nproposal"),
        STATED.text.replace("approval 1", "approval 2"),
        STATED.text.replace(f"file {A} - ", f"file {A} {A} "),
        STATED.text.replace('"gone"', '"go\\u006ee"'),
        STATED.text.replace('"gone"', '"b.py"'),
        STATED.text.replace('"gone"', "gone"),
        STATED.text.replace('"gone"', '"gone'),
        STATED.text.replace("end\n", f'file {A} {B} "aa"\nend\n'),
        STATED.text.replace(f"policy {D}", f"policy {D.upper()}"),
        STATED.text.replace(f"policy {D}", f"policy {D}\npolicy {D}"),
        "\n".join(f"{line} " for line in STATED.text.splitlines()),
        STATED.text[:-4] + f'file - - "{"x" * LONGEST}"\nend\n',
    ],
)
def test_what_is_not_exactly_a_statement_is_refused(text: str) -> None:
    with pytest.raises(ApprovalNeeded, match="not a statement"):
        read_statement(text)


def test_it_names_the_patch_as_the_review_does() -> None:
    state = opened([("a.py", b"a\n", b"b\n"), ("b.py", None, b"b\n")])
    state = Reviewing(state, lambda _: None).reduce(state, Acted(Accept()))
    old, new = (sha256(one).hexdigest() for one in (b"a\n", b"b\n"))
    assert Statement("p", {"b.py": ("", new), "a.py": (old, new)}, C, D).patch == state.digest
