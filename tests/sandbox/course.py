"""All attacks and controls through the boxes of one engine; what came of each, as JSON.

It is a program, since it also runs as another user: `python -m tests.sandbox.course ENGINE`.
"""

from __future__ import annotations

import json
import os
import platform
import queue
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from tests.sandbox import remains
from tests.sandbox.attacks.every import ATTACKS
from tests.sandbox.bait import Bait
from tests.sandbox.cases import PRELUDE, ROOMY, SMALL, Attack, Control
from tests.sandbox.controls.every import CONTROLS
from workbench.sandbox.choice import load, try_engine
from workbench.sandbox.interpreter import Interpreter, find_interpreter
from workbench.sandbox.job import File, Job, Result, Script, Snippet, Work
from workbench.sandbox.plan import RUNNER, Plan
from workbench.sandbox.policy import Policy
from workbench.sandbox.pool import Handle, Pool
from workbench.sandbox.snapshot import Store

PROJECT = {
    "calc.py": "def add(one, other):\n    return one + other\n",
    "test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n",
    "guarded.py": "# guarded\n",
    "safe/inner/guarded.py": "# guarded too\n",
    "safe/free.py": "",
}
_FINE = "print('fine')"
_MOST_TOLD = 30_000
_BETWEEN = 0.2


class Told(msgspec.Struct, frozen=True):
    """How one job ended."""

    status: str
    reason: str
    output: str
    clean: bool
    wall: float
    records: int

    @property
    def lines(self) -> list[str]:
        return self.output.splitlines()


class Seen(msgspec.Struct, frozen=True):
    """What came of one attack or control."""

    kind: str
    name: str
    told: Told
    then: Told
    outside: tuple[str, ...]


class Report(msgspec.Struct, frozen=True):
    """What came of a whole course."""

    engine: str
    machine: str = platform.machine()
    missing: str = ""
    """Why the engine cannot be had here; empty when it can."""
    attacks: tuple[Seen, ...] = ()
    controls: tuple[Seen, ...] = ()
    neighbour: tuple[Told, ...] = ()
    """The jobs of a box beside, all through the attacks."""
    longest_answer: float = 0
    cancelled: Told | None = None
    cancelled_after: float = 0
    tree_changed: bool = False
    remains: tuple[str, ...] = ()
    seconds: float = 0


class Lane:
    """Boxes that are used by one thread, so that a job comes after another in the same one."""

    def __init__(self, engine: str, plan: Plan, tree: str) -> None:
        self._pool = Pool(engine, 1)
        self._plan = plan
        self._tree = tree

    def run(self, work: Work, policy: Policy, **more: Any) -> Told:
        plan = msgspec.structs.replace(self._plan, network=policy.network)
        return tell(self._pool.run(plan, Job(work, tree=self._tree, **more), policy))

    def close(self) -> None:
        self._pool.close()


def tell(result: Result) -> Told:
    return Told(
        result.status,
        result.reason,
        _shortened(result.output.text),
        result.clean,
        result.wall,
        len(result.records),
    )


def _shortened(text: str) -> str:
    half = _MOST_TOLD // 2
    return text if len(text) <= _MOST_TOLD else f"{text[:half]}\n...\n{text[-half:]}"


