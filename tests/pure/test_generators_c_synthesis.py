"""What is made of what was learned by forcing; and that what is forced can be written there."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import pytest

from workbench.healing.dossier import Dossier
from workbench.healing.generators.synthesis import Learned, Run, candidates
from workbench.healing.ground import Ground, Site
from workbench.healing.insight.probes import Form, Probe, probes

PROGRAM = """
def charge(price, member, paid):
    total = price * 2
    if total > 10:
        total = total - 1
    return total
"""
FAILING, PASSING = "test_m.py::test_a", "test_m.py::test_b"


def _site(text: str, start: str) -> tuple[Ground, Site]:
    ground = Ground(Dossier((), {"m.py": text}))
    module = ground.modules["m.py"]
    node = next(one for one in module.statements if module.of(one).startswith(start))
    return ground, Site("m.py", module, node, 1.0)


def _probe(start: str, form: Form, leave: str = "") -> Probe:
    ground, site = _site(PROGRAM, start)
    found = [one for one in probes(ground, site) if one.form is form and one.leave == leave]
    return found[0]


def _whys(probe: Probe, runs: list[Run], terms: tuple[str, ...], failing: int = 1) -> list[str]:
    return [one.why for one in candidates(probe, Learned(terms, tuple(runs)), failing)]


def test_a_condition_is_widened_by_what_tells_the_visits_apart() -> None:
    probe = _probe("if total", Form.CONDITION)
    terms = (probe.terms[0], "total", "member", "paid")
    runs = [
        Run(FAILING, (0, 0, 0), ((("False", "4", "True", "False"), 0, ()),), 1),
        Run(PASSING, None, ((("False", "4", "False", "False"), 1, ()),), 1),
        Run(PASSING, None, ((("True", "14", "False", "True"), 0, ()),), 1),
    ]
    found = _whys(probe, runs, terms)
    assert found[0] == "or member"
    assert "total > 10 becomes member or paid" in found


def test_what_a_passing_test_leaves_open_binds_nothing() -> None:
    probe = _probe("total = price", Form.LEAVE, "return")
    value = probe.values.index("None")
    terms = ("price", "member", "paid")
    told = [
        Run(FAILING, (0, 0, value), ((("4", "False", "True"), value, ()),), 1),
        Run(PASSING, None, ((("4", "False", "False"), None, ()),), 1),
    ]
    open_visit = Run(PASSING, None, ((("0", "True", "True"), None, (value,)),), 1)
    bound_visit = Run(PASSING, None, ((("0", "True", "True"), None, ()),), 1)
    assert "return None if paid" in _whys(probe, [*told, open_visit], terms)
    assert "return None if paid" not in _whys(probe, [*told, bound_visit], terms)


def test_nothing_follows_where_forcing_changed_nothing() -> None:
    probe = _probe("if total", Form.CONDITION)
    run = Run(PASSING, None, ((("True", "14"), 0, ()),), 1)
    assert not _whys(probe, [run], probe.terms[:2])


def test_a_place_that_turns_only_some_tests_is_worth_less() -> None:
    probe = _probe("total = total", Form.SKIP)
    runs = [
        Run(FAILING, (0, 0, 0), ((("4", "True"), 0, ()),), 1),
        Run(PASSING, None, ((("4", "False"), None, ()),), 1),
    ]
    learned = Learned(("total", "member"), tuple(runs))
    all_of_one, one_of_two = candidates(probe, learned, 1), candidates(probe, learned, 2)
    assert all_of_one[0].why == one_of_two[0].why == "only if not member"
    assert one_of_two[0].prior == pytest.approx(all_of_one[0].prior / 2)


def test_texts_are_quoted_as_in_the_file() -> None:
    text = 'def f(kind):\n    size = 1\n    if kind == "a" or kind == "c":\n        size = 2\n'
    ground, site = _site(text, "size = 1")
    probe = next(one for one in probes(ground, site) if one.form is Form.SKIP)
    runs = (
        Run(FAILING, (0, 0, 0), ((("'a'",), 0, ()), (("'d'",), 0, ())), 2),
        Run(PASSING, None, ((("'c'",), None, ()),), 1),
    )
    found = candidates(probe, Learned(("kind",), runs), 1)
    assert 'only if kind == "c"' in [one.why for one in found]


@pytest.mark.parametrize("name", ["fnmatch.py", "textwrap.py", "sched.py", "shlex.py"])
def test_what_is_forced_can_be_written_there(name: str) -> None:
    text = (Path(sysconfig.get_path("stdlib")) / name).read_text("utf-8")
    ground = Ground(Dossier((), {name: text}))
    module = ground.modules[name]
    forms = set()
    for node in module.statements:
        for probe in probes(ground, Site(name, module, node, 1.0)):
            forms.add(probe.form)
            ast.parse(module.spliced(probe.edits))
            assert probe.values
            assert all(ast.parse(one, mode="eval") for one in (*probe.terms, *probe.values))
    assert forms == set(Form)
