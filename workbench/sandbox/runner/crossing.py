"""Plain values crossing between two processes of which neither trusts the other's objects.

Values are copied by their exact built-in type, as JSON, never as pickle. Anything else crosses as
a handle, a number that only its own side can look behind. An object is never compared by its own
code: a handle is identical to itself, and whatever else would ask it for a verdict is refused.
"""

from __future__ import annotations

import base64
import builtins
import sys
import types
from collections.abc import Callable
from json import dumps, loads  # Tests may exchange them in their own modules.
from os import read, write
from typing import Any

from . import plain
from .remote import DELEGATED, HANDLE, STRAYS, Distant, Ours, Remote, Uncrossable, number_of

__all__ = ["DELEGATED", "STRAYS", "Distant", "Peer", "Remote", "Uncrossable", "module"]

LONGEST_LINE = 32 * 1024 * 1024
_DEEPEST, _MOST = 60, 500_000
_SAFE_INT = 1 << 53


class Peer:
    """One side of the crossing; `serves` names what the other side may ask of our objects."""

    def __init__(self, descriptor: int, serves: dict[str, Callable[..., Any]]) -> None:
        self._descriptor = descriptor
        self._serves = serves
        self._held = b""
        self._ours: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._theirs: dict[int, Any] = {}

    def ask(self, op: str, *operands: Any) -> Any:
        """Have the other side do something; answer what it asks in the meantime."""
        self._send({"ask": op, "with": self._encode_all(operands)})
        while True:
            message = self._receive()
            if "ask" not in message:
                return self._open(message, operands)
            self._answer(message)

    def serve(self) -> None:
        """Answer until the other side is gone."""
        while True:
            try:
                message = self._receive()
            except EOFError:
                return
            self._answer(message)

    def _answer(self, message: dict[str, Any]) -> None:
        try:
            operands = [self.decode(one) for one in message["with"]]
            value = self._serves[message["ask"]](*operands)
            reply = {"value": self.encode(value), "after": self._encode_all(operands)}
        except BaseException as error:
            reply = {"error": self._told(error)}
        self._send(reply)

    def _told(self, error: BaseException) -> dict[str, Any]:
        """Describe an error, or at least that it cannot be described."""
        try:
            return self.encode_error(error)
        except Exception as another:
            return self.encode_error(Uncrossable(f"an error that cannot cross: {another}"))

    def _open(self, message: dict[str, Any], operands: tuple[Any, ...]) -> Any:
        if "error" in message:
            raise self.decode_error(message["error"])
        for ours, theirs in zip(operands, message["after"]):
            _bring_up_to_date(ours, self.decode(theirs))
        return self.decode(message["value"])

    def _send(self, message: dict[str, Any]) -> None:
        data = memoryview(dumps(message).encode() + b"\n")
        while data:
            data = data[write(self._descriptor, data) :]

    def _receive(self) -> dict[str, Any]:
        while b"\n" not in self._held:
            data = read(self._descriptor, 1 << 16)
            if not data or len(self._held) > LONGEST_LINE:
                raise EOFError("the other half is gone")
            self._held += data
        line, _, self._held = self._held.partition(b"\n")
        message = loads(line)
        if not isinstance(message, dict):
            raise EOFError("the other half talks nonsense")  # noqa: TRY004 - it ends the same way
        return message

    def _encode_all(self, values: Any) -> list[Any]:
        return [self.encode(value) for value in values]

    def encode(self, value: Any) -> Any:
        """Return `value` as JSON."""
        return _Encoder(self).encode(value, 0)

    def decode(self, value: Any) -> Any:
        """Return what the JSON stands for."""
        if not isinstance(value, dict):
            return value
        kind, content = value["t"], value["v"]
        if kind == "handle":
            return self._theirs_at(content, value.get("k"))
        if kind == "ours":
            return self._ours[content]
        return _DECODERS[kind](self, content)

    def number(self, value: Any) -> int:
        """Return the handle of one of our objects, which lives as long as the crossing."""
        number = self._numbers.setdefault(id(value), len(self._ours))
        self._ours[number] = value
        return number

    def _theirs_at(self, number: int, described: Any) -> Any:
        """Return what stands for an object of the other side here, always the same."""
        if number not in self._theirs:
            made: Any = Remote(self, number)
            self._theirs[number] = made if described is None else self._exception(described, made)
        return self._theirs[number]

    def _exception(self, described: dict[str, Any], remote: Remote) -> type:
        """Return this side's exception of that name, else one with the same bases."""
        here = _exception_here(described["module"], described["name"])
        if here is not None:
            return here
        bases = tuple(self.decode(base) for base in described["bases"])
        if not bases or not all(map(_is_exception, bases)):
            raise Uncrossable("an exception has no base")
        space = {HANDLE: remote, "__str__": _crossed_text, "__module__": described["module"]}
        return type(described["name"], bases, space)

    def encode_error(self, error: BaseException, depth: int = 0) -> dict[str, Any]:
        """Return what makes up an exception: its class, arguments, attributes, text and cause."""
        cause = error.__cause__
        return {
            "class": self.encode(type(error)),
            "arguments": self.encode(tuple(_nearest(type(error)).__reduce__(error)[1])),
            "state": self.encode({k: v for k, v in vars(error).items() if type(k) is str}),
            "text": _text_of(error),
            "cause": self.encode_error(cause, depth + 1) if cause and depth < _CAUSES else None,
        }

    def decode_error(self, described: dict[str, Any]) -> BaseException:
        """Make the exception here, without any code of its class."""
        kind, arguments = self.decode(described["class"]), self.decode(described["arguments"])
        if not _is_exception(kind):
            return Uncrossable("it raised something that is no exception here")
        nearest = _nearest(kind)
        error: BaseException = nearest.__new__(kind, *arguments)
        nearest.__init__(error, *arguments)
        error.__dict__.update(self.decode(described["state"]))
        error.__dict__[_TEXT] = str(described["text"])
        if kind is Uncrossable:
            STRAYS.append(str(error))
        if described["cause"]:
            error.__cause__ = self.decode_error(described["cause"])
        return error


