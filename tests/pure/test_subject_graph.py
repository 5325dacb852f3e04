"""Entities and relations: what files tell of, kept file by file, walked a few steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pure.remembered_facts import Writer, learned
from workbench.api.remembering import SourcePassage
from workbench.api.subjects import Link, Links
from workbench.errors import UsageError
from workbench.knowledge.graph import python, texts
from workbench.knowledge.graph.extracting import extract
from workbench.knowledge.graph.store import Known, Store, Told
from workbench.knowledge.graph.values import Found, found
from workbench.knowledge.graph.walking import Walker
from workbench.knowledge.reading.parsing import parse
from workbench.knowledge.reading.values import Ask, Part
from workbench.knowledge.reading_pass import pieces
from workbench.knowledge.subjects.catalogue import Catalogue
from workbench.knowledge.subjects.relating import SubjectsBeside

CART = """\
from .money import rounded
from . import tax as dues
import json as j, os.path


class Cart(Base, j.JSONEncoder):
    def total(self):
        return rounded(self.net() * dues.rate(2))

    def net(self):
        return self.lookup_price()


def show(cart, rounded):
    rounded(1)
    return j.dumps(cart.grand_total())
"""


class Nothing:
    """Where no subjects are."""

    def named(self, _name: str) -> Known | None:
        return None

    def relations(self, _name: str) -> Iterable[Told]:
        return ()


def _said(text: str, path: str = "shop/cart.py") -> set[tuple[str, str, str]]:
    _, said = python.read(path, text)
    return {(one.name, one.kind, one.to) for one in said}


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("shop/cart.py", "shop.cart"),
        ("src/shop/cart.py", "shop.cart"),
        ("shop/__init__.py", "shop"),
        ("setup.py", "setup"),
        ("lib/a.pyi", "a"),
    ],
)
def test_modules_are_called_as_they_are_imported(path: str, module: str) -> None:
    assert python.module_of(path) == module


def test_python_says_what_it_imports_calls_and_rests_on() -> None:
    said = _said(CART)
    cart = "shop.cart"
    assert {
        (cart, "part of", "shop"),
        (cart, "imports", "shop.money.rounded"),
        (cart, "imports", "shop.tax"),
        (cart, "imports", "json"),
        (cart, "imports", "os.path"),
        (f"{cart}.Cart", "part of", cart),
        (f"{cart}.Cart", "needs", "json.JSONEncoder"),
        (f"{cart}.Cart.total", "part of", f"{cart}.Cart"),
        (f"{cart}.Cart.total", "calls", "shop.money.rounded"),
        (f"{cart}.Cart.total", "calls", f"{cart}.Cart.net"),
        (f"{cart}.Cart.total", "calls", "shop.tax.rate"),
        (f"{cart}.Cart.net", "calls", "lookup_price"),
        (f"{cart}.show", "calls", "json.dumps"),
        (f"{cart}.show", "calls", "grand_total"),
    } <= said


def test_a_parameter_is_not_what_was_imported_under_its_name() -> None:
    assert ("shop.cart.show", "calls", "shop.money.rounded") not in _said(CART)


def test_what_is_only_a_guess_says_so() -> None:
    _, said = python.read("shop/cart.py", CART)
    sure = {one.to: (one.confidence, one.is_whole) for one in said}
    assert sure["shop.money.rounded"][1]
    assert not sure["lookup_price"][1]
    assert sure["lookup_price"][0] < 0.5 < sure["shop.money.rounded"][0]


def test_places_are_those_of_the_text() -> None:
    defined, said = python.read("shop/cart.py", CART)
    lines = {one.name: (one.first, one.last) for one in defined}
    assert lines["shop.cart.Cart"] == (6, 11)
    (call,) = [one for one in said if one.to == "shop.tax.rate"]
    assert call.first == 8


def test_each_place_is_in_a_passage_that_search_finds() -> None:
    ask = Ask("", "shop/cart.py", content=CART.encode())
    found_ = extract(ask, "shop/cart.py", "s1")
    every = {one.id: one for one in pieces("s1", "shop/cart.py", parse(ask))}
    places = [(one.passage, one.first) for one in found_.defined]
    for passage, first in places + [(one.passage, one.first) for one in found_.said]:
        assert every[passage].first <= first <= every[passage].last
    by_name = {one.name: every[one.passage].symbol for one in found_.defined}
    assert by_name["shop.cart.show"] == "show"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("from .. import a", "top.a"),
        ("from ..b import c", "top.b.c"),
        ("from . import d", "top.inner.d"),
        ("from .... import far", "far"),
        ("from x import *", "x"),
    ],
)
def test_relative_imports_are_resolved(text: str, target: str) -> None:
    assert ("top.inner.module", "imports", target) in _said(text, "top/inner/module.py")


@given(text=st.text(max_size=300))
def test_no_text_is_too_odd(text: str) -> None:
    python.read("a.py", text)


@pytest.mark.parametrize(
    "text", ["(" * 5_000, "x = " + "-" * 50_000 + "1", "\0", "def f(:\n", "a." * 20_000 + "b"]
)
def test_hostile_python_is_nothing_or_little(text: str) -> None:
    found_ = extract(Ask("", "a.py", content=text.encode()), "a.py")
    assert len(found_.said) < 10


def _part(text: str, heading: tuple[str, ...] = (), **fields: str) -> Part:
    values = {"kind": "prose", "language": "markdown", "symbol": "", **fields}
    return Part(1, text.count("\n") + 1, heading, **values, text=text)


def test_documents_name_what_they_are_about() -> None:
    parts = [_part("Call `Cart.total` or `rounded()`.", ("Guide", "Using `shop.cart.Cart`"))]
    _, said = texts.read("docs/guide.md", parts)
    sure = {one.to: one.confidence for one in said if one.kind == "documents"}
    assert sure["shop.cart.Cart"] > sure["Cart.total"] == sure["rounded"]
    assert {one.name for one in said} == {"docs/guide.md#Using `shop.cart.Cart`"}


@pytest.mark.parametrize(
    ("language", "text", "target"),
    [
        ("javascript", 'import {x} from "./lib/b";', "src/lib/b"),
        ("typescript", "const y = require('react')", "react"),
        ("go", 'import "net/http"', "net/http"),
        ("rust", "use std::io::Read;", "std.io.Read"),
        ("java", "import java.util.List;", "java.util.List"),
        ("c", '#include "stdio.h"', "stdio.h"),
        ("cpp", "#include <vector>", "vector"),
    ],
)
def test_other_languages_import_by_line(language: str, text: str, target: str) -> None:
    _, said = texts.read("src/a", [_part(text, language=language, kind="code")])
    assert [(one.kind, one.to) for one in said] == [("imports", target)]


def test_projects_need_what_they_say() -> None:
    text = '[project]\nname = "shop"\ndependencies = ["duckdb>=2", "Click-Thing [x]"]\n'
    _, said = texts.requirements("pyproject.toml", text)
    assert [(one.name, one.to) for one in said] == [("shop", "duckdb"), ("shop", "click_thing")]
    _, said = texts.requirements("requirements-dev.txt", "# no\n-r other\npytest==8\n")
    assert [one.to for one in said] == ["pytest"]


@pytest.mark.parametrize("text", ["[project", "project = 1", '[project]\ndependencies = "x"', ""])
def test_odd_projects_need_nothing(text: str) -> None:
    _, said = texts.requirements("pyproject.toml", text)
    assert all(one.to for one in said)


def _found(path: str, text: str) -> tuple[str, str, Found]:
    defined, said = python.read(path, text)
    return "source", path, found("digest", defined, said)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = Store(tmp_path / "graph.sqlite")
    one.put(
        [
            _found("shop/cart.py", CART),
            _found("shop/money.py", "def rounded(x):\n    return round(x, 2)\n"),
            _found("shop/prices.py", "def lookup_price():\n    return 1\n"),
        ]
    )
    yield one
    one.close()


def _walk(store: Store, name: str, steps: int = 1, *kinds: str, limit: int = 200) -> Links:
    walker = Walker(store, Nothing())
    return walker.walk(walker.find(name), steps, kinds, limit)


def _told(links: Iterable[Link]) -> set[tuple[str, str]]:
    return {(link.label, link.entity.name) for link in links}


def test_a_walk_tells_both_directions(store: Store) -> None:
    assert _told(_walk(store, "rounded").links) == {
        ("part of", "shop.money"),
        ("imported by", "shop.cart"),
        ("called by", "shop.cart.Cart.total"),
    }


def test_an_end_of_a_name_leads_to_the_only_one_that_has_it(store: Store) -> None:
    (link,) = _walk(store, "shop.cart.Cart.net", 1, "calls").links[:1]
    assert (link.entity.name, link.confidence) == ("shop.prices.lookup_price", 0.3)
    store.put([_found("other.py", "def lookup_price(): ...\n")])
    assert "shop.prices.lookup_price" not in {
        name for _, name in _told(_walk(store, "shop.cart.Cart.net").links)
    }


def test_a_file_that_changed_is_told_of_anew(store: Store) -> None:
    store.put([_found("shop/cart.py", "x = 1\n")])
    assert _told(_walk(store, "shop.money.rounded").links) == {("part of", "shop.money")}
    store.drop([("source", "shop/money.py")])
    with pytest.raises(UsageError, match="no entities"):
        _walk(store, "shop.money.rounded")


def test_a_walk_has_at_most_three_steps_and_no_circles(store: Store) -> None:
    def depth(links: tuple[Link, ...]) -> int:
        return 1 + max((depth(link.links) for link in links), default=0) if links else 0

    found_ = _walk(store, "shop.cart", 9)
    assert found_.steps == 3
    assert depth(found_.links) == 3
    names: list[str] = []

    def gather(links: tuple[Link, ...]) -> None:
        for link in links:
            if not link.is_known:
                names.append(link.entity.name)
            gather(link.links)

    gather(found_.links)
    assert len(names) == len(set(names))


def test_a_walk_has_a_bound_and_says_so(store: Store) -> None:
    many = "\n".join(f"def f{n}():\n    rounded(1)\n" for n in range(500))
    store.put([_found("many.py", f"from shop.money import rounded\n{many}")])
    found_ = _walk(store, "shop.money.rounded", 3, limit=100)
    assert found_.cut
    assert found_.count == 100
    assert _walk(store, "shop.money.rounded", 3, limit=10**9).count <= 2_000


def test_what_calls_mostly_the_same_is_similar(store: Store) -> None:
    body = "from lib import a, b, c, d\ndef {}():\n    a(); b(); c(){}\n"
    store.put([_found("x.py", body.format("one", "")), _found("y.py", body.format("two", "; d()"))])
    (link,) = [one for one in _walk(store, "x.one").links if one.kind == "similar to"]
    assert (link.entity.name, link.confidence) == ("y.two", 0.75)


def test_names_that_several_have_are_offered(store: Store) -> None:
    store.put([_found("other.py", "def rounded(): ...\n")])
    with pytest.raises(UsageError, match="names 2 entities") as error:
        _walk(store, "rounded")
    assert "function:other.rounded" in error.value.hint
    assert _walk(store, "function:other.rounded").entity.path == "other.py"


def test_entities_are_found_by_name(store: Store) -> None:
    assert [one.name for one in store.entities("ROUNDED", (), 5)] == ["shop.money.rounded"]
    assert {one.kind for one in store.entities("", ("class",), 50)} == {"class"}
    assert store.entities("100%_'", (), 5) == []


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "graph.sqlite"
    path.write_bytes(b"no database at all" * 100)
    store = Store(path)
    assert store.digests() == {}
    store.put([_found("a.py", "def f(): ...\n")])
    store.close()
    again = Store(path)
    assert list(again.digests()) == [("source", "a.py")]
    again.close()


def test_subjects_stand_in_the_graph(store: Store) -> None:
    rests = SourcePassage("p", "docs/a.md", 3, 5, "d", "Intro", "s")
    writer = Writer()
    known = Catalogue().after(
        writer.write(
            learned("shop", "1", needs=("money",), passages=(rests,)), learned("money", "1")
        )
    )
    walker = Walker(store, SubjectsBeside(known))
    links = walker.walk(walker.find("subject:shop"), 1, (), 50).links
    assert _told(links) == {
        ("needs", "subject:money"),
        ("documented by", "docs/a.md#Intro"),
        ("similar to", "shop"),
    }
    (document,) = [one for one in links if one.kind == "documents"]
    assert (document.provenance.path, document.provenance.first) == ("docs/a.md", 3)
    assert ("needed by", "subject:shop") in _told(
        walker.walk(walker.find("subject:money"), 1, (), 50).links
    )
