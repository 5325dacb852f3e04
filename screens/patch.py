"""What is accepted of a proposal, or all of it, as a patch that `git apply` takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from workbench.api.reviews import Reviewed, Section, Standings
from workbench.errors import UsageError
from workbench.visible import visible_line

Places = frozenset[int]


def chosen_of(files: Iterable[Reviewed], stands: Standings) -> dict[str, Places]:
    """Return the places of what is accepted by path; where nothing is, of the whole repair."""
    repairs = {file.path for file in files if file.kind == "repair"}
    accepted = [hunk for hunk in stands.hunks if hunk.state == "accepted"]
    wanted = accepted or [hunk for hunk in stands.hunks if hunk.path in repairs]
    found: dict[str, set[int]] = {}
    for hunk in wanted:
        places = found.setdefault(hunk.path, set())
        places.update(place for span in hunk.spans for place in range(*span))
    return {path: frozenset(places) for path, places in found.items()}


def patch_of(files: Iterable[Reviewed], chosen: Mapping[str, Places]) -> str:
    """Write the changes at these places, and no others."""
    return "".join(line for file in files if file.path in chosen for line in _file(file, chosen))


def _file(file: Reviewed, chosen: Mapping[str, Places]) -> Iterator[str]:
    if not file.is_text:
        raise UsageError(
            f"{visible_line(file.path)} is not UTF-8 and cannot be written as a patch here.",
            "`workbench review export` does so.",
        )
    places = chosen[file.path]
    yield from _head(file, places)
    moved = 0
    for section in file.sections:
        lines = list(_lines(file, section, places))
        gone = sum(mark != "+" for mark, _ in lines)
        come = sum(mark != "-" for mark, _ in lines)
        if any(mark != " " for mark, _ in lines):
            old = section.old - (0 if gone else 1)
            new = section.old + moved - (0 if come else 1)
            yield f"@@ -{old},{gone} +{new},{come} @@\n"
            yield from (mark + line for mark, line in lines)
        moved += come - gone


def _head(file: Reviewed, places: Places) -> Iterator[str]:
    """Name the file; one that comes or goes as a whole says so."""
    yield f"diff --git a/{file.path} b/{file.path}\n"
    every = sum(mark == "-" for section in file.sections for mark in section.marks)
    is_gone = file.is_gone and len(places) == every
    if file.is_new:
        yield "new file mode 100644\n"
    if is_gone:
        yield "deleted file mode 100644\n"
    yield "--- /dev/null\n" if file.is_new else f"--- a/{file.path}\n"
    yield "+++ /dev/null\n" if is_gone else f"+++ b/{file.path}\n"


def _lines(file: Reviewed, section: Section, places: Places) -> Iterator[tuple[str, str]]:
    """Yield marks and lines; what goes and is not wanted stays, what comes and is not does not."""
    unended = frozenset(file.unended)
    for place, (mark, line) in enumerate(
        zip(section.marks, section.lines, strict=True), section.at
    ):
        if (file.is_new or file.is_gone) and place == 0 and not line:
            continue  # It says that the file comes or goes and is no line of it.
        end = "\n\\ No newline at end of file\n" if place in unended else "\n"
        if mark == " " or place in places:
            yield mark, line + end
        elif mark == "-":
            yield " ", line + end
