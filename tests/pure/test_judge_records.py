"""A stream of records is read as it was written, or it is not believed at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pure.judge_streams import PATTERNS, Line, begin, collected, encode, lines, phase, run
from workbench.sandbox.proof.judge import judge
from workbench.sandbox.proof.outcomes import Run
from workbench.sandbox.proof.records import (
    LONGEST_ID,
    LONGEST_LINE,
    LONGEST_TEXT,
    MOST_IDS,
    Records,
    Refusal,
    parse_records,
)

A, B = "t.py::a", "t.py::b[é]"
LINES = lines({A: "passed", B: "xfailed"})
STREAM = encode(LINES, "n", 0)


def code(data: bytes, nonce: str = "n") -> str:
    found = parse_records(data, nonce)
    assert isinstance(found, Refusal), found
    assert found.sentence.endswith(".")
    return found.code


def with_line(text: bytes | str, at: int = 1) -> bytes:
    """Return the stream with `text` as one more line."""
    pieces = STREAM.splitlines(keepends=True)
    pieces.insert(at, text.encode() + b"\n" if isinstance(text, str) else text + b"\n")
    return b"".join(pieces)


def numbered(line: Line, number: int = 1, nonce: str = "n") -> str:
    return json.dumps({"n": nonce, "i": number, **line})


def test_a_stream_is_read_as_written() -> None:
    found = parse_records(STREAM, "n")
    assert isinstance(found, Records)
    assert (found.nonce, found.ids, found.counted) == ("n", (A, B), True)
    assert found.begin is not None
    assert (found.begin.python, found.begin.pytest, found.begin.seed) == ("3.11.7", "8.4.2", "0")
    assert [report.id for report in found.reports] == [A, A, A, B, B, B]
    assert found.finish is not None
    assert (found.finish.exit, found.finish.count) == (0, 6)


def test_errors_are_read() -> None:
    found = parse_records(
        encode(
            [
                begin(),
                {"k": "collect_error", "id": "t.py", "text": "boom"},
                {"k": "internal_error", "text": "bang"},
                *collected([]),
            ],
            "n",
            1,
        ),
        "n",
    )
    assert isinstance(found, Records)
    assert [(error.id, error.text) for error in found.collect_errors] == [("t.py", "boom")]
    assert found.internal_errors == ("bang",)


@pytest.mark.parametrize("end", [0, 1, 2, 5])
def test_a_run_that_could_not_start_is_read(end: int) -> None:
    found = parse_records(encode([begin()], "n", end), "n")
    assert isinstance(found, Records)
    assert found.finish is not None
    assert not found.counted


def test_nothing_is_a_stream_without_an_end() -> None:
    assert parse_records(b"", "n") == Records("n")


REPORT: dict[str, Any] = phase(A, "setup", "passed")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (with_line(""), "garbage"),
        (with_line("hello"), "garbage"),
        (with_line("[]"), "garbage"),
        (with_line("1"), "garbage"),
        (with_line("null"), "garbage"),
        (with_line("{}"), "garbage"),
        (with_line("{"), "garbage"),
        (with_line(b"\xff\xfe"), "garbage"),
        (with_line(b"\x00"), "garbage"),
        (with_line("[" * 100_000), "garbage"),
        (with_line('{"a":' * 100_000), "garbage"),
        (with_line("9" * 100_000), "garbage"),
        (with_line('{"n": "n", "n": "n", "i": 1, "k": "internal_error", "text": ""}'), "garbage"),
        (with_line('{"n": "n", "i": 1, "i": 1, "k": "internal_error", "text": ""}'), "garbage"),
        (with_line(numbered({"k": "hello"})), "garbage"),
        (with_line(numbered({"k": 1})), "garbage"),
        (with_line(numbered({"text": ""})), "garbage"),
        (with_line(numbered({"k": "internal_error"})), "garbage"),
        (with_line(numbered({"k": "internal_error", "text": 1})), "garbage"),
        (with_line(numbered({"k": "internal_error", "text": "", "more": 1})), "garbage"),
        (with_line(numbered({"k": "internal_error", "text": "\0"})), "garbage"),
        (with_line(numbered({"k": "internal_error", "text": "\ud800"})), "garbage"),
        (with_line(numbered({"k": "internal_error", "text": "x" * LONGEST_TEXT * 2})), "garbage"),
        (with_line(numbered({"k": "collect_error", "id": "", "text": ""})), "garbage"),
        (with_line(numbered({"k": "collected", "ids": "abc"})), "garbage"),
        (with_line(numbered({"k": "collected", "ids": [1]})), "garbage"),
        (with_line(numbered({"k": "collected", "ids": ["a\0b"]})), "garbage"),
        (with_line(numbered({"k": "collected", "ids": ["x" * (LONGEST_ID + 1)]})), "garbage"),
        (with_line(numbered({"k": "collected_all", "count": -1})), "garbage"),
        (with_line(numbered({"k": "collected_all", "count": True})), "garbage"),
        (with_line(numbered({"k": "collected_all", "count": 2.5})), "garbage"),
        (with_line(numbered({"k": "collected_all", "count": "2"})), "garbage"),
        (with_line(numbered({**REPORT, "when": "later"})), "garbage"),
        (with_line(numbered({**REPORT, "outcome": "rerun"})), "garbage"),
        (with_line(numbered({**REPORT, "xfail": True})), "garbage"),
        (with_line(numbered({**REPORT, "seconds": float("nan")})), "garbage"),
        (with_line(numbered({**REPORT, "seconds": float("inf")})), "garbage"),
        (with_line(numbered({**REPORT, "seconds": 1}, 2).replace(": 1,", ": 1e999,")), "garbage"),
        (with_line(numbered({**REPORT, "seconds": -1})), "garbage"),
        (with_line(numbered({**REPORT, "seconds": "1"})), "garbage"),
        (with_line(numbered({**REPORT, "id": None})), "garbage"),
        (with_line(numbered({"k": "internal_error", "text": ""}, nonce="m")), "nonce"),
        (with_line(numbered({"k": "internal_error", "text": ""}, nonce="")), "nonce"),
        (with_line(numbered({"k": "internal_error", "text": ""}, 0)), "sequence"),
        (with_line(numbered({"k": "internal_error", "text": ""}, 2)), "sequence"),
        (with_line(numbered({"k": "internal_error", "text": ""}, -1)), "sequence"),
        (with_line(numbered({"k": "internal_error", "text": ""}, 1)), "sequence"),
        (with_line(" " * (LONGEST_LINE + 1)), "size"),
        (STREAM[:-1], "truncated"),
        (STREAM + b"{", "truncated"),
        (STREAM + b"\n", "garbage"),
        (STREAM + STREAM, "sequence"),
        (STREAM + numbered({"k": "internal_error", "text": ""}, 10).encode() + b"\n", "late"),
        (STREAM + numbered(REPORT, 10).encode() + b"\n", "late"),
        (encode(LINES[1:], "n", 0), "order"),
        (encode([begin(), *LINES], "n", 0), "order"),
        (encode([*LINES, begin()], "n", 0), "order"),
        (encode([begin(), REPORT, *LINES[1:]], "n", 0), "order"),
        (encode([*LINES, *collected([])], "n", 0), "order"),
        (encode([*LINES, {"k": "collect_error", "id": "x", "text": ""}], "n", 0), "order"),
        (encode([begin(), {"k": "collected_all", "count": 1}], "n", 1), "count"),
        (encode([begin(), *collected([A]), *collected([A])], "n", 1), "order"),
        (encode([begin(), *collected([A, B])[:1], *collected([A])[1:]], "n", 1), "count"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_protocol_does_not_allow_is_refused(data: bytes, expected: str) -> None:
    assert code(data) == expected


def test_a_stream_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.sandbox.proof.records.LARGEST_STREAM", len(STREAM) - 1)
    assert code(STREAM) == "size"


def test_ids_are_bounded() -> None:
    chunk = {"k": "collected", "ids": ["x"] * 50_000}
    assert MOST_IDS == 100_000
    assert code(encode([begin(), chunk, chunk, {**chunk, "ids": ["x"]}], "n")) == "size"


@pytest.mark.parametrize("nonce", ["", "m", "N", "n "])
def test_another_nonce_is_refused(nonce: str) -> None:
    assert code(STREAM, nonce) == "nonce"


def test_a_refusal_says_what_was_sound() -> None:
    data = encode(LINES[:5], "n") + b"garbage\n"
    found = parse_records(data, "n")
    assert isinstance(found, Refusal)
    assert found.line == 6
    assert found.before == parse_records(encode(LINES[:5], "n"), "n")


@pytest.mark.parametrize("field", ["exit", "count", "seal"])
def test_the_end_is_held_against_the_rest(field: str) -> None:
    *before, last = STREAM.splitlines(keepends=True)
    end = json.loads(last)
    end[field] = "0" * 64 if field == "seal" else end[field] + 1
    assert code(b"".join(before) + json.dumps(end).encode() + b"\n") in {"seal", "count"}


def verdict(data: bytes) -> Run:
    return Run("ok", 0, parse_records(data, "n"))


BASE = run({A: "failed", B: "xfailed"}, "base")


def test_a_stream_cut_at_any_byte_is_refused() -> None:
    assert judge(BASE, verdict(STREAM), [A]).accepted
    for length in range(len(STREAM)):
        assert not judge(BASE, verdict(STREAM[:length]), [A]).accepted


def test_a_record_dropped_doubled_or_swapped_is_refused() -> None:
    pieces = STREAM.splitlines(keepends=True)
    for at in range(len(pieces)):
        dropped = pieces[:at] + pieces[at + 1 :]
        doubled = pieces[: at + 1] + pieces[at:]
        assert not judge(BASE, verdict(b"".join(dropped)), [A]).accepted
        assert isinstance(parse_records(b"".join(doubled), "n"), Refusal)
        for other in range(at):
            swapped = list(pieces)
            swapped[at], swapped[other] = swapped[other], swapped[at]
            assert isinstance(parse_records(b"".join(swapped), "n"), Refusal)


FAILING = lines({A: "failed", B: "failed"})
"""Two fail, so that one edited outcome would still go with the exit code."""


@given(st.data())
@settings(max_examples=400)
def test_an_edited_byte_is_refused_or_changes_nothing(data: st.DataObject) -> None:
    stream = data.draw(st.sampled_from([STREAM, encode(FAILING, "n", 1)]))
    at = data.draw(st.integers(0, len(stream) - 1))
    new = data.draw(st.binary(max_size=3))
    found = parse_records(stream[:at] + new + stream[at + 1 :], "n")
    honest = parse_records(stream, "n")
    assert isinstance(found, Refusal) or found == honest


def edits(line: Line) -> list[Line]:
    """Return `line` with one field exchanged for each of some values, or taken away."""
    values: list[object] = [
        "passed",
        "failed",
        "skipped",
        "call",
        "setup",
        "teardown",
        "",
        None,
        0,
        1,
        A,
        B,
        [],
    ]
    changed = [{**line, key: value} for key in line for value in values if line[key] != value]
    return changed + [{other: line[other] for other in line if other != key} for key in line]


def test_an_edited_field_is_refused() -> None:
    stream = encode(FAILING, "n", 1)
    pieces = [json.loads(piece) for piece in stream.splitlines()]
    for at, line in enumerate(pieces):
        for edited in edits(line):
            found = [*pieces[:at], edited, *pieces[at + 1 :]]
            data = b"".join(json.dumps(piece).encode() + b"\n" for piece in found)
            assert isinstance(parse_records(data, "n"), Refusal)


def sealed_edits(kind: str) -> list[list[Line]]:
    """Return the failing run with each single report edited, dropped or doubled."""
    found = []
    for at, line in enumerate(FAILING):
        if line["k"] == kind:
            found += [[*FAILING[:at], edited, *FAILING[at + 1 :]] for edited in edits(line)]
            found += [FAILING[:at] + FAILING[at + 1 :], FAILING[: at + 1] + FAILING[at:]]
    return found


@pytest.mark.parametrize("kind", ["phase", "collected", "collected_all"])
@pytest.mark.parametrize("end", [0, 1])
def test_one_forged_record_makes_no_repair_even_under_a_right_seal(kind: str, end: int) -> None:
    base = run({A: "failed", B: "failed"}, "base")
    for forged in sealed_edits(kind):
        if any("k" not in line for line in forged):
            continue
        stream = parse_records(encode(forged, "n", end), "n")
        found = Run("failed" if end else "ok", end, stream)
        assert not judge(base, found, [A, B]).accepted


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(sorted(PATTERNS)), min_size=1))
def test_any_honest_run_is_read(outcomes: dict[str, str]) -> None:
    found = run(outcomes).stream
    assert isinstance(found, Records)
    assert found.ids == tuple(outcomes)
