"""The process that has imported nothing of the project: it forks for what must be run anew."""

from __future__ import annotations

import os
from typing import Any

from .forks import Child, Hearer, Message, Teller
from .ground import Ground
from .items import Runner, be_brief, silence
from .loading import Loader
from .session import Collected, Start
from .ticks import Meter
from .trying import Trial, verdict
from .warm import INVALID, answer

_IMPORT_LIMIT = 50_000_000


class Anew:
    """Serves until nobody asks any more; the first order says what is asked of candidates."""

    def __init__(self, start: Start, loader: Loader, orders: int, answers: Teller) -> None:
        self._start = start
        self._loader = loader
        self._orders = Hearer(orders)
        self._answers = answers
        self._seen: set[Any] = set()

    def run(self) -> None:
        silence()
        self._loader.install()
        while messages := self._orders.wait():
            for message in messages:
                self._heed(message)

    def _heed(self, message: Message) -> None:
        if "ground" in message:
            self._ground = Ground(**message["ground"])
            return
        for candidate in message["batch"]:
            self._answers.tell(self._try(candidate))
        self._answers.tell({"to": "hub", "idle": True})

    def _try(self, candidate: Message) -> Message:
        number, long = candidate["id"], candidate["long"]
        try:
            texts = {
                path: self._loader.text(path).spliced(edits)
                for path, edits in candidate["changes"].items()
            }
            self._loader.instead = texts
            for path in texts:
                self._loader.exchanged(path)
        except (*INVALID, OSError) as error:
            return verdict(number, "invalid", kind=type(error).__name__)
        key = (tuple(sorted(texts.items())), long)
        if key in self._seen:
            return verdict(number, "same")
        self._seen.add(key)
        return self._in_fork(number, long=long)

    def _in_fork(self, number: int, *, long: bool) -> Message:
        def act(teller: Teller) -> None:
            be_brief()
            meter = Meter()
            meter.set(_IMPORT_LIMIT)
            plugin = Collected(lambda session, plugin: loop(session, plugin, meter))

            def loop(session: Any, plugin: Collected, meter: Meter) -> None:
                trial = Trial(Runner(session, meter, plugin), self._ground, long=long)
                teller.tell(trial.run(number, self._ground.keeping({})))
                os._exit(0)

            self._start.run(plugin)
            teller.tell(verdict(number, "invalid"))

        return answer(Child(act), number, long=long)
