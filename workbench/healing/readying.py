"""Getting a proof ready beside a search, as soon as there may be something to prove."""

from __future__ import annotations

from contextlib import suppress
from threading import Thread

from workbench.errors import SandboxError
from workbench.sandbox.pool import Abandoned
from workbench.sandbox.proof.bench import OTHER
from workbench.sandbox.proof.prove import Prover


class Readying:
    """Runs the tests of the base under other circumstances, which each proof asks for.

    The box of the search is busy meanwhile; what is the same for all repairs is done in another.
    """

    def __init__(self, prover: Prover) -> None:
        self._prover = prover
        self._thread: Thread | None = None

    def begin(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._get_ready, name="readying", daemon=True)
            self._thread.start()

    def prover(self) -> Prover:
        """Return the prover, when nobody else uses it."""
        if self._thread is not None:
            self._thread.join()
        return self._prover

    def _get_ready(self) -> None:
        with suppress(SandboxError, Abandoned):  # The proof meets it again, and says why.
            self._prover.base(OTHER)
