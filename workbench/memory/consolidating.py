"""What a consolidation proposes: plain rules over what is remembered, the same each time."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import combinations, islice

from workbench.api.remembering import Advice, Layer
from workbench.memory.ranking import DAY, weight
from workbench.memory.record import Record, alike, in_a_line

MOST = 50
"""So many proposals at a time; what is left comes when these are decided."""
_OFTEN = 3
_ALIKE = 0.7
_SAME_QUESTION = 0.75
_OLD_DAYS = 90
_FAINT = 0.4
_HALF_LIFE = 30.0
_MOST_COMPARED = 1_500
_MOST_ABOUT = 20
_WISH = re.compile(
    r"\b(?:always|never|prefer|from now on|remember that|do not ever|please use|"
    r"immer|niemals|bitte verwende|merk dir|ab jetzt|"
    r"toujours|jamais|pr\u00e9f\u00e8re|d\u00e9sormais|"
    r"\u0432\u0441\u0435\u0433\u0434\u0430|\u043d\u0438\u043a\u043e\u0433\u0434\u0430|\u0437\u0430\u043f\u043e\u043c\u043d\u0438)\b"
    r"|\u603b\u662f|\u6c38\u8fdc\u4e0d\u8981|\u8bb0\u4f4f|\u062f\u0627\u0626\u0645\u0627",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"\b(?:never|not|no|don't|niemals|nie|nicht|kein\w*|jamais|pas|ne)\b", re.IGNORECASE
)
_SENTENCE = re.compile(r"[^.!?\n\u3002]+[.!?\u3002]?")
_Rule = Callable[[Sequence[Record], int], Iterator[Advice]]


def consolidate(records: Iterable[Record], known: Iterable[str], now: int) -> tuple[Advice, ...]:
    """Return what should be kept, merged or forgotten and was not proposed before."""
    kept = sorted((one for one in records if one.is_kept), key=lambda one: (one.time, one.id))
    seen = set(known)
    every = (advice for rule in _RULES for advice in rule(kept, now))
    found: dict[str, Advice] = {}
    for advice in every:
        if advice.proposal not in seen:
            found.setdefault(advice.proposal, advice)
    return tuple(islice(found.values(), MOST))


def _advise(
    rule: str,
    key: str,
    what: str,
    about: Iterable[Record],
    *,
    text: str = "",
    why: str,
    layer: Layer | None = None,
    kind: str = "",
    confidence: float = 1.0,
) -> Advice:
    """Return a proposal, named by its rule and what it is about: refused once, it stays so."""
    name = sha256(f"{rule}\n{key}".encode()).hexdigest()[:10]
    names = tuple(one.id for one in about)[-_MOST_ABOUT:]
    return Advice(name, what, names, layer, kind, text, why, round(confidence, 2))  # type: ignore[arg-type]


def _said_wishes(records: Sequence[Record], _now: int) -> Iterator[Advice]:
    """Find where a person said how something shall always be."""
    for one in records:
        if one.kind not in {"person message", "note"}:
            continue
        wishes = [text for text in _SENTENCE.findall(one.detail) if _WISH.search(text)]
        for wish in wishes[:3]:
            text = " ".join(wish.split())
            yield _advise(
                "wish",
                text.casefold(),
                "keep",
                [one],
                text=text,
                why="You said that it shall be so.",
                layer="semantic",
                kind="preference",
                confidence=0.9,
            )


def _asked_again(records: Sequence[Record], _now: int) -> Iterator[Advice]:
    """Find questions that were asked and answered several times."""
    answers: dict[str, Record] = {}
    for one in records:
        if one.kind == "assistant message" and one.outcome == "whole":
            for question in one.depends[:1]:
                answers[question] = one
    asked = [one for one in records if one.kind == "person message" and one.id in answers]
    for group in _groups(asked[-_MOST_COMPARED:], _SAME_QUESTION):
        if len(group) < _OFTEN - 1:
            continue
        found = [answers[one.id] for one in group]
        agree = _agreement(found)
        last = found[-1]
        yield _advise(
            "asked",
            " ".join(sorted(group[0].words)),
            "keep",
            [*group, *found],
            text=f"{in_a_line(group[-1].text)} {in_a_line(last.detail, 600)}",
            why=f"It was asked {len(group)} times; the answers agree by {agree:.0%}.",
            layer="semantic",
            kind="knowledge",
            confidence=0.3 + 0.6 * agree,
        )


def _agreement(answers: Sequence[Record]) -> float:
    pairs = [alike(one.words, other.words) for one, other in combinations(answers, 2)]
    return sum(pairs) / len(pairs) if pairs else 0.0


def _failed_again(records: Sequence[Record], _now: int) -> Iterator[Advice]:
    """Find failures that come back again and again."""
    for one in records:
        if one.kind in ("failure", "crash") and one.uses >= _OFTEN:
            yield _advise(
                "failed",
                one.id,
                "keep",
                [one],
                text=f"{one.text} ({one.detail})",
                why=f"It was seen {one.uses} times.",
                layer="semantic",
                kind="lesson",
                confidence=min(0.95, 0.5 + 0.1 * one.uses),
            )


def _decided_alike(records: Sequence[Record], _now: int) -> Iterator[Advice]:
    """Find repairs of one rule that were decided alike, and reasons that were given again."""
    by_rule, by_reason = defaultdict[str, list[Record]](list), defaultdict[str, list[Record]](list)
    for one in records:
        if one.kind == "decision" and one.outcome in ("accepted", "rejected"):
            by_rule[one.topic].append(one)
            if one.outcome == "rejected" and one.reason:
                by_reason[" ".join(one.reason.casefold().split())].append(one)
    for rule, group in by_rule.items():
        accepted = [one for one in group if one.outcome == "accepted"]
        share = len(accepted) / len(group)
        if len(group) >= _OFTEN and share in (0.0, 1.0):
            verb = "accepted" if share else "rejected"
            yield _advise(
                "decided",
                f"{rule} {verb}",
                "keep",
                group,
                text=f"Repairs by {rule} are {verb} here.",
                why=f"{len(group)} of {len(group)} were {verb}.",
                layer="semantic",
                kind="lesson",
                confidence=1 - 1 / (len(group) + 1),
            )
    for reason, group in by_reason.items():
        if len(group) >= _OFTEN - 1:
            yield _advise(
                "reason",
                reason,
                "keep",
                group,
                text=f"Repairs are rejected for this reason: {group[-1].reason}",
                why=f"It was given {len(group)} times.",
                layer="semantic",
                kind="preference",
                confidence=1 - 1 / (len(group) + 1),
            )


def _done_again(records: Sequence[Record], _now: int) -> Iterator[Advice]:
    """Find steps that led to their end more than once: they can be a recipe."""
    by_steps = defaultdict[str, list[Record]](list)
    for one in records:
        steps = _steps(one)
        if one.kind == "task" and one.outcome == "whole" and len(steps) > 1:
            by_steps["\n".join(steps)].append(one)
    for key, group in by_steps.items():
        if len(group) >= _OFTEN - 1:
            lines = [f"{number}. {step}" for number, step in enumerate(key.split("\n"), 1)]
            yield _advise(
                "done",
                key,
                "skill",
                group,
                text="\n".join((in_a_line(group[-1].text), "", *lines)),
                why=f"These steps led to their end {len(group)} times.",
                layer="procedural",
                kind="skill",
                confidence=1 - 1 / (len(group) + 1),
            )


def _steps(record: Record) -> list[str]:
    lines = (line.partition(": ") for line in record.detail.split("\n"))
    return [what for state, colon, what in lines if colon and state == "done"]


def _told_twice(records: Sequence[Record], _now: int) -> Iterator[Advice]:
    """Find memories that say nearly the same."""
    own = [one for one in records if one.layer in ("semantic", "procedural")]
    for kind in sorted({one.kind for one in own}):
        for group in _groups([one for one in own if one.kind == kind], _ALIKE):
            if len(group) > 1 and not _contradict(group):
                longest = max(group, key=lambda one: (len(one.detail), one.time))
                yield _advise(
                    "twice",
                    " ".join(sorted(one.id for one in group)),
                    "merge",
                    group,
                    text=longest.detail or longest.text,
                    why=f"{len(group)} memories say nearly the same.",
                    layer=longest.layer,
                    kind=kind,
                    confidence=max(one.confidence for one in group),
                )


def _taken_back(records: Sequence[Record], _now: int) -> Iterator[Advice]:
    """Find preferences that say the opposite of earlier ones."""
    wishes = [one for one in records if one.kind == "preference"][-_MOST_COMPARED:]
    for group in _groups(wishes, _ALIKE - 0.2):
        if _contradict(group):
            *earlier, last = group
            against = [one for one in earlier if _is_negative(one) != _is_negative(last)]
            yield _advise(
                "opposite",
                " ".join(sorted(one.id for one in (*against, last))),
                "forget",
                against,
                why=f"Later you said: {in_a_line(last.text)}",
                confidence=0.6,
            )


def _contradict(group: Sequence[Record]) -> bool:
    return len({_is_negative(one) for one in group}) > 1


def _is_negative(record: Record) -> bool:
    return bool(_NEVER.search(record.text))


def _faded(records: Sequence[Record], now: int) -> Iterator[Advice]:
    """Find what was kept, and served for nothing for a long time."""
    needed = {name for one in records for name in one.depends}
    for one in records:
        is_own = one.layer in ("semantic", "procedural") and one.kind != "preference"
        is_old = now - one.used > _OLD_DAYS * DAY
        if is_own and is_old and one.id not in needed and weight(one, now, _HALF_LIFE) < _FAINT:
            days = (now - one.used) // DAY
            yield _advise(
                "faded",
                f"{one.id} {one.used}",
                "forget",
                [one],
                why=f"Nothing used it for {days} days.",
                confidence=0.5,
            )


def _groups(records: Sequence[Record], least: float) -> Iterator[list[Record]]:
    """Yield those that are alike, each in the group of the first that it is like."""
    groups: list[tuple[frozenset[str], list[Record]]] = []
    for one in records[-_MOST_COMPARED:]:
        words = one.words
        group = next((many for first, many in groups if alike(first, words) >= least), None)
        if group is None:
            groups.append((words, [one]))
        else:
            group.append(one)
    yield from (many for _, many in groups)


_RULES: tuple[_Rule, ...] = (
    _said_wishes,
    _decided_alike,
    _failed_again,
    _asked_again,
    _done_again,
    _taken_back,
    _told_twice,
    _faded,
)
