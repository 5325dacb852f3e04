"""Proposals as they were accepted, fitted to the files as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.api.deciding import Rebase
from workbench.errors import ApprovalNeeded, Findings
from workbench.review.applying.merge import Conflict, merge
from workbench.review.applying.past import Past
from workbench.review.applying.plan import Accepted, Clash, fitted
from workbench.review.applying.project import Found
from workbench.review.applying.values import Proven
from workbench.review.script import hash_of
from workbench.review.service import Open
from workbench.review.state import Acted, State
from workbench.visible import visible_line

Files = Mapping[str, Found | None]


@dataclass(frozen=True)
class Fitted:
    """A proposal, what it makes of the files as they are, and whether that is another than it was.

    `rebased` is by path what the whole proposal would make of files that were changed.
    """

    name: str
    one: Open
    wanted: Accepted
    rebased: Mapping[str, tuple[bytes | None, bytes | None]]

    @property
    def act(self) -> Rebase:
        pairs = self.rebased.items()
        return Rebase({path: (hash_of(now), hash_of(after)) for path, (now, after) in pairs})

    @property
    def tests(self) -> dict[str, bytes]:
        """Return the tests that were offered and are taken along."""
        kinds = {file.path: file.kind for file in self.one.state.files}
        taken = self.wanted.result.items()
        return {path: new for path, new in taken if new is not None and kinds[path] == "test"}

    @property
    def proven(self) -> Proven:
        made = self.one.proposal
        tests = {path: text.encode() for path, text in made.tests.items()}
        return Proven(made.evidence.proof, made.base, made.change, tests)


def fit(name: str, one: Open, files: Files, past: Past) -> Fitted:
    """Fit what is accepted of a proposal to the files, or refuse it as stale."""
    state = one.state
    now = {path: _content(files[path]) for path in state.result}
    result, clashes = fitted(Accepted(name, state.before, state.result), now)
    if clashes:
        raise _stale(name, clashes, now, past)
    wanted = Accepted(name, now, result)
    stale = [path for path in result if now[path] not in (state.before[path], result[path])]
    return Fitted(name, one, wanted, {p: (now[p], _whole(state, p, now, result)) for p in stale})


def _content(found: Found | None) -> bytes | None:
    return found.content if found else None


def _whole(
    state: State,
    path: str,
    now: Mapping[str, bytes | None],
    result: Mapping[str, bytes | None],
) -> bytes | None:
    """Return what the whole proposal makes of a file; what does not fit any more is left out."""
    script = state.by_path[path].script
    merged = merge(script.before, script.after, now[path])
    return result[path] if isinstance(merged, Conflict) else merged


def refuse_nothing(name: str, state: State) -> None:
    """Refuse a proposal of which nothing is accepted."""
    if not state.result:
        raise ApprovalNeeded(
            f"Nothing of {visible_line(name)} is accepted.",
            f"Accept it, or parts of it, first: workbench review accept {visible_line(name)}",
        )


def refuse_done(every: Iterable[Fitted]) -> None:
    """Refuse where there is nothing left to write."""
    told = [one for one in every if one.wanted.result != one.wanted.before]
    if not told:
        raise Findings(
            "What is accepted lies in the project already.", "`workbench undo` takes it back."
        )


def refuse_misfit(one: Fitted, state: State) -> None:
    """Refuse where hunks that were accepted could not be found again in the files as they are."""
    now, wanted = one.wanted.before, one.wanted.result
    if any(state.result.get(path, now[path]) != new for path, new in wanted.items()):
        names = ", ".join(map(visible_line, one.rebased))
        raise Findings(
            f"{names} changed since, and {visible_line(one.name)} was fitted to it.",
            "Look at it again: some of its hunks are others now.",
        )


def acted(one: Fitted, actor: str) -> Acted:
    return Acted(one.act, actor)


def _stale(
    name: str, clashes: Iterable[Clash], now: Mapping[str, bytes | None], past: Past
) -> Findings:
    told = [f"{clash.place} {_what(clash, now, past)}" for clash in clashes]
    return Findings(
        f"{visible_line(name)} is stale: {'; '.join(told)}.",
        "`workbench heal` looks for repairs of the project as it is now.",
    )


def _what(clash: Clash, now: Mapping[str, bytes | None], past: Past) -> str:
    """Say what became of a file, and by whom."""
    content = now[clash.path]
    if content is None:
        return "is not there any more"
    return f"was changed {by_whom(clash.path, content, past)}"


def by_whom(path: str, content: bytes | None, past: Past, but: str = "") -> str:
    writer = past.writer_of(path, hash_of(content))
    return f"by transaction {writer.name}" if writer and writer.name != but else "by hand"
