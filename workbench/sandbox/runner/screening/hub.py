"""The process between the outside and those that try candidates: it runs nothing itself."""

from __future__ import annotations

import json
import os
import select
import traceback
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from .clock import CLOCK
from .forks import PRIVATE, Hearer, Message, Teller
from .loading import Loader
from .session import Start
from .sweeping import own_folder

_CHUNK = 1 << 16


class Line:
    """A descriptor that is written to as fast as the other end reads, and no faster."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self.incoming = incoming
        self.outgoing = outgoing
        self.unsent = b""
        self.hearer = Hearer(incoming)
        for end in (incoming, outgoing):
            os.set_blocking(end, False)

    def say(self, *messages: Message) -> None:
        self.unsent += b"".join([json.dumps(one).encode() + b"\n" for one in messages])
        self.flush()

    def flush(self) -> None:
        while self.unsent:
            try:
                self.unsent = self.unsent[os.write(self.outgoing, self.unsent) :]
            except BlockingIOError:
                return

    def hear(self) -> list[Message] | None:
        """Return what has come; None when nobody is there any more."""
        try:
            data = os.read(self.incoming, _CHUNK)
        except BlockingIOError:
            return []
        return self.hearer.feed(data) if data else None


class Helper:
    """A process of ours, and what waits for it."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.waiting: deque[list[Message]] = deque()
        """Orders that are carried out together, whatever else comes meanwhile."""
        self.is_idle = False

    def go_on(self) -> None:
        if self.is_idle and self.waiting:
            self.is_idle = False
            self.line.say({"batch": self.waiting.popleft()})


class Hub:
    """Reads all that comes at once, so that whoever talks to it never waits."""

    def __init__(self, peer: int, warm: Line, anew: Line) -> None:
        self._peer = Line(peer, peer)
        self._warm = Helper(warm)
        self._anew = Helper(anew)
        self._is_over = False

    def run(self) -> None:
        while not self._is_over:
            for line in self._ready():
                self._attend(line)
            self._warm.go_on()
            self._anew.go_on()

    def _ready(self) -> list[Line]:
        lines = [self._peer, self._warm.line, self._anew.line]
        poll = select.poll()
        for line in lines:
            poll.register(line.incoming, select.POLLIN)
        for line in lines:
            if line.unsent:
                same = select.POLLIN if line.incoming == line.outgoing else 0
                poll.register(line.outgoing, select.POLLOUT | same)
        ends = {end for end, _ in poll.poll()}
        for line in lines:
            if line.outgoing in ends:
                line.flush()
        return [line for line in lines if line.incoming in ends]

    def _attend(self, line: Line) -> None:
        messages = line.hear()
        if messages is None:
            self._is_over = True
        for message in messages or ():
            if line is self._peer:
                self._obey(message)
            elif message.get("to") == "hub":
                self._heed(self._warm if line is self._warm.line else self._anew, message)
            else:
                self._peer.say(message)

    def _obey(self, message: Message) -> None:
        if message["op"] == "try":
            self._warm.waiting.append(message["each"])
        elif message["op"] in ("compare", "force"):
            self._ask(message)
        elif message["op"] == "end":
            self._is_over = True

    def _ask(self, question: Message) -> None:
        """Put a question before the candidates, unless all shall go in the order it came in."""
        if CLOCK.is_counted:
            self._warm.waiting.append([question])
        else:
            self._warm.waiting.appendleft([question])

    def _heed(self, helper: Helper, message: Message) -> None:
        if "ground" in message:
            self._anew.line.say(message)
            self._warm.is_idle = self._anew.is_idle = True
        elif "anew" in message:
            self._anew.waiting.append([message["anew"]])
        else:
            helper.is_idle = True


def screen(work: dict[str, Any], project: str, peer: int) -> int:
    """Try candidates as long as the outside hands some in."""
    from .anew import Anew
    from .warm import Warm

    CLOCK.is_counted = _told(peer)["counted"]
    start, loader = Start(work, project), Loader(project)
    lines: list[Line] = []
    for kind in (Warm, Anew):
        known = [end for line in lines for end in (line.incoming, line.outgoing)]
        lines.append(_helper(partial(_begin, kind, start, loader), (peer, *known)))
    Hub(peer, *lines).run()
    return 0


def _told(peer: int) -> Message:
    """Say that we are there, and return what is said about all that follows."""
    Teller(peer).tell({"op": "hello"})
    return (Hearer(peer).wait() or [{"counted": False}])[0]


def _begin(kind: Any, start: Start, loader: Loader, orders: int, answers: Teller) -> None:
    own_folder(kind.__name__.lower())
    kind(start, loader, orders, answers).run()


def _helper(begin: Callable[[int, Teller], None], closing: tuple[int, ...]) -> Line:
    orders, our_orders = os.pipe()
    our_answers, answers = os.pipe()
    if os.fork() == 0:
        for end in (our_orders, our_answers, *closing):
            os.close(end)
        PRIVATE.extend((orders, answers))
        try:
            begin(orders, Teller(answers))
        except BaseException:
            Teller(answers).tell({"op": "broken", "text": traceback.format_exc()})
        finally:
            os._exit(0)
    os.close(orders)
    os.close(answers)
    return Line(our_answers, our_orders)