_TEXT = "_text_of_the_other_half"
_CAUSES = 4


def _is_exception(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseException)


def _nearest(kind: type) -> Any:
    """Return the nearest base that Python itself brings."""
    return next(one for one in kind.__mro__ if _is_builtin(one))


def _is_builtin(kind: type) -> bool:
    return getattr(builtins, kind.__name__, None) is kind


def _exception_here(module: str, name: str) -> type | None:
    """Return the exception of a module that is not cut off, if it is known here."""
    found: Any = sys.modules.get(module)
    if type(found) is Distant or module == "__main__":
        return None
    for part in name.split("."):
        found = getattr(found, part, None)
    return found if _is_exception(found) else None


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""


def _crossed_text(self: BaseException) -> str:
    return str(self.__dict__.get(_TEXT, ""))


class _Encoder:
    """One value on its way; it has a bounded size and depth."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._count = 0

    def encode(self, value: Any, depth: int) -> Any:
        self._count += 1
        if depth > _DEEPEST or self._count > _MOST:
            raise Uncrossable("a value is too large or too deep")
        kind = type(value)
        small = kind is int and abs(value) < _SAFE_INT
        if value is None or small or kind in (bool, str):
            return value
        return self._by_value(kind, value, depth) or self._reference(value)

    def _by_value(self, kind: type, value: Any, depth: int) -> dict[str, Any] | None:
        if kind in _ENCODERS:
            tag, spread = _ENCODERS[kind]
            return {"t": tag, "v": spread(value)}
        if kind in _CONTAINERS:
            parts = [pair for item in value.items() for pair in item] if kind is dict else value
            return {"t": _CONTAINERS[kind], "v": [self.encode(one, depth + 1) for one in parts]}
        tag = plain.tag_of(value)
        return {"t": tag, "v": plain.spread(tag, value)} if tag else None

    def _reference(self, value: Any) -> dict[str, Any]:
        if isinstance(value, BaseException):
            return {"t": "error", "v": self._peer.encode_error(value)}
        if not isinstance(value, type):
            return {"t": "handle", "v": self._peer.number(value)}
        if _is_builtin(value):
            return {"t": "builtin", "v": value.__name__}
        if HANDLE in vars(value):
            return {"t": "ours", "v": number_of(vars(value)[HANDLE])}
        described = self._described(value) if _is_exception(value) else None
        return {"t": "handle", "v": self._peer.number(value), "k": described}

    def _described(self, kind: type) -> dict[str, Any]:
        bases = [base for base in kind.__bases__ if _is_exception(base)]
        return {
            "name": kind.__qualname__,
            "module": kind.__module__,
            "bases": [self._reference(base) for base in bases],
        }


def _named(_peer: Peer, name: str) -> Any:
    found = getattr(builtins, name)
    if not isinstance(found, type):
        raise Uncrossable(f"{name} is no class")
    return found


def _pairs(peer: Peer, content: list[Any]) -> dict[Any, Any]:
    parts = [peer.decode(one) for one in content]
    return dict(zip(parts[::2], parts[1::2]))


def _plainly(tag: str) -> Callable[[Peer, Any], Any]:
    return lambda _peer, content: plain.make(tag, content)


def _bring_up_to_date(ours: Any, theirs: Any) -> None:
    """Let what the other side did to a list, set or dict that it was given be seen here."""
    kind: Any = type(ours)
    if kind not in _MUTABLE or type(theirs) is not kind:
        return
    if kind is list:
        for at, (mine, other) in enumerate(zip(ours, theirs)):
            _bring_up_to_date(mine, other)
            if type(mine) is type(other) and type(mine) in _MUTABLE:
                theirs[at] = mine
        ours[:] = theirs
    else:
        ours.clear()
        ours.extend(theirs) if kind is bytearray else ours.update(theirs)


_MUTABLE = (list, dict, set, bytearray)
_CONTAINERS = {one: one.__name__ for one in (list, tuple, set, frozenset, dict)}
_ENCODERS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    int: ("int", hex),
    float: ("float", float.hex),
    complex: ("complex", lambda value: [value.real.hex(), value.imag.hex()]),
    bytes: ("bytes", lambda value: base64.b64encode(value).decode()),
    bytearray: ("bytearray", lambda value: base64.b64encode(value).decode()),
    range: ("range", lambda value: [value.start, value.stop, value.step]),
    slice: ("slice", lambda value: [value.start, value.stop, value.step]),
    type(...): ("ellipsis", lambda _: None),
    type(NotImplemented): ("notimplemented", lambda _: None),
    Remote: ("ours", number_of),
    Ours: ("ours", lambda value: value.number),
}
_DECODERS: dict[str, Callable[[Peer, Any], Any]] = {
    "int": lambda _, content: int(content, 16),
    "float": lambda _, content: float.fromhex(content),
    "complex": lambda _, content: complex(*map(float.fromhex, content)),
    "bytes": lambda _, content: base64.b64decode(content),
    "bytearray": lambda _, content: bytearray(base64.b64decode(content)),
    "range": lambda _, content: range(*content),
    "slice": lambda _, content: slice(*content),
    "ellipsis": lambda _peer, _content: ...,
    "notimplemented": lambda _peer, _content: NotImplemented,
    "list": lambda peer, content: [peer.decode(one) for one in content],
    "tuple": lambda peer, content: tuple(peer.decode(one) for one in content),
    "set": lambda peer, content: {peer.decode(one) for one in content},
    "frozenset": lambda peer, content: frozenset(peer.decode(one) for one in content),
    "dict": _pairs,
    "builtin": _named,
    "error": lambda peer, content: peer.decode_error(content),
    **{tag: _plainly(tag) for tag in plain.TAGS},
}


def module(peer: Peer, name: str, path: str | None) -> types.ModuleType:
    """Return the other side's module of that name, which it imports now."""
    made = Distant(name)
    setattr(made, HANDLE, peer.ask("import", name))
    if path is not None:
        made.__path__ = [path]
    return made
