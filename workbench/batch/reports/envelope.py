"""What a program gets: everything, as values of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from workbench.batch.reports.patches import patch
from workbench.batch.result import Change, Ended, Figures, Repair, Result
from workbench.output import SCHEMA

Fields = dict[str, Any]


def envelope(result: Result) -> bytes:
    """Return the report as one JSON object, which is what `--json` says as well."""
    return (json.dumps({"schema": SCHEMA, **told(result)}, indent=1) + "\n").encode("ascii")


def told(result: Result) -> Fields:
    """Return how it ended and all that there is to tell."""
    code = result.exit_code
    head = {"ok": not code, "exit_code": int(code), "message": result.sentence}
    return {**head, **fields(result)}


def fields(result: Result) -> Fields:
    """Return what there is to tell beside how it ended."""
    has_clock = any(step.seconds is not None for step in result.steps)
    return {
        "plan": result.plan,
        "version": result.version,
        "hint": result.hint,
        "stopped": result.stopped.name.lower() if result.stopped else "",
        "steps": [_step(step) for step in result.steps],
        "tests": [
            _without(msgspec.to_builtins(one), () if has_clock else ("seconds",))
            for one in result.cases
        ],
        "failures": [_without(msgspec.to_builtins(one), ("snapshot",)) for one in result.failures],
        "proposals": [proposal(one) for one in result.repairs],
        "quality": [_figures(one) for one in result.figures],
        "findings": [vars(one) for one in result.found],
        "written": list(result.written),
    }


def proposal(repair: Repair) -> Fields:
    """Return a repair with what speaks for it, and nothing that names this run of it."""
    made = repair.made
    evidence = _without(msgspec.to_builtins(made.evidence), ("proof",))
    return {
        "proposal": made.proposal,
        "standing": repair.standing,
        "is_applied": repair.is_applied,
        "rank": made.rank,
        "confidence": made.confidence,
        "rule": made.operator,
        "why": made.why,
        "reasons": list(made.reasons),
        "doubts": list(made.doubts),
        "evidence": evidence,
        "files": [_file(change) for change in repair.changes],
        "tests": dict(made.tests),
        "patch": patch(repair.changes).decode("utf-8", "backslashreplace"),
    }


def _step(step: Ended) -> Fields:
    told = {
        "step": step.number,
        "do": step.do,
        "outcome": step.outcome,
        "exit_code": int(step.code),
        "message": step.sentence,
    }
    return told if step.seconds is None else {**told, "seconds": round(step.seconds, 3)}


def _file(change: Change) -> Fields:
    digests = [
        "" if content is None else sha256(content).hexdigest()
        for content in (change.before, change.after)
    ]
    return {"path": change.path, "before": digests[0], "after": digests[1]}


def _figures(one: Figures) -> Fields:
    return {
        "path": one.path,
        "complexity": list(one.complexity),
        "maintainability": list(one.maintainability),
        "findings": list(one.findings),
    }


def _without(told: Mapping[str, Any], names: tuple[str, ...]) -> Fields:
    return {name: value for name, value in told.items() if name not in names}
