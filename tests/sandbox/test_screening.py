"""The screening lane: what tests do on a project as it is, and with candidates in place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox.interpreters import SUPPORTED, interpreter_of
from tests.sandbox.screened import inserted, lane_of, replaced, states, together, tried
from tests.sandbox.screened_cases import CALC, ENCODINGS, FLAT, LAYOUTS, SHAPES, TESTS
from workbench.healing.dossier import FAILED, PASSED, SKIPPED


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_repair_passes_in_every_layout(layout: str, tmp_path: Path) -> None:
    files, path = LAYOUTS[layout]
    with lane_of(tmp_path, files) as lane:
        found = states(
            lane,
            replaced(files, path, "a - b", "a * b"),
            replaced(files, path, "a - b", "a + b"),
            replaced(files, path, "def add(a, b)", "def add(a, b, c=2)"),
            replaced(
                files,
                path,
                "def add(a, b):\n    total = a - b",
                "def add(a, b, c=0):\n    total = a + b + c",
            ),
        )
    assert found == ["failed", "passed", "failed", "passed"]


@pytest.mark.parametrize("version", SUPPORTED)
def test_screens_in_every_python(version: str, tmp_path: Path) -> None:
    interpreter = interpreter_of(version, tmp_path)
    if interpreter is None:
        pytest.skip(f"this machine has no Python {version}")
    with lane_of(tmp_path, FLAT, python=interpreter.executable) as lane:
        found = states(
            lane,
            replaced(FLAT, "calc.py", "a - b", "a + b"),
            replaced(FLAT, "calc.py", "return total", "while True: total += 1"),
            replaced(FLAT, "calc.py", "return total", "while True:\n        total += 2"),
            replaced(FLAT, "calc.py", "return total", "return sum(1 for _ in iter(int, 1))"),
            replaced(FLAT, "calc.py", "a - b", "a -\tb"),
            replaced(FLAT, "calc.py", "a - b", "a - ("),
            replaced(FLAT, "calc.py", "a - b", "abs(-a) + b"),
        )
        compared = lane.compare([replaced(FLAT, "calc.py", "a - b", "a + b")], "calc.py", 2)
    assert found == ["passed", "cut", "cut", "cut", "same", "invalid", "passed"]
    at = [arguments for arguments, _ in compared.calls].index("a=1, b=2")
    assert [outcome and outcome[at] for outcome in compared.outcomes] == ["returns -1", "returns 3"]


def test_tells_what_each_test_does(tmp_path: Path) -> None:
    files = {
        "calc.py": CALC
        + "def shout(word):\n    upper = word.upper()\n    return upper + nothing\n",
        "test_calc.py": TESTS
        + "import calc, pytest\n"
        + "def test_shout():\n    assert calc.shout('hey') == 'HEY!'\n"
        + "@pytest.mark.skip\ndef test_skipped(): pass\n"
        + "@pytest.mark.xfail\ndef test_expected(): assert 0\n"
        + "def test_fixture(tmp_path): assert tmp_path.exists()\n",
    }
    with lane_of(tmp_path, files) as lane:
        runs = {run.id.partition("::")[2]: run for run in lane.runs}
    assert {name: run.outcome for name, run in runs.items()} == {
        "test_add": FAILED,
        "test_nothing": PASSED,
        "test_shout": FAILED,
        "test_skipped": SKIPPED,
        "test_expected": SKIPPED,
        "test_fixture": PASSED,
    }
    raised = runs["test_shout"].raised
    assert raised is not None
    assert raised.name == "NameError"
    assert raised.frames[-1].path == "calc.py"
    assert (raised.frames[-1].line, raised.frames[-1].function) == (6, "shout")
    assert raised.frames[-1].values == {"word": "'hey'", "upper": "'HEY'"}
    assert runs["test_add"].lines == {"calc.py": (2, 3)}
    assert runs["test_shout"].lines == {"calc.py": (5, 6)}
    assert runs["test_nothing"].plain
    assert not runs["test_fixture"].plain
    assert runs["test_add"].work == 1


@pytest.mark.parametrize("shape", SHAPES)
def test_changes_take_effect_wherever_they_are(shape: str, tmp_path: Path) -> None:
    source, old, new, claim = SHAPES[shape]
    files = {
        "m.py": source,
        "test_m.py": (
            f"from m import get\ndef test_get():\n    assert {claim}\ndef test_1(): pass\n"
        ),
    }
    with lane_of(tmp_path, files) as lane:
        assert [run.id for run in lane.failing] == ["test_m.py::test_get"]
        repair = replaced(files, "m.py", old, new)
        found = states(lane, repair, replaced(files, "m.py", old, f"{new} "), *[repair] * 2)
    assert found[0] == "passed"
    assert set(found[1:]) == {"same"}


def test_an_import_can_come_with_what_needs_it(tmp_path: Path) -> None:
    files = {
        "m.py": "import os\n\ndef get():\n    return 1\n",
        "test_m.py": "from m import get\ndef test_get():\n    assert get() == '[]'\n",
    }
    use = replaced(files, "m.py", "return 1", "return json.dumps([])")
    with lane_of(tmp_path, files) as lane:
        found = tried(
            lane,
            use,
            together(inserted("m.py", 0, "import jsonn as json\n"), use),
            together(inserted("m.py", 0, "import json\n"), use),
            together(inserted("m.py", len("import os"), "\nfrom json import dumps as json"), use),
        )
    assert [one.state for one in found] == ["failed", "failed", "passed", "failed"]
    assert [one.kinds for one in found[:2]] == [("NameError",), ("ModuleNotFoundError",)]


@pytest.mark.parametrize("name", ENCODINGS)
def test_offsets_count_what_the_file_says_in_utf_8(name: str, tmp_path: Path) -> None:
    content, old = ENCODINGS[name]
    text = content.decode("latin-1" if name == "latin-1" else "utf-8-sig")
    decoded = {"calc.py": text}
    with lane_of(tmp_path, {"calc.py": content, "test_calc.py": TESTS}) as lane:
        found = states(
            lane,
            replaced(decoded, "calc.py", old, "a + b"),
            together(
                replaced(decoded, "calc.py", old, "b"),
                replaced(decoded, "calc.py", "def add(a, b)", "def add(b, a=0)"),
            ),
        )
    assert found == ["passed", "failed"]


def test_several_failing_tests_are_counted_one_by_one(tmp_path: Path) -> None:
    files = {
        "m.py": "def f(n):\n    return n\n\ndef g(n):\n    return n\n\ndef h(n):\n    return n\n",
        "test_m.py": (
            "from m import f, g, h\n"
            "def test_f(): assert f(1) == 2\n"
            "def test_h(): assert h(1) == 1\n"
            "def test_g(): assert g(1) == 3\n"
        ),
    }
    f = replaced(files, "m.py", "def f(n):\n    return n", "def f(n):\n    return n + 1")
    g = replaced(files, "m.py", "def g(n):\n    return n", "def g(n):\n    return n + 2")
    h = replaced(files, "m.py", "def h(n):\n    return n", "def h(n):\n    return n + 2")
    with lane_of(tmp_path, files) as lane:
        assert [run.id for run in lane.failing] == ["test_m.py::test_f", "test_m.py::test_g"]
        found = tried(lane, f, g, together(f, g), together(f, g, h))
    assert [one.state for one in found] == ["failed", "failed", "passed", "failed"]
    assert [one.passes for one in found] == [(0,), (1,), (0, 1), (0, 1)]
    assert [one.broke for one in found] == ["", "", "", "test_m.py::test_h"]


def test_candidates_are_compared_by_the_calls_of_the_tests_and_calls_near_them(
    tmp_path: Path,
) -> None:
    files = {
        "m.py": "def f(a, b):\n    return a\n",
        "test_m.py": "from m import f\ndef test_f(): assert f(2, 2) == 4\n",
    }
    add = replaced(files, "m.py", "return a", "return a + b")
    multiply = replaced(files, "m.py", "return a", "return a * b")
    other = replaced(files, "m.py", "return a", "return b + a")
    raises = replaced(files, "m.py", "return a", "return a / 0")
    hangs = replaced(files, "m.py", "return a", "while True:\n        a += 1")
    ends = replaced(files, "m.py", "return a", "__import__('os')._exit(0)")
    with lane_of(tmp_path, files) as lane:
        assert states(lane, add, multiply, other) == ["passed", "passed", "passed"]
        found = lane.compare([add, multiply, other, raises, hangs, ends], "m.py", 2)
    base, *outcomes = found.outcomes
    assert found.calls[0] == ("a=2, b=2", True)
    assert [one and one[0] for one in outcomes] == [
        "returns 4",
        "returns 4",
        "returns 4",
        "raises ZeroDivisionError",
        "goes on and on",
        None,
    ]
    assert base
    assert base[0] == "returns 2"
    assert outcomes[0] == outcomes[2] != outcomes[1]
    assert not any(is_recorded for _, is_recorded in found.calls[1:])
