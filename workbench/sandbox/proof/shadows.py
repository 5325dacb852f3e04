"""Imports: a repair must not put a module where another one is meant to be found."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.sandbox.proof.ground import (
    Ground,
    Touch,
    base_folder,
    fold,
    join,
    parents,
)

_INIT = "__init__.py"
_NO_MODULES = frozenset({"__init__", "__main__"})


def object_to_shadow(touch: Touch) -> str | None:
    """Refuse a new module by the name of one that comes from elsewhere."""
    if touch.content is None or not touch.new or not touch.source:
        return None
    for root, name in _top_level_names(touch):
        if fold(name) in touch.ground.taken and not _is_there(touch, root, name):
            return f"The name {name} belongs to the standard library or to an installed package."
    return None


def object_to_second_root(touch: Touch) -> str | None:
    """Refuse a new top-level module by the name of one below another root."""
    if touch.content is None or not touch.new or not touch.source:
        return None
    for root, name in _top_level_names(touch):
        others = touch.ground.roots - {root}
        if not _module(touch.ground, root, name) and any(
            _module(touch.ground, other, name) for other in others
        ):
            return f"The project already has a module {name}, in another folder."
    return None


def object_to_package(touch: Touch) -> str | None:
    """Refuse what makes a package of an import root, or none of it, and so moves the tests."""
    if touch.parts[-1].lower() != _INIT or not (touch.new or touch.content is None):
        return None
    folder = next(parents(touch.path))
    if folder in touch.ground.roots or any(_moves(touch, test) for test in touch.ground.tests):
        return "It changes under which names the tests are imported."
    return None


def _moves(touch: Touch, test: str) -> bool:
    """Tell whether pytest would import `test` from another folder."""
    above = set(parents(test))
    before = {folder for folder in above if _INIT in touch.ground.children.get(folder, ())}
    written = {folder for folder in above if touch.change.get(join(folder, _INIT)) is not None}
    gone = {folder for folder in above if join(folder, _INIT) in touch.change} - written
    return base_folder(test, before) != base_folder(test, (before | written) - gone)


def _top_level_names(touch: Touch) -> Iterator[tuple[str, str]]:
    """Yield each root above the path, and the name by which the path is imported from there."""
    for root in touch.ground.roots & set(parents(touch.path)):
        inner = touch.path.removeprefix(f"{root}/" if root else "")
        name = inner.split("/")[0].split(".")[0] if "/" not in inner else inner.split("/")[0]
        if name not in _NO_MODULES:
            yield root, name


def _is_there(touch: Touch, root: str, name: str) -> bool:
    """Tell whether the project has that module there already, and as firmly as it would get it."""
    whole = {join(root, f"{name}.py"), join(join(root, name), _INIT)}
    if touch.path in whole:
        return _regular(touch.ground, root, name)
    return _module(touch.ground, root, name)


def _regular(ground: Ground, root: str, name: str) -> bool:
    """Tell whether the module wins against one of the same name further back on the path."""
    package = ground.children.get(join(root, name), frozenset())
    return f"{name}.py" in ground.children.get(root, frozenset()) or _INIT in package


def _module(ground: Ground, root: str, name: str) -> bool:
    return _regular(ground, root, name) or join(root, name) in ground.sources
