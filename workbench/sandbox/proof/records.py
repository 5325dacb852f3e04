r"""What the plug-in in the box says of a pytest run, and how it is read.

The plug-in writes to a private pipe; nothing else is believed. Each record is one JSON object on
one line, in UTF-8, ended by `\n`, with exactly the fields named here. Three are in every record:

    n  the nonce of the job
    i  the record's number: 0, 1, 2, … without gaps
    k  the kind

In this order come:

    begin           once, first: `python` and `pytest` (their versions), `seed` (PYTHONHASHSEED)
    collect_error   for each collector that failed: `id`, `text`
    collected       the ids in the order in which they will run, in chunks: `ids`
    collected_all   once, after the last chunk, also if there was none: `count`, of all ids
    sub             for each subtest, before the `call` of its test: `id`, `outcome`, `xfail`
    phase           for each report of a test: `id`, `when` (setup, call, teardown), `outcome`
                    (passed, failed, skipped), `xfail` (null, or `report.wasxfail`, which may be an
                    empty string), `seconds`, `crash` (what is known of a failure, else empty)
    finish          once, last: `exit` (pytest's status), `count` (of `phase` records), `seal`

`internal_error` (`text`) may come anywhere between begin and finish. Nothing comes after finish.

The seal is the SHA-256, in hex, of every byte written before the finish record followed by
`<exit> <count>` in ASCII. It is no signature, for whoever shares a process with the plug-in can
compute it: it shows that what was written is what arrived, so that stray writes, a second writer
and a cut stream are noticed whatever they hit.

The harness runs pytest with `--continue-on-collection-errors`, without plug-in autoload. The
plug-in replaces what is no Unicode, replaces NUL, and cuts texts to `LONGEST_TEXT`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

LARGEST_STREAM = 64 * 1024 * 1024
LONGEST_LINE = 1024 * 1024
MOST_IDS = 100_000
LONGEST_ID = 4096
LONGEST_TEXT = 8192

When = Literal["setup", "call", "teardown"]
Outcome = Literal["passed", "failed", "skipped"]

_PLAIN = r"\A[^\x00\ud800-\udfff]*\Z"
_Id = Annotated[str, Meta(min_length=1, max_length=LONGEST_ID, pattern=_PLAIN)]
_Text = Annotated[str, Meta(max_length=LONGEST_TEXT, pattern=_PLAIN)]
_Word = Annotated[str, Meta(max_length=100, pattern=_PLAIN)]
_Count = Annotated[int, Meta(ge=0, le=2**53)]
_Seconds = Annotated[float, Meta(ge=0, le=1e9)]


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="k"):
    n: str
    i: int


class Begin(_Line, tag="begin", frozen=True):
    """Under what the tests ran."""

    python: _Word
    pytest: _Word
    seed: _Word


class CollectError(_Line, tag="collect_error", frozen=True):
    """A file or class whose tests are unknown, because it could not be collected."""

    id: _Id
    text: _Text


class _Collected(_Line, tag="collected", frozen=True):
    ids: tuple[_Id, ...]


class _CollectedAll(_Line, tag="collected_all", frozen=True):
    count: _Count


class Sub(_Line, tag="sub", frozen=True):
    """A subtest of the test that runs."""

    id: _Id
    outcome: Outcome
    xfail: _Text | None


class Phase(_Line, tag="phase", frozen=True):
    """One of the three reports of a test."""

    id: _Id
    when: When
    outcome: Outcome
    xfail: _Text | None
    seconds: _Seconds
    crash: _Text


class InternalError(_Line, tag="internal_error", frozen=True):
    """Pytest itself failed."""

    text: _Text


class Finish(_Line, tag="finish", frozen=True):
    """The end of the session."""

    exit: int
    count: _Count
    seal: _Word


_Any = Begin | CollectError | _Collected | _CollectedAll | Sub | Phase | InternalError | Finish
_LETTERS: Mapping[type[_Any], str] = {
    Begin: "b",
    CollectError: "e",
    InternalError: "x",
    _Collected: "c",
    _CollectedAll: "n",
    Phase: "p",
    Sub: "s",
    Finish: "f",
}
_ORDER = re.compile(r"(?:b[ex]*[cx]*(?:n[psx]*)?f?)?")


@dataclass(frozen=True, slots=True)
class Records:
    """What a well-formed stream says, whether or not it came to its end."""

    nonce: str
    begin: Begin | None = None
    ids: tuple[str, ...] = ()
    counted: bool = False
    """All ids arrived."""
    reports: tuple[Phase | Sub, ...] = ()
    collect_errors: tuple[CollectError, ...] = ()
    internal_errors: tuple[str, ...] = ()
    finish: Finish | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a stream is not believed, and what it said up to there."""

    code: str
    sentence: str
    line: int
    """Counted from 1; 0 is the stream as a whole."""
    before: Records


