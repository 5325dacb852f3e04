"""The staff: which seat serves which role, who takes its place if it cannot, and all queues."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import count

from local_models.registry import Choice, Circumstances, Model, Role, Shelf, choose
from local_models.registry.sizes import gigabytes
from local_models.staff.means import Means, Shelves
from local_models.staff.seat import Seat, Started
from local_models.staff.speaking import BUILT_IN, WORKER, Post, Speaker
from local_models.worker.problems import WorkerError
from workbench.errors import ModelError, UsageError
from workbench.visible import visible_line

_ROUND = 5.0
"""How often it is looked whether a model rests for too long, in seconds."""
_GET_ONE = (
    "`workbench models add FILE` takes one from a disk, `workbench models pull NAME` fetches one;"
    " or name a server in the settings, under `models.servers`."
)


class Staff:
    """Who speaks in which role. All of it belongs to the event loop that uses it."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._shelves = Shelves(means)
        self._shelf = Shelf()
        self._settings = means.settings()
        self._seats: dict[str, Seat] = {}
        self._kept: dict[Role, tuple[object, Choice]] = {}
        self._ids = (f"q{number}" for number in count(1))
        self._loading = asyncio.Lock()
        self._rounds: asyncio.Task[None] | None = None

    async def speaker(self, role: str, name: str = "") -> Speaker:
        """Return who speaks in a role, loaded and ready; or a model or server of that name."""
        asked = _speaking(role)
        await self.refresh()
        self._begin_rounds()
        if name:
            return await self._named(name)
        problems: list[ModelError] = []
        for seat, why in self._line(asked):
            told = " ".join([*(one.sentence for one in problems), why])
            try:
                return await seat.open(told)
            except ModelError as error:
                problems.append(error)
        raise self._nobody(asked, problems)

    def posts(self) -> tuple[Post, ...]:
        """Return who serves each role, as was known at the last `refresh`."""
        return tuple(self._post(role) for role in Role)

    @property
    def candidates(self) -> dict[str, tuple[str, ...]]:
        """Return the names that could serve each role."""
        return {str(role): tuple(self._suited(role)) for role in Role}

    async def refresh(self) -> None:
        """See which models there are now, and what is asked for."""
        self._shelf = await asyncio.to_thread(self._shelves.read)
        self._settings = await asyncio.to_thread(self._means.settings)

    async def assign(self, role: str, name: str) -> None:
        """Let a model or a server serve a role from now on; nobody leaves it to the workbench."""
        await self.refresh()
        wanted = _role(role)
        if name and name not in self._suited(wanted):
            raise self._unsuited(wanted, name)
        await asyncio.to_thread(self._means.registry.use, wanted, name)
        await self.refresh()

    def reset(self, name: str) -> None:
        """Try a model again although it failed: a person has looked."""
        seat = self._seats.get(name)
        if seat is None and name not in {one.name for one in self._shelf.models}:
            raise _unknown(name)
        if seat:
            seat.reset()

    def cancel(self, request: str) -> None:
        """End a request in a queue, whoever made it."""
        if not any([seat.cancel(request) for seat in self._seats.values()]):
            raise UsageError(
                f"No request is called {visible_line(request)}; it may have ended.",
                "`workbench models queue` lists those that there are.",
            )

    async def close(self) -> None:
        """End all workers; what they have read is kept."""
        if self._rounds:
            self._rounds.cancel()
            await asyncio.gather(self._rounds, return_exceptions=True)
        await asyncio.gather(*(seat.close() for seat in self._seats.values()))
        self._seats.clear()

    def _choices(self) -> dict[Role, Choice]:
        """Choose for every role; who is loaded stays, however the memory stands by now."""
        built_in = self._means.has_built_in()
        given = Circumstances(
            self._available(), self._shelf.asked, built_in, self._settings.context
        )
        found = choose(self._shelf.models, given)
        return {role: self._lasting(choice, built_in) for role, choice in found.items()}

    def _lasting(self, choice: Choice, built_in: bool) -> Choice:
        asked = self._shelf.asked.get(choice.role, "")
        key = (asked, self._shelf.models, built_in, self._settings.context)
        before = self._kept.get(choice.role)
        if before and before[0] == key and before[1].model and self._loaded(before[1].model):
            return before[1]
        self._kept[choice.role] = (key, choice)
        return choice

    def _available(self) -> int:
        """Return the memory there is, with what the loaded models would give back."""
        loaded = [one for one in self._shelf.models if self._loaded(one)]
        return self._means.room().available + sum(map(self._need, loaded))

    def _need(self, model: Model) -> int:
        return self._means.need(model, self._settings).total

    def _loaded(self, model: Model) -> bool:
        seat = self._seats.get(model.name)
        return seat is not None and seat.health.condition == "ready"

    def _line(self, role: Role) -> Iterator[tuple[Seat, str]]:
        """Yield who may speak in a role, the first choice first, each with a reason."""
        choice = self._choices()[role]
        first = choice.model.name if choice.model else ""
        if choice.model:
            yield self._seat(first), choice.why
        for model in self._shelf.models:
            if model.name != first and model.header.generates and self._loaded(model):
                told = f"{visible_line(model.name)} serves meanwhile, since it is loaded."
                yield self._seat(model.name), told if first else f"{choice.why} {told}"

    async def _named(self, name: str) -> Speaker:
        model = self._shelf.find(name)
        if model is None:
            raise _unknown(name)
        if not model.header.generates:
            raise ModelError(
                f"{visible_line(name)} generates no text.", "Take another: this one embeds texts."
            )
        return await self._seat(name).open(f"{visible_line(name)} was asked for.")

    def _seat(self, name: str) -> Seat:
        if name not in self._seats:
            self._seats[name] = Seat(name, lambda: self._start(name), self._ids)
        return self._seats[name]

    async def _start(self, name: str) -> Started:
        """Load a model; those that rest are put away for it, one at a time."""
        async with self._loading:
            if model := self._shelf.find(name):
                await self._make_room(model)
            return await self._means.start(name)

    async def _make_room(self, model: Model) -> None:
        need = self._need(model)
        resting = [
            seat
            for seat in sorted(self._seats.values(), key=lambda one: one.used)
            if seat.idle and seat.name != model.name and seat.health.condition == "ready"
        ]
        while (there_is := self._means.room().available) < need:
            if not resting:
                raise WorkerError(
                    "memory",
                    f"{visible_line(model.name)} needs {gigabytes(need)} of memory, and there are "
                    f"{gigabytes(there_is)}.",
                    "End what takes the memory, or take a smaller model.",
                )
            await resting.pop(0).put_away()

    def _post(self, role: Role) -> Post:
        choice = self._choices()[role]
        if choice.built_in:
            return Post(role, _built_in_name(), BUILT_IN, choice.why, "ready")
        if choice.model is None:
            return Post(role, "", "", choice.why, "absent", meanwhile=self._meanwhile(role, ""))
        seat, name = self._seats.get(choice.model.name), choice.model.name
        context = self._means.need(choice.model, self._settings).context
        if seat is None:
            return Post(role, name, WORKER, choice.why, "resting", context=context)
        health = seat.health
        return Post(
            role,
            name,
            WORKER,
            choice.why,
            health.condition,
            health.failures,
            health.why,
            seat.context or context,
            seat.queue,
            self._meanwhile(role, name) if health.condition == "broken" else "",
        )

    def _meanwhile(self, role: Role, first: str) -> str:
        if role is Role.EMBED:
            return ""
        others = (seat.name for seat, _ in self._line(role) if seat.name != first)
        return next(others, "")

    def _suited(self, role: Role) -> Iterator[str]:
        for model in self._shelf.models:
            embeds = model.header.embeds
            if embeds if role is Role.EMBED else model.header.generates:
                yield model.name

    def _unsuited(self, role: Role, name: str) -> UsageError:
        names = ", ".join(visible_line(one) for one in self._suited(role))
        hint = f"These can: {names}." if names else _GET_ONE
        return UsageError(f"{visible_line(name)} cannot serve as {role}.", hint)

    def _nobody(self, role: Role, problems: list[ModelError]) -> ModelError:
        if not problems:
            return ModelError(self._choices()[role].why, _GET_ONE)
        told = " ".join(dict.fromkeys(one.sentence for one in problems))
        return ModelError(told, problems[0].hint)

    def _begin_rounds(self) -> None:
        if self._rounds is None or self._rounds.done():
            self._rounds = asyncio.create_task(self._go_round(), name="staff-rounds")

    async def _go_round(self) -> None:
        """Put away who has not been wanted for a while, as long as anybody is loaded."""
        while True:
            await asyncio.sleep(min(_ROUND, max(0.05, self._settings.idle_seconds / 4)))
            for seat in tuple(self._seats.values()):
                rests = time.monotonic() - seat.used > self._settings.idle_seconds
                if rests and seat.idle and seat.health.condition == "ready":
                    with suppress(WorkerError):  # One that died meanwhile is away as well.
                        await seat.put_away()


def _role(role: str) -> Role:
    try:
        return Role(role)
    except ValueError:
        roles = ", ".join(Role)
        raise UsageError(f"There is no role {visible_line(role)}.", f"One of {roles} is.") from None


def _speaking(role: str) -> Role:
    found = _role(role)
    if found is Role.EMBED:
        raise UsageError("Who embeds texts does not speak.", "Ask main, heavy or fast.")
    return found


def _unknown(name: str) -> UsageError:
    return UsageError(
        f"There is no model and no server {visible_line(name)}.",
        "`workbench models status` names those that there are.",
    )


def _built_in_name() -> str:
    from local_models.registry.roles import BUILT_IN as NAME

    return NAME
