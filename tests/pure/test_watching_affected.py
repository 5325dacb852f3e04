"""Which tests a change touches, and what turns red and green."""

from __future__ import annotations

import msgspec
import pytest

from workbench.healing.dossier import FAILED, PASSED, SKIPPED, TestRun
from workbench.healing.watching.affected import Known, Plan, affected
from workbench.healing.watching.board import Board, Turned
from workbench.healing.watching.outlines import MODULE, Outline, importers, outline

CODE = """\
import os

LIMIT = 3

def add(a, b):
    return a + b

def sub(a, b):
    return a - b

class Box:
    size = 1

    def grow(self):
        self.size += LIMIT
"""
FILES = {
    "pkg/code.py": CODE,
    "pkg/other.py": "def far():\n    return 1\n",
    "tests/test_code.py": "from pkg.code import add\n\ndef test_add():\n    add(1, 2) == 3\n",
    "tests/test_box.py": (
        "from pkg import code\n\nclass TestBox:\n    def test_grow(self): code.Box().grow()\n"
    ),
    "tests/test_other.py": "import pkg.other\n\ndef test_far():\n    assert pkg.other.far()\n",
}
ADD = TestRun("tests/test_code.py::test_add", PASSED, seconds=0.1, lines={"pkg/code.py": (6,)})
GROW = TestRun("tests/test_box.py::TestBox::test_grow", PASSED, lines={"pkg/code.py": (15,)})
FAR = TestRun("tests/test_other.py::test_far", PASSED, lines={"pkg/other.py": (2,)})


def outlines(**changed: str | None) -> dict[str, Outline]:
    files = FILES | {path.replace("__", "/") + ".py": text for path, text in changed.items()}
    return {path: outline(path, text) for path, text in files.items() if text is not None}


@pytest.fixture
def known() -> Known:
    return Known().after([ADD, GROW, FAR], outlines())


def after(known: Known, **changed: str | None) -> Plan:
    paths = [path.replace("__", "/") + ".py" for path in changed]
    return affected(paths, known, outlines(**changed))


def test_a_function_that_changed_touches_the_tests_that_ran_it(known: Known) -> None:
    plan = after(known, pkg__code=CODE.replace("a + b", "a - b"))
    assert plan.covering == (ADD.id,)
    assert plan.importing == (GROW.id,)
    assert plan.rest == (FAR.id,)


def test_what_a_module_runs_touches_all_tests_that_ran_something_in_it(known: Known) -> None:
    plan = after(known, pkg__code=CODE.replace("LIMIT = 3", "LIMIT = 4"))
    assert set(plan.covering) == {ADD.id, GROW.id}


def test_the_body_of_a_class_touches_the_tests_of_its_methods(known: Known) -> None:
    plan = after(known, pkg__code=CODE.replace("size = 1", "size = 2"))
    assert plan.covering == (GROW.id,)


@pytest.mark.parametrize(
    "text",
    [
        CODE.replace("return a + b", "return a + b  # the sum"),
        "# about\n\n" + CODE,
        CODE.replace("return a + b", "return (a  +  b)"),
        CODE.replace("\n", "\r\n"),
        "\ufeff" + CODE,
    ],
)
def test_comments_and_layout_touch_nothing(known: Known, text: str) -> None:
    plan = after(known, pkg__code=text)
    assert (plan.touched, plan.collect) == ((), ())
    assert len(plan.rest) == 3


def test_a_file_that_does_not_parse_touches_all_that_ran_it(known: Known) -> None:
    assert set(after(known, pkg__code="def (").covering) == {ADD.id, GROW.id}


def test_a_file_that_is_gone_touches_all_that_ran_it(known: Known) -> None:
    assert set(after(known, pkg__code=None).covering) == {ADD.id, GROW.id}


def test_a_folder_that_is_gone_touches_all_that_ran_something_in_it(known: Known) -> None:
    gone = {path: one for path, one in outlines().items() if not path.startswith("pkg/")}
    assert len(affected(["pkg/"], known, gone).covering) == 3


def test_tests_that_failed_come_first(known: Known) -> None:
    red = known.after([msgspec.structs.replace(FAR, outcome=FAILED)], outlines())
    plan = after(red, pkg__code=CODE.replace("a + b", "a * b"))
    assert plan.every[:2] == (FAR.id, ADD.id)


def test_a_test_that_changed_is_run_and_its_file_collected_anew(known: Known) -> None:
    text = FILES["tests/test_code.py"].replace("== 3", "== 4")
    plan = after(known, tests__test_code=text)
    assert (plan.covering, plan.collect) == ((ADD.id,), ("tests/test_code.py",))


