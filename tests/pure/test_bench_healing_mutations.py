"""The bench of healing: mistakes made in right programs, and the tables of our own."""

from __future__ import annotations

import ast
from random import Random

import pytest

from bench.healing.drawing import Drawing, functions
from bench.healing.mutation.choosing import RULES, changed, draw, mutations
from bench.healing.own import SETS
from bench.healing.tables import MistakeMissing, broken, read_table

SOURCE = '''\
def clip(values, low, high, names):
    """Keep values between low and high."""
    kept = []
    count = 0
    for value in values:
        if value < low and value not in names:
            continue
        kept.append(min(value, high))
        count += 1
    if not kept:
        raise ValueError("nothing is left")
    else:
        count = count - 1
    return sorted(kept[1:], key=abs)


class Box:
    def __init__(self, width, height):
        self.width = width
        self.height = height

    def area(self):
        total = self.width * self.height
        return round(total)
'''


def results(rule: str, source: str = SOURCE) -> set[str]:
    made = (changed(source, one) for one in mutations(source).get(rule, ()))
    before = source.splitlines()
    return {"\n".join(_new_lines(before, text)) for text in made if text is not None}


def _new_lines(before: list[str], text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line not in before]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("operators", "if value <= low and value not in names:"),
        ("operators", "if value < low or value not in names:"),
        ("operators", "if value < low and value in names:"),
        ("off_by_one", "return sorted(kept[2:], key=abs)"),
        ("variables", "kept.append(min(value, low))"),
        ("missing_operand", "if value < low:"),
        ("constants", "count = 1"),
        ("swapped", "kept.append(min(high, value))"),
        ("methods", "kept.append(max(value, high))"),
        ("attributes", "total = self.height * self.height"),
        ("missing_call", "return total"),
        ("missing_keyword", "return sorted(kept[1:])"),
        ("negated", "if kept:"),
        ("exceptions", 'raise TypeError("nothing is left")'),
        ("missing_return", "round(total)"),
        ("wrong_update", "count = 1"),
    ],
)
def test_rules_make_the_mistakes_that_people_make(rule: str, expected: str) -> None:
    assert expected in results(rule)


def test_a_statement_alone_in_its_block_becomes_pass() -> None:
    assert any("pass" in one for one in results("missing_statement"))


def test_a_forgotten_branch_goes_with_its_else() -> None:
    texts = [changed(SOURCE, one) for one in mutations(SOURCE)["missing_else"]]
    assert [text for text in texts if text and "else" not in text and "raise ValueError" in text]


def test_a_forgotten_guard_goes_whole() -> None:
    texts = [changed(SOURCE, one) for one in mutations(SOURCE)["missing_guard"]]
    assert [text for text in texts if text and "continue" not in text]


def test_every_mutant_parses_and_is_another_program() -> None:
    right = ast.dump(ast.parse(SOURCE))
    drawn = [one for _, one in draw(Random(1), {"a.py": mutations(SOURCE)})]  # noqa: S311 no secret
    assert {rule.__name__ for rule, _ in RULES} >= mutations(SOURCE).keys()
    made = [text for one in drawn if (text := changed(SOURCE, one)) is not None]
    assert len(made) > len(drawn) / 2
    assert all(ast.dump(ast.parse(text)) != right for text in made)


def test_only_the_lines_asked_for_are_changed() -> None:
    lines = {one.line for found in mutations(SOURCE, {9}).values() for one in found}
    assert lines == {9}


def test_the_same_seed_draws_the_same() -> None:
    once, again = (list(draw(Random(7), {"a.py": mutations(SOURCE)})) for _ in range(2))  # noqa: S311 no secret
    assert once == again


@pytest.mark.parametrize("name", SETS)
def test_every_mistake_of_the_tables_can_be_made(name: str) -> None:
    programs = read_table(name)
    assert len({program.name for program in programs}) == len(programs)
    for program in programs:
        ast.parse(program.source)
        for bug in program.bugs:
            assert broken(program, bug) != program.files


@pytest.mark.parametrize("name", SETS)
def test_every_program_has_tests_to_show_and_to_hold_back(name: str) -> None:
    for program in read_table(name):
        drawing, defined = Drawing(program.name), functions(program.source)
        calls = [drawing.call(one, defined[-1]) for one in program.drawn for _ in range(9)]
        assert program.shown
        assert calls
        for call in (*program.shown, *calls):
            ast.parse(call, mode="eval")


def test_a_mistake_that_is_not_there_is_told() -> None:
    program = read_table("students")[0]
    with pytest.raises(MistakeMissing, match=program.name):
        broken(program, (("no such text", ""),))
