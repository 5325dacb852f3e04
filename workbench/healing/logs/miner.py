"""Templates of lines, found as they come: a tree of fixed depth, as in Drain, bounded in memory.

Lines of the same number of words that begin alike are compared with the templates that do so, too;
the most similar one takes the line in, and words that differ become a wildcard.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import eq

import msgspec

from workbench.healing.crashes.site.workbench_hook.redacting import redact
from workbench.healing.logs.masks import ANY, Words

MOST_TEMPLATES = 2_000
_MOST_LINES = 16_384
"""Lines, as they are when masked, whose template is remembered."""
_DEPTH = 2
"""Words at the beginning that lead to a leaf."""
_SIMILAR = 0.6
_LONGEST_EXAMPLE = 500
_MOST_BRANCHES = 24
"""Where more words than that have stood, any word may."""
_MOST_BESIDE = 50
"""Templates at one leaf that a line is compared with."""


class Template(msgspec.Struct):
    """A kind of line."""

    id: int
    words: list[str]
    count: int = 0
    first: float = 0.0
    last: float = 0.0
    example: str = ""

    @property
    def text(self) -> str:
        return " ".join(self.words)


Leaf = tuple[str, ...]


@dataclass
class Miner:
    """Knows the templates of one stream of lines; the least recently met goes when it is full."""

    templates: OrderedDict[int, Template] = field(default_factory=OrderedDict)
    next_id: int = 1
    _leaves: dict[Leaf, list[int]] = field(default_factory=dict)
    _branches: dict[Leaf, set[str]] = field(default_factory=dict)
    _leaf_of: dict[int, Leaf] = field(default_factory=dict)
    _by_words: dict[tuple[str, ...], Template] = field(default_factory=dict)
    _words: Words = field(default_factory=Words)

    @classmethod
    def of(cls, templates: list[Template], next_id: int) -> Miner:
        """Return a miner that knows what was stored."""
        miner = cls(next_id=next_id)
        for one in templates:
            miner._hang(one, miner._leaf(one.words))
        return miner

    def take(self, line: str, at: float) -> tuple[Template, bool]:
        """Return the template of a line, and whether it is new."""
        words = self._words.of(line)
        template, new = self._by_words.get(words), False
        if template is None:
            template, new = self._find(words, line, at)
            if len(self._by_words) >= _MOST_LINES:
                self._by_words.clear()
            self._by_words[words] = template
        template.count += 1
        template.last = at
        return template, new

    def _find(self, words: tuple[str, ...], line: str, at: float) -> tuple[Template, bool]:
        leaf = self._leaf(words)
        best = self._best(words, self._leaves.get(leaf, []))
        if best is None:
            return self._add(words, leaf, line, at), True
        best.words = [
            one if one == two else ANY for one, two in zip(best.words, words, strict=True)
        ]
        self.templates.move_to_end(best.id)
        return best, False

    def _best(self, words: Sequence[str], beside: list[int]) -> Template | None:
        """Return the most similar template, if it is similar enough."""
        best, most = None, _SIMILAR
        for one in beside:
            template = self.templates[one]
            similar = _similarity(template.words, words)
            if similar >= most:
                best, most = template, similar
        return best

    def _add(self, words: Sequence[str], leaf: Leaf, line: str, at: float) -> Template:
        """Make a template; what looks like a secret is not kept, be it the same in every line."""
        kept = [redact(word) for word in words]
        example = redact(line[:_LONGEST_EXAMPLE])
        template = Template(self.next_id, kept, first=at, last=at, example=example)
        self.next_id += 1
        self._hang(template, leaf)
        if len(self._leaves[leaf]) > _MOST_BESIDE:
            self._drop(self._leaves[leaf][0])
        while len(self.templates) > MOST_TEMPLATES:
            self._drop(self._oldest())
        return template

    def _hang(self, template: Template, leaf: Leaf) -> None:
        self.templates[template.id] = template
        self._leaf_of[template.id] = leaf
        self._leaves.setdefault(leaf, []).append(template.id)

    def _leaf(self, words: Sequence[str]) -> Leaf:
        """Return the way down the tree: how many words, and the first of them that do not vary."""
        leaf: Leaf = (str(len(words)),)
        for word in words[:_DEPTH]:
            branches = self._branches.setdefault(leaf, set())
            varies = "<" in word or (word not in branches and len(branches) >= _MOST_BRANCHES)
            if not varies:
                branches.add(word)
            leaf = (*leaf, ANY if varies else word)
        return leaf

    def _oldest(self) -> int:
        """Return one that was not met for long; looking at a few is enough."""
        few = [one for one, _ in zip(self.templates, range(16), strict=False)]
        return min(few, key=lambda one: self.templates[one].last)

    def _drop(self, template: int) -> None:
        """Forget a template, and the branches that led to nothing else."""
        del self.templates[template]
        self._by_words.clear()
        leaf = self._leaf_of.pop(template)
        self._leaves[leaf].remove(template)
        if not self._leaves[leaf]:
            del self._leaves[leaf]
            self._branches.get(leaf[:-1], set()).discard(leaf[-1])


def _similarity(template: Sequence[str], words: Sequence[str]) -> float:
    """Return the part of the words that are the same, a wildcard counting half."""
    if not words:
        return 1.0
    same: int = sum(map(eq, template, words))
    return (same + template.count(ANY) / 2) / len(words)
