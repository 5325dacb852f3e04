"""What is odd about a change, in sentences: a reader must not be deceived by what is not seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.review.script import Script
from workbench.review.state import File
from workbench.visible import visible_line

_LONG = 500
_USUAL = bytes((*b"\t\n\r", *range(0x20, 0x7F)))
_SHOWN = 3


def warnings_of(file: File) -> tuple[str, ...]:
    """Return what a person should know of a file before deciding about it."""
    return (*_of_name(file), *_of_kind(file), *_of_lines(file))


def deceives(file: File) -> bool:
    """Tell whether what comes, or the name, can be taken for something else by who reads it."""
    script = file.script
    come = script.changed("+")
    is_named_oddly = visible_line(file.path) != file.path or _mixes(
        file.path.encode("utf-8", "surrogateescape")
    )
    if is_named_oddly or not _is_unusual(_joined(script, come)):
        return is_named_oddly
    return any(_deceives(line) or _mixes(line) for line in map(script.lines.__getitem__, come))


def _of_name(file: File) -> Iterator[str]:
    if visible_line(file.path) != file.path:
        yield "Its name holds characters that control, hide or turn text around."
    elif not file.path.isascii():
        yield "Its name has letters that are not ASCII: others may look the same."
    if file.path != file.path.strip() or "//" in file.path or "\\" in file.path:
        yield "Its name has blanks or slashes where none are expected."


def _of_kind(file: File) -> Iterator[str]:
    if file.kind == "test":
        yield "This is a test, offered beside the repair."
    if file.script.is_new:
        yield "The file is new."
    if file.script.is_gone:
        yield "The file is removed."


def _of_lines(file: File) -> Iterator[str]:
    """Look at what comes; a character that was there before is no news."""
    script = file.script
    come, gone = script.changed("+"), script.changed("-")
    if _is_unusual(_joined(script, come)):
        known = {script.lines[at].strip() for at in gone}
        new = [at for at in come if script.lines[at].strip() not in known]
        hidden = [_number(script, at) for at in new if _deceives(script.lines[at])]
        yield from _told("characters that control, hide or turn text around", hidden)
        mixed = [_number(script, at) for at in new if _mixes(script.lines[at])]
        yield from _told("words with letters of several scripts, which look alike", mixed)
    long = [_number(script, at) for at in come if len(script.lines[at]) > _LONG]
    yield from _told(f"more than {_LONG} bytes", long)
    yield from _of_ends(_joined(script, gone), _joined(script, come))


def _number(script: Script, at: int) -> int:
    """Return the number of a line that comes; that a new file comes is none."""
    return script.new[at] - script.is_new


def _is_unusual(text: bytes) -> bool:
    """Tell whether a text has more than printed ASCII and whole ends of lines."""
    return bool(text.translate(None, _USUAL)) or text.count(b"\r") != text.count(b"\r\n")


def _joined(script: Script, places: Sequence[int]) -> bytes:
    return b"".join([script.lines[at] for at in places])


def _of_ends(gone: bytes, come: bytes) -> Iterator[str]:
    """Tell where line ends change that nobody sees."""
    if gone and come and _ends(gone) != _ends(come):
        yield "Line ends change between LF and CR LF."


def _ends(text: bytes) -> set[bool]:
    """Tell whether lines end with CR LF, or not, or some of them."""
    windows = text.count(b"\r\n")
    return {end for end, times in ((True, windows), (False, text.count(b"\n") - windows)) if times}


def _told(what: str, numbers: list[int]) -> Iterator[str]:
    if numbers:
        more = f" and {len(numbers) - _SHOWN:,} more" if len(numbers) > _SHOWN else ""
        shown = ", ".join(map(str, numbers[:_SHOWN]))
        yield f"Line{'s' if len(numbers) > 1 else ''} {shown}{more}: {what}."


def _deceives(line: bytes) -> bool:
    text = line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "replace")
    plain = text.replace("\t", "").replace("\f", "")
    return visible_line(plain) != plain


def _mixes(line: bytes) -> bool:
    """Tell whether a word has letters of Latin and of a script whose letters look like it."""
    if line.isascii():
        return False
    words = "".join(one if one.isalnum() else " " for one in line.decode("utf-8", "replace"))
    return any(len(set(map(_script, word)) - {""}) > 1 for word in words.split())


def _script(letter: str) -> str:
    if letter.isascii():
        return "latin" if letter.isalpha() else ""
    for name, first, last in _LOOKALIKES:
        if first <= ord(letter) <= last:
            return name
    return ""


_LOOKALIKES = (
    ("greek", 0x370, 0x3FF),
    ("cyrillic", 0x400, 0x52F),
    ("armenian", 0x530, 0x58F),
    ("cherokee", 0x13A0, 0x13FF),
    ("wide", 0xFF00, 0xFFEF),
    ("mathematical", 0x1D400, 0x1D7FF),
)
