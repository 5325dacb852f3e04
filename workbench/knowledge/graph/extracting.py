"""From a file to what it tells of, whatever kind of file it is."""

from __future__ import annotations

from hashlib import sha256
from pathlib import PurePosixPath

from workbench.knowledge.graph import python, texts
from workbench.knowledge.graph.values import Defined, Found, Said, found
from workbench.knowledge.reading.decoding import decode
from workbench.knowledge.reading.opening import read_below
from workbench.knowledge.reading.parsing import parse
from workbench.knowledge.reading.values import Ask, Unreadable

_LARGEST = 16 << 20
_PYTHON = (".py", ".pyi")
_SHIPPED = ("pyproject.toml", "requirements")


def extract(ask: Ask, shown: str) -> Found:
    """Read one file; `shown` is the path that entities and relations have."""
    try:
        content = _content(ask)
        defined, said = _read(ask, shown, content)
    except (Unreadable, MemoryError, RecursionError) as error:
        return Found(reason=str(error) or type(error).__name__)
    except Exception as error:  # noqa: BLE001 - whatever a parser meets costs this file alone
        return Found(reason=f"it is damaged ({type(error).__name__})")
    return found(sha256(content).hexdigest(), defined, said)


def _content(ask: Ask) -> bytes:
    if ask.content is not None:
        return ask.content
    content, _ = read_below(ask.root, ask.name, _LARGEST)
    return content


def _read(ask: Ask, shown: str, content: bytes) -> tuple[list[Defined], list[Said]]:
    name = PurePosixPath(ask.name).name
    if name.endswith(_PYTHON):
        return python.read(shown, decode(content), ask.module)
    if name.startswith(_SHIPPED):
        return texts.requirements(shown, decode(content))
    parsed = parse(Ask("", ask.name, ask.kind, ask.module, content=content))
    return texts.read(shown, parsed.parts)
