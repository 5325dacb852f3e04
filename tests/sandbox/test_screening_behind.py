"""A second crash behind one that a candidate repairs: where it is in the changed file."""

from __future__ import annotations

from pathlib import Path

from tests.sandbox.screened import inserted, lane_of, replaced, together, tried
from workbench.healing.verdict import Verdict

CODE = '''"""Statistics."""


def most(words):
    return Counter(words).most_common(1)


def mean(words):
    total = sum(map(len, words))
    return total / len(words)
'''
TESTS = (
    "from stats import mean, most\n\n"
    "def test_both():\n    most([])\n    assert mean([]) == 0\n\n"
    "def test_plain(tmp_path):\n    most([])\n    assert mean([]) == 0\n"
)
FILES = {"stats.py": CODE, "test_stats.py": TESTS}
IMPORT = inserted("stats.py", CODE.index("\n") + 1, "from collections import Counter\n")
BY_HAND = replaced(
    FILES,
    "stats.py",
    "return Counter(words).most_common(1)",
    "found = {word: words.count(word) for word in words}\n    return list(found.items())[:1]",
)
PLACES = {"import": (IMPORT, 11), "by hand": (BY_HAND, 11), "both": (together(IMPORT, BY_HAND), 12)}


def crash_of(verdict: Verdict) -> tuple[str, str, int]:
    assert verdict.crash, verdict
    kind, path, line = verdict.crash.place
    return kind.split(",")[0], path, line


def test_the_crash_behind_has_the_line_of_the_changed_file(tmp_path: Path) -> None:
    with lane_of(tmp_path, FILES) as lane:
        found = tried(lane, *(candidate for candidate, _ in PLACES.values()))
    lines = [line for _, line in PLACES.values()]
    expected = [("ZeroDivisionError", "stats.py", line) for line in lines]
    assert [crash_of(one) for one in found] == expected


def test_the_same_crash_is_not_behind_itself_and_a_check_is_no_crash(tmp_path: Path) -> None:
    same = replaced(FILES, "stats.py", "most_common(1)", "most_common(2)")
    check = replaced(FILES, "stats.py", "total / len(words)", "total / (len(words) or 1) + 1")
    with lane_of(tmp_path, FILES) as lane:
        first, second = tried(lane, same, together(IMPORT, check))
    assert first.kinds[0] == "NameError"
    assert second.kinds[0] == "AssertionError"
    assert (first.crash, second.crash) == (None, None)
