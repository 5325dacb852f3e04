"""An answer to a question: passages are looked up, a prompt is made and weighed, a model speaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import msgspec
from msgspec.structs import asdict, replace

from local_models.staff import Answering, Speaker
from local_models.staff.speaking import WORKER
from local_models.worker.protocol import Chat, Ended, Generate, Message, Sampling
from workbench.api.caller import Caller
from workbench.api.chats import AnswerReceipt, Source, Weighed
from workbench.api.talking import Wanted
from workbench.chat.conversation import in_a_line
from workbench.chat.looking import NOTHING_NEAR, Found, look_up, passages_alone
from workbench.chat.prompting import Prompt, cited_in_vain, passages_as_data, weighed
from workbench.chat.running import Around, Outcome, Running
from workbench.errors import ModelError
from workbench.journal.contents import Contents

TOO_LARGE = (
    "Ask with less attached, have the conversation summed up (`workbench chat compact`), fork it"
    " further up, or reserve less for the answer."
)
_LONGEST_WHAT = 60
_turns: msgspec.json.Decoder[tuple[Message, ...]] = msgspec.json.Decoder(tuple[Message, ...])


@dataclass(frozen=True)
class Question:
    """What is asked, with all that the model is to read beside the passages."""

    wanted: Wanted
    caller: Caller
    text: str
    system: str
    history: tuple[Message, ...] = ()
    files: str = ""
    memory: str = ""
    passages: int = 0
    """How many are looked up."""
    note: str = ""
    """What a person should know of how it is asked."""


class DoesNotFit(ModelError):
    """A prompt leaves no room for its answer: that is for a person to change."""


class Answerer:
    """Answers questions with what is around."""

    def __init__(self, around: Around, kept: Contents) -> None:
        self._around = around
        self._kept = kept

    async def answer(self, running: Running, asked: Question) -> Outcome:
        """Answer from passages and by a model, or where there is none by the passages alone."""
        running.at("looking for passages" if asked.passages else "")
        loading = asyncio.ensure_future(self._around.models.staff.speaker(asked.wanted.role))
        try:
            found = await look_up(
                self._around, asked.text, asked.wanted.domains, asked.passages, asked.caller
            )
            running.at("")
            speaker = await loading
        except ModelError as error:
            _answer_without(running, found, error)
            return "whole"
        finally:
            loading.cancel()
            await asyncio.gather(loading, return_exceptions=True)
        made = partial(_prompt, asked)
        found = await fitting(speaker, made, asked.wanted.most, found)
        running.kind, running.sources = "model", found.sources
        running.note = _joined(asked.note, found.note, self._instead(asked.wanted.role, speaker))
        note = running.note
        try:
            await self.speak(running, speaker, made(found.sources), asked)
        except DoesNotFit:
            raise
        except ModelError as error:
            if running.text:  # What there is of it stays, and is told as cut short.
                raise
            _answer_without(running, Found(found.sources, note), error)
        return "whole"

    async def speak(
        self, running: Running, speaker: Speaker, prompt: Prompt, asked: Question
    ) -> None:
        """Have a prompt answered, unless it does not fit, and keep the receipt."""
        await refuse_what_does_not_fit(speaker, prompt, asked.wanted.most)
        chat = prompt.chat
        request = _request(chat, asked.wanted)
        read = await speaker.render(chat)
        answering = _asking(speaker, request, asked)
        await running.hear(answering)
        if ended := answering.ended:
            kept = await asyncio.to_thread(keep_turns, self._kept, chat)
            named = tuple(replace(one, text="") for one in running.sources)  # The answer has them.
            running.receipt = receipt_of(speaker, request, read, ended, sources=named, chat=kept)
            odd = _odd(ended, asked.wanted.most, running.text)
            running.note = _joined(running.note, *odd, _in_vain(running))

    def _instead(self, role: str, speaker: Speaker) -> str:
        """Say why somebody else speaks in a role, if so."""
        usual = [post for post in self._around.models.staff.posts() if post.role == role]
        here = _seat_of(speaker.place, speaker.name)
        return "" if here in [_seat_of(post.place, post.name) for post in usual] else speaker.why

    async def hear(
        self, running: Running, speaker: Speaker, prompt: Prompt, asked: Question
    ) -> str:
        """Have a prompt answered for what comes next, and not aloud."""
        await refuse_what_does_not_fit(speaker, prompt, asked.wanted.most)
        request = _request(prompt.chat, asked.wanted)
        return await running.hear(_asking(speaker, request, asked), aloud=False)


def _prompt(asked: Question, sources: tuple[Source, ...]) -> Prompt:
    found = passages_as_data(sources)
    return Prompt(asked.system, asked.text, asked.history, asked.files, found, memory=asked.memory)


async def fitting(
    speaker: Speaker, made: Callable[[tuple[Source, ...]], Prompt], most: int, found: Found
) -> Found:
    """Leave out the last passages where not all fit; nobody asked for so many, and it is told."""
    sources = found.sources
    if sources and not await _fits(speaker, made(()), most):
        sources = ()
    while sources and not await _fits(speaker, made(sources), most):
        sources = sources[:-1]
    if len(sources) == len(found.sources):
        return found
    told = f"Of {len(found.sources)} passages {len(sources)} fit beside the rest."
    return Found(sources, _joined(found.note, told))


async def _fits(speaker: Speaker, prompt: Prompt, most: int) -> bool:
    if not speaker.context:
        return True
    return await speaker.weigh(prompt.chat) + most <= speaker.context


def _request(chat: Chat, wanted: Wanted) -> Generate:
    return Generate(0, chat, most=wanted.most, sampling=sampling_of(wanted))


def _asking(speaker: Speaker, request: Generate, asked: Question) -> Answering:
    what = f"{asked.wanted.kind}: {in_a_line(asked.text)[:_LONGEST_WHAT]}"
    return speaker.ask(request, urgent=True, what=what, actor=asked.caller.actor)


def _seat_of(place: str, name: str) -> tuple[str, str]:
    """Return where somebody speaks; a server and what it speaks with have different names."""
    return place, name if place == WORKER else ""


def sampling_of(wanted: Wanted) -> Sampling:
    if wanted.temperature is None:
        return Sampling(seed=wanted.seed)
    return Sampling(seed=wanted.seed, temperature=wanted.temperature)


async def weigh(speaker: Speaker, prompt: Prompt, most: int) -> Weighed:
    """Return what a prompt takes of the context, source by source."""
    counts = await speaker.count([text for _, text in prompt.by_source])
    total = await speaker.weigh(prompt.chat)
    return weighed(counts, total, most, speaker.context, estimated=not speaker.exact)


async def refuse_what_does_not_fit(speaker: Speaker, prompt: Prompt, most: int) -> None:
    """Refuse a prompt that would leave no room for the answer; nothing is ever cut."""
    if not await _fits(speaker, prompt, most):
        told = await weigh(speaker, prompt, most)
        raise DoesNotFit(told.sentence, TOO_LARGE)


def receipt_of(
    speaker: Speaker,
    asked: Generate,
    read: str,
    ended: Ended,
    *,
    sources: tuple[Source, ...] = (),
    chat: str = "",
) -> AnswerReceipt:
    """Return all that an answer was made of."""
    parameters = {**asdict(asked.sampling), "most": asked.most}
    parameters.pop("seed")
    return AnswerReceipt(
        model=speaker.name,
        place=speaker.place,
        digest=speaker.digest,
        seed=ended.seed,
        parameters=parameters,
        prompt=prompt_hash(read),
        prompt_tokens=ended.prompt_tokens,
        tokens=ended.tokens,
        reused=ended.reused_tokens,
        seconds=ended.seconds,
        sources=sources,
        chat=chat,
        reason=ended.reason,
        estimated=not speaker.exact,
    )


def prompt_hash(read: str) -> str:
    return sha256(read.encode("utf-8", "surrogatepass")).hexdigest()


def keep_turns(kept: Contents, chat: Chat) -> str:
    """Keep the turns of a prompt, so that it can be read again, and return what names them."""
    return kept.keep(msgspec.json.encode(chat.messages))


def read_turns(kept: Contents, digest: str) -> tuple[Message, ...]:
    return _turns.decode(kept.read(digest))


def _answer_without(running: Running, found: Found, error: ModelError) -> None:
    running.kind = "passages"
    running.say(passages_alone(found))
    known = "" if found.note == NOTHING_NEAR else found.note  # The answer says that itself.
    running.sources, running.note = found.sources, _joined(known, error.sentence, error.hint)


def _joined(*notes: str) -> str:
    return " ".join(filter(None, notes))


def _in_vain(running: Running) -> str:
    """Say which citations lead nowhere, where there were passages to cite."""
    wrong = cited_in_vain(running.text, len(running.sources)) if running.sources else ()
    told = ", ".join(f"[{number}]" for number in wrong)
    return f"It cites {told}, which it was not given." if told else ""


def _odd(ended: Ended, most: int, text: str) -> Iterator[str]:
    """Yield what a person should know of how an answer ended."""
    if ended.reason == "most":
        yield f"It was ended after {most:,} tokens, which is all that it was given."
    if ended.unreadable:
        yield "Some of what the model wrote was no text, and is shown as \N{REPLACEMENT CHARACTER}."
    if ended.reason in ("end", "stop") and not text.strip():
        yield "The model ended its answer before it had said anything."