def test_a_new_file_touches_what_imports_it(known: Known) -> None:
    text = FILES["tests/test_other.py"] + "import pkg.fresh\n"
    now = outlines(pkg__fresh="x = 1\n", tests__test_other=text)
    seen = known.after([FAR], now)
    assert affected(["pkg/fresh.py"], seen, now).importing == (FAR.id,)


@pytest.mark.parametrize("path", ["pyproject.toml", "conftest.py", "tests/conftest.py", "tox.ini"])
def test_settings_touch_the_tests_they_speak_for(known: Known, path: str) -> None:
    assert len(affected([path], known, outlines()).covering) == 3
    assert affected(["docs/conftest.py"], known, outlines()).covering == ()


def test_what_is_known_can_be_stored(known: Known) -> None:
    assert msgspec.json.decode(msgspec.json.encode(known), type=Known) == known


def test_a_table_keeps_nothing_that_no_test_ran(known: Known) -> None:
    now = outlines(pkg__code=CODE.replace("a + b", "b + a"))
    again = known.after([ADD, GROW], now)
    assert {piece.name for piece in again.pieces} >= {"add", "Box.grow", "Box", MODULE}
    assert len(again.pieces) == len(known.pieces)


def test_imports_are_followed_however_far() -> None:
    files = {
        "src/a/__init__.py": "",
        "src/a/b.py": "from . import c\n",
        "src/a/c.py": "",
        "src/d.py": "import a.b as it\n",
        "e.py": "import d\n",
        "f.py": "import g\n",
    }
    every = {path: outline(path, text) for path, text in files.items()}
    assert importers({"src/a/c.py"}, every) == {"src/a/c.py", "src/a/b.py", "src/d.py", "e.py"}


def test_constants_of_another_kind_differ() -> None:
    kinds = ["x = 1", "x = 1.0", "x = True", "x = '1'", "x = b'1'", "x = (1,)", "x = -0.0"]
    digests = {outline("a.py", kind).pieces[MODULE] for kind in kinds}
    assert len(digests) == len(kinds)


def test_the_order_of_a_set_is_no_change() -> None:
    one = outline("a.py", "def f(x): return x in {'a', 'b', 'c', 'd'}")
    two = outline("a.py", "def f(x): return x in {'d', 'c', 'b', 'a'}")
    assert one.pieces["f"] == two.pieces["f"]


def turn(board: Board, state: str, *, red: bool) -> tuple[Board, tuple[Turned, ...]]:
    run = msgspec.structs.replace(ADD, outcome=FAILED if red else PASSED)
    return board.after([run], state, {"pkg/code.py": f"code of {state}", "pkg/other.py": "other"})


def test_red_and_green_are_told_when_they_turn() -> None:
    board, turned = turn(Board(), "1", red=False)
    assert turned == ()
    board, turned = turn(board, "2", red=True)
    assert turned == (Turned(ADD.id, "went red", "2"),)
    assert board.red == (ADD.id,)
    board, turned = turn(board, "3", red=True)
    assert [one.turn for one in turned] == ["still red"]
    assert board.lights[ADD.id].since == "2"
    assert board.last_green(ADD.id) == {"pkg/code.py": "code of 1"}
    board, turned = turn(board, "4", red=False)
    assert [one.turn for one in turned] == ["went green"]
    assert board.last_green(ADD.id) == {"pkg/code.py": "code of 4"}


def test_red_and_green_on_one_state_is_flaky() -> None:
    board, _ = turn(Board(), "1", red=False)
    board, turned = turn(board, "1", red=True)
    assert [one.turn for one in turned] == ["flaky"]
    for number in range(2, 12):
        board, turned = turn(board, str(number), red=False)
    assert (board.lights[ADD.id].flaky, turned) == ("", ())


def test_skipped_tests_turn_nothing_and_tests_that_are_gone_are_told() -> None:
    board, _ = turn(Board(), "1", red=True)
    skipped = msgspec.structs.replace(ADD, outcome=SKIPPED)
    assert board.after([skipped], "2", {}) == (board, ())
    board, turned = board.without([ADD.id, "nobody"], "2")
    assert (board, turned) == (Board(), (Turned(ADD.id, "gone", "2"),))


def test_a_board_can_be_stored() -> None:
    board, _ = turn(Board(), "1", red=False)
    assert msgspec.json.decode(msgspec.json.encode(board), type=Board) == board
