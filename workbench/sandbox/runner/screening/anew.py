"""The process that has imported nothing of the project: it forks for what must be run anew."""

from __future__ import annotations

import gc
import importlib
import os
from contextlib import suppress
from functools import partial
from typing import Any

from .compiling import INVALID, full_shape
from .forks import AFTERWARDS, Child, Hearer, Message, Teller
from .ground import Ground
from .items import PASSED, Runner, be_brief, silence
from .loading import Loader
from .session import Collected, Start
from .sweeping import Sweeper
from .ticks import Meter
from .trying import Trial, verdict
from .warm import IMPORT_LIMIT, answer

_TIMES, _MORE = 20, 200_000
"""So much more may be done while a candidate is imported than the project as it is does."""


class Anew:
    """Serves until nobody asks any more; the first order says what is asked of candidates."""

    def __init__(self, start: Start, loader: Loader, orders: int, answers: Teller) -> None:
        self._start = start
        self._loader = loader
        self._orders = Hearer(orders)
        self._answers = answers
        self._meter = Meter()
        self._seen: set[Any] = set()
        self._paths: list[str] = []
        self._names: list[str] = []
        self._writes = False
        """Tests start processes of their own, which find the project's files on the disk."""
        self._written: dict[str, bytes] = {}
        """What lay on the disk where a candidate does now."""
        self._limit = IMPORT_LIMIT
        self._held: list[Message] = []
        """Orders that came with the first."""
        self._session: Any = None
        self._plugin: Collected

    def run(self) -> None:
        silence()
        self._loader.install()
        first, *self._held = self._orders.wait() or [{}]
        if "ground" not in first:
            return
        self._ground = Ground(**first["ground"])
        self._paths, self._names = first["paths"], first["names"]
        self._writes = first["writes"]
        self._limit = min(IMPORT_LIMIT, _MORE + _TIMES * first["importing"])
        self._meter.set(IMPORT_LIMIT)
        if first["parkable"]:
            self._start.run(Collected(_nothing, self._park))
        else:
            self._serve()

    def _park(self, session: Any, plugin: Collected) -> None:
        """Wait where pytest has read its settings and is about to import the tests."""
        self._session, self._plugin = session, plugin
        self._serve()
        os._exit(0)

    def _serve(self) -> None:
        AFTERWARDS.append(Sweeper().sweep)
        messages = self._held or self._orders.wait()
        self._get_ready()
        while messages:
            for message in messages:
                self._heed(message["batch"])
            messages = self._orders.wait()

    def _get_ready(self) -> None:
        """Do before the forks what each of them would do."""
        for name in self._names:
            with suppress(BaseException):  # It is imported where it is needed, or fails there.
                importlib.import_module(name)
        for path in self._paths:
            self._loader.original(path)
        gc.collect()
        gc.freeze()

    def _heed(self, batch: list[Message]) -> None:
        self._answers.tell(*map(self._try, batch))
        self._answers.tell({"to": "hub", "idle": True})

    def _try(self, candidate: Message) -> Message:
        number, cuts = candidate["id"], candidate["cuts"]
        try:
            texts, key = self._put_in_place(candidate["changes"])
        except (*INVALID, OSError) as error:
            return verdict(number, "invalid", kinds=[type(error).__name__])
        if not key or ((key, cuts) in self._seen and not candidate["again"]):
            return verdict(number, "same")
        self._seen.add((key, cuts))
        try:
            self._write(texts)
            found = self._in_fork(number, cuts=cuts, some=True)
            if found["state"] == PASSED:
                found = self._in_fork(number, cuts=cuts, some=False)
        except OSError as error:  # What it changes cannot be written.
            found = verdict(number, "invalid", kinds=[type(error).__name__])
        finally:
            self._put_back()
        return found

    def _put_in_place(self, changes: dict[str, Any]) -> tuple[dict[str, str], int]:
        """Exchange the code of files; return their texts, and what tells these from others.

        The latter is 0 if they do the same as those of the project.
        """
        loader = self._loader
        loader.instead = {}
        shapes = []
        texts = {path: loader.text(path).spliced(edits) for path, edits in changes.items()}
        for path, text in sorted(texts.items()):
            code = loader.compiled(path, text)
            shape = full_shape(code)
            if shape != self._shape(path):
                shapes.append((path, shape))
            loader.instead[path] = code
        return texts, hash(tuple(shapes)) if shapes else 0

    def _write(self, texts: dict[str, str]) -> None:
        """Put on the disk what may be read there: by other processes, or not as a module."""
        for path, text in texts.items():
            if self._writes or path not in self._paths:
                self._written[path] = self._loader.write(path, text)

    def _put_back(self) -> None:
        for path, content in self._written.items():
            self._loader.write_bytes(path, content)
        self._written = {}

    def _shape(self, path: str) -> Any:
        try:
            return full_shape(self._loader.original(path))
        except INVALID:
            return None

    def _in_fork(self, number: int, *, cuts: int, some: bool) -> Message:
        """Run the failing tests, with those in the same files that passed, or all."""
        ground = self._ground
        asked = set(ground.failing) - set(ground.slow) if some else set()
        files = {test.split("::")[0] for test in asked}
        paths = [f"{ground.root}/{file}" for file in sorted(files)]
        wanted = paths if paths and all(map(os.path.exists, paths)) else None

        def act(teller: Teller) -> None:
            be_brief()
            gc.disable()
            self._meter.set(self._limit)
            self._collect(wanted, partial(self._ask, teller, (number, cuts, some)))
            teller.tell(verdict(number, "invalid"))

        return answer(Child(act), number, cuts=cuts)

    def _ask(
        self, teller: Teller, asked: tuple[int, int, bool], session: Any, plugin: Collected
    ) -> None:
        """In the fork, when the tests are collected: run them."""
        gc.enable()
        number, cuts, some = asked
        ground, runner = self._ground, Runner(session, self._meter, plugin, self._loader)
        sure = [test for test in ground.keeping({}) if test in ground.sure]
        keeping = [test for test in sure if not some or test in runner.items]
        teller.tell(Trial(runner, ground, cuts=cuts).run(number, keeping, slow=not some))
        os._exit(0)

    def _collect(self, files: list[str] | None, loop: Any) -> None:
        if self._session is None:
            self._start.run(Collected(loop), files)
            return
        if files is not None:
            self._session.config.args = files
        self._session.config.hook.pytest_collection(session=self._session)
        loop(self._session, self._plugin)


def _nothing(_session: Any, _plugin: Any) -> None:
    """Is never reached: who parks does not return."""
