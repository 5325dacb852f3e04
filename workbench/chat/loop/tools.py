"""The tools of a task: each call is decided on by the policy, done, and told of in a text."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from workbench.api.chats import Source
from workbench.api.tasking import Drafted
from workbench.chat.guard import Edit, Policy, Run, Search, decide, redact
from workbench.chat.looking import look_up
from workbench.chat.loop import boxed, calls
from workbench.chat.loop.editing import Unfit, checked, replaced, rewritten
from workbench.chat.loop.files import Draft, Files, Missing, Refused
from workbench.chat.prompting import cited_place
from workbench.chat.running import Work
from workbench.errors import SandboxError
from workbench.journal.contents import Contents
from workbench.review.applying.merge import Conflict, merge
from workbench.review.exporting import patch_of
from workbench.review.script import hash_of
from workbench.settings.schema import TasksSettings
from workbench.visible import visible, visible_line

Outcome = Literal["done", "failed", "refused"]
_PASSAGES = 5
_PRINTED = 8_000
_SHOWN_DIFF = 12_000


@dataclass(frozen=True)
class Came:
    """What came of a call."""

    text: str
    outcome: Outcome = "done"
    drafted: tuple[Drafted, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def is_well(self) -> bool:
        return self.outcome == "done"


class Toolbox:
    """What a task may use; nothing in here writes into the project."""

    def __init__(self, work: Work, files: Files, contents: Contents) -> None:
        self._work = work
        self._files = files
        self._contents = contents

    @property
    def _policy(self) -> Policy:
        return self._files.policy

    async def do(self, call: calls.Call) -> Came:
        """Do what a call asks for, as far as the policy allows it."""
        try:
            return await self._do(call)
        except Refused as error:
            return Came(str(error), "refused")
        except (Missing, Unfit) as error:
            return Came(visible(str(error)), "failed")

    async def _do(self, call: calls.Call) -> Came:
        match call:
            case calls.ListFiles() | calls.ReadFile() | calls.SearchFiles():
                return Came(await asyncio.to_thread(self._seen, call))
            case calls.SearchKnowledge(text=text):
                self._allow(Search(text))
                return await self._look_up(text)
            case calls.RunProgram(argv=argv):
                self._allow(Run(argv))
                return await self._run(argv)
            case calls.Replace() | calls.Rewrite() | calls.Create():
                self._allow(Edit(call.path))
                return await asyncio.to_thread(self._edit, call)
        return Came("")

    def _seen(self, call: calls.ListFiles | calls.ReadFile | calls.SearchFiles) -> str:
        """Return what files show; each that is looked into is decided on by itself."""
        match call:
            case calls.ListFiles(folder=folder):
                return self._files.listed(folder)
            case calls.ReadFile(path=path, first=first):
                return self._files.lines(path, first)
            case calls.SearchFiles(text=text):
                self._allow(Search(text))
                return self._files.search(text)

    def _allow(self, act: Edit | Run | Search) -> None:
        decision = decide(self._policy, act)
        if not decision.allowed:
            raise Refused(decision.sentence)

    async def _look_up(self, text: str) -> Came:
        work = self._work
        found = await look_up(work.around, text, work.wanted.domains, _PASSAGES, work.caller)
        told = [f"[{one.number}] {cited_place(one)}\n{one.text}" for one in found.sources]
        shown = "\n\n".join(told) or found.note
        return Came(shown, "done" if told else "failed", sources=found.sources)

    async def _run(self, argv: tuple[str, ...]) -> Came:
        work = self._work
        if work.terms is None:
            return Came("Nothing can be run: nobody said what the sandbox may use.", "failed")
        try:
            ended = await boxed.run(
                await work.around.sandbox(),
                work.around.asker(work.caller),
                work.terms,
                boxed.work_of(argv),
                self._files.change,
                policy=self._policy,
            )
        except SandboxError as error:
            return Came(f"{error.sentence} {error.hint}", "failed")
        printed = _cut(redact(ended.printed))
        return Came(f"{visible_line(redact(ended.told))}\n{printed}".strip(), _outcome(ended))

    def _edit(self, call: calls.Replace | calls.Rewrite | calls.Create) -> Came:
        before = self._before(call.path)
        old = None if before is None else self._files.text(call.path)
        after = checked(call.path, old, _edited(call, old)).encode()
        self._refuse_impossible(call.path, after)
        original = self._files.drafts.get(call.path)
        base = original.before if original else before
        draft = Draft(base, after)
        drafted = Drafted(call.path, self._keep(base), self._keep(after))
        self._files.drafts[call.path] = draft
        diff = patch_of({call.path: before}, {call.path: after}).decode("utf-8", "replace")
        return Came(_cut(redact(diff), _SHOWN_DIFF), drafted=(drafted,))

    def _before(self, path: str) -> bytes | None:
        return self._files.content(path)

    def _refuse_impossible(self, path: str, after: bytes) -> None:
        try:
            self._files.snapshot.with_changes({**self._files.change, path: after})
        except ValueError as error:
            raise Unfit(f"No file can lie at {visible_line(path)}.") from error

    def _keep(self, content: bytes | None) -> str:
        if content is not None:
            self._contents.keep(content)
        return hash_of(content)


def _edited(call: calls.Replace | calls.Rewrite | calls.Create, old: str | None) -> str:
    """Return the whole text that an edit makes of a file."""
    if isinstance(call, calls.Create):
        if old is not None:
            raise Unfit(f"{visible_line(call.path)} is there already: replace text in it.")
        return call.text if call.text.endswith("\n") else f"{call.text}\n"
    if old is None:
        raise Unfit(f"There is no file {visible_line(call.path)}: `create` makes one.")
    if isinstance(call, calls.Rewrite):
        return rewritten(old, call.function, call.code)
    return replaced(old, call.search, call.replace)


def _outcome(ended: boxed.Ended) -> Outcome:
    return "done" if ended.is_well else "failed"


def _cut(text: str, most: int = _PRINTED) -> str:
    """Return the beginning and the end of a long text."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]}\n[{len(text) - most:,} characters left out]\n{text[-most // 2 :]}"


def restore(files: Files, contents: Contents, drafted: Mapping[str, Drafted]) -> tuple[str, ...]:
    """Lay what was drafted before over the project as it is now; return what does not fit it."""
    lost = []
    for path, one in drafted.items():
        before, after = contents.read_file(one.before), contents.read(one.after)
        now = _now(files, path)
        merged = merge(before, after, now)
        if isinstance(merged, Conflict) or merged is None:
            lost.append(path)
        elif merged != now:
            files.drafts[path] = Draft(now, merged)
    return tuple(lost)


def _now(files: Files, path: str) -> bytes | None:
    """Return what a file holds; one that may not be read any more is none that fits."""
    try:
        return files.original(path)
    except (Missing, Refused):
        return b"\0"


def policy_of(tasks: TasksSettings, hidden: Iterable[str] = ()) -> Policy:
    """Return the policy that the settings make; `hidden` are patterns that more layers name."""
    return Policy(
        hide=tuple(dict.fromkeys(one for text in (tasks.hide, *hidden) for one in _listed(text))),
        show=_listed(tasks.show),
        programs=_listed(tasks.programs),
        edits=tasks.edits,
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (one.strip() for one in text.split(","))))
