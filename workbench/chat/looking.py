"""Looking up passages for a question, and what to say of them where no model can."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from workbench.api.caller import Caller
from workbench.api.chats import Source
from workbench.api.knowing import Search
from workbench.api.passages import Hit, Hits
from workbench.chat.guard import redact
from workbench.chat.nearness import content_words, is_near
from workbench.chat.prompting import cited_place
from workbench.chat.routing import search_around
from workbench.chat.running import Around
from workbench.errors import WorkbenchError

PATIENCE = 15.0
"""Seconds that a question waits for passages; without them it is answered all the same."""
LONGEST = 4_000
"""Characters of a text that passages are looked up by: a question stands at one end of a paste."""
NOT_READ = "That is not in what I have read."
NOTHING_NEAR = "Nothing that was read is about this."
_BY_ENDS = "Passages were looked up by the beginning and the end of what was said."


@dataclass(frozen=True)
class Found:
    """Passages, and what a person should know of how they were found."""

    sources: tuple[Source, ...] = ()
    note: str = ""


async def look_up(
    around: Around,
    text: str,
    domains: tuple[str, ...],
    limit: int,
    caller: Caller,
    *,
    typing: bool = False,
) -> Found:
    """Return what was read about a text; where that fails, the note says so."""
    if limit <= 0:
        return Found()
    asked = content_words(ends_of(text))
    try:
        async with asyncio.timeout(PATIENCE):
            knowledge = await around.knowledge()
            search = Search(ends_of(text), limit=limit, domains=domains, typing=typing)
            hits = await search_around(knowledge, search, asked, caller)
    except TimeoutError:
        return Found(note=f"No passages: the search took longer than {PATIENCE:g} seconds.")
    except WorkbenchError as error:
        return Found(note=f"No passages: {error.sentence}")
    except ImportError as error:  # Its native code does not load on every processor.
        return Found(note=f"No passages: the search cannot be loaded ({error}).")
    near = [hit for hit in hits.hits if is_near(hit, asked)]
    sources = tuple(_source(number, hit) for number, hit in enumerate(near[:limit], 1))
    cut = f" {_BY_ENDS}" if len(text) > LONGEST else ""
    return Found(sources, f"{_note(hits, sources)}{cut}".strip())


def ends_of(text: str) -> str:
    """Return a text, or of a long one its beginning and its end."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]}\n{text[-half:]}"


def passages_alone(found: Found) -> str:
    """Return the passages as the answer, labelled as what they are; a note tells why."""
    if not found.sources:
        return NOT_READ
    parts = ["No language model answers this. These passages may:"]
    parts += [_quoted(one) for one in found.sources]
    return "\n\n".join(parts)


def _quoted(source: Source) -> str:
    stale = " — its file has changed since" if source.stale else ""
    fence = "`" * max(3, _longest_run(source.text) + 1)
    return f"[{source.number}] {cited_place(source)}{stale}\n{fence}\n{source.text}\n{fence}"


def _longest_run(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest


def _source(number: int, hit: Hit) -> Source:
    passage = hit.passage
    return Source(
        number=number,
        passage=passage.id,
        path=passage.path,
        first=passage.first,
        last=passage.last,
        heading=" / ".join(passage.heading),
        text=redact(passage.text),
        digest=passage.digest,
        stale=hit.stale,
        domain=hit.domain,
    )


def _note(hits: Hits, sources: tuple[Source, ...]) -> str:
    told = hits.sentence
    if hits.partial:
        told = f"{told} These domains did not answer: {', '.join(hits.partial)}.".strip()
    if not sources and not told:
        return NOTHING_NEAR
    return told
