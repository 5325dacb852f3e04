"""`workbench failures`: what was seen to fail, crashes, and what logs tell of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from workbench.commands.shared import Group, Invocation
from workbench.commands.wording import moment
from workbench.errors import UsageError
from workbench.output import Answer
from workbench.visible import visible, visible_line

if TYPE_CHECKING:
    from workbench.api import views

    Seen = views.Found | views.Crashed | views.Sighted
_MOST = 10_000


@click.group("failures", cls=Group)
def command() -> None:
    """List the failures that were seen, crashes, and what logs tell of; and show one."""


@command.command("list")
@click.option("-n", "--number", type=click.IntRange(1, _MOST), default=100, show_default=True)
@click.pass_obj
def list_(invocation: Invocation, number: int) -> Answer:
    """List failures, then crashes, then what was noticed in logs; each the newest first."""
    import msgspec

    found = _read(invocation, number)
    every: tuple[Seen, ...] = (*found.failures, *found.crashes, *found.sightings)
    counts = (f"Failures: {len(found.failures)}", f"Crashes: {len(found.crashes)}")
    told = f"{', '.join(counts)}, in logs: {len(found.sightings)}."
    return Answer(told, msgspec.to_builtins(found), "\n".join(map(_line, every)))


@command.command()
@click.argument("failure")
@click.pass_obj
def show(invocation: Invocation, failure: str) -> Answer:
    """Show the FAILURE of that name, be it a crash or in a log; its first letters are enough."""
    import msgspec

    found = _read(invocation, _MOST)
    every: tuple[Seen, ...] = (*found.failures, *found.crashes, *found.sightings)
    matching = [one for one in every if _name(one).startswith(failure)]
    if len(matching) != 1:
        raise UsageError(
            f"{visible_line(failure)} names {len(matching)} failures.",
            "`workbench failures list` shows their names.",
        )
    fields = msgspec.to_builtins(matching[0])
    rows = {**fields.pop(_kind(matching[0])), **fields}
    text = "\n".join(f"{name:<9} {visible(told)}" for name, told in _told(matching[0], found))
    return Answer(f"{_kind(matching[0]).capitalize()} {_name(matching[0])}.", rows, text)


def _read(invocation: Invocation, number: int) -> views.Failures:
    from workbench.api.commands import ReadFailures
    from workbench.commands.calling import ask

    return ask(invocation, ReadFailures(number))


def _kind(seen: Seen) -> str:
    """Return what its fact is called."""
    return seen.__struct_fields__[0]


def _name(seen: Seen) -> str:
    fact: Any = getattr(seen, _kind(seen))
    name: str = getattr(fact, _kind(seen))
    return name


def _line(seen: Seen) -> str:
    times = f" ({seen.times} times)" if seen.times > 1 else ""
    return f"{_name(seen)}  {moment(seen.last)}  {visible_line(_in_short(seen))}{times}"


def _in_short(seen: Seen) -> str:
    from workbench.api import views

    match seen:
        case views.Found(failure=fact):
            return f"{fact.test}: {_raised(fact.kind, fact.message)}"
        case views.Crashed(crash=crash):
            place = f"{crash.path}:{crash.line} " if crash.path else ""
            return f"crash: {place}{_raised(crash.kind, crash.message)}"
        case views.Sighted(sighting=sighting):
            return f"{sighting.log}: {sighting.what}: {sighting.line}"


def _raised(kind: str, message: str) -> str:
    first = message.partition("\n")[0]
    return ": ".join(filter(None, (kind, first)))


def _told(seen: Seen, every: views.Failures) -> Iterator[tuple[str, str]]:
    """Yield what is known, as rows with a label."""
    import msgspec

    for name, value in msgspec.to_builtins(getattr(seen, _kind(seen))).items():
        if value not in ("", None, ()):
            yield name, " ".join(value) if isinstance(value, tuple | list) else str(value)
    yield "seen", _often(seen)
    yield from _since(seen, every)


def _often(seen: Seen) -> str:
    if seen.times == 1:
        return f"once, {moment(seen.last)}"
    return f"{seen.times} times, first {moment(seen.first)}, last {moment(seen.last)}"


def _since(seen: Seen, every: views.Failures) -> Iterator[tuple[str, str]]:
    """Yield what became of it, and what looks the same."""
    from workbench.api import views

    if isinstance(seen, views.Sighted):
        return
    if seen.proposals:
        yield "repairs", " ".join(seen.proposals)
    if isinstance(seen, views.Crashed):
        yield "became", seen.became or "No search for its repair has ended."
        return
    yield "became", f"It passes since {moment(seen.green)}." if seen.green else "It fails."
    known = {one.failure.failure: one for one in every.failures}
    for name in seen.alike:
        yield "alike", f"{name}  {_in_short(known[name])}" if name in known else name
