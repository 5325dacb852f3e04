"""Plain values crossing between two processes of which neither trusts the other's objects.

Values are copied by their exact built-in type, as JSON, never as pickle. Anything else crosses as
a handle, a number that only its own side can look behind. An object is never compared by its own
code: a handle equals itself, and any other comparison of it is refused.
"""

from __future__ import annotations

import base64
import builtins
import json
import os
import types
from collections.abc import Callable
from typing import Any

LONGEST_LINE = 32 * 1024 * 1024
_DEEPEST, _MOST = 60, 500_000
_SAFE_INT = 1 << 53


class Uncrossable(Exception):
    """What was asked for cannot be done between two processes."""


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
            reply = {"error": self._encode_error(error)}
        self._send(reply)

    def _open(self, message: dict[str, Any], operands: tuple[Any, ...]) -> Any:
        if "error" in message:
            raise self._decode_error(message["error"])
        for ours, theirs in zip(operands, message["after"]):
            _bring_up_to_date(ours, self.decode(theirs))
        return self.decode(message["value"])

    def _send(self, message: dict[str, Any]) -> None:
        data = memoryview(json.dumps(message).encode() + b"\n")
        while data:
            data = data[os.write(self._descriptor, data) :]

    def _receive(self) -> dict[str, Any]:
        while b"\n" not in self._held:
            data = os.read(self._descriptor, 1 << 16)
            if not data or len(self._held) > LONGEST_LINE:
                raise EOFError("the other half is gone")
            self._held += data
        line, _, self._held = self._held.partition(b"\n")
        message = json.loads(line)
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
            return self._theirs_at(content, value["k"])
        if kind == "ours":
            return self._ours[content]
        return _DECODERS[kind](self, content)

    def number(self, value: Any) -> int:
        """Return the handle of one of our objects, which lives as long as the crossing."""
        number = self._numbers.setdefault(id(value), len(self._ours))
        self._ours[number] = value
        return number

    def _theirs_at(self, number: int, kind: str) -> Any:
        if number not in self._theirs:
            made = _exception(kind) if kind.startswith("exception ") else Remote(self, number)
            if isinstance(made, type):
                made.__remote__ = Remote(self, number)  # type: ignore[attr-defined]
            self._theirs[number] = made
        return self._theirs[number]

    def _encode_error(self, error: BaseException) -> dict[str, Any]:
        arguments = [one if type(one) in _PLAIN else str(one) for one in error.args]
        return {
            "class": self.encode(type(error)),
            "arguments": self.encode(tuple(arguments)),
            "stop": self.encode(getattr(error, "value", None)),
        }

    def _decode_error(self, described: dict[str, Any]) -> BaseException:
        kind, arguments = self.decode(described["class"]), self.decode(described["arguments"])
        if kind is StopIteration:
            return StopIteration(self.decode(described["stop"]))
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            return Uncrossable("it raised something that is no exception here")
        error = kind.__new__(kind, *arguments)
        error.args = tuple(arguments)
        return error


class Remote:
    """An object of the other side."""

    def __init__(self, peer: Peer, number: int) -> None:
        object.__setattr__(self, "_remote", (peer, number))

    def __getattr__(self, name: str) -> Any:
        return _ask(self, "get", name)

    def __setattr__(self, name: str, value: Any) -> None:
        _ask(self, "set", name, value)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return _ask(self, "call", list(named), *arguments, *named.values())

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        raise Uncrossable("an object of the other half is compared")

    def __hash__(self) -> int:
        return id(self)


def _ask(remote: Remote, op: str, *operands: Any) -> Any:
    peer, number = object.__getattribute__(remote, "_remote")
    return peer.ask(op, _Ours(number), *operands)


def _delegate(name: str) -> Callable[..., Any]:
    def method(self: Remote, *operands: Any) -> Any:
        return _ask(self, "method", name, *operands)

    method.__name__ = name
    return method


