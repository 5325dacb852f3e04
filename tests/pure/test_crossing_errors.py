"""Exceptions that cross between two processes, with all that they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from tests.pure.crossed import Ends, Shelf, ShelfError
from workbench.sandbox.runner.remote import STRAYS


@pytest.fixture(scope="module")
def ends() -> Iterator[Ends]:
    with closing(Ends()) as made:
        yield made


@pytest.fixture(autouse=True)
def no_strays() -> None:
    STRAYS.clear()


def _raise(error: BaseException) -> Callable[[], None]:
    def function() -> None:
        raise error

    return function


def _unknown(name: str, *bases: type) -> type:
    return type(name, bases, {"__module__": "elsewhere", "__str__": lambda _: "its own words"})


ERRORS = [
    ValueError("x", 1),
    KeyError("k"),
    StopIteration(3),
    SystemExit(2),
    FileNotFoundError(2, "No such file", "name"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
    ShelfError("shelf"),
    ExceptionGroup("two", [ValueError("a"), KeyError("b")]),
]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_an_exception_arrives_with_all_that_it_holds(error: BaseException, ends: Ends) -> None:
    with pytest.raises(type(error)) as caught:
        ends.far(_raise(error))()
    assert type(caught.value) is type(error)
    assert str(caught.value) == str(error)
    assert repr(caught.value) == repr(error)
    for name in ("name", "filename", "value", "code", "reason"):
        assert getattr(caught.value, name, None) == getattr(error, name, None)


def test_an_exception_that_is_unknown_here_keeps_its_bases_and_its_words(ends: Ends) -> None:
    base = _unknown("Base", Exception)
    error = _unknown("Empty", base, LookupError)("args")
    error.size = 0
    error.__cause__ = ValueError("because")
    here = ends.far(base)
    with pytest.raises(here, match="its own words") as caught:
        ends.far(_raise(error))()
    assert isinstance(caught.value, LookupError)
    assert (type(caught.value).__name__, caught.value.args) == ("Empty", ("args",))
    assert caught.value.__dict__["size"] == 0
    assert repr(caught.value.__cause__) == "ValueError('because')"


def test_an_exception_of_the_test_comes_back_as_itself(ends: Ends) -> None:
    class OwnError(Exception):
        pass

    def fail(_item: object) -> None:
        raise OwnError

    with pytest.raises(OwnError):
        ends.far(Shelf(1)).each(fail)
