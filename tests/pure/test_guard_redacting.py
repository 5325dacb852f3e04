"""Secrets go before a model, a log or the journal sees them, and source stays as it is."""

from __future__ import annotations

import ast
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.chat.guard import REDACTED, redact

PRIVATE = "-----BEGIN {0}PRIVATE KEY{1}-----\nhunter2\n-----END {0}PRIVATE KEY{1}-----"


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2",
        "PASSWORD: hunter2",
        '{"client_secret": "hunter2"}',
        "db_password = b'hunter2'",
        "config['api_key'] = 'hunter2'",
        "https://me:hunter2@example.org/x",
        "postgres://me:p@hunter2@db/x",
        "Authorization: Bearer hunter2hunter2",
        "--auth-token=hunter2-and-more",
        "Cookie: hunter2",
        "ghp_hunter2hunter2hunter2",
        "xoxb-1234-hunter2hunter2",
        "export DB_PASSWORD=hunter2",
        "SECRET_KEY=hunter2",
        "Server=db;Password=hunter2;Database=x",
        "AccountKey=hunter2/abc==",
        "machine example.org login me password hunter2",
        "token: 'eyJhbGciOi.hunter2hunter2.abc'",
        PRIVATE.format("", ""),
        PRIVATE.format("OPENSSH ", ""),
        PRIVATE.format("PGP ", " BLOCK"),
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2",
    ],
)
def test_secrets_are_taken_out(text: str) -> None:
    shown = redact(f"before\n{text}")
    assert "hunter2" not in shown
    assert REDACTED in shown
    assert shown.startswith("before\n")


@pytest.mark.parametrize(
    "text",
    [
        "sort(key=len)",
        "if password == other:",
        "tokens: 17",
        "token = next(tokens)",
        "password: str = ''",
        "token: int64",
        "password=self.password",
        "password=password2",
        "token_type = 'bearer'",
        "password_field = 'password'",
        "auth=HTTPBasicAuth",
        "raise ValueError('Unknown token: %s' % x)",
        "password = os.environ['PASSWORD']",
        "password = getpass()",
        "__author__ = 'Ann Other <ann@example.org>'",
        "x = 3.13308_74586_33120_6712e+4 * 0xFFFF_FFFF_FFFF_FFFF",
        "least = -9_007_199_254_740_991",
        "letters = 'abcdefghijklmnopqrstuvwxyz0123456789_'",
        "Basic implementation of it",
        "password='${PASSWORD}'",
        "PASSWORD=$(cat x)",
        "MAX_TOKENS=1024",
        "sha256:" + "ab12" * 16,
        "commit " + "0123456789" * 4,
        "123e4567-e89b-12d3-a456-426614174000",
        "    token: The token to use, a str.",
        "author: x@example.org",
        "https://example.org/a?b=c",
        "'CC': 'x86_64-linux-gnu-gcc',",
        "CXX=aarch64-unknown-linux-gnu-g++ make",
        "_speedups.cpython-311-x86_64-linux-gnu.so",
    ],
)
def test_source_and_talk_stay(text: str) -> None:
    assert redact(text) == text


def test_the_standard_library_is_read_nearly_untouched() -> None:
    """Of all lines of a few hundred files next to none is taken for a secret."""
    lines = changed = 0
    for file in sorted(Path(os.__file__).parent.glob("*.py")):
        text = file.read_text("utf-8", "replace")
        pairs = zip(text.split("\n"), redact(text).split("\n"), strict=True)
        lines += text.count("\n")
        changed += sum(one != two for one, two in pairs)
    assert lines > 50_000
    assert changed <= lines // 10_000


def test_source_stays_source() -> None:
    source = "password = 'sesame open'\nheaders = {'Authorization': 'Bearer abcdefghij'}\n"
    ast.parse(redact(source))
    assert "sesame" not in redact(source)


PIECES = ["password", "=", ": ", "token", '"', "'", "hunter2", "\n", " ", "://", "@", ":", "/"]
PIECES += ["-----BEGIN ", "PRIVATE KEY-----", "eyJ", "-", ".", "AKIA", "a" * 30, "[", "]", "login "]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text())
def test_what_was_redacted_once_stays_so(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@pytest.fixture
def bounded() -> Iterator[None]:
    """End what computes for longer than any honest text takes."""

    def give_up(number: int, _: object) -> None:
        raise TimeoutError(number)

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, 30)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize(
    "piece", [*PIECES, "eyJ-", "x-token ", "login a password ", "a/", "tk.", "bearer ", "4111 "]
)
def test_no_text_takes_it_long(piece: str) -> None:
    """Some of these take minutes where the time grows with the square of the text."""
    text = piece * (300_000 // len(piece))
    assert len(redact(text)) <= len(text) + len(REDACTED) * len(text) // 4
