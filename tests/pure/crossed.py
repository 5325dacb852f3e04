"""Two processes' worth of peers, in one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any, Self

from workbench.sandbox.runner import split
from workbench.sandbox.runner.crossing import Peer


class Ends:
    """Two peers over a real socket; the far one serves from a thread."""

    def __init__(self) -> None:
        self._sockets = socket.socketpair()
        near, far = (one.fileno() for one in self._sockets)
        self.near = Peer(near, {"call": split._call_back})
        self._far = Peer(far, {**split._SERVED, "echo": lambda value: value})
        self._serving = threading.Thread(target=self._far.serve)
        self._serving.start()

    def far(self, value: object) -> Any:  # noqa: ANN401 - a stand-in for anything
        """Return what stands here for an object of the far side."""
        return self.near.decode(self._far.encode(value))

    def there_and_back(self, value: object) -> object:
        echoed: object = self.near.ask("echo", value)
        return echoed

    def close(self) -> None:
        self._sockets[0].shutdown(socket.SHUT_RDWR)
        self._serving.join()
        for one in self._sockets:
            one.close()


class Shelf:
    """Something with state, for the far side."""

    def __init__(self, *items: object) -> None:
        self.items = list(items)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[object]:
        return iter(self.items)

    def __getitem__(self, at: int) -> object:
        return self.items[at]

    def __add__(self, other: Shelf) -> Shelf:
        return Shelf(*self.items, *other.items)

    def __str__(self) -> str:
        return f"{len(self)} items"

    def __format__(self, how: str) -> str:
        return f"{how}{len(self)}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, at: object) -> bool:
        self.items.append(repr(error))
        return isinstance(error, KeyError)

    def each(self, function: Callable[[object], object]) -> list[object]:
        return [function(item) for item in self.items]

    def fill(self, into: list[object]) -> None:
        into.extend(self.items)


class ShelfError(Exception):
    """An exception of a module that both sides know."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "is wrong")
        self.name = name
