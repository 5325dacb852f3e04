"""The list of the Evolution screen: values in, rows out."""

from __future__ import annotations

from screens.findings import Finding, Findings
from screens.wording import clock, moment, number
from widgets.empty import Emptiness
from widgets.ink import Piece, Role, Row, apart, cut_row, outside
from widgets.titles import list_title
from workbench.api.views import Crashed, Found, Proposed, Searching, Sighted
from workbench.visible import visible_line

_KIND = 10
_STATES = {
    "waiting": Role.DIM,
    "accepted": Role.GOOD,
    "applied": Role.ACCENT,
    "rejected": Role.BAD,
}
_ROOM_FOR_TIMES = 56
_ROOM_FOR_MORE = 72


def findings_heading(findings: Findings, width: int, *, active: bool) -> Row:
    """Draw the title of the list with what it holds, and what is known of looking for more."""
    title = list_title("Findings", active=active)
    if findings.text or findings.state:
        having = f" with “{findings.text}”" if findings.text else ""
        state = f" {findings.state}" if findings.state else ""
        shown = f" {number(len(findings.listed))}{state}{having}; esc shows all"
        return cut_row((title, outside(shown, Role.DIM)), width)
    counts = [
        number(len(findings.searches), "search", "searches") if findings.searches else "",
        number(len(findings.proposals), "proposal"),
        number(len(findings.failures), "failure"),
        number(len(findings.crashes), "crash", "crashes") if findings.crashes else "",
        f"{number(len(findings.sightings))} in logs" if findings.sightings else "",
    ]
    ended = f" Last search: {findings.ended.sentence}" if findings.ended else ""
    held: Piece = (f" {', '.join(filter(None, counts))}.", Role.DIM)
    followed = outside(_followed(findings), Role.ACCENT)
    return cut_row((title, held, followed, outside(ended, Role.DIM)), width)


def _followed(findings: Findings) -> str:
    """Say how the project is followed, and what is wrong with that."""
    watching = findings.watching
    if watching is None:
        return f" Not followed: {findings.unfollowed}" if findings.unfollowed else ""
    reason = f" ({watching.reason})" if watching.reason else ""
    doing = ": tests run" if watching.looking else ""
    trouble = f" {watching.trouble}" if watching.trouble else ""
    return f" Followed by {watching.kind}{reason}{doing}.{trouble}"


def finding_row(findings: Findings, finding: Finding, width: int, today: str) -> Row:
    """Draw one row of the list."""
    match finding:
        case Searching():
            return _search_row(finding, width)
        case Proposed():
            return _proposal_row(finding, findings.state_of(finding), width, today)
        case Found():
            proposals = len(findings.proposals_for(finding))
            return _failure_row(finding, proposals, width, today)
        case Crashed():
            proposals = len(findings.proposals_for(finding))
            return _crash_row(finding, proposals, width, today)
        case Sighted():
            return _sighting_row(finding, width, today)


def rate(search: Searching) -> str:
    """Say how many were tried, and how fast."""
    each = f" ({search.tried / search.seconds:,.0f}/s)" if search.tried and search.seconds else ""
    return f"{search.tried:,} tried{each}"


def _search_row(search: Searching, width: int) -> Row:
    best = f"  best: {search.best}" if search.best else ""
    helps = f"  {search.alive:,} help" if search.alive else ""
    left = (_kind("search", Role.WARN), outside(f"{search.stage}  {rate(search)}{helps}{best}"))
    return apart(left, ((f"{search.seconds:.0f} s", Role.DIM),), width)


def _proposal_row(proposed: Proposed, state: str, width: int, today: str) -> Row:
    made = proposed.proposal
    turned = f"  turns {len(made.evidence.turned)}" if width >= _ROOM_FOR_MORE else ""
    doubts = f"  {number(len(made.doubts), 'doubt')}" if made.doubts else ""
    when = f"  {_when(proposed.time, today)}" if width >= _ROOM_FOR_TIMES else ""
    left = (
        _kind("proposal", Role.GOOD),
        (f"{made.confidence:>4.0%} ", Role.STRONG),
        outside(f" {made.why or made.operator}"),
        (f"{turned}{doubts}", Role.DIM),
    )
    return apart(left, ((state, _STATES[state]), (when, Role.DIM)), width)


def _failure_row(found: Found, proposals: int, width: int, today: str) -> Row:
    failure = found.failure
    message = failure.message.partition("\n")[0]
    roomy = width >= _ROOM_FOR_TIMES
    left = (
        _kind("failure", Role.BAD),
        outside(failure.test.rpartition("/" if roomy else ":")[2]),
        outside(f"  {failure.kind}", Role.WARN),
        outside(f": {message}" if message else "", Role.DIM),
    )
    state = "passes now" if found.green else "" if failure.steady else "flaky"
    return apart(left, _marks(found, width, today, state, _waiting(proposals)), width)


def _crash_row(crashed: Crashed, proposals: int, width: int, today: str) -> Row:
    crash = crashed.crash
    place = f"{crash.path}:{crash.line}  " if crash.path else ""
    message = crash.message.partition("\n")[0]
    left = (
        _kind("crash", Role.BAD),
        outside(place or f"{' '.join(crash.command)}  "),
        outside(crash.kind, Role.WARN),
        outside(f": {message}" if crash.kind and message else message, Role.DIM),
    )
    return apart(left, _marks(crashed, width, today, "", _waiting(proposals)), width)


def _sighting_row(sighted: Sighted, width: int, today: str) -> Row:
    sighting = sighted.sighting
    left = (
        _kind("log", Role.WARN),
        outside(f"{sighting.log}  "),
        outside(sighting.line, Role.WARN if sighting.severe else Role.PLAIN),
    )
    crowd = f"{sighting.count:,} a minute" if sighting.what == "frequent" else ""
    return apart(left, _marks(sighted, width, today, crowd), width)


def _waiting(proposals: int) -> str:
    return number(proposals, "proposal") if proposals else ""


def _marks(seen: Found | Crashed | Sighted, width: int, today: str, *more: str) -> Row:
    """Say at the right how often something was seen and when, where there is room for that."""
    roomy = width >= _ROOM_FOR_TIMES
    times = number(seen.times, "time") if seen.times > 1 and roomy else ""
    first, *others = (*more, "")
    every = (first, times, *others, _when(seen.last, today) if roomy else "")
    return (("  ".join(filter(None, every)), Role.DIM),)


def nothing_yet(findings: Findings, key: str) -> Emptiness:
    """Say what will stand here, how the last search ended, and how to begin one."""
    ended = findings.ended
    known = (
        f"The last search ended so: {ended.sentence}"
        if ended
        else "No failure is known and no proposal waits, since nothing was looked for yet."
    )
    pressed = f"press {key}, or" if key else "choose it in the palette, or"
    return Emptiness(
        "Evolution",
        "Here failing tests will stand, and repairs that held in the sandbox, with their "
        "evidence. They wait for you: nothing is written to the project.",
        visible_line(known + _followed(findings)),
        f"To run all tests and look for repairs of those that fail, {pressed}:",
        "workbench heal",
    )


def _kind(name: str, role: Role) -> Piece:
    return (f"{name:<{_KIND}}", role)


def _when(microseconds: int, today: str) -> str:
    """Return the time of something from today, else its day."""
    day = moment(microseconds).strftime("%m-%d")
    return clock(microseconds)[:5] if day == today else day
