"""Verdicts that were found before: a search that is asked to go on does not do the same again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import msgspec

from workbench.healing.candidate import Candidate
from workbench.healing.dossier import Dossier
from workbench.healing.searching.search import Numbered, Screen
from workbench.healing.verdict import Verdict

_KEPT = 16
_NEVER = frozenset({"lost"})
"""What says nothing of the candidate is not remembered."""
Known = dict[bytes, Verdict]


class Remembered:
    """A screen that answers at once what it has been asked before."""

    def __init__(self, screen: Screen, known: Known) -> None:
        self._screen = screen
        self._known = known
        self._asked: dict[int, bytes] = {}
        self._ready: list[Verdict] = []

    def submit(self, candidates: Sequence[Numbered], *, cuts: int = 0) -> None:
        """Hand on what is new."""
        names = {number: name_of(candidate, cuts=cuts) for number, candidate in candidates}
        for number, name in names.items():
            if name in self._known:
                self._ready.append(msgspec.structs.replace(self._known[name], number=number))
        new = [one for one in candidates if names[one[0]] not in self._known]
        self._asked |= {number: names[number] for number, _ in new}
        if new:
            self._screen.submit(new, cuts=cuts)

    def collect(self, timeout: float) -> list[Verdict]:
        """Return what is known already, else what the screen found out meanwhile."""
        if self._ready:
            ready, self._ready = self._ready, []
            return ready
        found = self._screen.collect(timeout)
        for verdict in found:
            name = self._asked.pop(verdict.number)
            if verdict.state not in _NEVER:
                self._known[name] = verdict
        return found


def name_of(candidate: Candidate, *, cuts: int) -> bytes:
    told = repr((candidate.changes, cuts)).encode()
    return blake2b(told, digest_size=16).digest()


class Notebook:
    """Where the verdicts of searches are kept from one run of the host to the next."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, dossier: Dossier, under: str) -> Known:
        """Return what is known of candidates for this very dossier."""
        path = self._path(dossier, under)
        try:
            return msgspec.msgpack.decode(path.read_bytes(), type=Known)
        except (FileNotFoundError, msgspec.DecodeError):
            return {}

    def write(self, dossier: Dossier, under: str, known: Known) -> None:
        """Keep what is known; the oldest that was kept goes."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._path(dossier, under)
        new = path.with_suffix(".new")
        new.write_bytes(msgspec.msgpack.encode(known))
        os.replace(new, path)  # noqa: PTH105 - one step, so that a reader sees the old or the new
        for old in sorted(self._folder.glob("*.verdicts"), key=_age)[:-_KEPT]:
            old.unlink(missing_ok=True)

    def _path(self, dossier: Dossier, under: str) -> Path:
        """Name the file by all that a verdict rests on."""
        told = (sorted(dossier.files.items()), sorted(dossier.tests.items()), under)
        failing = [run.id for run in dossier.failing]
        name = blake2b(repr((told, failing)).encode(), digest_size=16).hexdigest()
        return self._folder / f"{name}.verdicts"


def _age(path: Path) -> float:
    return path.stat().st_mtime