class _Wrong(Exception):
    def __init__(self, code: str, sentence: str, line: int = 0) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.line = line


def parse_records(data: bytes, nonce: str) -> Records | Refusal:
    """Read a stream; anything that the protocol does not allow refuses the whole of it."""
    lines: list[_Any] = []
    try:
        for raw in _cut(data, nonce):
            lines.append(_line(raw, nonce, len(lines)))
        _check_order(lines)
        _check_ids(lines)
        _check_finish(lines, data)
    except _Wrong as wrong:
        sound = lines[: wrong.line - 1] if wrong.line else lines
        return Refusal(wrong.code, wrong.sentence, wrong.line, _records(sound, nonce))
    return _records(lines, nonce)


def _cut(data: bytes, nonce: str) -> Iterator[bytes]:
    if not nonce:
        raise _Wrong("nonce", "The job has no nonce.")
    if len(data) > LARGEST_STREAM:
        raise _Wrong("size", f"The stream has {len(data):,} bytes.")
    *whole, rest = data.split(b"\n")
    yield from whole
    if rest:
        raise _Wrong("truncated", "The last record is cut off.", len(whole) + 1)


def _line(raw: bytes, nonce: str, number: int) -> _Any:
    """Read one record, or say what is wrong with it."""
    if len(raw) > LONGEST_LINE:
        raise _Wrong("size", f"A record has {len(raw):,} bytes.", number + 1)
    line = _typed(_json(raw, number + 1), number + 1)
    if line.n != nonce:
        raise _Wrong("nonce", "A record has another nonce.", number + 1)
    if line.i != number:
        raise _Wrong("sequence", f"Record {number} has the number {line.i}.", number + 1)
    return line


def _json(raw: bytes, line: int) -> dict[str, Any]:
    try:
        found = _DECODER.decode(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _Wrong("garbage", "A line is no record.", line) from error
    if not isinstance(found, dict):
        raise _Wrong("garbage", "A line is no JSON object.", line)
    return found


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)


def _typed(found: dict[str, Any], line: int) -> _Any:
    try:
        typed: _Any = msgspec.convert(found, _Any)
    except (msgspec.ValidationError, UnicodeError, OverflowError) as error:
        raise _Wrong("garbage", f"A record is not as agreed: {error}.", line) from error
    return typed


def _check_order(lines: Sequence[_Any]) -> None:
    letters = "".join(_LETTERS[type(line)] for line in lines)
    order = _ORDER.match(letters)
    end = order.end() if order else 0
    if end == len(letters):
        return
    if "f" in letters[:end]:
        raise _Wrong("late", "A record came after the end.", end + 1)
    kind = type(lines[end]).__struct_config__.tag
    raise _Wrong("order", f"A record of the kind {kind} came at the wrong time.", end + 1)


def _check_ids(lines: Sequence[_Any]) -> None:
    """Hold the count of ids against the chunks, and bound them."""
    seen = 0
    for number, line in enumerate(lines, start=1):
        seen += len(line.ids) if isinstance(line, _Collected) else 0
        if seen > MOST_IDS:
            raise _Wrong("size", f"More than {MOST_IDS:,} tests.", number)
        if isinstance(line, _CollectedAll) and line.count != seen:
            raise _Wrong("count", f"{seen:,} ids came, {line.count:,} were announced.", number)


def _check_finish(lines: Sequence[_Any], data: bytes) -> None:
    if not lines or not isinstance(finish := lines[-1], Finish):
        return
    phases = sum(isinstance(line, Phase) for line in lines)
    if finish.count != phases:
        raise _Wrong("count", f"{phases:,} reports came, {finish.count:,} were sent.", len(lines))
    before = data[: data[:-1].rfind(b"\n") + 1]
    if finish.seal != seal(before, finish.exit, finish.count):
        raise _Wrong("seal", "What arrived is not what was written.", len(lines))


def seal(before: bytes, exit_code: int, count: int) -> str:
    """Return what the finish record says of the stream before it."""
    return sha256(before + f"{exit_code} {count}".encode("ascii")).hexdigest()


def _records(lines: Sequence[_Any], nonce: str) -> Records:
    return Records(
        nonce=nonce,
        begin=next((line for line in lines if isinstance(line, Begin)), None),
        ids=tuple(name for line in lines if isinstance(line, _Collected) for name in line.ids),
        counted=any(isinstance(line, _CollectedAll) for line in lines),
        reports=tuple(line for line in lines if isinstance(line, (Phase, Sub))),
        collect_errors=tuple(line for line in lines if isinstance(line, CollectError)),
        internal_errors=tuple(bad.text for bad in lines if isinstance(bad, InternalError)),
        finish=next((line for line in lines if isinstance(line, Finish)), None),
    )
