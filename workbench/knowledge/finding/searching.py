"""From a question to the passages that answer it, each with why it is there."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.api import knowing
from workbench.api.passages import Hit, Hits, Reason
from workbench.errors import ModelError
from workbench.knowledge.embedding import Embedding, told
from workbench.knowledge.finding import mapping, ranking
from workbench.knowledge.finding.batching import Batched
from workbench.knowledge.finding.explaining import Marker, reasons, without_usual
from workbench.knowledge.finding.filters import Filters, Mask
from workbench.knowledge.finding.signs import Near
from workbench.knowledge.finding.stock import Stock
from workbench.knowledge.finding.wording import CODE, Asked, Term, Wording, symbol_term
from workbench.knowledge.finding.words import folded, weighed, whole, words_in
from workbench.knowledge.values import Piece, passage_of

Numbers = NDArray[np.uint32]
Scores = NDArray[np.float32]
_CANDIDATES = 200
_LOOKED_AT_ALL = 5_000
"""So many pieces are compared one by one; of more of them only those are that signs choose."""
_BEGUN, _WEIGHT_OF_BEGUN = 6, 0.4
_NAME = re.compile(r"[A-Za-z_][\w.]*")
_LIKE_CODE = re.compile(r"[a-z][A-Z]|_|\w\.\w|\(\)")
_MOST_NAMED = 50
_LED_FROM, _LED_TO, _FEW = 3, 2, 3
_TOLD_OF = 20
_COMPARED = 100
"""So many of the best are compared with each other."""


class Question(NamedTuple):
    """What was asked, as terms, and the names of code in it."""

    terms: tuple[Term, ...]
    names: tuple[str, ...]
    words: float


class _ByWords(NamedTuple):
    """What words found, and the pieces that define a name that was asked for."""

    asked: Asked
    numbers: Numbers
    named: dict[int, str]


class _Near(NamedTuple):
    """The vector of a question, and the pieces near to it with how similar they are."""

    vector: Scores
    numbers: Numbers
    similar: Scores


@dataclass
class _Ranked:
    """Candidates in ascending order of their numbers, with what speaks for each."""

    numbers: Numbers
    words: Scores
    similar: Scores | None
    fused: Scores
    likeness: float
    named: dict[int, str] = field(default_factory=dict)
    rarities: Mapping[str, float] = field(default_factory=dict)

    def best(self, most: int) -> NDArray[np.intp]:
        return np.argsort(-self.fused, kind="stable")[:most]

    def put_named_first(self) -> None:
        """Have what defines the very name that was asked for go before all others."""
        if self.named:
            is_named = np.isin(self.numbers, np.array([*self.named], np.uint32))
            self.fused[is_named] += 1 + np.ptp(self.fused)

    def speaks_for(self, at: np.intp) -> bool:
        """Tell whether anything does; what a piece lost takes nothing of that."""
        is_alike = self.similar is not None and self.likeness * self.similar[at] > 0
        return bool(self.words[at] > 0 or is_alike) or int(self.numbers[at]) in self.named


class Searcher:
    """Looks things up in a stock."""

    def __init__(self, stock: Stock, embedding: Embedding, pieces: Batched[int, Piece]) -> None:
        self._stock = stock
        self._embedding = embedding
        self._pieces = pieces
        self._filters = Filters(stock.catalogue)

    async def search(self, search: knowing.Search, why_words: str) -> Hits:
        """Return what is found, by words alone where there is a reason for that."""
        began = time.perf_counter()
        if not self._stock.catalogue.living:
            return Hits((), time.perf_counter() - began, "nothing was read")
        question = asked(search.text, typing=search.typing, wording=self._stock.wording)
        try:
            ranked = await self._rank(search, question, with_vectors=not why_words)
        except ModelError as problem:
            why_words = told(problem)
            ranked = await self._rank(search, question, with_vectors=False)
        ranked.put_named_first()
        hits = await self._hits(search, ranked)
        mapping.release()
        how = "words" if ranked.similar is None else "hybrid"
        return Hits(tuple(hits), time.perf_counter() - began, how, why_words)

    async def _rank(
        self, search: knowing.Search, question: Question, *, with_vectors: bool
    ) -> _Ranked:
        mask = self._filters.mask(search)
        most = max(_CANDIDATES, 2 * search.limit)
        if not with_vectors or not search.text.strip():
            told = self._by_words(question, mask, most)
            numbers = _united(told.numbers, told.named)
            scores = told.asked.scores(numbers), None
            return _ranked(told, numbers, scores, ranking.WORDS_ALONE)
        near = await self._near(search, mask, most)
        told = self._by_words(question, mask, most)
        known = self._embedding.pieces_a_word(search.text, question.words)
        return self._together(told, near, known)  # A thread takes longer to begin than this.

    def _by_words(self, question: Question, mask: Mask, most: int) -> _ByWords:
        wording = self._stock.wording
        named: dict[int, str] = {}
        for name in question.names:
            for posting in wording.find(symbol_term(folded(name))):
                known = posting.pieces[posting.pieces < len(mask)]  # Others came meanwhile.
                wanted = known[mask[known]][:_MOST_NAMED]
                named |= dict.fromkeys(wanted.tolist(), name)
        asked = wording.ask(question.terms, len(mask))
        return _ByWords(asked, asked.contenders(mask, most), named)

    async def _near(self, search: knowing.Search, mask: Mask, most: int) -> _Near:
        """Return the vector of the question and the pieces near to it, the nearest first."""
        vector = await self._embedding.question(search.text)
        wanted = self._filters.count(search)
        if wanted <= _LOOKED_AT_ALL:
            return await asyncio.to_thread(self._nearest_of_few, vector, mask, most)
        share = wanted / self._stock.catalogue.living
        nearness = self._stock.nearness
        if nearness.is_quick:
            near = nearness.near(vector, mask, share, most)
        else:
            near = await asyncio.to_thread(nearness.near, vector, mask, share, most)
        return _nearest(vector, near, most)

    def _nearest_of_few(self, vector: Scores, mask: Mask, most: int) -> _Near:
        numbers = np.flatnonzero(mask).astype(np.uint32)
        similar = self._stock.closeness.similar_of_few(vector, numbers)
        return _nearest(vector, Near(numbers, similar), most)

    def _together(self, told: _ByWords, near: _Near, pieces_a_word: float) -> _Ranked:
        """Have both speak for every candidate of either, and compare the best with each other."""
        numbers = _united(np.concatenate([told.numbers, near.numbers]), told.named)
        by_words = told.asked.scores(numbers)
        best = np.argsort(-by_words, kind="stable")[:_TOLD_OF]
        code = self._share_of_code(np.concatenate([numbers[best], near.numbers[:_TOLD_OF]]))
        weights = ranking.weights(pieces_a_word, code)
        ranked = _ranked(told, numbers, (by_words, self._similar(near, numbers)), weights)
        if weights.set_back:
            self._set_back(ranked, weights.set_back)
        return ranked

    def _set_back(self, ranked: _Ranked, weight: float) -> None:
        """Let the best lose what they are like each other; the others lose as much as any."""
        best = ranked.best(_COMPARED)
        crowding = ranking.crowding(self._stock.closeness.get(ranked.numbers[best]))
        lost = np.full_like(ranked.fused, crowding.max(initial=0.0))
        lost[best] = crowding
        ranked.fused -= np.float32(weight) * lost

    def _similar(self, near: _Near, numbers: Numbers) -> Scores:
        """Return how similar these are; of what is near that is known."""
        similar = np.empty(len(numbers), np.float32)
        known = np.isin(numbers, near.numbers, assume_unique=True)
        similar[known] = near.similar[np.argsort(near.numbers)]
        similar[~known] = self._stock.closeness.similar(near.vector, numbers[~known])
        return similar

    def _share_of_code(self, numbers: Numbers) -> float:
        catalogue = self._stock.catalogue
        codes = catalogue.kinds.allowed(CODE)
        return float(codes[catalogue.kind_of[numbers]].mean()) if len(numbers) else 0.0

    async def _hits(self, search: knowing.Search, ranked: _Ranked) -> list[Hit]:
        order = ranked.best(search.limit)
        pieces = await self._pieces.get(ranked.numbers[order].tolist())
        marker = Marker(without_usual(ranked.rarities))
        hits = [
            _hit(pieces[number], ranked, int(at), marker)
            for at in order
            if (number := int(ranked.numbers[at])) in pieces and ranked.speaks_for(at)
        ]
        return hits + (await self._led_to(hits, pieces, search) if search.neighbours else [])

    async def _led_to(
        self, hits: Sequence[Hit], pieces: dict[int, Piece], search: knowing.Search
    ) -> list[Hit]:
        """Return what the best lead to: what they use, and what stands beside them."""
        mask = self._filters.mask(search)
        because: dict[int, tuple[str, float]] = {}
        for hit, (number, piece) in zip(hits[:_LED_FROM], pieces.items(), strict=False):
            beside = self._stock.catalogue.file(number).numbers
            for other in [*self._used_by(piece, mask), number + 1, number - 1]:
                if other not in pieces and (other in beside or mask[other]):
                    because.setdefault(other, (_beside(piece), hit.score / 2))
        chosen = dict(list(because.items())[: _LED_FROM * _LED_TO])
        found = await self._pieces.get(chosen)
        return [
            Hit(passage_of(piece), chosen[number][1], (Reason("neighbour", *chosen[number]),))
            for number, piece in found.items()
        ]

    def _used_by(self, piece: Piece, mask: Mask) -> list[int]:
        """Return the pieces that define names that this one says, of names that few define."""
        if piece.kind not in CODE:
            return []
        found: list[int] = []
        for name in dict.fromkeys(_NAME.findall(piece.text)):
            postings = self._stock.wording.find(symbol_term(folded(name)))
            numbers = [n for posting in postings for n in posting.pieces.tolist() if mask[n]]
            found += numbers if len(numbers) <= _FEW else []
        return found[:_LED_TO]


def asked(text: str, *, typing: bool, wording: Wording) -> Question:
    """Read a question; of somebody who is typing the last word may go on."""
    found = [Term(*one) for one in weighed(text)]
    if typing and text[-1:].isalnum():
        last = text.rsplit(maxsplit=1)[-1]
        begun = wording.beginning(whole(last), _BEGUN)
        found += [Term(term, _WEIGHT_OF_BEGUN) for term in begun if term != whole(last)]
    return Question(tuple(found), tuple(_names_in(text)), words_in(text))


def _names_in(text: str) -> list[str]:
    """Return what looks like a name out of code: a word alone does, and whatever no prose has."""
    said = text.split()
    found = [
        name.rstrip(".")
        for word in said
        if len(said) == 1 or _LIKE_CODE.search(word)
        for name in _NAME.findall(word)
    ]
    return list(dict.fromkeys(found))


def _nearest(vector: Scores, near: Near, most: int) -> _Near:
    best = np.argsort(-near.similar, kind="stable")[:most]
    return _Near(vector, near.numbers[best], near.similar[best])


def _united(numbers: Numbers, named: dict[int, str]) -> Numbers:
    return np.unique(np.concatenate([numbers, np.array([*named], np.uint32)]))


def _ranked(
    told: _ByWords,
    numbers: Numbers,
    scores: tuple[Scores, Scores | None],
    weights: ranking.Weights,
) -> _Ranked:
    by_words, similar = scores
    near = np.zeros_like(by_words) if similar is None else similar
    fused = ranking.fused(by_words, near, weights)
    rarities = told.asked.rarities
    return _Ranked(numbers, by_words, similar, fused, weights.likeness, told.named, rarities)


def _hit(piece: Piece, ranked: _Ranked, at: int, marker: Marker) -> Hit:
    number = int(ranked.numbers[at])
    found = marker.marked(piece.text)
    share = float(ranked.words[at] / max(1e-9, ranked.words.max(initial=0.0)))
    similar = float(ranked.similar[at]) if ranked.similar is not None and ranked.likeness else None
    names = [ranked.named[number]] if number in ranked.named else []
    why = reasons(found, share, names, similar)
    return Hit(passage_of(piece), float(ranked.fused[at]), why, found.ranges)


def _beside(piece: Piece) -> str:
    return piece.symbol or f"{piece.path}:{piece.first}"
