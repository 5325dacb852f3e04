"""What a path may be called: no name that leaves the project, hides, or passes for another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping

from workbench.sandbox.proof.ground import Touch, fold, join, parents
from workbench.visible import visible_line

Naming = Callable[[Touch], str | None]
"""A rule: the sentence of its objection, or nothing."""


def _empty(touch: Touch) -> str | None:
    return "The path is empty." if not touch.path else None


def _characters(touch: Touch) -> str | None:
    if visible_line(touch.path) != touch.path:
        return "The path holds characters that control or cannot be seen."
    return None


def _absolute(touch: Touch) -> str | None:
    if touch.path.startswith(("/", "~")) or re.match(r"[A-Za-z]:", touch.path):
        return "The path does not begin in the project."
    return None


def _steps(touch: Touch) -> str | None:
    if not {"", ".", ".."}.isdisjoint(touch.parts):
        return "The path has parts that are no names."
    return None


def _backslash(touch: Touch) -> str | None:
    return "The path holds a backslash." if "\\" in touch.path else None


def _long(touch: Touch) -> str | None:
    limits = touch.ground.limits
    longest = max(len(part.encode("utf-8", "surrogatepass")) for part in touch.parts)
    whole = len(touch.path.encode("utf-8", "surrogatepass"))
    if longest > limits.name_bytes or whole > limits.path_bytes or len(touch.parts) > limits.depth:
        return "The path is too long."
    return None


SAFETY: Mapping[str, Naming] = {
    "empty-path": _empty,
    "control-characters": _characters,
    "absolute": _absolute,
    "no-name": _steps,
    "backslash": _backslash,
    "long-path": _long,
}
"""What holds for every path; where one of these objects, the others are not asked."""

_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?\Z", re.IGNORECASE)


def _portable(touch: Touch) -> str | None:
    odd = (
        part != part.strip() or part.endswith(".") or re.search(r'[<>:"|?*]', part)
        for part in touch.parts
    )
    if any(odd) or any(map(_DEVICES.match, touch.parts)) or touch.path.startswith("-"):
        return "The name means something else on other systems."
    if any(unicodedata.category(sign) == "Zs" and sign != " " for sign in touch.path):
        return "The name holds a space that is none."
    return None


def _composed(touch: Touch) -> str | None:
    if not unicodedata.is_normalized("NFC", touch.path):
        return "The name is not composed as others are (NFC)."
    return None


def _above(touch: Touch) -> str | None:
    """Refuse a file below a file, and a file where a folder is."""
    ground, written = touch.ground, {path for path, new in touch.change.items() if new is not None}
    above = set(parents(touch.path)) - {""}
    if above & written or any(path in ground.entries for path in above):
        return "The path lies below a file."
    below = touch.path + "/"
    if touch.path in ground.children or any(path.startswith(below) for path in written):
        return "There is a folder of that name."
    return None


def _collides(touch: Touch) -> str | None:
    for name, siblings in _new_names(touch):
        if any(fold(other) == fold(name) for other in siblings):
            return "The name differs from another only in case or composition."
    return None


def _looks_alike(touch: Touch) -> str | None:
    for name, siblings in _new_names(touch):
        others = (other for other in siblings if fold(other) != fold(name))
        if any(_skeleton(other) == _skeleton(name) for other in others):
            return "The name looks like another."
        stem = _skeleton(name.split(".")[0])
        if not name.isascii() and stem in touch.ground.taken:
            return "The name looks like that of an installed module."
    return None


def _mixed(touch: Touch) -> str | None:
    words = (word for part in touch.parts for word in re.split(r"[\W_\d]+", part))
    if any(len(_scripts(word)) > 1 for word in words if not word.isascii()):
        return "A word of the name mixes alphabets."
    return None


NEW_NAMES: Mapping[str, Naming] = {
    "portable": _portable,
    "composition": _composed,
    "below-a-file": _above,
    "collision": _collides,
    "look-alike": _looks_alike,
    "mixed-alphabets": _mixed,
}
"""What holds for paths that the base has not; old ones may be called as they are."""


def _new_names(touch: Touch) -> Iterator[tuple[str, set[str]]]:
    """Yield each part that its folder does not hold yet, with all others in that folder."""
    folder = ""
    for name in touch.parts:
        there = touch.ground.children.get(folder, frozenset())
        if name not in there:
            yield name, {*there, *_written(touch, folder)} - {name}
        folder = join(folder, name)


def _written(touch: Touch, folder: str) -> Iterator[str]:
    """Yield the names that the candidate itself brings to a folder."""
    prefix = f"{folder}/" if folder else ""
    for path, content in touch.change.items():
        if content is not None and path.startswith(prefix):
            yield path.removeprefix(prefix).split("/")[0]


_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC"})


def _scripts(word: str) -> set[str]:
    """Return the alphabets of a word; those that are written together count as one."""
    names = (unicodedata.name(sign, "UNNAMED") for sign in word)
    scripts = {re.split(r"[ -]", name)[0] for name in names}
    east_asian = scripts & _EAST_ASIAN
    return scripts - _EAST_ASIAN - {"LATIN"} | {"EAST ASIAN"} if east_asian else scripts


_LATIN = "aeopcyxijsdhqwkrnABEKMHOPCTYXIJSZGuvgl"
_LIKE_LATIN = dict(
    zip(
        map(
            ord,
            "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u051b\u051d"
            "\u043a\u0433\u043f\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423"
            "\u0425\u0406\u0408\u0405\u0396\u050c\u057d\u03bd\u0581\u04cf",
        ),
        _LATIN,
        strict=True,
    )
) | dict(
    zip(
        map(
            ord,
            "\u03b1\u03bf\u03c1\u03b9\u03ba\u03b3\u03b7\u03c5\u03c9\u03c7\u03c4\u0391\u0392\u0395"
            "\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u0585\u0578\u0570\u0566"
            "\u0131\u0251\u0261",
        ),
        "aopikynuwxtABEHIKMNOPTYXonhqiag",
        strict=True,
    )
)
"""Cyrillic, Greek, Armenian and rare Latin letters, and what a reader takes them for."""
_SAME_SHAPE = str.maketrans({"I": "l", "1": "l", "|": "l", "0": "o", "O": "o"})


def _skeleton(name: str) -> str:
    """Return what a reader sees: names with the same skeleton are taken for one another."""
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name).translate(_LIKE_LATIN)
    return name.translate(_SAME_SHAPE).lower().replace("rn", "m")
