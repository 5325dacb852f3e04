"""One search, proposal or failure in full: values in, pages out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from screens.desk import Desk
from screens.evolution_rows import rate
from screens.findings import Finding, Findings
from screens.wording import moment, number
from widgets.difference import Layout
from widgets.facts import Fact, facts, heading
from widgets.ink import BLANK, Role, Row, Rows, outside, wrap
from widgets.pages import Indented, Pages, Stack, Written
from workbench.api.events import Evidence
from workbench.api.reviews import Tried
from workbench.api.views import Crashed, Found, Proposed, Searching, Sighted
from workbench.visible import visible, visible_line

_INDENT: Row = (("   ", Role.PLAIN),)
_SHORT = 40
"""A diff of so many lines stands above its evidence, a longer one below."""
_MOST_NAMED = 50
_LONGEST_MESSAGE = 20_000
_GUARDS = {
    "split": "the repaired code ran in a box of its own, apart from the test",
    "twins": "twins of the test that had to fail did fail",
    "none": "no guard reaches it: that it passes rests on the test's own records",
}


def title_of(finding: Finding) -> str:
    match finding:
        case Searching(job=job):
            return f"Search {job}".strip()
        case Proposed(proposal=made):
            return f"Proposal {made.proposal}"
        case Found(failure=failure):
            return f"Failure {failure.failure}"
        case Crashed(crash=crash):
            return f"Crash {crash.crash}"
        case Sighted(sighting=sighting):
            return f"Log {sighting.sighting}"


def pages_of(
    findings: Findings, finding: Searching | Found | Crashed | Sighted | None, width: int
) -> Pages:
    """Lay one finding out in full that is no proposal."""
    room = max(8, width - len(_INDENT[0][0]) - 1)
    match finding:
        case None:
            inner: Pages = Written((((_NOTHING, Role.DIM),),))
        case Searching():
            inner = Written(tuple(_search(finding, room)))
        case Found():
            inner = Written(tuple(_failure(findings, finding, room)))
        case Crashed():
            inner = Written(tuple(_crash(findings, finding, room)))
        case Sighted():
            inner = Written(tuple(_sighting(finding, room)))
    return Indented(inner, _INDENT)


_NOTHING = "nothing is selected"


def _search(search: Searching, width: int) -> Iterator[Row]:
    yield from facts(
        [
            ("stage", search.stage),
            ("running", f"{search.seconds:.1f} s"),
            ("candidates", rate(search)),
            ("in part", f"{search.alive:,} make some of the failing tests pass"),
            ("whole", f"{search.plausible:,} pass all tests and wait for their proof"),
        ],
        width,
    )
    yield from _paragraphs("Best so far", [search.best] if search.best else [], " ", width)


class Paper(Stack):
    """A proposal in full: what is said of it, its change, its evidence."""

    def __init__(self, parts: Sequence[Pages], layout: Layout | None) -> None:
        super().__init__(parts)
        self.layout = layout if layout and layout.count else None
        self.start = self.start_of(layout) if layout and layout.count else 0
        """The row that the change begins at."""


def paper_of(
    findings: Findings, proposed: Proposed, desk: Desk, width: int, *, split: bool, told: bool
) -> Paper:
    """Lay out a proposal: a short change is what one wants to see first, a long one comes last."""
    room = max(8, width - len(_INDENT[0][0]) - 1)
    head = Indented(Written(tuple(_head(findings, proposed, desk, room))), _INDENT)
    rows = tuple(_evidence_of(findings, proposed, room)) if told else _UNTOLD
    evidence = Indented(Written(rows), _INDENT)
    change = desk.difference
    if change is None:
        waiting = desk.problem or "The change is being read."
        role = Role.WARN if desk.problem else Role.DIM
        missing = Indented(Written((BLANK, *_text(waiting, role, room))), _INDENT)
        return Paper((head, missing, evidence), None)
    layout = change.laid_out(desk.stands, width, split=split)
    counts = f"{number(change.added, 'line')} added, {change.removed:,} removed"
    diff = (Indented(Written((BLANK, heading("Change", counts))), _INDENT), layout)
    parts = (head, *diff, evidence) if change.count <= _SHORT else (head, evidence, *diff)
    return Paper(parts, layout)


_UNTOLD: Rows = (BLANK, (("Evidence", Role.TITLE), ("  hidden", Role.DIM)))


def _head(findings: Findings, proposed: Proposed, desk: Desk, width: int) -> Iterator[Row]:
    made = proposed.proposal
    for line in wrap(visible(made.why or made.operator), width):
        yield ((line, Role.STRONG),)
    turned, others = len(made.evidence.turned), made.evidence.others
    held = (
        f"{made.confidence:.0%} likely right. Turns {number(turned, 'failing test')}; "
        f"{number(others, 'other ends', 'others end')} as before."
    )
    yield from _text(held, Role.PLAIN, width)
    yield from _text(_stands(findings, proposed, desk), Role.DIM, width)
    if desk.tried:
        yield from _tried(desk.tried, width)


def _tried(tried: Tried, width: int) -> Iterator[Row]:
    """Show what the tests said of what is accepted."""
    took = f" ({tried.seconds:.1f} s)" if tried.seconds else ""
    yield from _text(f"{tried.sentence}{took}", Role.GOOD if tried.holds else Role.BAD, width)
    for mark, tests, role in (
        ("broken", tried.broken, Role.BAD),
        ("red", tried.red, Role.WARN),
        ("green", tried.turned, Role.GOOD),
    ):
        for test in tests[:_MOST_TRIED]:
            yield ((f"  {mark} ", role), outside(test, Role.DIM))
        if len(tests) > _MOST_TRIED:
            yield ((f"  and {len(tests) - _MOST_TRIED:,} more {mark}", Role.DIM),)


_MOST_TRIED = 8


def _stands(findings: Findings, proposed: Proposed, desk: Desk) -> str:
    """Say whether a proposal waits, what was decided about it, or that it is applied."""
    if written := findings.applied.get(proposed.proposal.proposal):
        return f"It was applied by {written.by}, {_moment(written.time)}."
    tally = desk.tally
    if tally.undecided and (tally.accepted or tally.rejected):
        return (
            f"{number(tally.accepted, 'hunk')} accepted, {tally.rejected:,} rejected, "
            f"{tally.undecided:,} undecided; nothing was written to the project."
        )
    if not proposed.decided:
        return "It waits for a person; nothing was written to the project."
    why = f": {proposed.reason.rstrip('.')}" if proposed.reason else ""
    decided = f"It was {proposed.state} by {proposed.by}, {_moment(proposed.decided)}{why}."
    return f"{decided} Nothing was written to the project."


def _evidence_of(findings: Findings, proposed: Proposed, width: int) -> Iterator[Row]:
    made, evidence = proposed.proposal, proposed.proposal.evidence
    yield from _paragraphs("What speaks for it", made.reasons, "+", width)
    yield from _paragraphs("Doubts", made.doubts, "?", width, Role.WARN)
    yield from _turned(evidence, width)
    yield from _needed(evidence.needed, width)
    yield from _paragraphs("Changed lines that no test runs", evidence.uncovered, "!", width)
    yield from _decided(evidence, width)
    yield from _paragraphs("Quality, before and after", _pairs(evidence.quality), "·", width)
    yield BLANK
    yield heading("How it was proven")
    yield from facts(_proof(proposed, findings.failures_of(proposed)), width)


def _decided(evidence: Evidence, width: int) -> Iterator[Row]:
    """Show where another repair does something else, and the test that decides between them."""
    if evidence.differs:
        yield from _paragraphs("Another repair passes too", (evidence.differs,), "?", width)
    if evidence.decides:
        yield BLANK
        yield heading("The test that decides between them")
        yield from _text(evidence.decides, Role.PLAIN, width)


def _turned(evidence: Evidence, width: int) -> Iterator[Row]:
    """Name each test with what keeps it from being talked into a yes, those without that first."""
    bare = [test for test in evidence.turned if evidence.guards.get(test, "none") == "none"]
    held = [
        f"{test}\n{_GUARDS.get(guard := evidence.guards[test], guard)}"
        for test in evidence.turned
        if test not in bare
    ]
    told = [f"{test}\n{_GUARDS['none']}" for test in bare]
    yield from _paragraphs("Tests that pass with it, without a guard", told, "!", width, Role.WARN)
    yield from _paragraphs("Tests that pass with it", held, "✓", width)


def _needed(needed: Mapping[str, Sequence[str]], width: int) -> Iterator[Row]:
    texts = [f"{hunk}\nwithout it: {', '.join(tests)}" for hunk, tests in needed.items()]
    yield from _paragraphs("What each part is needed for", texts, "·", width)


def _pairs(measures: Mapping[str, str]) -> Iterator[str]:
    return (f"{name}: {change}" for name, change in measures.items())


def _proof(proposed: Proposed, failures: Iterable[Found]) -> list[Fact]:
    made, evidence = proposed.proposal, proposed.proposal.evidence
    tried, killed = evidence.mutants or (0, 0)
    caught = f"{killed:,} of {number(tried, 'small change')} to these lines fail a test"
    pairs = [
        ("made", f"{_moment(proposed.time)}, as number {made.rank} of search {made.search}"),
        ("by", made.operator),
        ("mutants", caught if evidence.mutants else ""),
        ("ran", f"under {number(evidence.circumstances, 'circumstance')}"),
        ("boxes", f"{evidence.engine} ({evidence.level})"),
        ("mends", ", ".join(found.failure.failure for found in failures)),
        ("verdict", evidence.proof),
    ]
    return [pair for pair in pairs if pair[1]]


def _failure(findings: Findings, found: Found, width: int) -> Iterator[Row]:
    failure = found.failure
    yield from _text(failure.test, Role.STRONG, width)
    yield from _text(failure.kind, Role.BAD, width)
    yield from _text(failure.message[:_LONGEST_MESSAGE], Role.PLAIN, width)
    yield BLANK
    place = f"{failure.path}:{failure.line}" if failure.path else "outside the project"
    inside = f", in {failure.function}" if failure.function else ""
    pairs = [
        ("place", place + inside),
        ("seen", _seen(found)),
        ("since", f"it passes since {_moment(found.green)}" if found.green else ""),
        ("snapshot", failure.snapshot),
    ]
    yield from facts([pair for pair in pairs if pair[1]], width)
    if not failure.steady:
        yield BLANK
        yield from _text(_FLAKY, Role.WARN, width)
    proposals = [_in_short(one) for one in findings.proposals_for(found)]
    told = proposals or ["none yet"]
    yield from _paragraphs("Proposals", told, "·", width)
    yield from _paragraphs("Looks the same", _alike(findings, found), "·", width)


def _alike(findings: Findings, found: Found) -> Iterator[str]:
    """Name failures that look the same, with when each was seen and what became of it."""
    known = {one.failure.failure: one for one in findings.failures}
    for other in filter(None, map(known.get, found.alike)):
        became = "passes now" if other.green else f"{number(len(other.proposals), 'repair')} held"
        yield f"{other.failure.test}\n{_seen(other)}; {became}"


def _crash(findings: Findings, crashed: Crashed, width: int) -> Iterator[Row]:
    crash = crashed.crash
    yield from _text(" ".join(crash.command) or crash.file, Role.STRONG, width)
    yield from _text(crash.kind, Role.BAD, width)
    yield from _text(crash.message[:_LONGEST_MESSAGE], Role.PLAIN, width)
    yield BLANK
    yield from facts(_of_crash(crashed), width)
    proposals = [_in_short(one) for one in findings.proposals_for(crashed)]
    yield from _paragraphs("Proposals", proposals or ["none yet"], "·", width)


def _of_crash(crashed: Crashed) -> list[Fact]:
    crash = crashed.crash
    inside = f", in {crash.function}" if crash.function else ""
    ended = f"with {crash.exit}" if crash.exit is not None else ""
    pairs = [
        ("place", f"{crash.path}:{crash.line}{inside}" if crash.path else "outside the project"),
        ("how", crash.how),
        ("ended", f"by signal {crash.signal}" if crash.signal else ended),
        ("seen", _seen(crashed)),
        ("search", crashed.became or "none has ended"),
        ("file", f".workbench/crashes/{crash.file}"),
    ]
    return [pair for pair in pairs if pair[1]]


def _sighting(sighted: Sighted, width: int) -> Iterator[Row]:
    sighting = sighted.sighting
    yield from _text(sighting.line, Role.STRONG, width)
    yield BLANK
    inside = f", in {sighting.function}" if sighting.function else ""
    often = f"{sighting.count:,} in a minute, where {sighting.expected:g} are usual"
    pairs = [
        ("log", sighting.log),
        ("what", _WHAT.get(sighting.what, sighting.what)),
        ("place", f"{sighting.path}:{sighting.at}{inside}" if sighting.path else ""),
        ("how often", often if sighting.what == "frequent" else f"{sighting.count:,}"),
        ("seen", _seen(sighted)),
    ]
    yield from facts([pair for pair in pairs if pair[1]], width)


_WHAT = {
    "traceback": "an exception that was logged",
    "new": "lines of a kind that was not there before",
    "frequent": "lines that are suddenly frequent",
}


def _seen(found: Found | Crashed | Sighted) -> str:
    if found.times == 1:
        return f"once, {_moment(found.last)}"
    return f"{found.times:,} times, last {_moment(found.last)}, first {_moment(found.first)}"


_FLAKY = "It fails only sometimes, so no repair of it could be proven and none is looked for."


def _in_short(proposed: Proposed) -> str:
    made = proposed.proposal
    return f"{made.proposal}  {made.confidence:.0%}  {made.why or made.operator}"


def _paragraphs(
    title: str, texts: Iterable[str], mark: str, width: int, role: Role = Role.PLAIN
) -> Iterator[Row]:
    """Draw a section whose texts each begin with a mark; without texts there is none."""
    every = list(texts)
    if not every:
        return
    yield BLANK
    yield heading(title, number(len(every)) if len(every) > 1 else "")
    for text in every[:_MOST_NAMED]:
        yield from _marked(text, mark, width, role)
    if len(every) > _MOST_NAMED:
        yield ((f"  and {len(every) - _MOST_NAMED:,} more", Role.DIM),)


def _marked(text: str, mark: str, width: int, role: Role) -> Iterator[Row]:
    """Draw a text behind its mark; what stands below its first line is a remark on it."""
    for number_, paragraph in enumerate(text.split("\n")):
        for line in wrap(visible_line(paragraph), max(1, width - 2)):
            yield ((f"{mark} ", role), (line, Role.DIM if number_ else role))
            mark = " "


def _text(text: str, role: Role, width: int) -> Rows:
    """Draw a text of several lines."""
    if not text:
        return ()
    lines = visible(text).split("\n")
    return tuple((outside(part, role),) for line in lines for part in wrap(line, width))


def _moment(microseconds: int) -> str:
    return moment(microseconds).strftime("%Y-%m-%d %H:%M:%S")
