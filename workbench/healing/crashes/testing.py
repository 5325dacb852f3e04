"""A test made of a crash, laid beside the project's own for as long as a search lasts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import PurePosixPath

import msgspec

from workbench.healing.crashes.reproducing import as_tests
from workbench.healing.crashes.values import Crash
from workbench.healing.dossier import TestRun
from workbench.healing.searching.lane import Lane
from workbench.sandbox.installed import plugins_of
from workbench.sandbox.pool import Handle
from workbench.sandbox.proving import Workshop

_MOST_TRIED = 4
_SECONDS = 60.0


@dataclass(frozen=True)
class CrashTest:
    """A test that fails as the program did, and the project with it."""

    path: str
    text: str
    shop: Workshop


@dataclass(frozen=True)
class NoTest:
    """Why there is none."""

    outcome: str
    sentence: str


def name_of(crash: Crash) -> str:
    """Name a crash by what crashes and how; what a file says of itself may be anything."""
    return sha256(crash.fingerprint.encode("utf-8", "replace")).hexdigest()[:12]


def place_of(name: str, entries: Collection[str]) -> str:
    """Return where the test of a crash would lie: where the project's own tests are found."""
    tests = [path for path in map(PurePosixPath, entries) if _is_test(path)]
    folders = Counter(str(path.parent) for path in tests)
    folder = min(folders, key=lambda one: (-folders[one], one), default=".")
    ends = sum(path.stem.endswith("_test") for path in tests)
    stem = f"crash_{name}_test" if 2 * ends > len(tests) else f"test_crash_{name}"
    return str(PurePosixPath(folder, f"{stem}.py"))


def _is_test(path: PurePosixPath) -> bool:
    named = path.stem.startswith("test_") or path.stem.endswith("_test")
    return path.suffix == ".py" and named


def made_of(crash: Crash, shop: Workshop, handle: Handle) -> CrashTest | NoTest:
    """Return the smallest test that fails in the sandbox as the program did outside of it."""
    place = place_of(name_of(crash), shop.snapshot.entries)
    tests = dict(_numbered(crash, place))
    if not tests:
        return NoTest("unrepeated", "Too little is known of the crash to repeat it.")
    runs = _runs(_with(shop, tests), tuple(tests), handle)
    for path, text in tests.items():
        if any(_is_alike(run, crash) for run in runs if run.id.startswith(f"{path}::")):
            return CrashTest(place, text, _with(shop, {place: text}))
    if all(run.raised is None for run in runs):
        return NoTest("green", "What crashed does not crash any more.")
    return NoTest("unrepeated", "In the sandbox it does not fail as the program did.")


def _numbered(crash: Crash, place: str) -> Iterator[tuple[str, str]]:
    base = place.removesuffix(".py")
    for number, test in enumerate(islice(as_tests(crash), _MOST_TRIED)):
        yield _numbered_place(base, number), test.text


def _numbered_place(base: str, number: int) -> str:
    """Return a name that is still one of a test."""
    if base.endswith("_test"):
        return f"{base.removesuffix('_test')}_{number}_test.py"
    return f"{base}_{number}.py"


def _with(shop: Workshop, tests: Mapping[str, str]) -> Workshop:
    added = {path: text.encode() for path, text in tests.items()}
    return replace(shop, snapshot=shop.store.extend(shop.snapshot, added))


def _runs(shop: Workshop, tests: tuple[str, ...], handle: Handle) -> tuple[TestRun, ...]:
    policy = msgspec.structs.replace(shop.policy, wall_seconds=_SECONDS, cpu_seconds=_SECONDS)
    layer = shop.store.materialise(shop.snapshot)
    plugins = plugins_of(shop.plan.interpreter.site_packages)
    with Lane.open(
        shop.pool, shop.plan, policy, layer, tests, plugins=plugins, handle=handle.part()
    ) as lane:
        return lane.failing


def _is_alike(run: TestRun, crash: Crash) -> bool:
    """Tell whether a test raises what the program raised, in the same function."""
    raised, expected = run.raised, crash.exception
    if raised is None or expected is None or _last(raised.name) != _last(expected.name):
        return False
    if not (raised.frames and expected.frames):
        return True
    return _last(raised.frames[-1].function) == _last(expected.frames[-1].function)


def _last(name: str) -> str:
    return name.rpartition(".")[2]
