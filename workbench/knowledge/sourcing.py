"""What somebody means who wants something read: a path, an installed package, or a text."""

from __future__ import annotations

from pathlib import Path

from workbench.api.knowing import AddSource
from workbench.api.sources import SourceAdded, What
from workbench.errors import UsageError
from workbench.journal.contents import Contents
from workbench.knowledge.listing import real
from workbench.knowledge.packages import find_package, title
from workbench.knowledge.state import name_of
from workbench.workspace import Workspace


def sourced(command: AddSource, workspace: Workspace, contents: Contents) -> SourceAdded:
    """Return the fact that a source is added, by the name that the same thing always has."""
    if command.what == "-":
        return _text(command, contents)
    path = Path(command.what).expanduser()
    is_path = path.is_absolute() or "/" in command.what
    if is_path or (workspace.project / path).exists():
        path = real(workspace.project / path)
        what: What = "folder" if path.is_dir() else "file"
        name = command.name or path.name or str(path)
    else:
        path = find_package(command.what, workspace)
        what, name = "package", command.name or title(path).partition(" ")[0]
    place = str(path)
    return SourceAdded(name_of(what, place), name, what, place, command.domains, command.follow)


def _text(command: AddSource, contents: Contents) -> SourceAdded:
    if not command.text.strip():
        raise UsageError("There is no text.", "Pipe it in: `\u2026 | workbench knowledge add -`.")
    content = contents.keep(command.text.encode())
    name = command.name or "text"
    return SourceAdded(
        name_of("text", content),
        name,
        "text",
        name,
        command.domains,
        follow=False,
        content=content,
    )