class Course:
    """One engine, its boxes, and the bait around them."""

    def __init__(self, engine: str, plan: Plan, tree: str, bait: Bait) -> None:
        self._engine = engine
        self._plan = plan
        self._tree = tree
        self._bait = bait
        self._over = threading.Event()
        self._longest = 0.0

    def run(self) -> Report:
        waiting: queue.SimpleQueue[Callable[[Lane], Seen]] = queue.SimpleQueue()
        for number, attack in enumerate(ATTACKS):
            waiting.put(partial(self._attack, attack, f"wb{os.getpid() % 100_000}.{number}"))
        for control in CONTROLS:
            waiting.put(partial(self._control, control))
        seen: dict[tuple[str, str], Seen] = {}
        neighbour: list[Told] = []
        threads = [threading.Thread(target=self._work, args=(waiting, seen)) for _ in range(2)]
        beside = threading.Thread(target=self._answer, args=(neighbour,))
        for thread in (*threads, beside):
            thread.start()
        for thread in threads:
            thread.join()
        self._over.set()
        beside.join()
        cancelled, after = self._cancel()
        return Report(
            self._engine,
            attacks=tuple(seen["attack", one.name] for one in ATTACKS),
            controls=tuple(seen["control", one.name] for one in CONTROLS),
            neighbour=tuple(neighbour),
            longest_answer=self._longest,
            cancelled=cancelled,
            cancelled_after=after,
        )

    def _work(self, waiting: queue.SimpleQueue[Callable[[Lane], Seen]], seen: Any) -> None:
        lane = Lane(self._engine, self._plan, self._tree)
        try:
            while True:
                found = waiting.get_nowait()(lane)
                seen[found.kind, found.name] = found
        except queue.Empty:
            lane.close()

    def _answer(self, told: list[Told]) -> None:
        """Ask for something small again and again while the attacks go on elsewhere."""
        lane = Lane(self._engine, self._plan, self._tree)
        while not self._over.wait(_BETWEEN):
            began = time.monotonic()
            told.append(lane.run(Snippet(_FINE), ROOMY))
            self._longest = max(self._longest, time.monotonic() - began)
        lane.close()

    def _attack(self, attack: Attack, mark: str, lane: Lane) -> Seen:
        told = lane.run(
            self._script(attack.kind, attack.script),
            self._policy(attack.policy, mark, attack.protected),
            protected=attack.protected,
        )
        source = f"{PRELUDE}\n{attack.then}\n{_FINE}\n"
        then = lane.run(Snippet(source), self._policy(SMALL, "", ()))
        outside = self._bait.disturbed(told.output + then.output)
        return Seen("attack", attack.name, told, then, (*outside, *remains.marked(mark)))

    def _control(self, control: Control, lane: Lane) -> Seen:
        work = control.work or self._script(control.kind, control.script)
        edits = {path: File(text.encode()) for path, text in control.files.items()}
        told = lane.run(work, self._policy(control.policy, "", ()), edits=edits)
        then = lane.run(Snippet(_FINE), ROOMY)
        return Seen("control", control.name, told, then, ())

    def _script(self, kind: str, script: str) -> Work:
        if kind == "shell":
            return Script(("sh", "-c", script))
        return Snippet(f"{PRELUDE}\n{script}\n")

    def _policy(self, policy: Policy, mark: str, protected: tuple[str, ...]) -> Policy:
        described = self._bait.described | {
            "mark": mark,
            "protected": protected,
            "trees": self._plan.trees,
            "tree": self._tree,
            "runner": str(RUNNER),
        }
        environment = {**policy.environment, "BAIT": json.dumps(described), "MARK": mark}
        return msgspec.structs.replace(policy, environment=environment)

    def _cancel(self) -> tuple[Told, float]:
        """Cancel a job that does not listen; return how it ended and how long that took."""
        source = (
            "import os, signal, time\nsignal.signal(15, signal.SIG_IGN)\n"
            "os.fork()\nos.write(3, b'ready')\ntime.sleep(60)\n"
        )
        handle, ready, found = Handle(), threading.Event(), []
        with Pool(self._engine, 1) as pool:
            running = threading.Thread(
                target=lambda: found.append(
                    pool.run(
                        self._plan,
                        Job(Snippet(_announced(source))),
                        ROOMY,
                        handle=handle,
                        on_records=lambda _: ready.set(),
                    )
                )
            )
            running.start()
            ready.wait(30)
            began = time.monotonic()
            handle.cancel()
            running.join()
        return tell(found[0]), time.monotonic() - began


def _announced(source: str) -> str:
    """Return `source` with the descriptor of the records found rather than known."""
    find = (
        "import stat, os as _os\n"
        "pipe = next(n for n in range(3, 64) if _os.path.exists(f'/proc/self/fd/{n}')"
        " and stat.S_ISFIFO(_os.fstat(n).st_mode))\n"
    )
    return find + source.replace("os.write(3,", "os.write(pipe,")


def interpreter(folder: Path) -> Interpreter:
    return find_interpreter(folder, sys.executable, {}, folder)


@contextmanager
def furnished(folder: Path) -> Iterator[tuple[Plan, str]]:
    """Return a plan over a small project, and the digest of its tree."""
    project = folder / "project"
    for path, text in PROJECT.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text, encoding="utf-8")
    with Store(folder / "store") as store:
        layer = store.materialise(store.take(project))
        yield Plan(interpreter(folder), str(store.trees), str(project)), layer.tree


def run_course(engine: str) -> Report:
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="course-"))
    folder.chmod(0o755)
    before = remains.State.now()
    try:
        with furnished(folder) as (plan, tree):
            finding = try_engine(load(engine), plan)
            if not finding.holds:
                return Report(engine, missing=finding.sentence)
            with Bait.laid(folder) as bait:
                report = Course(engine, plan, tree, bait).run()
            changed = _texts(Path(plan.trees, tree)) != PROJECT
        left = remains.left_since(before)
    finally:
        shutil.rmtree(folder)
    return msgspec.structs.replace(
        report, tree_changed=changed, remains=left, seconds=time.monotonic() - began
    )


def _texts(tree: Path) -> dict[str, str]:
    files = [path for path in tree.rglob("*") if path.is_file()]
    return {str(path.relative_to(tree)): path.read_text(encoding="utf-8") for path in files}


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(run_course(sys.argv[1])))
