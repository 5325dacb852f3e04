"""The process that has collected the tests: it forks for candidates that change only functions."""

from __future__ import annotations

import gc
import os
import sys
from types import FunctionType
from typing import Any

from . import direct
from .baseline import Baseline
from .comparing import Comparer
from .compiling import INVALID
from .forcing import Forcing
from .foresight import foresee
from .forks import AFTERWARDS, Child, Hearer, Message, Patience, Teller
from .ground import Ground
from .items import PASSED, Runner, be_brief, silence
from .loading import Loader
from .renumbering import renumber
from .session import Collected, Start
from .sifting import Candidate, Sieve
from .state import Memory
from .swapping import Functions, Unchanged, Unswappable
from .sweeping import Sweeper
from .ticks import Meter
from .tracing import Early
from .trying import Trial, is_verdict, verdict

IMPORT_LIMIT = 50_000_000
QUICK, LONG = Patience(6.0, 12.0, idle=4.0), Patience(60.0, 90.0, idle=20.0)


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
        self._parkable = False
        self._importing = 0
        """What was done while the project and its tests were imported."""

    def run(self) -> None:
        silence()
        self._loader.install()
        self._meter.set(IMPORT_LIMIT)
        plugin = Collected(self._serve, self._note_imported)
        sys.dont_write_bytecode = False  # The tests as pytest rewrites them are kept for others.
        self._early.begin()
        code = self._start.run(plugin)
        self._early.end()
        if not plugin.reached:
            self._answers.tell({"op": "broken", "text": f"pytest ended with {code}"})

    def _note_imported(self, _session: Any, _plugin: Collected) -> None:
        """See whether something of the project is imported before the tests are."""
        self._parkable = not self._loader.codes

    def _serve(self, session: Any, plugin: Collected) -> None:
        self._importing = self._meter.used
        self._early.end()
        sys.dont_write_bytecode = True
        foresee(session)
        gc.collect()
        self._functions = Functions(self._loader, self._early.codes)  # Finds nothing frozen.
        memory = self._memory()
        gc.freeze()
        AFTERWARDS.append(Sweeper().sweep)
        self._runner = Runner(session, self._meter, plugin, self._loader)
        self._runner.calls = direct.calls(session, self._loader.project)
        self._find_ground(session, plugin)
        self._ground.apart = self._spawning & set(self._ground.failing)
        self._sieve = Sieve(self._runner, self._ground, memory)
        self._forcing = Forcing(self._runner, self._ground, self._functions, memory)
        self._errors = set(plugin.errors)
        while messages := self._orders.wait():
            for message in messages:
                self._answer(message["batch"])
        os._exit(0)

    def _find_ground(self, session: Any, plugin: Collected) -> None:
        baseline = Baseline(self._runner, self._loader)
        runs = [*baseline.uncollected(plugin.errors), *baseline.runs()]
        root = str(session.config.rootpath)
        self._spawning = {run["id"] for run in runs if run["spawns"]}
        self._ground = Ground(runs, list(self._runner.calls), root)
        facts = {"runs": runs, "plain": list(self._runner.calls), "root": root}
        order = {
            "to": "hub",
            "ground": facts,
            "parkable": self._parkable,
            "paths": list(self._loader.codes),
            "names": self._foreign(),
            "writes": bool(self._spawning),
            "importing": self._importing,
        }
        self._answers.tell(*runs, order, {"op": "ready"})

    def _foreign(self) -> list[str]:
        """Return what is imported and not the project's own."""
        inside = self._loader.project + "/"
        return [
            name
            for name, module in list(sys.modules.items())
            if name != "__main__" and not self._is_in(module, inside)
        ]

    def _is_in(self, module: Any, folder: str) -> bool:
        places = [_file(module), *map(str, getattr(module, "__path__", ()))]
        return any(place.startswith(folder) for place in places)

    def _memory(self) -> Memory:
        known = [one for one in list(sys.modules.values()) if _file(one)]
        modules = [one for one in known if self._loader.path_of(_file(one))]
        files, names = {_file(one) for one in modules}, {one.__name__ for one in modules}

        def owns(thing: Any) -> bool:
            inner = getattr(thing, "__wrapped__", thing)
            if isinstance(inner, FunctionType):
                return inner.__code__.co_filename in files
            return getattr(thing, "__module__", None) in names

        return Memory(modules, owns)

    def _answer(self, batch: list[Message]) -> None:
        self._heed([one for one in batch if "op" not in one])
        for order in batch:
            if order.get("op") == "compare":
                comparer = Comparer(self._runner, self._ground, self._functions)
                self._answers.tell(comparer.compare(order))
            elif order.get("op") == "force":
                self._answers.tell(self._forcing.answer(order))
        self._answers.tell({"to": "hub", "idle": True})

    def _heed(self, batch: list[Message]) -> None:
        failing = set(self._ground.failing)
        if not self._errors.isdisjoint(failing) or failing <= self._spawning:
            self._answers.tell(*({"to": "hub", "anew": one} for one in batch))
            return
        prepared = [one for one in map(self._prepare, batch) if one]
        verdicts, prepared = self._sieve.sift(prepared)
        self._answers.tell(*verdicts)
        for one in prepared:
            found = self._in_fork(one)
            is_half = bool(self._ground.apart) and found["state"] == PASSED
            self._answers.tell({"to": "hub", "anew": one.order} if is_half else found)

    def _prepare(self, candidate: Message) -> Candidate | None:
        """Compile a candidate; what need not be run is answered at once."""
        number, cuts = candidate["id"], candidate["cuts"]
        try:
            made = self._functions.prepared(candidate["changes"], exact=False)
        except Unswappable:
            self._answers.tell({"to": "hub", "anew": candidate})
        except Unchanged:
            self._answers.tell(verdict(number, "same"))
        except INVALID as error:
            self._answers.tell(verdict(number, "invalid", kinds=[type(error).__name__]))
        else:
            if candidate["again"] or (made.shape, cuts) not in self._seen:
                self._seen.add((made.shape, cuts))
                return Candidate(candidate, made)
            self._answers.tell(verdict(number, "same"))
        return None

    def _in_fork(self, one: Candidate) -> Message:
        """Ask all that is asked of a candidate; who would break a test must really do so."""
        found = self._asked(one)
        while found.get("broke") and not self._is_sure(found["broke"]):
            found = self._asked(one)
        return found

    def _asked(self, one: Candidate) -> Message:
        keeping = self._ground.keeping(one.made.changed)

        def act(teller: Teller) -> None:
            be_brief()
            try:
                self._functions.prepared(one.changes, exact=True).exchange()
            except Exception as error:  # An import that it adds fails.
                teller.tell(verdict(one.number, "failed", kinds=[type(error).__name__]))
                return
            teller.tell(Trial(self._runner, self._ground, cuts=one.cuts).run(one.number, keeping))

        found = answer(Child(act), one.number, cuts=one.cuts)
        if found.get("crash"):
            renumber(found["crash"]["raised"], one.changes, self._loader)
        return found

    def _is_sure(self, test: str) -> bool:
        """See whether a test passes alone on the project as it is; if not, it is asked no more."""
        ground = self._ground
        if test in ground.sure or test not in ground.passing:
            return True

        def act(teller: Teller) -> None:
            outcome = self._runner.run(test, ground.limit(test, cuts=0))
            teller.tell({"passes": outcome.outcome == PASSED})

        told = list(Child(act).messages(QUICK))
        if told and told[0].get("passes"):
            ground.sure.add(test)
        elif self._runner.calls.pop(test, None) is None:
            ground.drop(test)
        return test in ground.sure


def answer(child: Child, number: int, *, cuts: int) -> Message:
    """Return what a child says of a candidate, or what its silence means."""
    told = [one for one in child.messages(LONG if cuts else QUICK) if is_verdict(one, {number})]
    if told:
        return told[0]
    return verdict(number, "cut" if child.has_hung else "lost")


def _file(module: Any) -> str:
    return getattr(module, "__file__", None) or ""
