"""Which texts are embedded together: short ones, since they would leave a processor waiting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

Text = Sequence[int]
_FEWEST = 4
"""Tokens of a text, to reckon how many texts some tokens can be."""


def grouped(texts: Iterable[Text], together: int) -> Iterator[list[Text]]:
    """Put neighbours together up to so many tokens; a longer text stays alone."""
    group: list[Text] = []
    length = 0
    for text in texts:
        if group and (length + len(text) > together or len(group) == most_texts(together)):
            yield group
            group, length = [], 0
        group.append(text)
        length += len(text)
    if group:
        yield group


def most_texts(together: int) -> int:
    """Return how many texts so many tokens may be."""
    return max(1, together // _FEWEST)
