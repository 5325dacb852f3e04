"""Streams of records as the plug-in writes them, for the tests of the judge."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from workbench.sandbox.proof.outcomes import Run
from workbench.sandbox.proof.records import parse_records

PATTERNS: dict[str, tuple[tuple[str, str, str | None], ...]] = {
    "passed": (("setup", "passed", None), ("call", "passed", None), ("teardown", "passed", None)),
    "failed": (("setup", "passed", None), ("call", "failed", None), ("teardown", "passed", None)),
    "error": (("setup", "failed", None), ("teardown", "passed", None)),
    "late error": (
        ("setup", "passed", None),
        ("call", "passed", None),
        ("teardown", "failed", None),
    ),
    "skipped": (("setup", "skipped", None), ("teardown", "passed", None)),
    "skipped within": (
        ("setup", "passed", None),
        ("call", "skipped", None),
        ("teardown", "passed", None),
    ),
    "xfailed": (("setup", "passed", None), ("call", "skipped", ""), ("teardown", "passed", None)),
    "xpassed": (
        ("setup", "passed", None),
        ("call", "passed", "reason"),
        ("teardown", "passed", None),
    ),
}
BAD = {"failed", "error", "late error"}

Line = dict[str, Any]


def begin(seed: str = "0") -> Line:
    return {"k": "begin", "python": "3.11.7", "pytest": "8.4.2", "seed": seed}


def collected(ids: Sequence[str]) -> list[Line]:
    """Return the ids, in chunks of two."""
    chunks = [
        {"k": "collected", "ids": list(ids[start : start + 2])} for start in range(0, len(ids), 2)
    ]
    return [*chunks, {"k": "collected_all", "count": len(ids)}]


def phase(name: str, when: str, outcome: str, xfail: str | None = None) -> Line:
    crash = "assert 1 == 2" if outcome == "failed" else ""
    return {
        "k": "phase",
        "id": name,
        "when": when,
        "outcome": outcome,
        "xfail": xfail,
        "seconds": 0.25,
        "crash": crash,
    }


def phases(name: str, outcome: str) -> list[Line]:
    return [phase(name, *found) for found in PATTERNS[outcome]]


def lines(outcomes: Mapping[str, str], uncollected: Sequence[str] = ()) -> list[Line]:
    """Return all records of a run but the last."""
    return [
        begin(),
        *({"k": "collect_error", "id": name, "text": "ImportError"} for name in uncollected),
        *collected(list(outcomes)),
        *(line for name, outcome in outcomes.items() for line in phases(name, outcome)),
    ]


def encode(records: Sequence[Line], nonce: str, exit_code: int | None = None) -> bytes:
    """Write `records`, numbered; with an exit code, end the stream."""
    data = b"".join(
        json.dumps({"n": nonce, "i": number, **line}).encode() + b"\n"
        for number, line in enumerate(records)
    )
    return data if exit_code is None else data + finish(data, records, nonce, exit_code)


def finish(data: bytes, records: Sequence[Line], nonce: str, exit_code: int) -> bytes:
    count = sum(line["k"] == "phase" for line in records)
    seal = sha256(data + f"{exit_code} {count}".encode()).hexdigest()
    end = {"n": nonce, "i": len(records), "k": "finish", "exit": exit_code, "count": count}
    return json.dumps({**end, "seal": seal}).encode() + b"\n"


def run(
    outcomes: Mapping[str, str],
    nonce: str = "n",
    *,
    uncollected: Sequence[str] = (),
    shuffled: bool = False,
) -> Run:
    """Return a well-formed run with these outcomes."""
    code = int(bool(uncollected) or any(outcome in BAD for outcome in outcomes.values()))
    return of(lines(outcomes, uncollected), nonce, code, shuffled=shuffled)


def of(records: Sequence[Line], nonce: str, code: int, *, shuffled: bool = False) -> Run:
    """Return a run whose records are `records`, whatever they say."""
    stream = parse_records(encode(records, nonce, code), nonce)
    return Run("failed" if code else "ok", code, stream, shuffled)
