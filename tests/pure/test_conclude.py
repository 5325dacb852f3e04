"""What the runner's account of a job amounts to; and what a frame on the line is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sandbox.box import conclude
from workbench.sandbox.job import Output, Pytest, Script, Snippet, Status, Work
from workbench.sandbox.policy import Policy
from workbench.sandbox.runner import channel

SCRIPT, SNIPPET, PYTEST = Script(("true",)), Snippet("pass"), Pytest()
QUIET = {"head": "", "tail": "", "total": 0}


def account(**told: object) -> dict[str, Any]:
    usual = {"reason": "", "error": "", "ended": 0, "wall": 1.0, "cpu": 0.5, "peak": 1}
    return {**usual, "output": QUIET, "clean": True, **told}


@pytest.mark.parametrize(
    ("work", "told", "status"),
    [
        (SCRIPT, {}, Status.OK),
        (SCRIPT, {"ended": 1}, Status.FAILED),
        (SCRIPT, {"ended": 98}, Status.FAILED),
        (SNIPPET, {"ended": 98}, Status.MEMORY),
        (PYTEST, {"ended": 1}, Status.FAILED),
        (PYTEST, {"ended": 2}, Status.ERROR),
        (PYTEST, {"ended": 5}, Status.ERROR),
        (SCRIPT, {"ended": -11}, Status.CRASH),
        (SCRIPT, {"ended": -24}, Status.TIMEOUT),
        (SCRIPT, {"ended": -9, "cpu": 61.0}, Status.TIMEOUT),
        (SCRIPT, {"ended": -9}, Status.CRASH),
        (SCRIPT, {"ended": -25}, Status.KILLED),
        (SCRIPT, {"ended": -9, "reason": "timeout"}, Status.TIMEOUT),
        (SCRIPT, {"ended": -9, "reason": "cpu"}, Status.TIMEOUT),
        (SCRIPT, {"ended": -9, "reason": "memory"}, Status.MEMORY),
        (SCRIPT, {"ended": -9, "reason": "output"}, Status.OUTPUT_LIMIT),
        (SCRIPT, {"ended": -9, "reason": "cancelled"}, Status.KILLED),
        (SCRIPT, {"ended": -9, "reason": "disk"}, Status.KILLED),
        (SCRIPT, {"ended": 0, "reason": "records"}, Status.KILLED),
        (SCRIPT, {"ended": 0, "error": "OSError: no room"}, Status.ERROR),
        (SCRIPT, {"reason": "start", "error": "no namespaces", "clean": False}, Status.ERROR),
    ],
)
def test_every_ending_has_one_status(work: Work, told: dict[str, Any], status: Status) -> None:
    result = conclude(account(**told), work, b"", "nonce", Policy())
    assert result.status is status
    assert result.status is Status.OK or result.reason or status is Status.FAILED


def test_a_job_that_could_not_begin_leaves_a_box_that_is_not_used_again() -> None:
    told = account(reason="start", error="no namespaces", clean=False)
    assert not conclude(told, SCRIPT, b"", "nonce", Policy()).clean


def test_output_says_how_much_is_left_out() -> None:
    text = Output("begin", "end", 1_000).text
    assert text == "begin\n[992 bytes left out]\nend"
    assert Output("all", "", 3).text == "all"


@given(st.lists(st.tuples(st.sampled_from([b"R", b"M", b"D"]), st.binary(max_size=40))), st.data())
def test_frames_survive_any_cut(sent: list[tuple[bytes, bytes]], data: st.DataObject) -> None:
    stream = b"".join(channel.frame(kind, content) for kind, content in sent)
    frames, found = channel.Frames(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        found += frames.feed(stream[:cut])
        stream = stream[cut:]
    assert found == sent


def test_a_frame_of_absurd_length_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes"):
        channel.Frames().feed(b"\xff\xff\xff\xffD")


def test_a_policy_is_named_by_everything_in_it() -> None:
    assert Policy().digest == Policy().digest
    assert Policy(wall_seconds=1).digest != Policy().digest
    assert Policy(environment={"A": "1"}).digest != Policy(environment={"A": "2"}).digest
