"""Nothing that is shipped, or installed beside it, is under the GPL, LGPL or AGPL."""

import re
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest

LOCK = Path(__file__).parents[2] / "requirements" / "core.txt"

NEVER_SHIPPED = {
    "pyte",  # LGPL: the terminal that the pty tests read
    "docutils",  # public domain and BSD, with one GPL file for Emacs: makes the docs
}
COPYLEFT = re.compile(r"\b[AL]?GPL|General Public License", re.IGNORECASE)


def declared_licence(distribution: Distribution) -> str:
    def lines(field: str) -> list[str]:
        return distribution.metadata.get_all(field) or []

    # Some put the whole text of a licence into a field; its first line is the name.
    free_text = [text.strip().partition("\n")[0] for text in lines("License")]
    classifiers = [line for line in lines("Classifier") if line.startswith("License ::")]
    return "; ".join(filter(None, lines("License-Expression") + free_text + classifiers))


def names_in_the_lock() -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==", LOCK.read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    "distribution",
    [found for found in distributions() if found.name not in NEVER_SHIPPED],
    ids=lambda found: found.name,
)
def test_licence_is_declared_and_not_copyleft(distribution: Distribution) -> None:
    licence = declared_licence(distribution)
    assert licence, f"{distribution.name} declares no licence: look it up before shipping it"
    assert not COPYLEFT.search(licence), licence


def test_exceptions_are_not_runtime_dependencies() -> None:
    assert not NEVER_SHIPPED & names_in_the_lock()
