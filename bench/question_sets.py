"""Questions, and which texts answer them: sets that are given, and sets out of what is installed.

The latter are other sets on other machines: a summary asks for the function that it was taken from,
a class for its methods, a heading for its section.
"""

from __future__ import annotations

import ast
import json
import random
import re
import sysconfig
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log2
from pathlib import Path
from statistics import mean
from textwrap import dedent
from typing import TypeGuard

_BEST = 10
_TEXTS, _ASKED, _LEAST_ASKED = 2_000, 300, 100
_FROM_A_FILE, _FEW = 6, 3
_LINES = range(4, 60)
_SUMMARY, _HEADING = range(25, 200), range(8, 80)
_LEAST_SECTION, _LONGEST_SECTION = 200, 1_500
_HEADED = re.compile(r"^(?:#+ +(.+)|([^\n]{6,80})\n[=\-~^]{6,})$", re.MULTILINE)


@dataclass(frozen=True)
class QuestionSet:
    """Texts by name, questions by name, and how well each text answers a question."""

    name: str
    texts: dict[str, str] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)
    relevant: dict[str, dict[str, int]] = field(default_factory=dict)

    def ndcg(self, found: Mapping[str, Sequence[str]]) -> float:
        """Return the mean nDCG@10 of what was found for each question, best first."""
        return mean(self._of(question, best) for question, best in found.items())

    def _of(self, question: str, best: Sequence[str]) -> float:
        relevant = self.relevant[question]
        gained = sum(relevant.get(one, 0) / log2(at + 2) for at, one in enumerate(best[:_BEST]))
        ideal = sorted(relevant.values(), reverse=True)[:_BEST]
        return gained / sum(one / log2(at + 2) for at, one in enumerate(ideal))


def given(folder: Path) -> Iterator[QuestionSet]:
    """Yield the sets in a folder: folders with corpus.jsonl, queries.jsonl and qrels.tsv."""
    return (_read(one) for one in sorted(folder.iterdir()) if (one / "qrels.tsv").exists())


def _read(folder: Path) -> QuestionSet:
    def lines(name: str) -> list[dict[str, str]]:
        return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]

    relevant: dict[str, dict[str, int]] = defaultdict(dict)
    for line in (folder / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        question, text, score = line.split("\t")
        relevant[question][text] = int(score)
    return QuestionSet(
        folder.name,
        {
            row["_id"]: f"{row.get('title', '')} {row['text']}".strip()
            for row in lines("corpus.jsonl")
        },
        {row["_id"]: row["text"] for row in lines("queries.jsonl") if row["_id"] in relevant},
        relevant,
    )


def installed() -> list[QuestionSet]:
    """Make sets of the standard library and of what lies beside it, as far as there is enough."""
    functions, methods = QuestionSet("functions by summary"), QuestionSet("methods by class")
    for place, source in _sources("*.py"):
        if min(len(functions.texts), len(methods.texts)) >= _TEXTS:
            break
        if tree := _parsed(source):
            _ask_for_functions(functions, place, source, tree)
            _ask_for_methods(methods, place, source, tree)
    sections = QuestionSet("sections by heading")
    for place, text in _sources("METADATA"):
        _ask_for_sections(sections, place, text)
    return [one for one in (functions, methods, sections) if len(one.questions) >= _LEAST_ASKED]


def _parsed(source: str) -> ast.Module | None:
    with warnings.catch_warnings(action="ignore"):  # Escapes that nobody minds there.
        try:
            return ast.parse(source)
        except SyntaxError:
            return None


def _sources(pattern: str) -> Iterator[tuple[str, str]]:
    """Yield files in an order that is always the same and has no neighbours beside each other."""
    roots = sysconfig.get_paths()["stdlib"], sysconfig.get_paths()["purelib"]
    files = sorted(file for root in roots for file in Path(root).rglob(pattern))
    random.Random(0).shuffle(files)  # noqa: S311
    for file in files:
        if "test" not in str(file):
            yield str(file), file.read_text("utf-8", "replace")


def _ask_for_functions(made: QuestionSet, place: str, source: str, tree: ast.Module) -> None:
    if len(made.texts) >= _TEXTS:
        return
    for node in [*filter(_is_whole, ast.walk(tree))][:_FROM_A_FILE]:
        name = f"{place}:{node.lineno}"
        made.texts[name] = _without_docstring(source, node)
        _ask(made, _summary(node), _SUMMARY, name)


def _ask_for_methods(made: QuestionSet, place: str, source: str, tree: ast.Module) -> None:
    if len(made.texts) >= _TEXTS:
        return
    for one in filter(_is_class, ast.walk(tree)):
        methods = [*filter(_is_whole, one.body)]
        if len(methods) >= _FEW:
            named = {f"{place}:{each.lineno}": _without_docstring(source, each) for each in methods}
            made.texts.update(named)
            _ask(made, _summary(one), _SUMMARY, *named)


def _ask_for_sections(made: QuestionSet, place: str, text: str) -> None:
    parts = _HEADED.split(text) if len(made.texts) < _TEXTS else []
    for at in range(1, len(parts) - 2, 3):
        heading, section = (parts[at] or parts[at + 1]).strip(" #`*"), parts[at + 2].strip()
        if len(section) >= _LEAST_SECTION and section not in made.texts.values():
            made.texts[f"{place}:{at}"] = section[:_LONGEST_SECTION]
            _ask(made, heading, _HEADING, f"{place}:{at}")


def _ask(made: QuestionSet, question: str, lengths: range, *answers: str) -> None:
    if len(made.questions) < _ASKED and len(question) in lengths and question.count(" ") > 1:
        name = f"{len(made.questions)}"
        made.questions[name] = question
        made.relevant[name] = dict.fromkeys(answers, 1)


def _is_whole(node: ast.AST) -> TypeGuard[ast.FunctionDef]:
    """Tell functions that do something."""
    return isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno in _LINES


def _is_class(node: ast.AST) -> TypeGuard[ast.ClassDef]:
    return isinstance(node, ast.ClassDef)


def _summary(node: ast.FunctionDef | ast.ClassDef) -> str:
    told = ast.get_docstring(node) or ""
    return " ".join(told.split("\n\n")[0].split())


def _without_docstring(source: str, node: ast.FunctionDef) -> str:
    lines, first = source.splitlines(), node.body[0]
    told = range(first.lineno, (first.end_lineno or 0) + 1) if ast.get_docstring(node) else ()
    kept = range(node.lineno, (node.end_lineno or 0) + 1)
    return dedent("\n".join(lines[at - 1] for at in kept if at not in told))
