"""Small broken programs as generators see them: failing for real, in this process."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from textwrap import dedent
from types import TracebackType

from workbench.healing.candidate import Candidate
from workbench.healing.compose import applied
from workbench.healing.dossier import FAILED, Dossier, Frame, Raised, TestRun
from workbench.healing.generators import (
    AtSite,
    absent,
    arguments,
    arity,
    attributes,
    bounds,
    calls,
    constants,
    files,
    handed,
    imports,
    keys,
    misfits,
    mutation,
    names,
    operands,
    operators,
    origins,
    recursion,
    shifts,
    syntax,
    textual,
    variables,
    wraps,
)
from workbench.healing.ground import Ground, Site

_AT = (operators, shifts, constants, variables, arguments, operands, calls, wraps, mutation)
AT_SITE = tuple(module.at_site for module in _AT)
_OF = (syntax, names, imports, attributes, absent, arity, misfits, origins)
_OF_MORE = (textual, keys, bounds, recursion, mutation, files, handed)
OF_FAILURE = tuple(module.of_failure for module in (*_OF, *_OF_MORE))
PATH = "program.py"


def calm(source: str, path: str = PATH) -> Ground:
    """Return the ground of a program of which no test has failed."""
    return Ground(Dossier(runs=(), files={path: source}))


def site(ground: Ground, line: int, path: str = PATH) -> Site:
    """Return the first statement that starts on a line."""
    module = ground.modules[path]
    found = [node for node in module.statements if node.lineno == line]
    return Site(path, module, found[0], 1.0)


def line_of(source: str, text: str) -> int:
    return next(number for number, line in enumerate(source.split("\n"), 1) if text in line)


def all_at(ground: Ground, place: Site) -> list[Candidate]:
    """Return what all generators make of a statement, the likeliest first."""
    found = [one for generate in AT_SITE for one in generate(ground, place)]
    return sorted(found, key=lambda one: -one.prior)


def all_of(ground: Ground) -> list[Candidate]:
    """Return what all generators make of a failure, the likeliest first."""
    found = [one for generate in OF_FAILURE for one in generate(ground)]
    return sorted(found, key=lambda one: -one.prior)


def made_of(source: str, at_site: AtSite) -> list[tuple[Candidate, str]]:
    """Return what a generator makes of a file, whatever of it is suspected, and the file then."""
    files = {PATH: dedent(source)}
    ground = Ground(Dossier((), files))
    module = ground.modules[PATH]
    sites = [Site(PATH, module, node, 1.0) for node in module.statements]
    found = [one for each in sites for one in at_site(ground, each)]
    return [(one, applied(files, one)[PATH]) for one in found]


def spliced(ground: Ground, one: Candidate) -> Mapping[str, str]:
    """Return the files that a candidate changes, with its changes made."""
    from workbench.splice import Source

    texts = ground.dossier.files
    return {path: Source(texts[path]).spliced(edits) for path, edits in one.by_path.items()}


def failed(files: Mapping[str, str], run: str, path: str = PATH) -> Ground:
    """Run a program and a line with what it defines, and return the ground of its failure."""
    space: dict[str, object] = {"__name__": "program", "__file__": path}
    try:
        exec(compile(files[path], path, "exec"), space)  # noqa: S102 - a program of these tests
        exec(run, space)  # noqa: S102 - as above
    except Exception as error:  # noqa: BLE001 - any can be meant
        raised = _raised(error, files)
        ended = TestRun("test_program.py::test_it", FAILED, raised)
        return Ground(Dossier(runs=(ended,), files=files))
    raise AssertionError("the program did not fail")


def told(files: Mapping[str, str], kind: str, message: str, *frames: Frame) -> Ground:
    """Return the ground of a failure that is only told of."""
    ended = TestRun("test_program.py::test_it", FAILED, Raised(kind, message, frames))
    return Ground(Dossier(runs=(ended,), files=files))


def _raised(error: Exception, files: Mapping[str, str]) -> Raised:
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind is not object]
    return Raised(",".join(kinds), str(error), tuple(_frames(error.__traceback__, files)))


def _frames(at: TracebackType | None, files: Mapping[str, str]) -> Iterator[Frame]:
    depth = sys.getrecursionlimit()
    while at is not None and depth:
        code = at.tb_frame.f_code
        if code.co_filename in files:
            shown = {name: repr(value)[:200] for name, value in at.tb_frame.f_locals.items()}
            values = {name: text for name, text in shown.items() if name[:2] != "__"}
            yield Frame(code.co_filename, at.tb_lineno, code.co_qualname, values)
        at, depth = at.tb_next, depth - 1


def rank(ground: Ground, found: Iterable[Candidate], wanted: Mapping[str, str]) -> int:
    """Return as which candidate the wanted files come, counted from 1; 0 where they do not."""
    meant = {path: _meaning(text) for path, text in wanted.items()}
    for place, one in enumerate(found, 1):
        new = {path: _meaning(text) for path, text in spliced(ground, one).items()}
        if new == meant:
            return place
    return 0


def _meaning(text: str) -> str:
    try:
        return ast.dump(ast.parse(text.removeprefix("\ufeff")))
    except SyntaxError:
        return ""
