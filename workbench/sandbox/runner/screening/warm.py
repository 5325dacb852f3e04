"""The process that has collected the tests: it forks for candidates that change only functions."""

from __future__ import annotations

import gc
import os
from typing import Any

from .baseline import Baseline
from .forks import Child, Hearer, Message, Patience, Teller
from .ground import Ground
from .items import Runner, silence
from .loading import Loader
from .session import Collected, Start
from .swapping import Functions, Unchanged, Unswappable, exchange
from .ticks import Meter
from .tracing import Early
from .trying import Trial, verdict

_IMPORT_LIMIT = 50_000_000
_INVALID = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)


class Warm:
    """Serves until nobody asks any more."""

    def __init__(self, start: Start, loader: Loader, orders: int, answers: Teller) -> None:
        self._start = start
        self._loader = loader
        self._orders = Hearer(orders)
        self._answers = answers
        self._meter = Meter()
        self._early = Early()
        self._seen: set[Any] = set()

    def run(self) -> None:
        silence()
        self._loader.install()
        self._meter.set(_IMPORT_LIMIT)
        plugin = Collected(self._serve)
        with self._early:
            code = self._start.run(plugin)
        if not plugin.reached:
            self._answers.tell({"op": "broken", "text": f"pytest ended with {code}"})

    def _serve(self, session: Any, plugin: Collected) -> None:
        self._early.__exit__()
        gc.collect()
        self._functions = Functions(self._loader, self._early.codes)  # Finds nothing frozen.
        gc.freeze()
        self._runner = Runner(session, self._meter, plugin)
        runs = Baseline(self._runner, self._loader, set()).runs()
        root = str(session.config.rootpath)
        facts = {"runs": runs, "root": root, "plain": []}
        self._answers.tell(*plugin.errors, *runs, {"to": "hub", "ground": facts}, {"op": "ready"})
        self._ground = Ground(**facts)
        while messages := self._orders.wait():
            for message in messages:
                self._heed(message["batch"])
        os._exit(0)

    def _heed(self, batch: list[Message]) -> None:
        for candidate in batch:
            self._answers.tell(self._try(candidate))
        self._answers.tell({"to": "hub", "idle": True})

    def _try(self, candidate: Message) -> Message:
        number = candidate["id"]
        try:
            swaps, shape = self._functions.swaps(candidate["changes"])
        except Unswappable:
            return {"to": "hub", "anew": candidate}
        except Unchanged:
            return verdict(number, "same")
        except _INVALID as error:
            return verdict(number, "invalid", kind=type(error).__name__)
        key = (shape, candidate["long"])
        if key in self._seen:
            return verdict(number, "same")
        self._seen.add(key)
        return self._in_fork(candidate, swaps)

    def _in_fork(self, candidate: Message, swaps: list[Any]) -> Message:
        long = candidate["long"]
        number = candidate["id"]
        changed = self._functions.changed(candidate["changes"])

        def act(teller: Teller) -> None:
            exchange(swaps)
            teller.tell(Trial(self._runner, self._ground, long=long).run(number, changed))

        patience = Patience(60.0, 90.0) if long else Patience(5.0, 10.0)
        told = [one for one in Child(act).messages(patience) if one.get("id") == number]
        return told[-1] if told else verdict(number, "cut", kind="ProcessLost")
