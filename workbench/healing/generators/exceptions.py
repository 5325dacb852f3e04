"""Another exception: one that is really raised is caught, and what is expected is raised."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Ground, Site
from workbench.healing.insight.evidence import not_raised
from workbench.healing.insight.inputs import awaited
from workbench.healing.insight.scope import Origin, Scope
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.splice import last_name

_ALIKE = {
    "KeyError": ("IndexError", "ValueError", "AttributeError", "TypeError", "LookupError"),
    "IndexError": ("KeyError", "ValueError", "TypeError", "StopIteration", "LookupError"),
    "ValueError": ("TypeError", "KeyError", "IndexError", "AttributeError", "OverflowError"),
    "TypeError": ("ValueError", "AttributeError", "KeyError", "IndexError"),
    "AttributeError": ("TypeError", "KeyError", "ValueError", "NameError"),
    "LookupError": ("KeyError", "IndexError", "ValueError"),
    "StopIteration": ("IndexError", "ValueError", "StopAsyncIteration"),
    "ZeroDivisionError": ("ValueError", "ArithmeticError", "TypeError"),
    "OSError": ("FileNotFoundError", "ValueError", "PermissionError"),
    "FileNotFoundError": ("OSError", "PermissionError", "KeyError"),
    "ImportError": ("ModuleNotFoundError", "AttributeError", "SyntaxError"),
    "RuntimeError": ("ValueError", "TypeError", "NotImplementedError"),
    "NotImplementedError": ("TypeError", "ValueError", "RuntimeError"),
    "UnicodeDecodeError": ("ValueError", "UnicodeError", "UnicodeEncodeError"),
}
_ANY = ("ValueError", "TypeError", "KeyError", "IndexError", "AttributeError")
_CHECKS = frozenset({"AssertionError", "Failed", "Exception", "BaseException"})
_TOLD, _LIKE, _OWN = 3.0, 0.3, 0.2


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    match site.node:
        case ast.Try(handlers=handlers) | ast.TryStar(handlers=handlers):
            options = (one for handler in handlers for one in _caught(ground, site, handler))
            yield from ranked(shared(site, "exceptions:caught", _share(ground), options))
        case ast.Raise(exc=ast.expr() as raised):
            made = raised.func if isinstance(raised, ast.Call) else raised
            yield from ranked(
                shared(site, "exceptions:raised", 0.2, _raised(ground, site, made)),
            )


def _share(ground: Ground) -> float:
    """Return much where a failing test ends by an exception that nobody expects."""
    return 0.25 if _unexpected(ground) else 0.06


def _unexpected(ground: Ground) -> tuple[str, ...]:
    names = (run.raised.name for run in ground.dossier.failing if run.raised is not None)
    return tuple(one for one in dict.fromkeys(names) if one not in _CHECKS)


def _caught(ground: Ground, site: Site, handler: ast.ExceptHandler) -> Iterator[Option]:
    """Yield a handler for another exception, and for one more."""
    kinds = handler.type
    if kinds is None:
        return
    names = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
    known = {last_name(one) for one in names}
    written = [site.module.of(one) for one in names]
    for one, weight in _others(ground, site, known, _unexpected(ground)):
        more = f"({', '.join([*written, one])})"
        yield from option(site.module.instead(kinds, more), weight * 0.5, f"{one} is caught too")
        for node in names:
            why = f"{site.module.of(node)} becomes {one}"
            yield from option(site.module.instead(node, one), weight / len(names), why)


def _raised(ground: Ground, site: Site, made: ast.expr) -> Iterator[Option]:
    expected = (*not_raised(ground), *awaited(ground))
    for one, weight in _others(ground, site, {last_name(made)}, expected):
        why = f"{site.module.of(made)} becomes {one}"
        yield from option(site.module.instead(made, one), weight, why)


def _others(
    ground: Ground, site: Site, known: set[str], told: tuple[str, ...]
) -> Iterator[tuple[str, float]]:
    """Yield other exceptions: those the tests tell of, those alike, those of the project."""
    scope = Scope.of(ground, site)
    best: dict[str, float] = {}
    alike = [name for one in known for name in _ALIKE.get(one, _ANY)]
    own = [one.text for one in scope.of_origin(Origin.CLASS, Origin.IMPORT)]
    for names, weight in (
        (told, _TOLD),
        (alike, _LIKE),
        ([one for one in own if one.endswith(("Error", "Exception"))][:6], _OWN),
    ):
        for name in names:
            best[name] = max(weight, best.get(name, 0.0))
    for name, weight in best.items():
        if name not in known and (hasattr(builtins, name) or name in scope.by_text):
            yield name, weight
