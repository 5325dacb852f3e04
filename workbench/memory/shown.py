"""What is remembered, as faces and prompts see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from workbench.api.memory import (
    LAYERS,
    Advised,
    Consolidation,
    LayerCount,
    ReadMemory,
    Remembered,
)
from workbench.errors import UsageError
from workbench.knowledge.skills.catalogue import Crafts, skill_of
from workbench.knowledge.subjects.catalogue import Catalogue
from workbench.knowledge.subjects.shown import subject_of
from workbench.memory.ranking import is_expired, weight
from workbench.memory.recollection import Proposal, Recollection
from workbench.memory.record import Record, alike, words_of
from workbench.settings.schema import MemorySettings
from workbench.visible import visible_line

_WORKING_TOKENS = 8_000
_LEAST_ALIKE = 0.08
_LEAST_OF_EPISODES = 0.2
"""An episode has to be about the very thing."""
_TASKS = ("task",)
OF_SKILLS, OF_SUBJECTS = "skill:", "subject:"
_ABOUT = frozenset(
    {"knowledge", "lesson", "decision", "failure", "search", "skill", "subject", "note", "task"}
)
RECALLED = _ABOUT | {"preference"}
"""What prompts get of all that is remembered."""


def every(
    known: Recollection,
    crafts: Crafts,
    subjects: Catalogue,
    wanted: MemorySettings,
    now: int,
    *,
    kinds: Collection[str] = (),
) -> tuple[Remembered, ...]:
    """Return everything, or all of some kinds, hidden or not, the heaviest first."""
    made: dict[str, list[str]] = {}
    for record in known.records.values():
        for name in record.depends:
            made.setdefault(name, []).append(record.id)
    needed = {name for name, ones in made.items() if any(one.startswith("k") for one in ones)}
    working = _working(known)
    found = []
    for record in (*known.records.values(), *_skills(crafts), *_subjects(subjects)):
        if kinds and record.kind not in kinds:
            continue
        one = known.beside(working.get(record.id, record))
        if is_expired(one, now, wanted.episodes_days, dict.fromkeys(needed)):
            reason = f"It is older than {wanted.episodes_days} days (memory.episodes_days)."
            one = replace(one, state="expired", reason=reason)
        heavy = weight(one, now, wanted.half_life_days)
        found.append(_remembered(one, heavy, tuple(made.get(one.id, ()))))
    found.sort(key=lambda one: (-one.weight, -one.used, one.id))
    return tuple(found)


def _remembered(one: Record, heavy: float, dependents: tuple[str, ...]) -> Remembered:
    return Remembered(
        id=one.id,
        layer=one.layer,
        kind=one.kind,
        text=one.text,
        time=one.time,
        used=one.used,
        uses=one.uses,
        weight=heavy,
        outcome=one.outcome,
        detail=one.detail,
        state=one.state,
        reason=one.reason,
        confidence=one.confidence,
        depends=one.depends,
        dependents=dependents,
        events=one.events,
        tokens=one.tokens,
    )


def _working(known: Recollection) -> dict[str, Record]:
    """Return what of the last conversation is in the context now: its end, as far as it fits."""
    said = [one for one in known.records.values() if _is_said(one) and one.is_kept]
    if not said:
        return {}
    last = max(said, key=lambda one: (one.used, one.id))
    found: dict[str, Record] = {}
    room = _WORKING_TOKENS
    for one in reversed([one for one in said if one.topic == last.topic]):
        if (room := room - one.tokens) < 0:
            break
        found[one.id] = replace(one, layer="working")
        if one.kind == "summary message":
            break
    return found


def _is_said(one: Record) -> bool:
    return one.kind.endswith(" message") or one.kind in _TASKS


def _skills(crafts: Crafts) -> Iterator[Record]:
    for craft in crafts.skills.values():
        one = skill_of(craft)
        yield Record(
            id=f"{OF_SKILLS}{one.id}",
            layer="procedural",
            kind="skill",
            text=f"{one.id}: {one.description}",
            time=one.learned,
            used=one.learned,
            outcome="trusted" if one.trusted else "not trusted",
            detail=", ".join(part.path for part in one.parts),
            state="forgotten" if one.withdrawn else "kept",
            reason="Its bundle was taken back." if one.withdrawn else "",
        )


def _subjects(subjects: Catalogue) -> Iterator[Record]:
    for topic in subjects.topics.values():
        one = subject_of(topic)
        yield Record(
            id=f"{OF_SUBJECTS}{one.id}",
            layer="semantic",
            kind="subject",
            text=f"{one.name}: {one.about}".rstrip(": "),
            time=one.learned,
            used=max(one.used, one.learned),
            uses=one.uses,
            outcome=one.proficiency,
            state="kept" if one.version and not one.deprecated else "forgotten",
            reason=one.reason,
        )


def matching(remembered: Sequence[Remembered], wanted: ReadMemory) -> tuple[Remembered, ...]:
    """Return those of a layer, of some kinds, that have all words of a text."""
    if wanted.layer and wanted.layer not in LAYERS:
        raise UsageError(
            f"There is no layer {visible_line(wanted.layer)}.", f"There are: {', '.join(LAYERS)}."
        )
    words = wanted.text.casefold().split()
    return tuple(
        one
        for one in remembered
        if (not wanted.layer or one.layer == wanted.layer)
        and (not wanted.kinds or one.kind in wanted.kinds)
        and (wanted.hidden or one.state == "kept")
        and all(word in _searched(one) for word in words)
    )


def _searched(one: Remembered) -> str:
    return f"{one.id}\n{one.kind}\n{one.outcome}\n{one.text}\n{one.detail}".casefold()


def counts(remembered: Iterable[Remembered]) -> tuple[LayerCount, ...]:
    counted = Counter((one.layer, one.state == "kept") for one in remembered)
    return tuple(LayerCount(layer, counted[layer, True], counted[layer, False]) for layer in LAYERS)


def recalled(remembered: Sequence[Remembered], text: str, most: int) -> tuple[Remembered, ...]:
    """Return preferences, and what is about a text, the heaviest first; nothing that is hidden."""
    if most <= 0:
        return ()
    words = words_of(text)
    wishes = [one for one in remembered if one.kind == "preference" and one.state == "kept"]
    about = []
    for one in remembered:
        if one.state == "kept" and one.kind in _ABOUT and one.layer != "working":
            near = alike(words, words_of(f"{one.text}\n{one.detail}"))
            least = _LEAST_OF_EPISODES if one.layer == "episodic" else _LEAST_ALIKE
            if near >= least:
                about.append((near * (0.2 + one.weight), one))
    about.sort(key=lambda pair: (-pair[0], pair[1].id))
    return (*wishes[:most], *(one for _, one in about))[:most]


def consolidation(
    known: Recollection, by_name: Mapping[str, Remembered], *, decided: bool
) -> Consolidation:
    """Return proposals: those that wait first, then those decided last."""
    every_one = [
        _advised(one, known, by_name)
        for one in known.proposals.values()
        if decided or known.state_of(one) == "waiting"
    ]
    waiting = [one for one in every_one if one.state == "waiting"]
    waiting.sort(key=lambda one: -one.advice.confidence)
    others = [one for one in every_one if one.state != "waiting"]
    return Consolidation((*waiting, *reversed(others)), len(waiting))


def _advised(proposal: Proposal, known: Recollection, by_name: Mapping[str, Remembered]) -> Advised:
    about = tuple(by_name[name] for name in proposal.advice.about if name in by_name)
    decided = proposal.decided
    return Advised(
        advice=proposal.advice,
        about=about,
        time=proposal.time,
        state=known.state_of(proposal),
        text=decided.text if decided else "",
        reason=decided.reason if decided else "",
        by=proposal.by,
        memory=decided.memory if decided else "",
    )


def as_json(remembered: Sequence[Remembered], known: Recollection) -> str:
    """Return memories for a program, or for another day."""
    value = {
        "workbench_memory": 1,
        "upto": known.upto,
        "memories": [msgspec.to_builtins(one) for one in remembered],
    }
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
