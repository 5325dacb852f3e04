"""The places that a repair has no business with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import translate

from workbench.sandbox.proof.ground import Touch, fold, parents


@dataclass(frozen=True, slots=True)
class _Place:
    """Files, and folders with all below them, by patterns of their names."""

    code: str
    sentence: str
    files: re.Pattern[str]
    folders: re.Pattern[str]


def _any_of(patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(translate(pattern) for pattern in patterns.split()) or "(?!)")


def _place(code: str, sentence: str, files: str = "", folders: str = "") -> _Place:
    """Name a place; what is forbidden as a folder is so as a file as well."""
    return _Place(code, sentence, _any_of(f"{files} {folders}"), _any_of(folders))


_PLACES = (
    _place("conftest", "A repair does not change how tests are set up.", "conftest.*", "conftest"),
    _place(
        "tests",
        "A repair does not change tests.",
        "test_* *_test.py *_tests.py test.py tests.py",
        "test tests testing test_* *_tests testdata testsuite __tests__ __snapshots__",
    ),
    _place(
        "configuration",
        "A repair does not change how pytest is configured.",
        "pytest.ini .pytest.ini pytest.toml .pytest.toml tox.ini tox.toml toxfile.py noxfile.py"
        " setup.cfg pyproject.toml .coveragerc",
    ),
    _place(
        "packaging",
        "A repair does not change how the project is packaged or what it needs.",
        "setup.py manifest.in pipfile *.lock pylock*.toml uv.toml"
        " poetry.toml pdm.toml pixi.toml hatch.toml hatch_build.py versioneer.py ez_setup.py"
        " *requirements*.txt *requirements*.in *constraints*.txt environment*.yml"
        " environment*.yaml conda-lock.* pyvenv.cfg *.egg-link __editable__* entry_points.txt"
        " .python-version .tool-versions",
        "requirements *.egg-info *.dist-info",
    ),
    _place(
        "startup",
        "A repair does not change what runs when Python starts.",
        "sitecustomize.* usercustomize.* *.pth",
        "sitecustomize usercustomize",
    ),
    _place(
        "ci",
        "A repair does not change what runs elsewhere.",
        "jenkinsfile* azure-pipelines* appveyor.yml .appveyor.yml bitbucket-pipelines.yml"
        " cloudbuild.yml cloudbuild.yaml buildspec.yml codecov.yml .pre-commit-*",
        ".github .gitlab* .ci .circleci .buildkite .azure* .drone* .travis* .woodpecker*"
        " .cirrus* .teamcity .jenkins",
    ),
    _place("git", "A repair does not touch git's own files.", "", ".git*"),
    _place("bytecode", "A repair holds no bytecode.", "*.pyc *.pyo", "__pycache__"),
    _place(
        "binary",
        "A repair holds no binaries.",
        "*.so *.so.* *.pyd *.dll *.dylib *.exe *.o *.a *.obj *.lib *.whl *.egg *.zip *.pyz *.tar"
        " *.tgz *.gz *.bz2 *.xz *.zst *.7z *.jar *.class *.wasm *.bin *.pkl *.pickle *.joblib",
        "*.egg",
    ),
    _place(
        "environment",
        "A repair does not change what is installed.",
        "",
        ".venv* venv virtualenv .virtualenv* .tox .nox .eggs site-packages dist-packages"
        " __pypackages__ node_modules",
    ),
    _place(
        "workbench",
        "A repair does not touch what Workbench keeps.",
        "workbench.toml",
        ".workbench",
    ),
    _place("hidden", "A repair does not touch hidden files.", "", ".*"),
)


def object_to_place(touch: Touch) -> tuple[str, str] | None:
    """Return the code and the sentence of the first place that the path lies in."""
    *folders, name = map(fold, touch.parts)
    found = next((place for place in _PLACES if _lies_in(place, folders, name)), None)
    if found:
        return found.code, found.sentence
    return _collected(touch) or _installed(touch)


def places_of(path: str) -> frozenset[str]:
    """Return the codes of all places that a path lies in by its names."""
    *folders, name = map(fold, path.split("/"))
    return frozenset(place.code for place in _PLACES if _lies_in(place, folders, name))


def _lies_in(place: _Place, folders: Sequence[str], name: str) -> bool:
    return bool(place.files.match(name)) or any(map(place.folders.match, folders))


def _collected(touch: Touch) -> tuple[str, str] | None:
    above = set(parents(touch.path))
    if touch.path in touch.ground.tests or above & touch.ground.test_folders:
        return "tests", "A repair does not change what lies among the tests."
    return None


def _installed(touch: Touch) -> tuple[str, str] | None:
    if touch.ground.environments & set(parents(touch.path)) - {""}:
        return "environment", "A repair does not change what is installed."
    return None
