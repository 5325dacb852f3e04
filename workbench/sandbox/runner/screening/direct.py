"""Tests that can be called as they are, with nothing of pytest around them."""

from __future__ import annotations

import copy
import inspect
import unittest
from collections.abc import Callable
from typing import Any

import pytest

Call = Callable[[], Any]
_HARMLESS = frozenset({"parametrize"})
_HOOKS = (
    "pytest_runtest_setup",
    "pytest_runtest_call",
    "pytest_pyfunc_call",
    "pytest_runtest_teardown",
)
_ATOMS = (int, float, complex, str, bytes, bool, type(None), type, type(Ellipsis), type(len))
_DEEPEST = 6


def calls(session: Any, project: str) -> dict[str, Call]:
    """Return how to call those tests of a session that need nothing of pytest."""
    if _is_hooked(session.config, project):
        return {}
    found = {item.nodeid: _call(item, project) for item in session.items}
    return {test: call for test, call in found.items() if call}


def _is_hooked(config: Any, project: str) -> bool:
    """Tell whether the project itself does something around each test."""
    hooks = [getattr(config.hook, name) for name in _HOOKS]
    plugins = [one.plugin for hook in hooks for one in hook.get_hookimpls()]
    return any(_file(plugin).startswith(project + "/") for plugin in plugins)


def _file(plugin: Any) -> str:
    return (
        getattr(inspect.getmodule(type(plugin)), "__file__", "")
        if not inspect.ismodule(plugin)
        else (plugin.__file__ or "")
    )


def _call(item: Any, project: str) -> Call | None:
    if not isinstance(item, pytest.Function):
        return None
    if any(mark.name not in _HARMLESS for mark in item.iter_markers()):
        return None
    kind = item.cls
    function = item.function
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        return None
    if kind is not None and issubclass(kind, unittest.TestCase):
        return _case(item, kind, project)
    return _function(item, kind, project)


def _fixtures(item: Any, project: str) -> set[str]:
    """Return the fixtures that a test asks for, or that the project puts around it.

    What a plug-in puts around every test hardly makes a difference to one that does not ask for it.
    """
    asked = set(item._fixtureinfo.argnames)  # noqa: SLF001 - nothing else tells
    around = [name for name in item.fixturenames if name != "request"]
    return {name for name in around if name in asked or _is_own(item, name, project)}


def _is_own(item: Any, name: str, project: str) -> bool:
    """Tell whether a fixture is made by the project, or nobody knows by whom."""
    if "xunit_setup" in name or "unittest_set" in name:
        return True  # It is pytest's, and calls what the project has.
    made_by = item._fixtureinfo.name2fixturedefs.get(name)  # noqa: SLF001 - as above
    files = [getattr(one.func, "__code__", None) for one in made_by or ()]
    return not files or any(
        code is None or code.co_filename.startswith(project + "/") for code in files
    )


def _case(item: Any, kind: Any, project: str) -> Call | None:
    """Return how to call a method of unittest; what is set up for a whole class needs pytest."""
    fixtures = [one for one in _fixtures(item, project) if "unittest_setUp" not in one]
    asynchronous = getattr(unittest, "IsolatedAsyncioTestCase", None)
    name = item.originalname or item.name
    method = getattr(kind, name)
    if (
        fixtures
        or _has_own(kind, "setUpClass")
        or _has_own(kind, "tearDownClass")
        or any(hasattr(item.module, one) for one in ("setUpModule", "tearDownModule"))
        or (asynchronous and issubclass(kind, asynchronous))
        or _is_marked(kind)
        or _is_marked(method)
    ):
        return None
    return lambda: _run_case(kind(name), name)


def _has_own(kind: Any, name: str) -> bool:
    return getattr(kind, name).__func__ is not getattr(unittest.TestCase, name).__func__


def _is_marked(target: Any) -> bool:
    """Tell whether unittest skips it or expects it to fail."""
    marks = ("__unittest_skip__", "__unittest_expecting_failure__")
    return any(getattr(target, mark, False) for mark in marks)


def _run_case(case: Any, name: str) -> None:
    try:
        case.setUp()
        try:
            getattr(case, name)()
        finally:
            case.tearDown()
    finally:
        case.doCleanups()


def _function(item: Any, kind: Any, project: str) -> Call | None:
    params = _params(item)
    if params is None or _fixtures(item, project) != set(params):
        return None
    fresh = _maker(params)
    if fresh is None:
        return None
    if kind is None:
        function = item.function
        return lambda: function(**fresh())
    name = item.originalname
    return lambda: getattr(kind(), name)(**fresh())


def _params(item: Any) -> dict[str, Any] | None:
    """Return the arguments of a parametrized test; None if one goes through a fixture."""
    spec = getattr(item, "callspec", None)
    if spec is None:
        return {}
    direct = dict(getattr(spec, "funcargs", {}))
    definitions = item._fixtureinfo.name2fixturedefs  # noqa: SLF001 - nothing else tells
    for name, value in spec.params.items():
        made_by = definitions.get(name)
        if name in direct:
            continue
        if not made_by or made_by[-1].func.__name__ != "get_direct_param_fixture_func":
            return None
        direct[name] = value
    return direct


def _maker(params: dict[str, Any]) -> Callable[[], dict[str, Any]] | None:
    """Return what makes the arguments anew, so that no call changes those of the next."""
    if all(is_fixed(value) for value in params.values()):
        return lambda: params
    try:
        makers = {name: _copier(value) for name, value in params.items()}
    except Exception:
        return None
    return lambda: {name: make() for name, make in makers.items()}


def _copier(value: Any) -> Callable[[], Any]:
    """Return the cheapest way to copy a value."""
    if is_fixed(value):
        return lambda: value
    kind = type(value)
    if kind in (list, set) and all(map(is_fixed, value)):
        return lambda: kind(value)
    if kind is dict and all(map(is_fixed, value.values())):
        return lambda: dict(value)
    copy.deepcopy(value)
    return lambda: copy.deepcopy(value)


def is_fixed(value: Any, depth: int = 0) -> bool:
    """Tell whether nothing can change a value."""
    if isinstance(value, (tuple, frozenset)) and depth < _DEEPEST:
        return all(is_fixed(one, depth + 1) for one in value)
    return isinstance(value, _ATOMS) or inspect.isfunction(value)
