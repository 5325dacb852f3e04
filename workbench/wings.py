"""Wings: parts of the engine that most runs never enter, built at their first command."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from workbench.api import chatting, knowing, memory, models, subjects
from workbench.journal.journal import Journal
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from workbench.sandbox.service import Asker
    from workbench.sandbox.service import Service as Sandbox

T = TypeVar("T")


class Wing(Generic[T]):
    """A service whose module is imported, in a thread, when it is entered first."""

    def __init__(self, module: str, build: Callable[[ModuleType], T | Awaitable[T]]) -> None:
        self.entered: T | None = None
        """The service, once somebody has needed it."""
        self._module = module
        self._build = build
        self._entering = asyncio.Lock()

    async def enter(self) -> T:
        """Return the service, built if need be."""
        async with self._entering:
            if self.entered is None:
                module = await asyncio.to_thread(import_module, self._module)
                built = self._build(module)
                self.entered = await built if isinstance(built, Awaitable) else built
            return self.entered

    def handlers(self, methods: Mapping[type[Any], str]) -> dict[type[Any], Any]:
        """Return what carries out each command: the method of that name, called in the service."""
        return {command: self._handler(name) for command, name in methods.items()}

    def _handler(self, name: str) -> Callable[[Any, Any], Awaitable[Any]]:
        async def carry_out(command: Any, caller: Any) -> Any:  # noqa: ANN401 - any command
            return await getattr(await self.enter(), name)(command, caller)

        return carry_out


def redacted(text: str) -> str:
    """Take secrets out of what a model reads; imported where one is asked."""
    redacting = import_module("workbench.chat.guard.redacting")
    without: str = redacting.redact(text)
    return without


class Wings:
    """Models at work, knowledge, and chat: each has a service with `close`."""

    def __init__(
        self,
        workspace: Workspace,
        journal: Journal,
        sandbox: Callable[[], Awaitable[Sandbox]],
        asker: Callable[[Any], Asker],
    ) -> None:
        self.models: Wing[Any] = Wing(
            "workbench.models", lambda it: it.Service(workspace, redacted)
        )
        self.knowledge: Wing[Any] = Wing(
            "workbench.knowledge.service",
            lambda it: it.Service(workspace, journal, self.models.enter),
        )
        self.subjects: Wing[Any] = Wing(
            "workbench.knowledge.subjects.service",
            lambda it: it.Service(workspace, journal, self.knowledge.enter),
        )
        self.memory: Wing[Any] = Wing(
            "workbench.memory.service", lambda it: it.Service(workspace, journal, sandbox, asker)
        )
        self.bundles: Wing[Any] = Wing(
            "workbench.knowledge.bundles.service",
            lambda it: it.Service(
                workspace, journal, it.Around(self.knowledge.enter, sandbox, asker)
            ),
        )
        self.chat: Wing[Any] = Wing("workbench.chat.service", self._make_chat)
        self._around_chat = (workspace, journal, sandbox, asker)

    async def _make_chat(self, module: ModuleType) -> object:
        workspace, journal, sandbox, asker = self._around_chat
        around = module.Around(
            models=await self.models.enter(),
            knowledge=self.knowledge.enter,
            sandbox=sandbox,
            asker=asker,
            memory=self.memory.enter,
        )
        return module.Service(workspace, journal, around)

    @property
    def handlers(self) -> dict[type[Any], Any]:
        return (
            self.models.handlers(_OF_MODELS)
            | self.knowledge.handlers(_OF_KNOWLEDGE)
            | self.chat.handlers(_OF_CHAT)
            | self.subjects.handlers(_OF_SUBJECTS)
            | self.memory.handlers(_OF_MEMORY)
            | self.bundles.handlers(_OF_BUNDLES)
        )

    @property
    def busy(self) -> bool:
        """Whether something is being read or answered."""
        entered = (self.knowledge.entered, self.chat.entered)
        return any(service is not None and service.busy for service in entered)

    async def close(self) -> None:
        """Close what was entered, the highest first."""
        highest_first = (self.chat, self.memory, self.bundles, self.subjects, self.knowledge)
        for wing in (*highest_first, self.models):
            if wing.entered is not None:
                await wing.entered.close()


_OF_MODELS: dict[type[Any], str] = {
    models.ReadPosts: "read",
    models.AssignRole: "assign",
    models.ResetModel: "reset",
    models.CancelErrand: "cancel",
}
_OF_KNOWLEDGE: dict[type[Any], str] = {
    knowing.AddSource: "add",
    knowing.RereadSource: "reread",
    knowing.StopReading: "stop",
    knowing.RemoveSource: "remove",
    knowing.ReadKnowledge: "read",
    knowing.NextKnowledge: "next",
    knowing.ChangeDomain: "change_domain",
    knowing.Search: "search",
    knowing.ReadPassage: "passage",
    knowing.VerifyKnowledge: "verify",
    knowing.RebuildKnowledge: "rebuild",
}
_OF_CHAT: dict[type[Any], str] = {
    chatting.Say: "say",
    chatting.TryAgain: "try_again",
    chatting.StopAnswer: "stop",
    chatting.GoOn: "go_on",
    chatting.EditPlan: "edit_plan",
    chatting.NextPieces: "next_pieces",
    chatting.ReadConversations: "conversations",
    chatting.ReadTalk: "talk",
    chatting.ShowTwin: "show_twin",
    chatting.NameConversation: "name",
    chatting.ForkConversation: "fork",
    chatting.ExportConversation: "export",
    chatting.WeighPrompt: "weigh",
    chatting.CompactConversation: "compact",
    chatting.UndoCompaction: "undo_compaction",
    chatting.CompletePath: "complete",
    chatting.RunBlock: "run_block",
    chatting.Replay: "replay",
}
_OF_SUBJECTS: dict[type[Any], str] = {
    subjects.ReadSubjects: "read",
    subjects.ReadSubject: "show",
    subjects.ReadVersions: "versions",
    subjects.DiffVersions: "diff",
    subjects.LearnSubject: "learn",
    subjects.UseSubject: "use",
    subjects.Rollback: "roll_back",
    subjects.Deprecate: "deprecate",
    subjects.VerifySubjects: "verify",
    subjects.ExportSubject: "export",
    subjects.ImportSubject: "take_in",
    subjects.ReadEntities: "entities",
    subjects.ReadLinks: "links",
}
_OF_MEMORY: dict[type[Any], str] = {
    memory.ReadMemory: "read",
    memory.ReadMemoryItem: "show",
    memory.Remember: "remember",
    memory.Forget: "forget",
    memory.Recollect: "recollect",
    memory.Consolidate: "consolidate",
    memory.ReadConsolidation: "consolidation",
    memory.DecideAdvice: "decide",
    memory.ExportMemory: "export",
    memory.ReadSkills: "skills",
    memory.LearnSkill: "learn_skill",
    memory.TrySkill: "try_skill",
}
_OF_BUNDLES: dict[type[Any], str] = {
    memory.CreateBundle: "create",
    memory.CompareBundle: "compare",
    memory.ImportBundle: "take_in",
    memory.UndoImport: "undo",
    memory.ReadImports: "imports",
}
