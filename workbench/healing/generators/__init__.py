"""Generators of candidates, one file each; adding one is adding a file and its line here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Ground, Site

AtSite = Callable[[Ground, Site], Iterator[Candidate]]
"""Yields what could be changed at one statement, the likeliest first."""
OfFailure = Callable[[Ground], Iterator[Candidate]]
"""Yields what could be changed because of how the tests fail, wherever that is."""

AT_SITE: tuple[AtSite, ...] = ()
OF_FAILURE: tuple[OfFailure, ...] = ()
