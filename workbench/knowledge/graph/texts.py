"""Relations out of pieces: documents that name what they are about, parts, imports by line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from workbench.knowledge.graph.values import Defined, Said
from workbench.knowledge.reading.values import Part

_PROSE = frozenset({"markdown", "rst", "text", "html", "pdf", "man", "notebook"})
_SPAN = re.compile(r"`{1,2}([^`\n]{2,80})`{1,2}")
_NAMED = re.compile(r"[A-Za-z_][\w]*(?:(?:\.|::|#)[A-Za-z_]\w*)*(?=\(\)?|$)")
_SPELT = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|[a-z]+_\w+|[A-Z][a-z0-9]+[A-Z]\w*")
_IN_HEADING, _IN_HEADING_BARE, _IN_BODY = 0.9, 0.6, 0.5
_IMPORTS = {
    "javascript": r"""(?:from|import|require\()\s*["']([^"']+)["']""",
    "typescript": r"""(?:from|import|require\()\s*["']([^"']+)["']""",
    "tsx": r"""(?:from|import|require\()\s*["']([^"']+)["']""",
    "go": r"""^\s*(?:import\s+)?(?:[\w.]+\s+)?"([\w./-]+)"\s*$""",
    "rust": r"^\s*(?:pub\s+)?use\s+([\w:]+)",
    "java": r"^\s*import\s+(?:static\s+)?([\w.]+)\s*;",
    "c": r"""^\s*#\s*include\s+[<"]([^>"]+)[>"]""",
    "cpp": r"""^\s*#\s*include\s+[<"]([^>"]+)[>"]""",
}
_LINES = {name: re.compile(pattern) for name, pattern in _IMPORTS.items()}
_BY_LINE = 0.9
_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)")
_MOST_NAMES = 400


def read(path: str, parts: Sequence[Part]) -> tuple[list[Defined], list[Said]]:
    """Return what a file of any kind but Python defines and says, by its pieces."""
    if not parts:
        return [], []
    is_prose = parts[0].kind in ("prose", "notebook", "text") or parts[0].language in _PROSE
    last = max(part.last for part in parts)
    defined = [Defined(path, "document" if is_prose else "file", 1, last)]
    said: list[Said] = []
    for part in parts:
        name = _name(path, part, is_prose=is_prose)
        if name != path:
            kind = "heading" if is_prose else "symbol"
            defined.append(Defined(name, kind, part.first, part.last))
            around = _around(path, part, is_prose=is_prose)
            said.append(Said(name, "part of", around, part.first, part.last, 1.0))
        said.extend(_documents(name, part) if is_prose else _imports(path, part))
    return defined, said


def _name(path: str, part: Part, *, is_prose: bool) -> str:
    if is_prose:
        return f"{path}#{part.heading[-1]}" if part.heading and part.heading[-1] else path
    return f"{path}#{part.symbol}" if part.symbol else path


def _around(path: str, part: Part, *, is_prose: bool) -> str:
    if is_prose:
        return f"{path}#{part.heading[-2]}" if len(part.heading) > 1 else path
    above = part.symbol.rpartition(".")[0]
    return f"{path}#{above}" if above else path


def _documents(name: str, part: Part) -> Iterator[Said]:
    """Yield what a passage names as one names code; its heading says most of what it is about."""
    heading = part.heading[-1] if part.heading else ""
    seen = set[str]()
    for target, sure in (
        *((one, _IN_HEADING) for one in _spans(heading)),
        *((one, _IN_HEADING_BARE) for one in _SPELT.findall(heading)),
        *((one, _IN_BODY) for one in _spans(part.text)),
    ):
        if target not in seen and len(seen) < _MOST_NAMES:
            seen.add(target)
            yield Said(name, "documents", target, part.first, part.last, sure, is_whole=False)


def _spans(text: str) -> Iterator[str]:
    for span in _SPAN.findall(text):
        if (match := _NAMED.match(span)) and len(match[0]) > 2:
            yield match[0].replace("::", ".").replace("#", ".")


def _imports(path: str, part: Part) -> Iterator[Said]:
    pattern = _LINES.get(part.language)
    if pattern is None:
        return
    for number, line in enumerate(part.text.splitlines(), part.first):
        for target in pattern.findall(line):
            whole = _resolved(path, target.replace("::", "."))
            yield Said(path, "imports", whole, number, number, _BY_LINE)


def _resolved(path: str, target: str) -> str:
    """Return where an import that begins with a dot leads."""
    if not target.startswith("."):
        return target
    parts = list(PurePosixPath(path).parent.parts)
    for word in PurePosixPath(target).parts:
        if word == ".." and parts:
            parts.pop()
        elif word not in (".", ".."):
            parts.append(word)
    return "/".join(parts)


def requirements(path: str, text: str) -> tuple[list[Defined], list[Said]]:
    """Return what a project says that it needs."""
    file = PurePosixPath(path)
    if file.name == "pyproject.toml":
        name, needed = _pyproject(text)
    elif file.name.startswith("requirements") and file.suffix == ".txt":
        name, needed = "", _listed(text.splitlines())
    else:
        return [], []
    project = name or str(file.parent if str(file.parent) != "." else "the project")
    last = text.count("\n") + 1
    said = [Said(project, "needs", one, 1, last, 1.0) for one in dict.fromkeys(needed)]
    return [Defined(project, "project", 1, last)] if said else [], said


def _pyproject(text: str) -> tuple[str, list[str]]:
    try:
        project = tomllib.loads(text).get("project", {})
    except (tomllib.TOMLDecodeError, RecursionError):
        return "", []
    if not isinstance(project, dict):
        return "", []
    listed = project.get("dependencies", [])
    name = project.get("name", "")
    needed = _listed([one for one in listed if isinstance(one, str)]) if listed else []
    return name if isinstance(name, str) else "", needed


def _listed(lines: Iterable[str]) -> list[str]:
    found = (_REQUIREMENT.match(line) for line in lines)
    return [match[1].lower().replace("-", "_") for match in found if match]
