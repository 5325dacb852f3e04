"""The screening lane: candidates go in by the thousand, verdicts come out; none of it is proof.

lane = Lane.open(pool, plan, policy, layer, handle=handle)
lane.submit([(1, candidate), (2, another)])
for verdict in lane.collect(0.05): ...
lane.close()
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Self

import msgspec

from workbench.errors import ExitCode, SandboxError
from workbench.healing.candidate import Candidate
from workbench.healing.dossier import CUT, FAILED, TestRun
from workbench.healing.verdict import Verdict
from workbench.sandbox.box import Box
from workbench.sandbox.job import Job, Result, Screen, Status
from workbench.sandbox.plan import Plan
from workbench.sandbox.policy import Policy
from workbench.sandbox.pool import Handle, Pool
from workbench.sandbox.snapshot import Layer

_UNSTABLE = ("flaky", "together")
_PATIENCE = 0.2
_WIDER = 10
"""How much longer answers are waited for that no clock shall decide about."""
_PATIENCE_AT_END = 1.0


class Comparison(msgspec.Struct, frozen=True):
    """What the project as it is, and then each candidate, makes of the same calls."""

    calls: tuple[tuple[str, bool], ...]
    """The arguments of each, as text, and whether the tests make this call."""
    outcomes: tuple[tuple[str, ...] | None, ...]
    """One line for each call; none at all for what cannot be compared in this way."""


class LaneLost(SandboxError):
    """Nothing can be screened any more."""


class TooManyTests(LaneLost):
    """The tests take longer than the whole search may."""

    exit_code = ExitCode.BUDGET


class Lane:
    """One screening job, which runs in a thread of its own."""

    def __init__(self, handle: Handle, *, is_counted: bool = False) -> None:
        self.runs: tuple[TestRun, ...] = ()
        self.uncollected: tuple[str, ...] = ()
        """Which files could not be read: each stands among the runs as one test that fails."""
        self.flaky: tuple[str, ...] = ()
        """Which tests failed, and passed when they were run again alone."""
        self._handle = handle
        self._is_counted = is_counted
        self._told: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._held = b""
        self._box: Box | None = None
        self._result: Result | None = None
        self._trouble: BaseException | None = None
        self._broken = ""
        self._verdicts: list[Verdict] = []
        self._questions = 0
        self._answers: dict[int, dict[str, Any]] = {}
        self._waiting: set[int] = set()
        self._thread: threading.Thread | None = None

    @classmethod
    def open(
        cls,
        pool: Pool,
        plan: Plan,
        policy: Policy,
        layer: Layer,
        arguments: Sequence[str] = (),
        *,
        plugins: Sequence[str] = (),
        cwd: str = ".",
        seed: int | None = 0,
        handle: Handle | None = None,
        is_counted: bool = False,
    ) -> Self:
        """Begin a job and wait until it is known what every test does on the project as it is.

        Where `is_counted`, work alone says what is tried, and each machine finds the same.
        """
        lane = cls(handle or Handle(), is_counted=is_counted)
        work = Screen(tuple(arguments), tuple(plugins))
        job = Job(work, tree=layer.tree, edits=layer.edits, cwd=cwd, seed=seed)
        lane._begin(pool, plan, policy, job)
        try:
            lane._await_baseline()
        except BaseException:
            lane.close()
            raise
        return lane

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def failing(self) -> tuple[TestRun, ...]:
        """The tests that a candidate should turn, in the order that `Verdict.passes` counts."""
        steady = (run for run in self.runs if run.id not in self.flaky)
        return tuple(run for run in steady if run.outcome in (FAILED, CUT))

    def submit(
        self,
        candidates: Sequence[tuple[int, Candidate]],
        *,
        cuts: int = 0,
        again: bool = False,
    ) -> None:
        """Hand in candidates; each may do ten times more for every time that it was cut.

        With `again`, what compiles to code that was tried before is tried once more.
        """
        self._waiting.update(number for number, _ in candidates)
        flags = {"cuts": cuts, "again": again}
        each = [{"id": number, "changes": _changes(one), **flags} for number, one in candidates]
        self._tell({"op": "try", "each": each})

    def collect(self, timeout: float) -> list[Verdict]:
        """Return the verdicts that have come, after `timeout` at the latest."""
        if not self._verdicts:
            self._hear(timeout)
        found, self._verdicts = self._verdicts, []
        self._waiting.difference_update(verdict.number for verdict in found)
        if not found and self._waiting and self._result is not None:
            lost = [Verdict(number, "lost") for number in sorted(self._waiting)]
            self._waiting.clear()
            return lost
        return found

    def compare(
        self, candidates: Sequence[Candidate], path: str, line: int, *, timeout: float = 20.0
    ) -> Comparison:
        """See what candidates make of the same calls of the function that a line lies in."""
        changes = [_changes(candidate) for candidate in candidates]
        order = {"op": "compare", "path": path, "line": line, "candidates": changes}
        return msgspec.convert(self._ask(order, timeout), Comparison)

    def question(self, order: Mapping[str, Any]) -> int:
        """Hand in an order that is answered some time; return what its answer is asked for by."""
        self._questions += 1
        self._tell({**order, "id": self._questions})
        return self._questions

    def answer(self, question: int, timeout: float = 0.0) -> dict[str, Any] | None:
        """Return the answer to a question if it comes in time; verdicts that come are kept."""
        until = time.monotonic() + timeout
        while question not in self._answers and time.monotonic() < until:
            if self._result is not None:
                raise self._lost()
            self._hear(_PATIENCE)
        return self._answers.pop(question, None)

    def _ask(self, order: dict[str, Any], timeout: float) -> dict[str, Any]:
        """Wait for the answer to an order."""
        found = self.answer(self.question(order), timeout * (_WIDER if self._is_counted else 1))
        if found is None:
            raise self._lost()
        return found

    def _tell(self, order: dict[str, Any]) -> None:
        if self._box is None or self._result is not None:
            raise self._lost()
        try:
            self._box.tell_peer(msgspec.json.encode(order) + b"\n")
        except OSError as error:
            raise self._lost() from error

    def _hear(self, timeout: float) -> None:
        for message in self._messages(timeout):
            if message["op"] == "verdict" and message["id"] in self._waiting:
                self._verdicts.append(msgspec.convert(message | {"number": message["id"]}, Verdict))
            elif message["op"] == "answer":
                self._answers[message["id"]] = message
            elif message["op"] == "broken":
                self._broken = message["text"]

    def close(self) -> None:
        """End the job; one that does not end by itself is cancelled."""
        if self._thread is None or not self._thread.is_alive():
            return
        with suppress(LaneLost):  # It is about to end anyway.
            self._tell({"op": "end"})
        self._thread.join(_PATIENCE_AT_END)
        if self._thread.is_alive():
            self._handle.cancel()
            self._thread.join()

    def _begin(self, pool: Pool, plan: Plan, policy: Policy, job: Job) -> None:
        def begun(box: Box) -> None:
            self._box = box

        def run() -> None:
            try:
                self._result = pool.run(
                    plan,
                    job,
                    policy,
                    handle=self._handle,
                    on_peer=self._told.put,
                    on_begin=begun,
                )
            except BaseException as error:  # noqa: BLE001 - it is raised where the lane is used
                self._trouble = error
            finally:
                self._told.put(None)

        self._thread = threading.Thread(target=run, name="screening", daemon=True)
        self._thread.start()

    def _await_baseline(self) -> None:
        runs: list[TestRun] = []
        uncollected: list[str] = []
        flaky: list[str] = []
        while True:
            for message in self._messages(_PATIENCE):
                if message["op"] == "test":
                    runs.append(msgspec.convert(message, TestRun))
                    flaky += [message["id"]] * (message["unsteady"] in _UNSTABLE)
                    uncollected += [message["id"]] * (not message.get("collected", True))
                elif message["op"] == "hello":
                    self._tell({"counted": self._is_counted})
                elif message["op"] == "broken":
                    raise LaneLost("The tests cannot be run.", message["text"])
                elif message["op"] == "ready":
                    self.runs, self.flaky = tuple(runs), tuple(flaky)
                    self.uncollected = tuple(uncollected)
                    return
            if self._thread is None or not self._thread.is_alive():
                raise self._too_many() or self._lost()

    def _too_many(self) -> LaneLost | None:
        if self._result is None or self._result.status is not Status.TIMEOUT:
            return None
        hint = "Name those that fail, as in `workbench heal tests/test_x.py`, or give it a longer"
        return TooManyTests("The tests take longer than the search may.", f"{hint} --budget.")

    def _messages(self, timeout: float) -> list[dict[str, Any]]:
        """Return all that has been told, waiting for the first of it."""
        until = time.monotonic() + timeout
        found: list[dict[str, Any]] = []
        while not found:
            try:
                data = self._told.get(timeout=max(0.0, until - time.monotonic()))
                while data is not None:
                    found += self._feed(data)
                    data = self._told.get_nowait()
            except queue.Empty:
                break
            if data is None:
                break
        return found

    def _feed(self, data: bytes) -> list[dict[str, Any]]:
        *lines, self._held = (self._held + data).split(b"\n")
        return [msgspec.json.decode(line, type=dict[str, Any]) for line in lines]

    def _lost(self) -> LaneLost:
        if self._trouble is not None:
            return LaneLost(f"Nothing can be screened: {self._trouble}")
        if self._broken:
            return LaneLost("Nothing can be screened any more.", self._broken)
        told = (self._result.reason, self._result.output.tail) if self._result else ()
        reason = " ".join(filter(None, told)) or "the job has not begun"
        return LaneLost(f"Nothing can be screened any more: {reason}")


def _changes(candidate: Candidate) -> dict[str, list[tuple[int, int, str]]]:
    return {
        path: [(edit.start, edit.end, edit.text) for edit in edits]
        for path, edits in candidate.by_path.items()
    }