DELEGATED = (
    *("len", "iter", "next", "getitem", "setitem", "delitem", "contains", "bool", "str", "repr"),
    *("enter", "int", "float", "index", "neg", "pos", "abs", "invert", "reversed"),
    *("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "floordiv", "mod", "pow"),
    *("and", "rand", "or", "ror", "xor", "lshift", "rshift", "matmul", "round"),
)
for _name in DELEGATED:
    setattr(Remote, f"__{_name}__", _delegate(_name))


def _exit(self: Remote, *_error: Any) -> Any:
    return _ask(self, "method", "exit", None, None, None)


Remote.__exit__ = _exit  # type: ignore[attr-defined]


class _Ours:
    """The other side's number of one of its own objects, on the way back to it."""

    def __init__(self, number: int) -> None:
        self.number = number


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
        if value is None or kind in (bool, str) or (kind is int and abs(value) < _SAFE_INT):
            return value
        if kind in _ENCODERS:
            tag, spread = _ENCODERS[kind]
            return {"t": tag, "v": spread(value)}
        if kind in _CONTAINERS:
            parts = [pair for item in value.items() for pair in item] if kind is dict else value
            return {"t": _CONTAINERS[kind], "v": [self.encode(one, depth + 1) for one in parts]}
        return self._reference(value)

    def _reference(self, value: Any) -> Any:
        if isinstance(value, _Ours):
            return {"t": "ours", "v": value.number}
        if isinstance(value, Remote):
            return {"t": "ours", "v": object.__getattribute__(value, "_remote")[1]}
        if _is_builtin(value):
            return {"t": "builtin", "v": value.__name__}
        if isinstance(value, type) and hasattr(value, "__remote__"):
            return self._reference(value.__remote__)
        return {"t": "handle", "v": self._peer.number(value), "k": _kind(value)}


def _is_builtin(value: Any) -> bool:
    return isinstance(value, type) and getattr(builtins, value.__name__, None) is value


def _kind(value: Any) -> str:
    """Describe an exception class by its name and its nearest built-in base."""
    if isinstance(value, type) and issubclass(value, BaseException):
        bases = [one for one in value.__mro__ if _is_builtin(one)]
        return f"exception {value.__name__} {bases[0].__name__}"
    return "object"


def _exception(kind: str) -> type:
    _, name, base = kind.split(" ")
    parent = getattr(builtins, base)
    if not (isinstance(parent, type) and issubclass(parent, BaseException)):
        raise Uncrossable("an exception has no base")
    return type(name, (parent,), {})


def _named(_peer: Peer, name: str) -> Any:
    found = getattr(builtins, name)
    if not isinstance(found, type):
        raise Uncrossable(f"{name} is no class")
    return found


def _pairs(peer: Peer, content: list[Any]) -> dict[Any, Any]:
    parts = [peer.decode(one) for one in content]
    return dict(zip(parts[::2], parts[1::2]))


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
_PLAIN = (type(None), bool, int, float, str, bytes)
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
}


def module(peer: Peer, name: str, path: str | None) -> types.ModuleType:
    """Return a module whose every name is asked for on the other side."""
    remote = peer.ask("import", name)

    class Distant(types.ModuleType):
        def __getattr__(self, attribute: str) -> Any:
            if attribute in _OF_MODULES:
                raise AttributeError(attribute)
            if attribute == "__all__":
                return peer.ask("names", remote)
            return _ask(remote, "get", attribute)

        def __setattr__(self, attribute: str, value: Any) -> None:
            if attribute.startswith("__"):
                types.ModuleType.__setattr__(self, attribute, value)
            else:
                _ask(remote, "set", attribute, value)

    made = Distant(name)
    if path is not None:
        made.__path__ = [path]
    return made


_OF_MODULES = (
    "__path__",
    "__file__",
    "__wrapped__",
    "__spec__",
    "__loader__",
    "__warningregistry__",
)
