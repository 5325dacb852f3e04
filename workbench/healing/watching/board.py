"""Red and green for each test: runs go in, what turned comes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from workbench.healing.dossier import CUT, FAILED, PASSED, TestRun

Turn = Literal["went red", "went green", "still red", "flaky", "gone"]
_MOST_STATES = 8
"""How many states of the project a test remembers its outcome for."""


class Light(msgspec.Struct, frozen=True):
    """One test as it stands."""

    red: bool = False
    flaky: str = ""
    """A state of the project, not long ago, on which it was red once and green once."""
    since: str = ""
    """The state in which it turned to what it is."""
    seen: dict[str, bool] = {}
    """Whether it was red, by state, the latest last."""
    green: tuple[int, ...] = ()
    """The contents that it ran when it was green last, by their places in the table."""


class Content(msgspec.Struct, frozen=True, order=True, gc=False):
    """A file as it was."""

    path: str
    digest: str


class Turned(msgspec.Struct, frozen=True):
    """What a run says about a test that was not said before, or is still so."""

    test: str
    turn: Turn
    state: str


class Board(msgspec.Struct, frozen=True):
    """Every test that has ever run; a value that can be stored."""

    lights: dict[str, Light] = {}
    contents: tuple[Content, ...] = ()

    @property
    def red(self) -> tuple[str, ...]:
        return tuple(sorted(test for test, light in self.lights.items() if light.red))

    def last_green(self, test: str) -> dict[str, str]:
        """Return the digests of the files that a test ran when it was green last, by path."""
        light = self.lights.get(test, Light())
        return {self.contents[at].path: self.contents[at].digest for at in light.green}

    def after(
        self, runs: Iterable[TestRun], state: str, digests: Mapping[str, str]
    ) -> tuple[Board, tuple[Turned, ...]]:
        """Take in runs on one state of the project, whose files have these digests."""
        lights, turned = dict(self.lights), list[Turned]()
        greens = {test: self._contents_of(light) for test, light in lights.items()}
        for run in runs:
            if run.outcome not in (PASSED, FAILED, CUT):
                continue
            before = lights.get(run.id, Light())
            light = _lit(before, red=run.outcome != PASSED, state=state)
            lights[run.id] = light
            if not light.red:
                greens[run.id] = _ran(run, digests)
            turned += [Turned(run.id, turn, state) for turn in _turns(before, light)]
        return _board(lights, greens), tuple(turned)

    def without(self, gone: Iterable[str], state: str) -> tuple[Board, tuple[Turned, ...]]:
        """Take tests off that are no more."""
        known = [test for test in gone if test in self.lights]
        lights = {test: light for test, light in self.lights.items() if test not in known}
        greens = {test: self._contents_of(light) for test, light in lights.items()}
        return _board(lights, greens), tuple(Turned(test, "gone", state) for test in known)

    def _contents_of(self, light: Light) -> frozenset[Content]:
        return frozenset(self.contents[at] for at in light.green)


def _board(lights: Mapping[str, Light], greens: Mapping[str, frozenset[Content]]) -> Board:
    """Write contents that many tests share only once."""
    table = tuple(sorted({one for every in greens.values() for one in every}))
    places = {one: at for at, one in enumerate(table)}
    return Board(
        {
            test: msgspec.structs.replace(
                light, green=tuple(sorted(places[one] for one in greens.get(test, ())))
            )
            for test, light in lights.items()
        },
        table,
    )


def _lit(before: Light, *, red: bool, state: str) -> Light:
    other = before.seen.get(state)
    past = {key: value for key, value in before.seen.items() if key != state}
    seen = dict([*past.items(), (state, red)][-_MOST_STATES:])
    changed = red != before.red or not before.seen
    differs = other is not None and other != red
    flaky = state if differs else before.flaky if before.flaky in seen else ""
    return Light(red, flaky, state if changed else before.since, seen)


def _turns(before: Light, now: Light) -> list[Turn]:
    if now.flaky:
        return [] if before.flaky and now.red == before.red else ["flaky"]
    if now.red:
        return ["still red" if before.red else "went red"]
    return ["went green"] if before.red else []


def _ran(run: TestRun, digests: Mapping[str, str]) -> frozenset[Content]:
    """Return the files that a run touched, its own among them; all where nobody looked."""
    paths = {*run.lines, run.id.partition("::")[0]} if run.lines else digests.keys()
    return frozenset(Content(path, digests[path]) for path in paths if path in digests)
