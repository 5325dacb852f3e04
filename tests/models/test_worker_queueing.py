"""The queue: people go ahead, what waits grows older, and everything has its turn."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from local_models.worker.queueing import (
    AGEING,
    Pause,
    Queue,
    Resume,
    Start,
    Steps,
    Urgency,
    remove,
    settle,
    submit,
)


def _queue(*urgencies: Urgency, at: float = 0.0) -> Queue:
    queue = Queue()
    for number, urgency in enumerate(urgencies, 1):
        queue, _ = submit(queue, number, urgency, "", at)
    return queue


def test_the_first_is_served_at_once() -> None:
    queue, steps = submit(Queue(), 1, "background", "an index", 0)
    assert steps == (Start(1),)
    assert queue.running
    assert queue.running.what == "an index"


def test_a_person_goes_ahead_and_background_work_goes_on_after() -> None:
    queue, steps = submit(_queue("background"), 2, "person", "", 5)
    assert steps == (Pause(1), Start(2))
    assert [entry.id for entry in queue.in_order(5)] == [2, 1]
    queue, steps = remove(queue, 2, 9)
    assert steps == (Resume(1),)
    assert remove(queue, 1, 10) == (Queue(), ())


def test_people_wait_for_one_another() -> None:
    queue, steps = submit(_queue("person"), 2, "person", "", 1)
    assert steps == ()
    assert remove(queue, 1, 2)[1] == (Start(2),)


def test_background_work_waits_for_its_like() -> None:
    queue, steps = submit(_queue("background"), 2, "background", "", 1)
    assert steps == ()
    assert remove(queue, 1, 2)[1] == (Start(2),)


def test_what_has_waited_long_is_not_paused_any_more() -> None:
    queue = _queue("person", "background")
    queue, steps = remove(queue, 1, AGEING + 1)
    assert steps == (Start(2),)
    queue, steps = submit(queue, 3, "person", "", AGEING + 2)
    assert steps == ()


def test_what_has_waited_long_goes_ahead_of_people_who_came_later() -> None:
    queue = _queue("person", "background")
    queue, _ = submit(queue, 3, "person", "", 1)
    queue, _ = submit(queue, 4, "person", "", AGEING + 2)
    queue, steps = remove(queue, 1, AGEING + 3)
    assert steps == (Start(3),)
    assert remove(queue, 3, AGEING + 4)[1] == (Start(2),)


def test_what_was_begun_goes_on_before_its_like_begins() -> None:
    queue, _ = submit(_queue("background", "background"), 3, "person", "", 20)
    assert [entry.id for entry in queue.in_order(21)] == [3, 1, 2]
    assert remove(queue, 3, 22)[1] == (Resume(1),)


@dataclass
class World:
    """A model that does one second of work after another, and a check on all that is said."""

    queue: Queue = field(default_factory=Queue)
    left: dict[int, int] = field(default_factory=dict)
    at: int | None = None
    paused: set[int] = field(default_factory=set)
    began: dict[int, float] = field(default_factory=dict)
    ended: dict[int, float] = field(default_factory=dict)
    now: float = 0.0

    def obey(self, decided: tuple[Queue, Steps]) -> None:
        self.queue, steps = decided
        for step in steps:
            match step:
                case Pause(request):
                    assert self.at == request
                    self.at = None
                    self.paused.add(request)
                case Resume(request):
                    assert self.at is None
                    self.paused.remove(request)
                    self.at = request
                case Start(request):
                    assert self.at is None
                    assert request not in self.began
                    self.began[request] = self.now
                    self.at = request
        running = self.queue.running
        assert (running.id if running else None) == self.at
        assert self.at is not None or not self.queue.entries

    def work(self) -> None:
        self.now += 1
        if self.at is not None:
            self.left[self.at] -= 1
            if not self.left[self.at]:
                done, self.at = self.at, None
                self.ended[done] = self.now
                self.obey(remove(self.queue, done, self.now))
        self.obey(settle(self.queue, self.now))


_REQUESTS = st.lists(
    st.tuples(st.sampled_from(["person", "background"]), st.integers(1, 40), st.integers(0, 20)),
    max_size=25,
)


@given(_REQUESTS)
@settings(deadline=None)
def test_everything_that_is_asked_ends_and_one_is_worked_on_at_a_time(
    requests: list[tuple[Urgency, int, int]],
) -> None:
    world = World()
    for number, (urgency, work, pause) in enumerate(requests):
        world.left[number] = work
        world.obey(submit(world.queue, number, urgency, "", world.now))
        if urgency == "person" and number in world.began:
            assert world.began[number] == world.now
        for _ in range(pause):
            world.work()
    for _ in range(sum(work for _, work, _ in requests)):
        world.work()
    assert world.ended.keys() == world.left.keys()
    assert not world.queue.entries


@given(st.integers(1, 30), st.integers(1, 30))
@settings(deadline=None)
def test_people_who_never_stop_asking_do_not_starve_background_work(work: int, others: int) -> None:
    """It waits as long as somebody who came, by its age, and then for nobody who comes later."""
    world = World()
    world.left[0] = work
    world.obey(submit(world.queue, 0, "background", "", 0))
    number = 0
    while 0 not in world.ended:
        number += 1
        world.left[number] = others
        world.obey(submit(world.queue, number, "person", "", world.now))
        for _ in range(others):
            world.work()
        assert world.now <= AGEING + 2 * others + work + 1


@given(_REQUESTS, st.data())
@settings(deadline=None)
def test_whatever_is_cancelled_the_rest_is_served(
    requests: list[tuple[Urgency, int, int]], data: st.DataObject
) -> None:
    world = World()
    for number, (urgency, work, _) in enumerate(requests):
        world.left[number] = work
        world.obey(submit(world.queue, number, urgency, "", world.now))
        world.work()
    cancelled: set[int] = set()
    while world.queue.entries:
        ids = [entry.id for entry in world.queue.entries]
        gone = data.draw(st.sampled_from(ids))
        cancelled.add(gone)
        world.at = None if world.at == gone else world.at
        world.paused.discard(gone)
        world.obey(remove(world.queue, gone, world.now))
        if world.queue.entries:
            world.work()
    assert cancelled | world.ended.keys() == world.left.keys()


@given(_REQUESTS, st.floats(0, 200))
def test_the_order_that_is_shown_is_the_order_of_serving(
    requests: list[tuple[Urgency, int, int]], now: float
) -> None:
    queue = _queue(*(urgency for urgency, _, _ in requests))
    shown = queue.in_order(now)
    assert {entry.id for entry in shown} == {entry.id for entry in queue.entries}
    for at, entry in enumerate(shown[1:], 1):
        following = Queue(shown[at:]).following(now)
        assert following
        assert following.id == entry.id
