"""A crash as a fact, and the way from it to repairs."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from workbench.api.events import CrashSeen, ProposalMade
from workbench.healing.crashes.testing import CrashTest, NoTest, made_of, name_of
from workbench.healing.crashes.values import EXIT, LOGGED, SIGNAL, Crash
from workbench.healing.heal import Asked, Healed, Kept, Offer, Tell, heal
from workbench.healing.recalling import Meet
from workbench.healing.searching.adviser import Ask
from workbench.sandbox.pool import Handle
from workbench.sandbox.proving import Workshop

_LONGEST = 2_000
_MOST_ARGUMENTS = 50
DOUBT = (
    "Its test was made of the crash and says only that it must not happen:"
    " what is right instead is for you to judge."
)


def is_worth_a_search(crash: Crash) -> bool:
    """Tell whether a repair may be found: the project's own code raised what ended the program."""
    ended = crash.how not in {LOGGED, SIGNAL} and (crash.how != EXIT or bool(crash.raised))
    return ended and any(level.ours for level in crash.frames)


def seen(crash: Crash) -> CrashSeen:
    """Return the fact that a crash was seen."""
    thrown = crash.raised[0] if crash.raised else None
    ours = [level for level in crash.frames if level.ours]
    return CrashSeen(
        crash=name_of(crash),
        file=crash.id,
        how=crash.how,
        kind=thrown.kind if thrown else "",
        message=thrown.message[:_LONGEST] if thrown else crash.summary,
        path=ours[-1].file if ours else "",
        line=ours[-1].line if ours else 0,
        function=ours[-1].function if ours else "",
        command=crash.command[:_MOST_ARGUMENTS],
        exit=crash.exit,
        signal=crash.signal,
    )


def heal_crash(
    shop: Workshop,
    asked: Asked,
    kept: Kept,
    handle: Handle,
    tell: Tell,
    *,
    crash: Crash,
    meet: Meet,
    offer: Offer,
    advise: Ask | None = None,
) -> Healed:
    """Search for repairs of a crash: a test of it lies among the project's own meanwhile."""
    test = made_of(crash, shop, handle)
    if isinstance(test, NoTest):
        return Healed(test.outcome, test.sentence)

    def offered(one: ProposalMade) -> ProposalMade | None:
        return offer(_with_test(one, test)) if _turns(one, test) else None

    healed = heal(test.shop, asked, kept, handle, tell, meet=meet, offer=offered, advise=advise)
    lost = healed.outcome == "repaired" and not healed.proposals
    return replace(healed, outcome="unrepaired" if lost else healed.outcome)


def _turns(proposal: ProposalMade, test: CrashTest) -> bool:
    return any(one.startswith(f"{test.path}::") for one in proposal.evidence.turned)


def _with_test(proposal: ProposalMade, test: CrashTest) -> ProposalMade:
    """Offer the test with the proposal, and say how little it asks for where it stands alone."""
    alone = all(one.startswith(f"{test.path}::") for one in proposal.evidence.turned)
    doubts = (*proposal.doubts, DOUBT) if alone else proposal.doubts
    return msgspec.structs.replace(proposal, tests={test.path: test.text}, doubts=doubts)
