"""What weighs how much: reckoned when it is read, so that ranking decays and records do not."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2

from workbench.memory.record import Record

DAY = 86_400_000_000
_HALF_LIVES = {"working": 1 / 24, "episodic": 1.0, "semantic": 12.0, "procedural": 24.0}
"""As multiples of what the settings say."""
_IMPORTANCE = {
    "preference": 4.0,
    "lesson": 3.0,
    "knowledge": 2.0,
    "skill": 3.0,
    "decision": 1.5,
    "failure": 1.0,
    "crash": 1.0,
    "search": 0.8,
    "writing": 1.2,
    "task": 1.2,
    "note": 2.0,
    "session": 0.2,
}
_OTHER = 0.5
HIDDEN = 0.0


def weight(record: Record, now: int, half_life_days: float) -> float:
    """Return the rank of a memory, from 0 to 1: what it is, how often and how lately it served."""
    if not record.is_kept:
        return HIDDEN
    age = max(0, now - record.used) / DAY
    half_life = half_life_days * _HALF_LIVES[record.layer]
    strength = _IMPORTANCE.get(record.kind, _OTHER) * record.confidence
    decayed: float = 0.5 ** min(age / half_life, 1_000)
    strength *= (1 + log2(1 + record.uses)) * decayed
    return round(strength / (1 + strength), 4)


def is_expired(record: Record, now: int, days: int, needed: Mapping[str, object]) -> bool:
    """Tell whether an episode is older than is to be shown, and nothing rests on it."""
    if not days or record.layer != "episodic" or not record.is_kept or record.id in needed:
        return False
    return now - record.used > days * DAY
