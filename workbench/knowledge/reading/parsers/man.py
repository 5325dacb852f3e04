"""Manual pages: the text of roff, in both of its dialects, under its sections."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.knowledge.reading.cutting import Line, Section

_FONT = re.compile(r"\\f(?:\[[^\]]*\]|\(..|.)")
_SIZE = re.compile(r"\\s(?:[-+]?\d{1,2}|\[[^\]]*\])")
_NAMED = re.compile(r"\\\[([^\]]{1,20})\]|\\\((..)|\\\*\[([^\]]*)\]|\\\*(\(..|.)")
_COMMENT = re.compile(r'\\".*')
_WORDS = re.compile(r'"((?:[^"]|"")*)"|(\S+)')
_SIGNS = dict(
    one.split("=", 1)
    for one in (
        *("aq='", "bu=\u2022", "co=\u00a9", "cq=\u2019", 'dq="', "em=\u2014", "en=\u2013", "ga=`"),
        *("ha=^", "lq=\u201c", "oq=\u2018", "rq=\u201d", "ti=~", "rs=\\", "->=\u2192", "mu=\u00d7"),
    )
)
_ESCAPES: tuple[tuple[str, str], ...] = (
    ("\\-", "-"),
    ("\\&", ""),
    ("\\|", ""),
    ("\\^", ""),
    ("\\ ", " "),
    ("\\~", " "),
)
_ESCAPES += (("\\0", " "), ("\\%", ""), ("\\/", ""), ("\\,", ""), ("\\:", ""), ("\\e", "\\"))
_SECTIONS = {"SH": 1, "Sh": 1, "SS": 2, "Ss": 2}
_TITLES = ("TH", "Dt")
_FONTS = frozenset(("B", "I", "R", "SM", "SB"))
_ALTERNATING = frozenset(("BR", "RB", "BI", "IB", "RI", "IR"))
_WITH_TEXT = frozenset(("IP", "TP", "HP", "TQ", "It", "UR", "MT"))
_MDOC = frozenset(
    (
        *("Ar", "Bl", "Cm", "Dq", "Em", "Er", "Ev", "Fa", "Fl", "Fn", "Ft", "Ic", "Li", "Nd"),
        *("Nm", "Ns", "Op", "Pa", "Pq", "Ql", "Qq", "Sq", "Sx", "Sy", "Tn", "Va", "Vt", "Xr"),
        *("No", "Ao", "Ac", "Aq", "Brq", "Bq", "Dv", "Lk", "Mt", "Oo", "Oc", "An", "St", "Ux"),
    )
)
_MARKS = {"Fl": "-"}
_HIDDEN_UNTIL = {"ig": "..", "de": "..", "am": ".."}


def man(text: str) -> Iterator[Section]:
    """Yield what stands under each section of a page."""
    page = _Page()
    for number, line in enumerate(text.split("\n"), 1):
        yield from page.take(number, line)
    yield page.section()


class _Page:
    """Goes through a page line by line."""

    def __init__(self) -> None:
        self._title = ""
        self._path: list[str] = []
        self._lines: list[Line] = []
        self._hidden = ""
        self._name = ""

    def take(self, number: int, line: str) -> Iterator[Section]:
        if self._hidden:
            self._hidden = "" if line.startswith(self._hidden) else self._hidden
        elif line.startswith((".", "'")):
            yield from self._request(number, line[1:].strip())
        else:
            self._add(number, _plain(line).rstrip())

    def section(self) -> Section:
        path = (self._title, *self._path) if self._title else tuple(self._path)
        return Section(self._lines, path)

    def _request(self, number: int, text: str) -> Iterator[Section]:
        name, _, rest = text.partition(" ")
        if name in _SECTIONS:
            yield self.section()
            title = " ".join(_words(rest))
            self._path = [*self._path[: _SECTIONS[name] - 1], title]
            self._lines = [(number, title)]
        elif name in _TITLES and not self._title:
            words = _words(rest)
            self._title = f"{words[0].lower()}({words[1]})" if len(words) > 1 else rest
        elif name in _HIDDEN_UNTIL:
            self._hidden = ".."
        else:
            self._add(number, self._said(name, rest))

    def _said(self, name: str, rest: str) -> str:
        """Return the text of a request; most requests are about looks alone."""
        words = _words(rest)
        if name in _ALTERNATING:
            return "".join(words)
        if name in _FONTS:
            return " ".join(words)
        if name in _WITH_TEXT:
            return _mdoc(words) if name == "It" else " ".join(words[:1])
        if name == "Nm":
            self._name = words[0] if words and not self._name else self._name
            words = words or [self._name]
        return _mdoc([name, *words]) if name in _MDOC else ""

    def _add(self, number: int, text: str) -> None:
        if text or (self._lines and self._lines[-1][1]):
            self._lines.append((number, text))


def _words(text: str) -> list[str]:
    text = _COMMENT.sub("", text)
    return [_plain(quoted.replace('""', '"') or bare) for quoted, bare in _WORDS.findall(text)]


def _mdoc(words: list[str]) -> str:
    """Return a line of the other dialect, in which names of macros stand between the words."""
    said, glued = list[str](), ""
    for word in words:
        if word in _MDOC:
            glued = _MARKS.get(word, glued)
        elif word in (".", ",", ";", ":", ")", "]") and said:
            said[-1] += word
        else:
            said.append(glued + word)
            glued = ""
    return " ".join(said)


def _plain(line: str) -> str:
    if "\\" not in line:
        return line
    line = _SIZE.sub("", _FONT.sub("", _COMMENT.sub("", line)))
    for escape, sign in _ESCAPES:
        line = line.replace(escape, sign)
    return _NAMED.sub(lambda found: _SIGNS.get(found[1] or found[2] or "", ""), line)
