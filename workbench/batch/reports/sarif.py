"""SARIF 2.1.0: what fails, what is found, and repairs as fixes with the exact regions."""

from __future__ import annotations

import base64
import difflib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.api.events import FailureFound
from workbench.batch.reports.patches import lines_of
from workbench.batch.reports.text import uri
from workbench.batch.result import Change, Found, Repair, Result
from workbench.visible import visible, visible_line

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "PROJECTROOT"
_FAILS = "test-fails"
_MARK = b"\xef\xbb\xbf"
Object = dict[str, Any]


def sarif(result: Result) -> bytes:
    """Return one run of one tool."""
    results = [
        *(_fix(repair) for repair in result.repairs),
        *(_failure(one) for one in result.failures if one.path),
        *(_finding(one) for one in result.found),
    ]
    driver = {
        "name": "workbench",
        "semanticVersion": _semantic(result.version),
        "rules": [_rule(name, results) for name in _rules(results)],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder of the project."}}},
        "invocations": [_invocation(result)],
        "results": _indexed(results),
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return (json.dumps(log, indent=1) + "\n").encode("ascii")


def _invocation(result: Result) -> Object:
    broken = [step for step in result.steps if step.hint]
    notes = [
        {"level": "error", "message": {"text": visible(f"{step.sentence} {step.hint}")}}
        for step in broken
    ]
    told = {
        "executionSuccessful": not broken and result.stopped is None,
        "exitCode": int(result.exit_code),
        "exitCodeDescription": visible(result.sentence),
    }
    return {**told, "toolExecutionNotifications": notes}


def _semantic(version: str) -> str:
    """Return a version as semver has it; one of Python has no hyphens."""
    numbers, dot, rest = version.partition(".dev")
    return f"{numbers}-dev.{rest}" if dot else numbers


def _rules(results: Iterable[Object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one["ruleId"] for one in results))


def _rule(name: str, results: Iterable[Object]) -> Object:
    level = next(one["level"] for one in results if one["ruleId"] == name)
    about = {_FAILS: "A test fails."}.get(name) or (
        f"A repair of the kind {name} holds." if level == "note" else f"The rule {name} of ruff."
    )
    return {
        "id": name,
        "shortDescription": {"text": about},
        "defaultConfiguration": {"level": level},
    }


def _indexed(results: list[Object]) -> list[Object]:
    rules = _rules(results)
    return [{**one, "ruleIndex": rules.index(one["ruleId"])} for one in results]


def _failure(one: FailureFound) -> Object:
    said = f"{one.test} fails: {one.kind}: {one.message.partition(chr(10))[0]}"
    return {
        "ruleId": _FAILS,
        "level": "error",
        "message": {"text": visible_line(said)},
        "locations": [_place(one.path, {"startLine": max(1, one.line)})],
        "partialFingerprints": {"failure/v1": one.failure},
    }


def _finding(one: Found) -> Object:
    return {
        "ruleId": one.rule,
        "level": "warning",
        "message": {"text": visible_line(one.message)},
        "locations": [_place(one.path, {"startLine": max(1, one.line)})],
    }


def _fix(repair: Repair) -> Object:
    """Return a repair as a result whose fix makes the change."""
    made = repair.made
    why = visible_line(made.why or made.operator)
    turned = len(made.evidence.turned)
    said = f"{why} (turns {turned} {'test' if turned == 1 else 'tests'}, rank {made.rank})"
    changes = [change for one in repair.changes for change in _artifact_changes(one)]
    fix = {"description": {"text": why}, "artifactChanges": changes}
    return {
        "ruleId": made.operator,
        "level": "note",
        "message": {"text": said},
        "locations": _where(changes),
        "partialFingerprints": {"proposal/v1": made.proposal},
        "fixes": [fix] if changes else [],
        "rank": round(made.confidence * 100, 1),
        "properties": _told(repair),
    }


def _where(changes: list[Object]) -> list[Object]:
    """Return where the first change begins: a result stands in one place."""
    first = changes[:1]
    return [
        {
            "physicalLocation": {
                "artifactLocation": one["artifactLocation"],
                "region": one["replacements"][0]["deletedRegion"],
            }
        }
        for one in first
    ]


def _told(repair: Repair) -> Object:
    made = repair.made
    return {
        "proposal": made.proposal,
        "standing": repair.standing,
        "reasons": [visible_line(one) for one in made.reasons],
        "doubts": [visible_line(one) for one in made.doubts],
        "turns": [visible_line(one) for one in made.evidence.turned],
    }


def _place(path: str, region: Object) -> Object:
    return {"physicalLocation": {"artifactLocation": _artifact(path), "region": region}}


def _artifact(path: str) -> Object:
    return {"uri": uri(path), "uriBaseId": _ROOT}


def _artifact_changes(change: Change) -> Iterator[Object]:
    """Yield a change, unless only a file without content comes or goes, which has no region."""
    if made := list(replacements(change.before or b"", change.after or b"")):
        yield {"artifactLocation": _artifact(change.path), "replacements": made}


def replacements(before: bytes, after: bytes) -> Iterator[Object]:
    """Yield whole lines that go, by the bytes and lines that they are, and what comes for them.

    A byte order mark is no part of the text, and no region covers one that stays.
    """
    mark = _MARK if before.startswith(_MARK) and after.startswith(_MARK) else b""
    old, new = lines_of(before.removeprefix(mark)), lines_of(after.removeprefix(mark))
    starts = [len(mark)]
    for line in old:
        starts.append(starts[-1] + len(line))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, first, last, begin, end in matcher.get_opcodes():
        if kind != "equal":
            region = _region(old, first, last, starts)
            yield {"deletedRegion": region, "insertedContent": _content(b"".join(new[begin:end]))}


def _region(old: list[bytes], first: int, last: int, starts: list[int]) -> Object:
    """Name lines from `first` up to `last`; behind the last line begins one that is empty."""
    line, column = _end(old, last)
    start_line, start_column = _end(old, first) if first == len(old) else (first + 1, 1)
    return {
        "startLine": start_line,
        "startColumn": start_column,
        "endLine": line,
        "endColumn": column,
        "byteOffset": starts[first],
        "byteLength": starts[last] - starts[first],
    }


def _end(old: list[bytes], last: int) -> tuple[int, int]:
    """Return line and column before which line `last` begins, counted from 1."""
    if last == len(old) and old and not old[-1].endswith(b"\n"):
        return last, len(_text(old[-1])) + 1
    return last + 1, 1


def _content(data: bytes) -> Object:
    """Return what is inserted as text, and as bytes too where the text does not tell them."""
    text = _text(data)
    told: Object = {"text": text}
    if text.encode("utf-8", "replace") != data or text.startswith("\ufeff"):
        told["binary"] = base64.b64encode(data).decode("ascii")
    return told


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
