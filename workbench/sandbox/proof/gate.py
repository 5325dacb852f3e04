"""The static gate: what a candidate repair may change at all, decided before anything runs.

A candidate is the bytes that its files would have, by path; None takes a file away. A diff is never
looked at, for what a diff does depends on who applies it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from workbench.sandbox.proof import contents, naming, shadows
from workbench.sandbox.proof.ground import Ground, Limits, Touch, parents, survey
from workbench.sandbox.proof.places import object_to_place
from workbench.sandbox.snapshots.values import hash_of

__all__ = ["Ground", "Limits", "Objection", "objections", "survey"]

Change = Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a candidate is not even tried."""

    path: str
    """Empty where the candidate as a whole is meant; it may hold anything."""
    code: str
    sentence: str


def objections(
    ground: Ground, change: Change, before: Mapping[str, bytes] | None = None
) -> tuple[Objection, ...]:
    """Return all that speaks against a candidate, by path; nothing means that it may be tried.

    `before` is what the base holds at the changed paths. What is not given there is taken to hold
    nothing, which can only lead to more objections.
    """
    touches = [
        Touch(path, content, _known(ground, path, before or {}), change, ground)
        for path, content in sorted(change.items())
    ]
    whole = [Objection("", code, sentence) for code, sentence in _about_all(ground, touches)]
    if len(touches) > ground.limits.files:
        return tuple(whole)
    return (*whole, *(objection for touch in touches for objection in _about(touch)))


def _known(ground: Ground, path: str, before: Mapping[str, bytes]) -> bytes | None:
    """Return what the base holds, if it is what was given."""
    content, entry = before.get(path), ground.entries.get(path)
    known = content is not None and entry is not None and hash_of(content) == entry.content
    return content if known else None


def _about_all(ground: Ground, touches: Collection[Touch]) -> Iterator[tuple[str, str]]:
    if len(touches) > ground.limits.files:
        yield "many-files", f"The repair changes more than {ground.limits.files} files."
    if all(touch.same for touch in touches):
        yield "no-change", "The repair changes nothing."


def _about(touch: Touch) -> Iterator[Objection]:
    unsafe = [*_asked(touch, naming.SAFETY)]
    yield from unsafe
    if unsafe:
        return
    yield from _asked(touch, _STANDING)
    if touch.new:
        yield from _asked(touch, naming.NEW_NAMES)
    if place := object_to_place(touch):
        yield Objection(touch.path, *place)
    if touch.content is not None and not touch.same:
        yield from _about_content(touch, touch.content)


def _about_content(touch: Touch, content: bytes) -> Iterator[Objection]:
    fatal = [*_held(touch, content, contents.FATAL)]
    yield from fatal
    if not fatal:
        yield from _held(touch, content, contents.READABLE)


def _asked(touch: Touch, rules: Mapping[str, Callable[[Touch], str | None]]) -> Iterator[Objection]:
    for code, rule in rules.items():
        if sentence := rule(touch):
            yield Objection(touch.path, code, sentence)


def _held(touch: Touch, content: bytes, rules: Mapping[str, contents.Rule]) -> Iterator[Objection]:
    for code, rule in rules.items():
        if sentence := rule(touch, content):
            yield Objection(touch.path, code, sentence)


def _absent(touch: Touch) -> str | None:
    if touch.content is None and touch.new:
        return "A file is taken away that is not there."
    return None


def _link(touch: Touch) -> str | None:
    entries = touch.ground.entries
    above = (touch.path, *parents(touch.path))
    if any(path in entries and entries[path].kind == "link" for path in above):
        return "The path is a symbolic link or lies below one."
    return None


_STANDING: Mapping[str, Callable[[Touch], str | None]] = {
    "not-there": _absent,
    "link": _link,
    "shadow": shadows.object_to_shadow,
    "second-root": shadows.object_to_second_root,
    "package": shadows.object_to_package,
}
