"""Whatever the slip, what puts it right is among what is tried at the statement, and not late."""

from __future__ import annotations

import ast

import pytest

from tests.pure.generators_c_slips import SLIPS, Slip
from workbench.healing.candidate import Candidate
from workbench.healing.dossier import Dossier
from workbench.healing.generators import AT_SITE
from workbench.healing.ground import Ground, Site

_WITHIN = 130
"""Of all that is tried at one statement, by prior alone."""


def _found(ground: Ground, node: ast.stmt) -> list[Candidate]:
    site = Site("m.py", ground.modules["m.py"], node, 1.0)
    found = [one for made in AT_SITE for one in made(ground, site)]
    return sorted(found, key=lambda one: -one.prior)[:_WITHIN]


@pytest.mark.parametrize("slip", SLIPS, ids=lambda one: one.name)
def test_a_slip_is_put_right(slip: Slip) -> None:
    ground = Ground(Dossier((), {"m.py": slip.program.replace("@", slip.wrong)}))
    right = ast.dump(ast.parse(slip.program.replace("@", slip.right)))
    module = ground.modules["m.py"]
    made = (one for node in module.statements for one in _found(ground, node))
    texts = (module.spliced(one.by_path["m.py"]) for one in made)
    assert any(ast.dump(ast.parse(text)) == right for text in texts)
