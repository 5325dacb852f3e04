"""What is odd about a change is said in a sentence; what is usual is not."""

from __future__ import annotations

import pytest

from workbench.review.script import script
from workbench.review.state import File
from workbench.review.warnings import deceives, warnings_of


def said(before: bytes | None, after: bytes | None, path: str = "a.py") -> tuple[str, ...]:
    return warnings_of(File(path, script(before, after)))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (b"a\n", b"b\n", ()),
        (b"a\n", "größer = 1\n".encode(), ()),
        (b"a\n", "имя = 1\n".encode(), ()),
        (b"a\n", b"\tb\n", ()),
        (b"a\r\n", b"b\r\n", ()),
        (b"a\n", "x = '\u202e'\n".encode(), ("Line 1: characters that control",)),
        (b"a\n", b"a\nx\x1b[2J\n", ("Line 2: characters that control",)),
        (b"a\n", "a\u200b = 1\n".encode(), ("Line 1: characters that control",)),
        (b"a\n", "pаss = 1\n".encode(), ("Line 1: words with letters of several scripts",)),  # noqa: RUF001
        ("x\u202e\n".encode(), "    x\u202e\n".encode(), ()),
        (b"a\n", b"x" * 501 + b"\n", ("Line 1: more than 500 bytes",)),
        (b"a\n", b"b\r\n", ("Line ends change",)),
        (b"a\r\nb\n", b"c\r\nd\n", ()),
        (None, b"a\n\x00\n", ("The file is new.", "Line 2: characters that control")),
        (b"a\n", None, ("The file is removed.",)),
    ],
)
def test_what_comes(before: bytes | None, after: bytes | None, expected: tuple[str, ...]) -> None:
    found = said(before, after)
    assert len(found) == len(expected)
    assert all(one.startswith(start) for one, start in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("path", "start"),
    [
        ("a\u202e.py", "Its name holds characters"),
        ("a\n.py", "Its name holds characters"),
        ("ä.py", "Its name has letters that are not ASCII"),
        (" a.py", "Its name has blanks"),
        ("a\\b.py", "Its name has blanks or slashes"),
    ],
)
def test_names(path: str, start: str) -> None:
    assert said(b"a\n", b"b\n", path)[0].startswith(start)


def test_many_lines_are_named_in_part() -> None:
    (told,) = said(b"", b"x\x07\n" * 5)
    assert told.startswith("Lines 1, 2, 3 and 2 more: ")


def test_a_test_that_is_offered_says_so() -> None:
    file = File("t.py", script(None, b"a\n"), "test")
    assert warnings_of(file)[0] == "This is a test, offered beside the repair."


@pytest.mark.parametrize(
    ("after", "path", "does"),
    [
        (b"b\n", "a.py", False),
        ("ö\n".encode(), "a.py", False),
        ("\u2066\n".encode(), "a.py", True),
        ("pа\n".encode(), "a.py", True),  # noqa: RUF001
        (b"b\n", "pа.py", True),  # noqa: RUF001
    ],
)
def test_what_deceives(after: bytes, path: str, does: bool) -> None:
    assert deceives(File(path, script(b"a\n", after))) is does
