"""What a verdict rests on, and that its digest says so; bases of which nothing can be proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.sandbox.forgeries.values import CALC, CALC_BUG
from tests.sandbox.proving import POLICY, Project, Proving, as_bytes, proving
from workbench.sandbox.plan import RUNNER, lent_packages
from workbench.sandbox.proof import prove as proofs
from workbench.sandbox.proof.bench import Bench
from workbench.sandbox.proof.prove import Prover, Verdict

pytestmark = pytest.mark.xdist_group("proof")
RIGHT = CALC_BUG.replace("return a - b", "return a + b")
TEST = "tests/test_calc.py::test_add"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proving]:
    with proving(tmp_path_factory.mktemp("proof")) as made:
        yield made


@pytest.fixture(scope="module")
def verdict(shop: Proving) -> Verdict:
    return shop.prove(CALC, {"calc.py": RIGHT})


def _made(name: str, code: str, tests: str, *failing: str) -> Project:
    files = {"code.py".replace("code", name): code, f"tests/test_{name}.py": tests}
    return Project(
        name=name,
        main=f"{name}.py",
        files=files,
        failing=tuple(f"tests/test_{name}.py::{one}" for one in failing),
    )


def test_the_same_proof_has_the_same_digest(verdict: Verdict, shop: Proving) -> None:
    assert verdict.accepted
    assert Prover(shop.bench(CALC)).prove({"calc.py": RIGHT.encode()}, CALC.failing) == verdict
    assert shop.prove(CALC, {"calc.py": RIGHT}).digest == verdict.digest


def test_the_order_of_what_is_asked_makes_no_difference(verdict: Verdict, shop: Proving) -> None:
    asked = [*CALC.failing[::-1], CALC.failing[0]]
    again = shop.prover(CALC).prove({"calc.py": RIGHT.encode()}, asked)
    assert again.failing == verdict.failing
    assert again.digest == verdict.digest


def test_a_refusal_by_chance_has_the_same_digest_each_time(shop: Proving) -> None:
    lie = "class Lie(int):\n    def __eq__(self, other): return True\n"
    change = {"calc.py": lie + CALC_BUG.replace("return a - b", "return Lie()")}
    first, second = (shop.prove(CALC, change) for _ in range(2))
    assert [code for code, _ in first.reasons] == ["twins"]
    assert first.digest == second.digest


BENCHES: dict[str, Callable[[Bench], Bench]] = {
    "policy": lambda bench: replace(bench, policy=msgspec.structs.replace(POLICY, wall_seconds=29)),
    "environment": lambda bench: replace(
        bench, policy=msgspec.structs.replace(POLICY, environment={"A": "1"})
    ),
    "level": lambda bench: replace(bench, level=1),
    "arguments": lambda bench: replace(bench, arguments=("-q",)),
}


@pytest.mark.parametrize("other", BENCHES.values(), ids=BENCHES)
def test_another_bench_is_another_proof(
    other: Callable[[Bench], Bench], verdict: Verdict, shop: Proving
) -> None:
    prover = Prover(other(shop.bench(CALC)))
    found = prover.prove({"calc.py": RIGHT.encode()}, CALC.failing)
    assert found.accepted
    assert found.digest != verdict.digest


def test_another_patch_is_another_proof(verdict: Verdict, shop: Proving) -> None:
    found = shop.prove(CALC, {"calc.py": RIGHT.replace("a + b", "b + a")})
    assert found.accepted
    assert found.base == verdict.base
    assert found.result != verdict.result
    assert found.digest != verdict.digest


def test_other_failing_tests_are_another_proof(verdict: Verdict, shop: Proving) -> None:
    found = shop.prover(CALC).prove({"calc.py": RIGHT.encode()}, [TEST])
    assert found.accepted
    assert set(found.guards) == {TEST}
    assert found.digest != verdict.digest


def test_another_base_is_another_proof(verdict: Verdict, shop: Proving) -> None:
    files = {**CALC.files, "README.md": "other\n"}
    other = msgspec.structs.replace(CALC, name="calc-with-a-readme", files=files)
    found = shop.prove(other, {"calc.py": RIGHT})
    assert found.accepted
    assert (found.base, found.result) != (verdict.base, verdict.result)
    assert found.digest != verdict.digest


def test_another_runner_is_another_proof(
    verdict: Verdict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "runner"
    copy.mkdir()
    for source in RUNNER.glob("*.py"):
        (copy / source.name).write_bytes(source.read_bytes())
    monkeypatch.setattr(proofs, "RUNNER", copy)
    assert proofs.harness() == verdict.harness
    with (copy / "plugin.py").open("a") as plugin:
        plugin.write("\n")
    assert proofs.harness() != verdict.harness
    assert msgspec.structs.replace(verdict, harness=proofs.harness()).digest != verdict.digest


@pytest.mark.parametrize(
    "changed",
    [
        {"engine": "docker"},
        {"interpreter": "/usr/bin/python3 3.12"},
        {"under": ("3.12.1", "8.4.2")},
        {"plugins": ("pytest_timeout",)},
        {"circumstances": 3},
        {"guards": dict.fromkeys(CALC.failing, "none")},
        {"outcomes": {}},
        {"accepted": False},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_all_that_it_rests_on_is_in_the_digest(
    changed: dict[str, object], verdict: Verdict
) -> None:
    assert msgspec.structs.replace(verdict, **changed).digest != verdict.digest


def test_what_is_known_of_a_repair_is_told(verdict: Verdict) -> None:
    assert verdict.engine == "namespaces"
    assert verdict.circumstances == 2
    assert verdict.guards == dict.fromkeys(CALC.failing, "split")
    assert set(verdict.outcomes.values()) == {"passed"}
    assert all(verdict.under)


def test_a_base_that_does_not_fail_is_refused(shop: Proving) -> None:
    found = shop.prover(CALC).prove({"calc.py": RIGHT.encode()}, ["tests/test_calc.py::test_mul"])
    assert "not-failing" in dict(found.reasons)


@pytest.mark.parametrize("failing", [[], ["tests/test_calc.py::no_such"], ["tests/no_such.py"]])
def test_a_proof_of_nothing_is_refused(failing: list[str], shop: Proving) -> None:
    found = shop.prover(CALC).prove({"calc.py": RIGHT.encode()}, failing)
    assert not found.accepted
    assert "not-failing" in dict(found.reasons)


FLAKY = _made(
    "flaky",
    "import os\n\n\ndef draw():\n    return os.urandom(32)[0] % 2\n\n\ndef two():\n    return 1\n",
    "import flaky\n\n\n"
    "def test_draws():\n    assert [flaky.draw() for _ in range(9)] == [0] * 9\n\n\n"
    "def test_two():\n    assert flaky.two() == 2\n",
    "test_two",
)
SOMETIMES = _made(
    "sometimes",
    "import os\n\n\ndef draw():\n    return os.urandom(1)[0]\n",
    "import pytest\nimport sometimes\n\n\n"
    "@pytest.mark.parametrize('n', range(16))\n"
    "def test_draws(n):\n    assert sometimes.draw() >= 128\n",
    *(f"test_draws[{n}]" for n in range(16)),
)


def test_what_fails_only_sometimes_is_not_proved(shop: Proving) -> None:
    found = shop.prove(SOMETIMES, {"sometimes.py": "def draw():\n    return 200\n"})
    assert not found.accepted
    assert "flaky" in dict(found.reasons)


def test_a_test_that_is_flaky_beside_it_is_no_obstacle(shop: Proving) -> None:
    right = FLAKY.files["flaky.py"].replace("return 1", "return 2")
    found = shop.prove(FLAKY, {"flaky.py": right})
    assert found.accepted, found.reasons
    assert found.guards == {"tests/test_flaky.py::test_two": "split"}


ORDERED = _made(
    "ordered",
    "SEEN = []\n\n\ndef see(n):\n    SEEN.append(n)\n    return n\n",
    "import ordered\n\n\n"
    "def test_first():\n    ordered.see(1)\n    assert ordered.SEEN == [1]\n\n\n"
    "def test_second():\n    ordered.see(2)\n    assert ordered.SEEN == [1, 2]\n\n\n"
    "def test_wrong():\n    assert ordered.see(3) == 4\n",
    "test_wrong",
)


def test_what_depends_on_the_order_is_repeated_in_that_order(shop: Proving) -> None:
    right = ORDERED.files["ordered.py"].replace("return n", "return n + 1")
    found = shop.prove(ORDERED, {"ordered.py": right})
    assert found.accepted, found.reasons
    assert found.circumstances >= 2


def test_a_repair_that_breaks_another_test_is_refused(shop: Proving) -> None:
    found = shop.prove(CALC, {"calc.py": RIGHT.replace("a * b", "a + b")})
    assert "broken" in dict(found.reasons)


def test_a_repair_of_half_of_them_is_refused(shop: Proving) -> None:
    half = CALC_BUG.replace("return a - b", "return a + b if a < 10 else 0")
    found = shop.prove(CALC, {"calc.py": half})
    assert "unfixed" in dict(found.reasons)


def test_the_repaired_half_sees_no_test(shop: Proving) -> None:
    bench = shop.bench(CALC)
    hidden = bench.job_without_tests(as_bytes({"calc.py": RIGHT})).edits
    assert hidden["tests/test_calc.py"] is None
    assert hidden["tests/test_more.py"] is None
    assert hidden["calc.py"] is not None


def test_a_package_that_is_lent_is_lent_whole() -> None:
    """One that is compiled for our Python has its sources beside it for the others."""
    lent = lent_packages()
    assert {"_pytest", "pluggy", "tomli"} <= lent.keys()
    assert all(Path(place).is_dir() or place.endswith(".py") for place in lent.values())


_LOOP = "def last(n):\n    while n > 0:\n        n -= 1 if n > 3 else 0\n    return n\n"
_LOOP_TESTS = "from loop import last\n\n\n" + "\n\n".join(
    f"def test_{number}():\n    assert last({number}) == 0\n" for number in (0, 1, 9)
)


def test_what_never_ends_on_the_base_can_be_repaired(shop: Proving) -> None:
    project = _made("loop", _LOOP, _LOOP_TESTS, "test_1", "test_9")
    bench = replace(shop.bench(project), endless=project.failing)
    change = {"loop.py": _LOOP.replace(" if n > 3 else 0", "").encode()}
    assert Prover(bench).prove(change, project.failing).accepted


def test_a_repair_that_never_ends_either_is_refused(shop: Proving) -> None:
    project = _made("loop", _LOOP, _LOOP_TESTS, "test_1", "test_9")
    policy = msgspec.structs.replace(POLICY, wall_seconds=5.0)
    bench = replace(shop.bench(project), endless=project.failing, policy=policy)
    change = {"loop.py": _LOOP.replace("> 3", "> 1").encode()}
    assert not Prover(bench).prove(change, project.failing).accepted


def test_what_is_installed_under_the_name_of_the_project_is_not_what_is_tested(
    shop: Proving,
) -> None:
    project = _made(
        "iniconfig",
        "def seven():\n    return 6\n",
        "from iniconfig import seven\n\n\ndef test_seven():\n    assert seven() == 7\n",
        "test_seven",
    )
    change = {"iniconfig.py": b"def seven():\n    return 7\n"}
    assert shop.prover(project).prove(change, project.failing).accepted
