"""Memories, proposals of a consolidation, and skills as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.api.memory import Advised, Memories, MemoryDetail, Remembered, Skill
from workbench.commands.wording import moment
from workbench.visible import visible, visible_line

_LONGEST = 110
_WHAT = {
    "keep": "keep as {kind}",
    "merge": "merge into one",
    "forget": "forget",
    "skill": "keep as a skill",
}


def memory_line(one: Remembered) -> str:
    stands = "" if one.state == "kept" else f"  [{one.state}]"
    outcome = f" ({one.outcome})" if one.outcome else ""
    head = f"{one.weight:.2f}  {one.layer[:4]}  {one.id:<14} {one.kind}: "
    text = one.text if len(one.text) <= _LONGEST else f"{one.text[: _LONGEST - 1]}\u2026"
    return visible_line(f"{head}{text}{outcome}{stands}")


def counts_line(found: Memories) -> str:
    layers = ", ".join(
        f"{one.layer} {one.kept}" + (f" (+{one.hidden} hidden)" if one.hidden else "")
        for one in found.layers
    )
    waits = f"; {found.proposals} proposals wait: `workbench memory review`"
    return f"{layers}{waits if found.proposals else ''}."


def detail_lines(found: MemoryDetail) -> Iterator[str]:
    one = found.memory
    rows = {
        "layer": f"{one.layer}, {one.kind}",
        "text": one.text,
        "outcome": one.outcome,
        "time": moment(one.time),
        "used": f"{one.uses} times, last {moment(one.used)}" if one.uses else "",
        "weight": f"{one.weight:.2f}",
        "sure": f"{one.confidence:.0%}" if one.confidence < 1 else "",
        "state": one.state if one.state != "kept" else "",
        "reason": one.reason,
        "events": ", ".join(map(str, one.events)),
    }
    yield visible_line(one.id)
    yield from (f"{name:<8} {visible_line(told)}" for name, told in rows.items() if told)
    if one.detail and one.detail != one.text:
        yield visible(one.detail)
    for title, others in (("made of", found.depends), ("became", found.dependents)):
        yield from (f"{title:<8} {memory_line(other)}" for other in others)


def advice_lines(one: Advised) -> Iterator[str]:
    advice = one.advice
    what = _WHAT[advice.what].format(kind=advice.kind)
    stands = "" if one.state == "waiting" else f"  [{one.state}]"
    yield visible_line(f"{advice.proposal}  {what}  {advice.confidence:.0%}{stands}  {advice.why}")
    text = one.text or advice.text
    yield from (f"    {visible_line(line)}" for line in text.splitlines()[:12])
    yield from (f"    of {memory_line(other)}" for other in one.about[:5])


def skill_line(one: Skill) -> str:
    trust = "trusted" if one.trusted else "NOT trusted"
    tests = "no tests, words alone"
    if one.trial:
        trial = one.trial
        tests = f"{trial.passed} tests passed, {trial.failed} failed, in {trial.engine or 'no box'}"
        tests += f": {trial.problem}" if trial.problem else ""
    return visible_line(f"{one.id} v{one.number}: {trust}; {tests}. {one.description}")
