"""What is likeliest has its turn first, and nothing is made before its turn."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.healing.candidate import Candidate, candidate
from workbench.healing.dossier import Dossier
from workbench.healing.ground import Ground, Site
from workbench.healing.searching.frontier import Frontier, Seed
from workbench.splice import Edit

TEXT = "a = 1\nb = 2\nc = 3\n"
GROUND = Ground(Dossier((), {"m.py": TEXT}))


def _sites(*weights: float) -> list[Site]:
    module = GROUND.modules["m.py"]
    nodes = zip(module.tree.body, weights, strict=False)
    return [Site("m.py", module, node, weight) for node, weight in nodes]


def _numbers(_: Ground, site: Site) -> Iterator[Candidate]:
    start = site.module.start(site.node) + 4
    for prior, number in ((0.5, "10"), (0.1, "20")):
        yield candidate("m.py", [Edit(start, start + 1, number)], f"n:{number}", prior)


def _drained(frontier: Frontier) -> list[tuple[float, str]]:
    found = []
    while step := frontier.next():
        found.append((round(step.score, 6), step.candidate.operator))
    return found


def test_scores_fall() -> None:
    frontier = Frontier({"m.py": TEXT}, [_numbers], [])
    frontier.sow(Seed(GROUND), _sites(1.0, 0.5, 0.1))
    assert _drained(frontier) == [
        (0.5, "n:10"),
        (0.25, "n:10"),
        (0.1, "n:20"),
        (0.05, "n:20"),
        (0.05, "n:10"),
        (0.01, "n:20"),
    ]


def test_a_place_is_opened_when_its_turn_has_come() -> None:
    opened = []

    def noted(ground: Ground, site: Site) -> Iterator[Candidate]:
        opened.append(site.weight)
        yield from _numbers(ground, site)

    frontier = Frontier({"m.py": TEXT}, [noted], [])
    frontier.sow(Seed(GROUND), _sites(1.0, 0.2))
    frontier.next()
    assert opened == [1.0]


def test_nothing_has_two_turns() -> None:
    frontier = Frontier({"m.py": TEXT}, [_numbers, _numbers], [])
    frontier.sow(Seed(GROUND), _sites(1.0))
    assert len(_drained(frontier)) == 2


def test_what_follows_a_change_is_composed_with_it() -> None:
    first = candidate("m.py", [Edit(0, 1, "x")], "first", 0.5)
    changed = Ground(Dossier((), {"m.py": "x = 1\n"}))
    site = Site("m.py", changed.modules["m.py"], changed.modules["m.py"].tree.body[0], 1.0)
    frontier = Frontier({"m.py": "a = 1\n"}, [_numbers], [])
    frontier.sow(Seed(changed, 0.4, first, 2), [site])
    step = frontier.next()
    assert step
    assert step.candidate.operator == "first+n:10"
    assert step.candidate.changes[0].edit == Edit(0, 5, "x = 10")


def test_failures_bring_candidates_of_their_own_only_at_first() -> None:
    made = [candidate("m.py", [Edit(0, 0, "z = 0\n")], "whole", 0.9)]
    frontier = Frontier({"m.py": TEXT}, [], [lambda _: iter(made)])
    frontier.sow(Seed(GROUND, depth=2), [])
    assert _drained(frontier) == []
    frontier.sow(Seed(GROUND), [])
    assert _drained(frontier) == [(0.9, "whole")]


def test_an_echo_meets_each_single_change_in_its_turn() -> None:
    first = candidate("m.py", [Edit(6, 7, "x")], "first", 0.5)
    frontier = Frontier({"m.py": TEXT}, [_numbers], [])
    frontier.echo(Seed(GROUND, 0.5, first, 2))
    frontier.sow(Seed(GROUND), _sites(1.0))
    assert _drained(frontier) == [
        (0.5, "n:10"),
        (0.25, "first+n:10"),
        (0.1, "n:20"),
        (0.05, "first+n:20"),
    ]


def test_what_is_enough_by_itself_is_put_beside_nothing() -> None:
    first = candidate("m.py", [Edit(6, 7, "x")], "first", 0.5)
    frontier = Frontier({"m.py": TEXT}, [_numbers], [])
    frontier.sow(Seed(GROUND), _sites(1.0))
    enough = frontier.next()
    assert enough
    frontier.leave_alone(enough.candidate)
    frontier.echo(Seed(GROUND, 0.5, first, 2))
    assert _drained(frontier) == [(0.1, "n:20"), (0.05, "first+n:20")]


def test_changes_of_the_same_place_do_not_go_together() -> None:
    same = candidate("m.py", [Edit(4, 5, "7")], "same", 0.5)
    frontier = Frontier({"m.py": TEXT}, [_numbers], [])
    frontier.sow(Seed(GROUND), _sites(1.0))
    frontier.echo(Seed(GROUND, 0.5, same, 2))
    assert _drained(frontier) == [(0.5, "n:10"), (0.1, "n:20")]
