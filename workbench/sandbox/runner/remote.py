"""Stand-ins for what the other side holds.

They pass on what is done to them. They never say anything that a test would take for a verdict.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

HANDLE = "__remote__"
STRAY = "[between two processes] "
"""What the crash of a test begins with if there was something between two processes."""
STRAYS: list[str] = []
"""What could not be done, also where the program went on regardless."""


class Uncrossable(Exception):
    """What was asked for cannot be done between two processes."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        STRAYS.append(str(given[:1]))


class Ours:
    """The other side's number of one of its own objects, on the way back to it."""

    def __init__(self, number: int) -> None:
        self.number = number


class Remote:
    """An object of the other side."""

    __slots__ = ("__weakref__", "_remote")

    def __init__(self, peer: Any, number: int) -> None:
        object.__setattr__(self, "_remote", (peer, number))

    def __getattr__(self, name: str) -> Any:
        return _ask(self, "get", name)

    def __setattr__(self, name: str, value: Any) -> None:
        _ask(self, "set", name, value)

    def __delattr__(self, name: str) -> None:
        _ask(self, "del", name)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return _ask(self, "call", list(named), *arguments, *named.values())

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        raise Uncrossable("an object of the other half is compared")

    def __hash__(self) -> int:
        raise Uncrossable("an object of the other half is hashed")

    def __exit__(self, _kind: object, error: BaseException | None, _at: object) -> Any:
        return _ask(self, "exit", error)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """Refuse what `isinstance` asks, unless pytest does so to show the object."""
        asking = sys._getframe(1).f_globals  # noqa: SLF001 - nothing else tells who asks
        if asking.get("__name__", "").startswith("_pytest."):
            return Remote
        raise Uncrossable("the class of an object of the other half is asked for")


def number_of(remote: Remote) -> int:
    """Return the number under which the other side knows its object."""
    number: int = object.__getattribute__(remote, "_remote")[1]
    return number


def _ask(remote: Remote, op: str, *operands: Any) -> Any:
    peer, number = object.__getattribute__(remote, "_remote")
    return peer.ask(op, Ours(number), *operands)


def _delegate(name: str) -> Callable[..., Any]:
    def method(self: Remote, *operands: Any) -> Any:
        return _ask(self, "method", name, *operands)

    method.__name__ = name
    return method


def _refuse(name: str) -> Callable[..., Any]:
    def method(_self: Remote, *_operands: Any) -> Any:
        raise Uncrossable(f"{name} of an object of the other half")

    method.__name__ = name
    return method


DELEGATED = (
    *("len", "iter", "next", "getitem", "setitem", "delitem", "bool", "str", "repr", "format"),
    *("enter", "int", "float", "complex", "index", "bytes", "fspath", "neg", "pos", "abs"),
    *("invert", "reversed", "round", "trunc", "floor", "ceil", "add", "radd", "sub", "rsub"),
    *("mul", "rmul", "truediv", "rtruediv", "floordiv", "rfloordiv", "mod", "rmod", "divmod"),
    *("pow", "rpow", "and", "rand", "or", "ror", "xor", "rxor", "lshift", "rshift", "matmul"),
)
_REFUSED = ("lt", "le", "gt", "ge", "contains", "instancecheck", "subclasscheck", "await")
"""What would let an object say what a test finds."""
for _name in DELEGATED:
    setattr(Remote, f"__{_name}__", _delegate(_name))
for _name in _REFUSED:
    setattr(Remote, f"__{_name}__", _refuse(_name))


class Distant(types.ModuleType):
    """A module whose every name is asked for on the other side."""

    def __getattr__(self, attribute: str) -> Any:
        if attribute in _OF_MODULES:
            raise AttributeError(attribute)
        remote = vars(self)[HANDLE]
        if attribute == "__all__":
            return _ask(remote, "names")
        return _ask(remote, "get", attribute)

    def __setattr__(self, attribute: str, value: Any) -> None:
        if attribute.startswith("__"):
            types.ModuleType.__setattr__(self, attribute, value)
        else:
            _ask(vars(self)[HANDLE], "set", attribute, value)

    def __delattr__(self, attribute: str) -> None:
        _ask(vars(self)[HANDLE], "del", attribute)


_OF_MODULES = (
    "__path__",
    "__file__",
    "__wrapped__",
    "__spec__",
    "__loader__",
    "__warningregistry__",
)
