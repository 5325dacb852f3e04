"""The staff: who sits where, who speaks in which role, and who takes the place of whom."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import chain, count

from local_models.registry import Choice, Circumstances, Model, Role, Shelf, choose
from local_models.registry.roles import BUILT_IN as MINILM
from local_models.registry.sizes import gigabytes
from local_models.staff import words
from local_models.staff.choosing import Pick, Servers, picks
from local_models.staff.embedding import BuiltIn, Embedding, open_own
from local_models.staff.means import Means, Shelves
from local_models.staff.seat import Seat, Started
from local_models.staff.servers.embedding import open_served
from local_models.staff.servers.named import read_servers, secret_of
from local_models.staff.servers.seat import ServerSeat
from local_models.staff.speaking import BUILT_IN, WORKER, Post, Speaker
from local_models.worker.problems import WorkerError
from workbench.errors import ConfigurationError, ModelError, WorkbenchError
from workbench.visible import visible_line

_ROUND = 5.0
"""How often it is looked whether somebody rests for too long, in seconds."""


class Staff:
    """Who speaks in which role. All of it belongs to the event loop that uses it."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._shelves = Shelves(means)
        self._shelf = Shelf()
        self._settings = means.settings()
        self._servers: Servers = {}
        self._seats: dict[str, Seat] = {}
        self._server_seats: dict[str, ServerSeat] = {}
        self._left: list[ServerSeat] = []
        """Those that the settings name no more, or not as they were."""
        self._built_in: BuiltIn | None = None
        self._kept: dict[Role, tuple[object, Choice]] = {}
        self._ids = (f"q{number}" for number in count(1))
        self._loading = asyncio.Lock()
        self._rounds: asyncio.Task[None] | None = None

    async def speaker(self, role: str, name: str = "") -> Speaker:
        """Return who speaks in a role, loaded and ready; or a model or server of that name."""
        asked = words.speaking(role)
        await self.refresh()
        self._begin_rounds()
        if name:
            return await self._sit(self._named(name)).open(words.asked_for(name))
        problems: list[WorkbenchError] = []
        for pick in self._picks(asked):
            told = " ".join([*(one.sentence for one in problems), pick.why])
            try:
                return await self._sit(pick).open(told)
            except (ModelError, ConfigurationError) as error:
                problems.append(error)
        raise words.nobody(self._choices()[asked], problems)

    async def embedding(self) -> Embedding:
        """Return who embeds texts; where nobody does, search is by words alone."""
        await self.refresh()
        self._begin_rounds()
        if name := self._asked(Role.EMBED):
            why = words.server_asked_for(name)
            return await open_served(self._server_seat(name), why, self._means.redact)
        choice = self._choices()[Role.EMBED]
        if choice.model:
            return await open_own(self._seat(choice.model.name), choice.model, choice.why)
        if not choice.built_in:
            raise ModelError(choice.why, words.GET_EMBEDDER)
        if self._built_in is None:
            embedder = await asyncio.to_thread(self._means.open_embedder)
            self._built_in = BuiltIn(embedder, MINILM, choice.why)
        return self._built_in

    async def has_own_embedder(self) -> bool:
        """Tell whether a person's own model or server embeds, and not the one that is built in."""
        await self.refresh()
        return bool(self._asked(Role.EMBED)) or self._choices()[Role.EMBED].model is not None

    async def embedding_seal(self) -> object:
        """Return what differs as soon as files or wishes let another embed."""
        return await asyncio.to_thread(self._embedding_seal)

    def posts(self) -> tuple[Post, ...]:
        """Return who serves each role, as was known at the last `refresh`."""
        return tuple(self._post(role) for role in Role)

    def beside(self) -> tuple[Post, ...]:
        """Return those at work that are no role's first choice, such as who stands in."""
        first = {(post.name, post.place) for post in self.posts()}
        seats = [seat for seat in self._all() if (seat.name, seat.place) not in first]
        return tuple(
            _told_of(seat, words.BESIDE)
            for seat in seats
            if seat.queue or seat.health.condition != "resting"
        )

    @property
    def candidates(self) -> dict[str, tuple[str, ...]]:
        """Return the names that could serve each role."""
        return {str(role): tuple(self._suited(role)) for role in Role}

    async def refresh(self) -> None:
        """See which models and servers there are now, and what is asked for."""
        self._shelf = await asyncio.to_thread(self._shelves.read)
        self._settings = await asyncio.to_thread(self._means.settings)
        self._servers = read_servers(self._settings)

    async def assign(self, role: str, name: str) -> None:
        """Let a model or a server serve a role from now on; no name leaves it to the workbench."""
        wanted = words.role_of(role)
        await self.refresh()
        problem = self._servers.get(name) if self._shelf.find(name) is None else None
        if isinstance(problem, ConfigurationError):
            raise problem
        if name and name not in self._suited(wanted):
            raise words.unsuited(wanted, name, tuple(self._suited(wanted)))
        await asyncio.to_thread(self._means.registry.use, wanted, name)
        await self.refresh()

    def reset(self, name: str) -> None:
        """Try a model or a server again although it failed: a person has looked."""
        found = [seat for seat in self._all() if seat.name == name]
        if not found and self._shelf.find(name) is None and name not in self._servers:
            raise words.unknown(name)
        for seat in found:
            seat.reset()

    def cancel(self, request: str) -> None:
        """End a request in a queue, whoever made it."""
        if not any(seat.cancel(request) for seat in self._all()):
            raise words.no_request(request)

    async def close(self) -> None:
        """End all workers, and every line to a server."""
        if self._rounds:
            self._rounds.cancel()
            await asyncio.gather(self._rounds, return_exceptions=True)
        await asyncio.gather(*(seat.close() for seat in self._all()))
        self._seats.clear()
        self._server_seats.clear()

    def _all(self) -> Iterator[Seat | ServerSeat]:
        return chain([*self._seats.values()], [*self._server_seats.values()], self._left)

    def _embedding_seal(self) -> object:
        shelf = self._shelves.read()
        name = shelf.asked.get(Role.EMBED, "")
        is_server = bool(name) and shelf.find(name) is None
        return self._means.seal(), self._means.server_seal(name) if is_server else ()

    def _asked(self, role: Role) -> str:
        """Return the server that was asked for; a model that is called alike goes before it."""
        name = self._shelf.asked.get(role, "")
        return name if name in self._servers and self._shelf.find(name) is None else ""

    def _choices(self) -> Mapping[Role, Choice]:
        """Choose for every role; who is loaded stays, however the memory stands by now."""
        built_in = self._means.has_built_in()
        asked = {role: one for role, one in self._shelf.asked.items() if not self._asked(role)}
        loaded = frozenset(one.name for one in self._shelf.models if self._loaded(one))
        given = Circumstances(
            self._available(),
            asked,
            built_in,
            self._settings.context,
            loaded,
            self._shelf.problems,
            self._means.quickest() if built_in else "",
        )
        found = choose(self._shelf.models, given)
        return {role: self._lasting(choice, given) for role, choice in found.items()}

    def _lasting(self, choice: Choice, given: Circumstances) -> Choice:
        key = (self._shelf.asked.get(choice.role), self._shelf.models, given.context)
        before = self._kept.get(choice.role)
        if before and before[0] == key and before[1].model and self._loaded(before[1].model):
            return before[1]
        self._kept[choice.role] = (key, choice)
        return choice

    def _available(self) -> int:
        """Return the memory there is, with what the loaded models would give back.

        Their weights count as free already: they are a file that the kernel can read again.
        """
        loaded = [one for one in self._shelf.models if self._loaded(one)]
        needs = [self._means.need(one, self._settings) for one in loaded]
        return self._means.room().available + sum(one.cache + one.work for one in needs)

    def _loaded(self, model: Model) -> bool:
        seat = self._seats.get(model.name)
        return seat is not None and seat.health.condition == "ready"

    def _picks(self, role: Role) -> Iterator[Pick]:
        speaking = (one for one in self._shelf.models if one.header.generates)
        loaded = tuple(one.name for one in speaking if self._loaded(one))
        asked, embeds = self._asked(role), self._asked(Role.EMBED)
        servers = {
            name: one for name, one in self._servers.items() if name == asked or name != embeds
        }
        return picks(self._choices()[role], asked, servers, loaded)

    def _named(self, name: str) -> Pick:
        """Find a model or a server by its name, or a server by what it calls its model."""
        model = self._shelf.find(name)
        if model and not model.header.generates:
            raise words.embeds(name)
        if model:
            return Pick("model", name, "")
        if name in self._servers:
            return Pick("server", name, "")
        for seat in self._server_seats.values():
            if seat.model == name:
                return Pick("server", seat.name, "")
        for one in self._shelf.unusable:
            if one.name == name:
                raise ModelError(one.sentence, one.hint)
        raise words.unknown(name)

    def _sit(self, pick: Pick) -> Seat | ServerSeat:
        return self._seat(pick.name) if pick.kind == "model" else self._server_seat(pick.name)

    def _seat(self, name: str) -> Seat:
        if name not in self._seats:
            self._seats[name] = Seat(name, lambda: self._start(name), self._ids)
        return self._seats[name]

    def _server_seat(self, name: str) -> ServerSeat:
        """Return a server's seat; where the settings say something else by now, a new one."""
        server = self._servers[name]
        if isinstance(server, ConfigurationError):
            raise server
        seat = self._server_seats.get(name)
        if seat and (seat.server == server or not seat.idle):
            return seat
        if seat:
            self._left.append(seat)
        seat = ServerSeat(server, lambda: secret_of(name, self._settings), self._ids)
        self._server_seats[name] = seat
        return seat

    async def _start(self, name: str) -> Started:
        """Load a model, one at a time; those that rest are put away for it."""
        async with self._loading:
            if model := self._shelf.find(name):
                await self._make_room(model)
            return await self._means.start(name)

    async def _make_room(self, model: Model) -> None:
        need = self._means.need(model, self._settings).total
        resting = [one for one in self._seats.values() if one.name != model.name and one.resting]
        resting.sort(key=lambda one: -one.used)
        while (there_is := self._means.room().available) < need:
            if not resting:
                raise WorkerError(
                    "memory",
                    f"{visible_line(model.name)} needs {gigabytes(need)} of memory, and there are "
                    f"{gigabytes(there_is)}.",
                    "End what takes the memory, or take a smaller model.",
                )
            await resting.pop().put_away()

    def _post(self, role: Role) -> Post:
        choice = self._choices()[role]
        if role is Role.EMBED:
            return self._embedding_post(choice)
        found = list(self._picks(role))
        if not found:
            return Post(role, "", "", choice.why, "absent")
        post = self._seated_post(role, found[0])
        instead = found[1:2] if post.condition == "broken" else []
        return words.standing_in(post, instead[0].name) if instead else post

    def _embedding_post(self, choice: Choice) -> Post:
        if name := self._asked(Role.EMBED):
            seat = self._server_seats.get(name)
            cut = f" {words.cut(seat.cut)}" if seat and seat.cut else ""
            pick = Pick("server", name, words.server_asked_for(name) + cut)
            return self._seated_post(choice.role, pick)
        if choice.model:
            return self._seated_post(choice.role, Pick("model", choice.model.name, choice.why))
        if choice.built_in:
            return Post(choice.role, MINILM, BUILT_IN, choice.why, "ready")
        return Post(choice.role, "", "", choice.why, "absent")

    def _seated_post(self, role: Role, pick: Pick) -> Post:
        server = self._servers.get(pick.name) if pick.kind == "server" else None
        if isinstance(server, ConfigurationError):
            return Post(role, pick.name, "", pick.why, "broken", 1, server.sentence)
        place = server.address.root if server else WORKER
        seat = (self._server_seats if server else self._seats).get(pick.name)
        context = seat.context if seat else 0
        if not context and (model := self._shelf.find(pick.name)) and not server:
            context = self._means.need(model, self._settings).context
        if seat is None:
            return Post(role, pick.name, place, pick.why, "resting", context=context)
        return replace(_told_of(seat, pick.why), role=role, context=context)

    def _suited(self, role: Role) -> Iterator[str]:
        for model in self._shelf.models:
            embeds = role is Role.EMBED
            if model.header.embeds if embeds else model.header.generates:
                yield model.name
        yield from self._servers

    def _begin_rounds(self) -> None:
        if self._rounds is None or self._rounds.done():
            self._rounds = asyncio.create_task(self._go_round(), name="staff-rounds")

    async def _go_round(self) -> None:
        """Put away who has not been wanted for a while."""
        while True:
            idle = self._settings.idle_seconds
            await asyncio.sleep(min(_ROUND, max(0.05, idle / 4)))
            for seat in tuple(self._seats.values()):
                if seat.resting and time.monotonic() - seat.used > idle:
                    with suppress(WorkerError):  # One that died meanwhile is away as well.
                        await seat.put_away()


def _told_of(seat: Seat | ServerSeat, why: str) -> Post:
    """Return how a seat stands, whichever role it serves."""
    health = seat.health
    return Post(
        "",
        seat.name,
        seat.place,
        why,
        health.condition,
        health.failures,
        health.why,
        seat.context,
        seat.queue,
    )
