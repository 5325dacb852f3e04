"""Failures, repairs and searches as a host could tell of them."""

from __future__ import annotations

from dataclasses import replace as replace_all
from hashlib import sha256

from msgspec.structs import replace

from screens.findings import Findings
from tests.pilot.fake import NOON
from workbench.api.events import (
    CrashSeen,
    Evidence,
    FailureFound,
    LogNoticed,
    ProposalMade,
    SearchEnded,
)
from workbench.api.views import Crashed, Found, Proposed, Searching, Sighted

MINUTE = 60_000_000

DIFF = """\
--- a/src/parse.py
+++ b/src/parse.py
@@ -40,7 +40,7 @@ def parse(text):
     lines = text.splitlines()
     at = 0
-    while at < len(lines) - 1:
+    while at < len(lines):
         yield lines[at]
         at += 1
     return at
"""

_FILL = "".join(f"# {number}\n" for number in range(1, 38)) + "def parse(text):\n"
_BODY = DIFF.partition("@@ def parse(text):\n")[2].splitlines(keepends=True)
BEFORE = (_FILL + "\n" + "".join(line[1:] for line in _BODY if line[0] != "+")).encode()
AFTER = (_FILL + "\n" + "".join(line[1:] for line in _BODY if line[0] != "-")).encode()
"""What the file of the diff holds without it and with it."""

FAILURE = FailureFound(
    failure="5d1f09a2c4e7",
    test="tests/test_parse.py::test_last_line",
    kind="AssertionError",
    message="assert ['a'] == ['a', 'b']\n  the right side has one item more: 'b'",
    path="src/parse.py",
    line=42,
    function="parse",
    snapshot="c0ffee" * 10,
)
FLAKY = FailureFound(
    failure="77aa00bb11cc",
    test="tests/test_net.py::test_retry",
    kind="TimeoutError",
    message="gave up after \x1b[31m3\u202e tries",
    path="src/net.py",
    line=9,
    function="retry",
    snapshot="c0ffee" * 10,
    steady=False,
)
CRASH = replace(
    FAILURE, failure="abc123def456", test="tests/test_cli.py::test_help", kind="KeyError"
)
EVIDENCE = Evidence(
    turned=("tests/test_parse.py::test_last_line", "tests/test_parse.py::test_two"),
    others=41,
    guards={
        "tests/test_parse.py::test_last_line": "split",
        "tests/test_parse.py::test_two": "none",
    },
    circumstances=3,
    engine="namespaces",
    level="full",
    proof="feed" * 16,
    needed={"src/parse.py:42": ("tests/test_parse.py::test_last_line",)},
    uncovered=("src/parse.py:43",),
    mutants=(5, 4),
    quality={"complexity of parse": "3 → 3", "findings of ruff": "1 → 0"},
)
PROPOSAL = ProposalMade(
    proposal="3f2a91c0d1e2",
    search="4b671989",
    rank=1,
    confidence=0.92,
    diff=DIFF,
    change={"src/parse.py": sha256(AFTER).hexdigest()},
    before={"src/parse.py": sha256(BEFORE).hexdigest()},
    base="c0ffee" * 10,
    result="facade" * 10,
    operator="operators:bound",
    why="the loop runs to the last line: len(lines) - 1 becomes len(lines)",
    evidence=EVIDENCE,
    reasons=("The changed line is where the failing tests and no passing test go.",),
    doubts=("One of its tests has no guard.",),
)
SECOND = replace(
    PROPOSAL,
    proposal="9e8d7c6b5a40",
    rank=2,
    confidence=0.31,
    why="< becomes <=",
    operator="operators:comparison",
    doubts=(),
    reasons=(),
    diff=DIFF.replace("at < len(lines):", "at <= len(lines) - 1:"),
)
SECOND_AFTER = AFTER.replace(b"at < len(lines):", b"at <= len(lines) - 1:")
ENDED = SearchEnded(
    search="4b671989",
    outcome="repaired",
    sentence="2 repairs hold, of 1,812 that were tried.",
    failing=(FAILURE.test,),
    failures=(FAILURE.failure,),
    proposals=(PROPOSAL.proposal, SECOND.proposal),
    tried=1812,
    plausible=3,
    seconds=2.7,
    snapshot="c0ffee" * 10,
)
SEARCH = Searching(
    job="a1b2c3d4",
    stage="searching",
    tried=12_400,
    alive=7,
    plausible=2,
    best="< becomes <= in src/parse.py",
    seconds=8.0,
)
FOUND = Found(FAILURE, times=4, first=NOON, last=NOON + 4 * MINUTE)
FOUND_FLAKY = Found(FLAKY, times=1, first=NOON - 1440 * MINUTE, last=NOON - 1440 * MINUTE)
FOUND_CRASH = Found(CRASH, times=1, first=NOON - MINUTE, last=NOON - MINUTE)
CRASHED = Crashed(
    CrashSeen(
        crash="c4a5b1e6d7f8",
        file="crash-0123-9",
        how="uncaught",
        kind="ZeroDivisionError",
        message="division by \x1b[31mzero\u202e",
        path="src/mean.py",
        line=7,
        function="mean",
        command=("python", "-m", "stats", "data.csv"),
        exit=1,
    ),
    times=3,
    first=NOON,
    last=NOON + 6 * MINUTE,
    proposals=(SECOND.proposal,),
    became="One repair holds, of 240 that were tried.",
)
SIGHTED = Sighted(
    LogNoticed(
        sighting="10ad10ad10ad",
        log="logs/app.log",
        what="frequent",
        line="WARNING slow answer from 10.0.0.7 after 5031 ms",
        count=312,
        expected=4.5,
    ),
    times=1,
    first=NOON + 7 * MINUTE,
    last=NOON + 7 * MINUTE,
)
PROPOSED = Proposed(40, NOON + 5 * MINUTE, PROPOSAL)
PROPOSED_SECOND = Proposed(39, NOON + 5 * MINUTE, SECOND)

SOME = Findings(
    proposals=(PROPOSED, PROPOSED_SECOND),
    failures=(FOUND, FOUND_CRASH, FOUND_FLAKY),
    ended=ENDED,
)
"""What a finished search left."""
MORE = replace_all(SOME, crashes=(CRASHED,), sightings=(SIGHTED,))
"""The same, a program that crashed and a log that tells of trouble."""


def long_change(lines: int) -> tuple[bytes, bytes]:
    """Return a file before and after of which so many lines go or come, in one hunk."""
    half = range(lines // 2)
    gone = "".join(f"value_{number} = old({number})\n" for number in half)
    come = "".join(f"value_{number} = new({number})\n" for number in half)
    return gone.encode(), come.encode()


PATCH = f"diff --git a/src/parse.py b/src/parse.py\n{DIFF}".replace(
    "@@ -40,7 +40,7", "@@ -39,7 +39,7"
)
PATCH = PATCH.replace(" @@ def parse(text):\n", " @@\n \n")
