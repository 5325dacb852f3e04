"""A summary of what was said, in one go where that fits, and in several where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from local_models.staff import Speaker
from local_models.worker.protocol import Message
from workbench.api.caller import Caller
from workbench.api.talking import Wanted
from workbench.chat.answering import Answerer, Question
from workbench.chat.guard import RULE, as_data
from workbench.chat.prompting import SUMMING_UP, Prompt, together
from workbench.chat.running import Running
from workbench.errors import ModelError, UsageError

_SYSTEM = f"You sum up conversations.\n{RULE}"
_SHARE = 8
"""The summary may have this part of the context at most."""
_SHORTEST = 200
"""Characters of a turn that is not cut any further."""


@dataclass(frozen=True)
class Summing:
    """Sums up with one speaker."""

    answerer: Answerer
    speaker: Speaker
    caller: Caller
    wanted: Wanted

    async def sum_up(self, running: Running, history: Sequence[Message]) -> None:
        """Sum up turn by turn as much as fits at once; the last summary has all of it."""
        if not history:
            raise UsageError("Nothing was said that could be summed up.", "Say something first.")
        summary, rest = "", list(history)
        while rest:
            some = await self._fitting(summary, rest)
            if not some:
                rest[:1] = self._halves(rest[0])
                continue
            prompt, rest = self._prompt(summary, rest[:some]), rest[some:]
            summary = await self._write(running, prompt, is_last=not rest)
        running.kind = "model"

    async def _write(self, running: Running, prompt: Prompt, *, is_last: bool) -> str:
        if not is_last:
            running.at("reading what was said first")
            return await self.answerer.hear(running, self.speaker, prompt, self._asked())
        running.at("")
        await self.answerer.speak(running, self.speaker, prompt, self._asked())
        return running.text

    async def _fitting(self, summary: str, turns: list[Message]) -> int:
        """Return how many turns fit at once, found by halving."""
        some = len(turns)
        while some and not await self._fits(self._prompt(summary, turns[:some])):
            some //= 2
        return some

    def _halves(self, turn: Message) -> tuple[Message, Message]:
        """Return a turn that does not fit as two, cut where a line or a word ends."""
        text, middle = turn.content, len(turn.content) // 2
        if len(text) < _SHORTEST:
            raise ModelError(
                f"{self.speaker.name} has too little room for a summary: {self.speaker.context:,}"
                " tokens fit.",
                "Let a model with a larger context sum up, such as with `--role heavy`.",
            )
        cut = max(text.rfind("\n", 0, middle), text.rfind(" ", 0, middle)) + 1 or middle
        return replace(turn, content=text[:cut]), replace(turn, content=text[cut:])

    async def _fits(self, prompt: Prompt) -> bool:
        if not self.speaker.context:
            return True
        return await self.speaker.weigh(prompt.chat) + self._most <= self.speaker.context

    def _prompt(self, summary: str, turns: Sequence[Message]) -> Prompt:
        said = together(*(f"{turn.role}: {turn.content}" for turn in turns))
        before = as_data("summary of what came before", summary) if summary else ""
        return Prompt(_SYSTEM, SUMMING_UP, files=together(before, as_data("conversation", said)))

    def _asked(self) -> Question:
        wanted = replace(self.wanted, most=self._most)
        return Question(wanted, self.caller, "what was said so far", _SYSTEM)

    @property
    def _most(self) -> int:
        context = self.speaker.context
        return min(self.wanted.most, context // _SHARE) if context else self.wanted.most
