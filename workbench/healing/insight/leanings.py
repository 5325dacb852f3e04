"""What a condition should have been when a test crashed behind it, and what leads there."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import StrEnum

from workbench.healing.ground import Ground, Site
from workbench.healing.insight.evidence import Crash, crashes, holds

_FITS, _UNFIT = 3.0, 0.15
_CRASHES = 3
_SIGNS = {
    "IndexError": ("len(",),
    "KeyError": (" in ",),
    "ZeroDivisionError": (" == 0", " != 0", " > 0"),
    "AttributeError": ("None", "isinstance"),
    "TypeError": ("None", "isinstance"),
}
"""What conditions that keep from an exception are usually written with."""


class Way(StrEnum):
    """How a condition is changed by another."""

    AND = "and"
    OR = "or"
    INSTEAD = "instead"


@dataclass(frozen=True, slots=True)
class _Lesson:
    """A crash, and what the condition should have been; None where asking it is what crashed."""

    crash: Crash
    wanted: bool | None


@dataclass(frozen=True, slots=True)
class Leaning:
    """What the crashes behind one condition teach about it."""

    lessons: tuple[_Lesson, ...]

    def fit(self, text: str, way: Way) -> float:
        """Return how much more, or less, likely another condition is because of the crashes."""
        fits = [_fit(one, text, way) for one in self.lessons]
        return sum(fits) / len(fits) if fits else 1.0

    def share(self, way: Way) -> float:
        """Return how much more the way is worth at all: what cannot lead away is worth little."""
        useless = [_is_useless(one, way) for one in self.lessons]
        return 1.0 if not useless else 0.2 if all(useless) else 1.7


def leaning(ground: Ground, site: Site, test: ast.expr) -> Leaning:
    """Return what crashes in the branches of a site, and in the test itself, say of the test."""
    node = site.node
    if not isinstance(node, ast.If | ast.While) or test is not node.test:
        return Leaning(())
    found = []
    for crash in crashes(ground, site)[:_CRASHES]:
        if crash.is_within([test]):
            found.append(_Lesson(crash, None))
        elif crash.is_within(node.body):
            found.append(_Lesson(crash, wanted=False))
        elif crash.is_within(node.orelse):
            found.append(_Lesson(crash, wanted=True))
    return Leaning(tuple(found))


def _is_useless(lesson: _Lesson, way: Way) -> bool:
    """Say whether the condition stays what it was, whatever is joined in that way."""
    if lesson.wanted is None or way is Way.INSTEAD:
        return False
    return lesson.wanted == (way is Way.AND)


def _fit(lesson: _Lesson, text: str, way: Way) -> float:
    if _is_useless(lesson, way):
        return _UNFIT
    held = holds(text, lesson.crash.values)
    leads = lesson.wanted if way is Way.INSTEAD else way is Way.OR
    about = _about(lesson.crash.kind, text)
    if held is None or leads is None:
        return about
    return about * (_FITS if held == leads else _UNFIT)


def _about(kind: str, text: str) -> float:
    """Return how much a condition has to do with what was raised."""
    signs = _SIGNS.get(kind, ())
    return _FITS if any(sign in text for sign in signs) else 1.0
