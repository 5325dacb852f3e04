"""What can be named at a place, and what it is taken for."""

from __future__ import annotations

import ast

import pytest

from tests.pure.generators_a_ground import PATH, calm, line_of, site, told
from workbench.healing.dossier import Frame
from workbench.healing.insight.definitions import Definitions, dotted_path, signature
from workbench.healing.insight.kinds import agree, by_use, of_annotation, of_expression, of_repr
from workbench.healing.insight.scope import Origin, Scope, head_nodes

PROGRAM = '''\
import os
from collections import deque as queue

LIMIT = 10


class Base:
    """Counts."""

    kind: str = "base"

    def __init__(self):
        self.total = 0

    def helper(self, a):
        return a


class Part(Base):
    def run(self, items, name="x", *rest, flag=False):
        out = []
        for i, item in enumerate(items):
            if item > LIMIT and [q for q in items]:
                out.append(item * self.total)
            last = item

        def inner(deep):
            nonlocal last
            last = deep
            return out

        return inner

    @property
    def width(self):
        return self.kind


def late():
    count = count + 1
    return count
'''


def _scope(text: str) -> Scope:
    ground = calm(PROGRAM)
    return Scope.of(ground, site(ground, line_of(PROGRAM, text)))


def test_names_are_nearest_first_and_know_where_they_come_from() -> None:
    scope = _scope("if item > LIMIT")
    origins = {one.text: one.origin for one in scope.names}
    assert [one.text for one in scope.names][:2] == ["items", "item"]
    assert origins["items"] is Origin.PARAMETER
    assert origins["i"] is Origin.LOOP
    assert origins["out"] is Origin.LOCAL
    assert origins["q"] is Origin.COMPREHENSION
    assert origins["self.total"] is origins["self.width"] is Origin.ATTRIBUTE
    assert origins["self.helper"] is Origin.METHOD
    assert origins["LIMIT"] is Origin.GLOBAL
    assert origins["queue"] is origins["os"] is Origin.IMPORT
    assert "self" not in origins


def test_names_are_bound_only_before() -> None:
    assert not _scope("count = count + 1").by_text["count"].bound
    assert _scope("if item > LIMIT").by_text["last"].bound
    assert not _scope("out = []").by_text["last"].bound
    assert _scope("return inner").by_text["inner"].bound


def test_functions_see_what_is_around_them() -> None:
    names = _scope("last = deep").by_text
    assert names["out"].origin is Origin.CLOSURE
    assert names["deep"].origin is Origin.PARAMETER


def test_a_signature_sees_what_is_outside_of_its_function() -> None:
    names = _scope("def run(").by_text
    assert "items" not in names
    assert "LIMIT" in names


def test_values_of_a_kind_come_first() -> None:
    scope = _scope("out.append")
    found = [one.text for one in scope.like(frozenset({"int"}))]
    assert found.index("i") < found.index("item")
    assert "out" not in found
    assert "name" not in found


def test_recorded_values_say_what_names_are() -> None:
    frame = Frame(PATH, line_of(PROGRAM, "out.append"), "Part.run", {"item": "[1, 2]"})
    ground = told({PATH: PROGRAM}, "TypeError", "no", frame)
    scope = Scope.of(ground, site(ground, line_of(PROGRAM, "out.append")))
    assert scope.by_text["item"].kinds == {"list"}


def test_heads_end_before_their_bodies() -> None:
    loop = next(one for one in ast.walk(ast.parse(PROGRAM)) if isinstance(one, ast.For))
    names = {one.id for one in head_nodes(loop) if isinstance(one, ast.Name)}
    assert names == {"i", "item", "enumerate", "items"}


@pytest.mark.parametrize(
    ("written", "kinds"),
    [
        ("1", {"int"}),
        ("'a' % b", {"str"}),
        ("len(x) - 1", {"int"}),
        ("x.split()", {"list"}),
        ("a == b", {"bool"}),
        ("[1][0:1]", {"list"}),
        ("x", set()),
        ("1 if x else None", {"int", "none"}),
        ("...", set()),
    ],
)
def test_expressions(written: str, kinds: set[str]) -> None:
    node = ast.parse(written, mode="eval").body
    assert of_expression(node, {}) == kinds


@pytest.mark.parametrize(
    ("written", "kinds"),
    [
        ("int | None", {"int", "none"}),
        ("Optional[str]", {"str", "none"}),
        ("Union[int, List[str]]", {"int", "list"}),
        ("'dict[str, int]'", {"dict"}),
        ("typing.Sequence[int]", {"list"}),
        ("'a b'", set()),
        ("Shape", set()),
    ],
)
def test_annotations(written: str, kinds: set[str]) -> None:
    assert of_annotation(ast.parse(written, mode="eval").body) == kinds


@pytest.mark.parametrize(
    ("shown", "kind"),
    [
        ("-3", "int"),
        ("2.5e-07", "float"),
        ("'a'", "str"),
        ("b'a'", "bytes"),
        ("{}", "dict"),
        ("{'a': 1}", "dict"),
        ("{1, 2}", "set"),
        ("None", "none"),
        ("True", "bool"),
        ("(1,)", "tuple"),
    ],
)
def test_recorded_values(shown: str, kind: str) -> None:
    assert of_repr(shown) == {kind}


def test_what_is_not_known_may_be_anything() -> None:
    assert of_repr("<Shape object>") == set()
    assert agree(frozenset(), frozenset({"int"}))
    assert agree(frozenset({"bool"}), frozenset({"number"}))
    assert not agree(frozenset({"str"}), frozenset({"int"}))


def test_uses_say_what_names_are() -> None:
    body = "for i in range(n): pass\nd['k'] = w.strip()\nk = n - 1\nif z < n: pass\nlen(v)"
    known = by_use(ast.walk(ast.parse(body)))
    assert known["i"] == {"int"}
    assert known["d"] == {"dict"}
    assert known["w"] == {"str"}
    assert known["z"] <= {"int", "number"}
    assert known["z"]
    assert {"list", "dict"} <= known["v"]


def test_definitions_of_a_project() -> None:
    known = Definitions.of(calm(PROGRAM))
    (part,) = known.classes["Part"]
    assert [one.node.name for one in known.family(part.node)] == ["Part", "Base"]
    assert known.homes["late"] == (PATH,)
    (run,) = known.methods["run"]
    assert run.positional == ("items", "name")
    assert run.keywords == ("flag",)
    assert run.open_ended
    assert [one.takes(0) for one in known.signatures("Base")] == [True]


def test_signatures_of_bound_and_static_functions() -> None:
    bound, static = ast.parse("def f(self, a, b=1): pass\n@staticmethod\ndef g(a): pass").body
    assert isinstance(bound, ast.FunctionDef)
    assert isinstance(static, ast.FunctionDef)
    assert signature(bound, bound=True).takes(1)
    assert not signature(bound, bound=True).takes(0)
    assert signature(static, bound=True).positional == ("a",)


@pytest.mark.parametrize(
    ("path", "dotted"),
    [
        ("a.py", "a"),
        ("pkg/b.py", "pkg.b"),
        ("src/pkg/__init__.py", "pkg"),
        ("lib/c.py", "c"),
        ("__init__.py", "__init__"),
    ],
)
def test_files_as_they_are_imported(path: str, dotted: str) -> None:
    assert dotted_path(path) == dotted
