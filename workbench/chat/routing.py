"""Where a question is asked: here, and on the other machines whose domains it may be about."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from workbench.api.caller import Caller
from workbench.api.knowing import Search
from workbench.api.passages import Domain, Hits
from workbench.chat.nearness import content_words, is_form, is_near
from workbench.knowledge.domains import joined


async def search_around(
    knowledge: Any,  # noqa: ANN401 - as in Around
    search: Search,
    asked: tuple[str, ...],
    caller: Caller,
) -> Hits:
    """Search where one is told to; else here and, at the same time, where a question leads.

    A domain of another machine is asked where its name or what it is about has a word of the
    question, and all of them where nothing here speaks for an answer.
    """
    if search.domains or search.typing:
        hits: Hits = await knowledge.search(search, caller)
        return hits
    began = time.monotonic()
    elsewhere = await knowledge.elsewhere()
    led_to = routed(asked, elsewhere)
    found = await _every(knowledge, search, caller, ("", *led_to))
    rest = tuple(one.name for one in elsewhere if one.name not in led_to)
    if rest and not any(is_near(hit, asked) for one in found for hit in one.hits):
        found += await _every(knowledge, search, caller, rest)
    return _together(found, search.limit, time.monotonic() - began)


def routed(asked: Iterable[str], domains: Iterable[Domain]) -> tuple[str, ...]:
    """Return the domains that a question has a word of."""
    words = tuple(asked)
    return tuple(
        one.name
        for one in domains
        if any(is_form(word, known) for word in words for known in _words_of(one))
    )


def _words_of(domain: Domain) -> tuple[str, ...]:
    return content_words(f"{domain.name} {domain.about}")


async def _every(
    knowledge: Any,  # noqa: ANN401 - as in Around
    search: Search,
    caller: Caller,
    names: Sequence[str],
) -> list[Hits]:
    """Ask all at once; the empty name is what was read here."""
    asked = (replace(search, domains=(name,) if name else ()) for name in names)
    return list(await asyncio.gather(*(knowledge.search(one, caller) for one in asked)))


def _together(found: list[Hits], limit: int, seconds: float) -> Hits:
    """Put all in one order; that nothing was read here is told only where nobody found anything."""
    telling = [one for one in found if one.hits or one.partial] or found[:1]
    return joined(telling, limit, seconds)
