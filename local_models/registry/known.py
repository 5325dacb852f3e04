"""Names that `workbench models pull` knows, and how other files of a hub are named."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.errors import UsageError
from workbench.shipped import config_file
from workbench.visible import visible_line

_PART = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_REFERENCE = re.compile(
    rf"(?P<repo>{_PART}/{_PART})"
    r"(?:/(?P<file>[A-Za-z0-9._/-]+\.gguf))?"
    r"(?::(?P<kind>[A-Za-z0-9_]+))?"
    r"(?:@(?P<revision>[A-Za-z0-9._-]+))?"
)
_PIECE = re.compile(r"-\d{5}-of-\d{5}\.gguf$")


@dataclass(frozen=True)
class Reference:
    """A file on a hub, as far as somebody said which."""

    repo: str
    file: str = ""
    kind: str = ""
    """How it is quantised, such as Q4_K_M."""
    revision: str = ""
    role: str = ""
    about: str = ""


def known_models() -> Mapping[str, Reference]:
    """Return the models that go by a name."""
    content = tomllib.loads(config_file("models.toml").read_text(encoding="utf-8"))
    return {name: Reference(**said) for name, said in content.items()}


def referred(word: str) -> Reference:
    """Return what a name or an address such as `owner/repo:Q4_K_M` refers to."""
    known = known_models()
    if word in known:
        return known[word]
    found = _REFERENCE.fullmatch(word)
    if not found or ".." in word:
        raise UsageError(
            f"{visible_line(word)} is no name that is known, and no address on a hub.",
            f"Names: {', '.join(known)}. Addresses: owner/repo:Q4_K_M, owner/repo/file.gguf.",
        )
    return Reference(**{name: said or "" for name, said in found.groupdict().items()})


def pick(reference: Reference, files: Iterable[str]) -> str:
    """Return the one of a repository's files that is meant."""
    models = [one for one in files if one.lower().endswith(".gguf")]
    whole = [one for one in models if not _PIECE.search(one) and "mmproj" not in one.lower()]
    meant = [one for one in whole if _is_meant(reference, one)]
    if len(meant) == 1:
        return meant[0]
    if reference.file and any(_is_meant(reference, one) for one in models):
        raise _refused(reference, "That file is no whole model", whole)
    count = f"{len(meant)} files are meant" if meant else "No such file is there"
    raise _refused(reference, count, meant or whole)


def _is_meant(reference: Reference, file: str) -> bool:
    if reference.file:
        return file == reference.file
    stem = file.lower().rpartition("/")[2].removesuffix(".gguf")
    return not reference.kind or bool(
        re.search(rf"(^|[.-]){re.escape(reference.kind.lower())}$", stem)
    )


def _refused(reference: Reference, complaint: str, files: list[str]) -> UsageError:
    names = ", ".join(visible_line(one) for one in files[:20])
    there = f"There are: {names}." if files else "There is no GGUF file that is whole."
    return UsageError(f"{complaint} in {visible_line(reference.repo)}.", there)
