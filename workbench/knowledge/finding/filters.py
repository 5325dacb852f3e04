"""Which pieces a search may find."""

from __future__ import annotations

import os
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from workbench.api import knowing
from workbench.knowledge.finding.catalogue import Catalogue, File
from workbench.sandbox import ignore

Mask = NDArray[np.bool_]


class Filters:
    """Masks over all numbers, made once for the searches of somebody who is typing."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._key: tuple[object, ...] = ()
        self._mask: Mask = np.zeros(0, np.bool_)
        self._count = 0

    def mask(self, search: knowing.Search) -> Mask:
        """Return for each number whether its piece lives and is wanted."""
        named = (search.sources, search.kinds, search.languages, search.path, search.since)
        key = (self._catalogue.changes, *named)
        if key != self._key:
            self._mask, self._key = self._made(search), key
            self._count = int(np.count_nonzero(self._mask))
        return self._mask

    def count(self, search: knowing.Search) -> int:
        """Return how many pieces are wanted."""
        self.mask(search)
        return self._count

    def _made(self, search: knowing.Search) -> Mask:
        known = self._catalogue
        end = known.next
        mask = known.alive[:end].copy()
        if search.path or search.since:
            wanted = np.array([_wants(search, file) for file in (*known.by_code, None)], np.bool_)
            mask &= wanted[known.file_of[:end]]
        if search.sources and not (allowed := known.sources.allowed(search.sources))[:-1].all():
            mask &= allowed[known.source_of[:end]]
        if search.kinds:
            mask &= known.kinds.allowed(search.kinds)[known.kind_of[:end]]
        if search.languages:
            mask &= known.languages.allowed(search.languages)[known.language_of[:end]]
        return mask


def _wants(search: knowing.Search, file: File | None) -> bool:
    return file is not None and (
        file.mtime > (search.since or -1) and (not search.path or matches(search.path, file.path))
    )


def matches(pattern: str, path: str) -> bool:
    """Say whether a path, or a folder that it lies in, is what a line of git-ignore means."""
    rules = ignore.parse(os.fsencode(pattern))
    parts = path.strip("/").split("/")
    folders = list(accumulate(parts, "{}/{}".format))
    last = len(folders) - 1
    return any(
        rules.hides(os.fsencode(one), folder=at < last) is True for at, one in enumerate(folders)
    )
