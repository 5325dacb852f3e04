"""The two halves of a split proof: the tests here, the repaired module there."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import io
import os
import sys
import types
import warnings
from collections.abc import Sequence
from typing import Any

from .crossing import DELEGATED, STRAYS, Peer, Uncrossable, module


def serve(descriptor: int, roots: list[str]) -> int:
    """Be the half with the repaired module: do what the tests ask of it."""
    sys.path[:0] = roots
    peer = Peer(descriptor, _SERVED)
    sys.stdout, sys.stderr = _Echo(peer, "stdout"), _Echo(peer, "stderr")
    warnings.simplefilter("always")
    warnings.showwarning = _Warner(peer).show
    os.write(descriptor, READY)
    peer.serve()
    return 0


READY = b'{"ready": true}\n'
"""Comes before anything else; it is not passed on to the half with the tests."""


class _Echo(io.TextIOBase):
    """What the repaired module prints is printed where the tests look for it."""

    def __init__(self, peer: Peer, stream: str) -> None:
        self._peer = peer
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._peer.ask("echo", self._stream, text)
        return len(text)


class _Warner:
    """What the repaired module warns of is warned of where the tests look for it."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def show(self, message: Any, category: type[Warning], *_where: Any, **_how: Any) -> None:
        self._peer.ask("warn", str(message), category)


def import_from(descriptor: int, modules: dict[str, str]) -> list[str]:
    """In the half with the tests: let `modules` be imported from the other half.

    The value is the folder of a package whose other modules are imported here, or empty. Return
    the list in which everything is noted that cannot be done between two processes.
    """
    peer = Peer(descriptor, {"call": _call_back, "echo": _echo, "warn": _warn})
    sys.meta_path.insert(0, _Finder(peer, modules))
    return STRAYS


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, peer: Peer, modules: dict[str, str]) -> None:
        self._peer = peer
        self._modules = modules

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: types.ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if fullname not in self._modules:
            return None
        is_package = bool(self._modules[fullname])
        return importlib.machinery.ModuleSpec(fullname, self, is_package=is_package)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return module(self._peer, spec.name, self._modules[spec.name] or None)

    def exec_module(self, module: types.ModuleType) -> None:
        """Everything has been done on the other side."""


def _call_back(target: Any, names: list[str], *operands: Any) -> Any:
    """Call one of the functions that a test handed over."""
    if not isinstance(target, (types.FunctionType, types.MethodType, types.BuiltinFunctionType)):
        raise Uncrossable("only functions of a test are called back")
    return _call(target, names, *operands)


def _echo(stream: str, text: str) -> None:
    """Print what the other half printed."""
    (sys.stderr if stream == "stderr" else sys.stdout).write(text)


def _warn(text: str, category: Any) -> None:
    """Warn of what the other half warned of."""
    known = isinstance(category, type) and issubclass(category, Warning)
    warnings.warn(text, category if known else Warning, stacklevel=1)


def _call(target: Any, names: list[str], *operands: Any) -> Any:
    plain = len(operands) - len(names)
    return target(*operands[:plain], **dict(zip(names, operands[plain:])))


def _import(name: str) -> Any:
    return importlib.import_module(name)


def _set(target: Any, name: str, value: Any) -> None:
    setattr(target, name, value)


def _del(target: Any, name: str) -> None:
    delattr(target, name)


def _exit(target: Any, error: BaseException | None) -> Any:
    """Leave a context that was entered here."""
    kind, at = (None, None) if error is None else (type(error), error.__traceback__)
    return type(target).__exit__(target, kind, error, at)


def _names(target: Any) -> list[str]:
    """Return what a star imports, but for modules."""
    every = getattr(target, "__all__", [name for name in dir(target) if name[0] != "_"])
    return [name for name in every if not isinstance(getattr(target, name), types.ModuleType)]


def _method(target: Any, name: str, *operands: Any) -> Any:
    if name not in DELEGATED:
        raise AttributeError(name)
    return _METHODS.get(name, _by_type(name))(target, *operands)


def _by_type(name: str) -> Any:
    return lambda target, *operands: getattr(type(target), f"__{name}__")(target, *operands)


_METHODS: dict[str, Any] = {
    "len": len,
    "iter": iter,
    "next": next,
    "bool": bool,
    "str": str,
    "repr": repr,
    "getitem": lambda target, key: target[key],
    "reversed": reversed,
    "format": format,
    "int": int,
    "float": float,
    "bytes": bytes,
    "complex": complex,
}
_SERVED: dict[str, Any] = {
    "import": _import,
    "get": getattr,
    "set": _set,
    "del": _del,
    "exit": _exit,
    "call": _call,
    "method": _method,
    "names": _names,
}
