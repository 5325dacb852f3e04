"""PDF by its pages: what stands for lines there are the numbers of pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from workbench.knowledge.reading.cutting import Section
from workbench.knowledge.reading.values import Unreadable

if TYPE_CHECKING:
    from pypdf import PdfReader

_MOST_PAGES = 5_000
_NO_WORDS = "it has no text: its pages may be pictures"


def pdf(content: bytes) -> Iterator[Section]:
    """Yield the text of each page, under the chapter that the outline says it is in."""
    reader = _opened(content)
    chapters, has_text = _chapters(reader), False
    for number, page in enumerate(reader.pages, 1):
        if number > _MOST_PAGES:
            raise Unreadable(f"it has more than {_MOST_PAGES:,} pages")
        lines = [(number, line) for line in page.extract_text().split("\n")]
        has_text |= any(text.strip() for _, text in lines)
        chapter = chapters.get(number - 1, ())
        yield Section(lines, (*chapter, f"page {number}"))
        chapters.setdefault(number, chapter)
    if not has_text:
        raise Unreadable(_NO_WORDS)


def _opened(content: bytes) -> PdfReader:
    import warnings

    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    warnings.simplefilter("ignore")
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("it is encrypted")
    except DependencyError as error:
        raise Unreadable("it is encrypted") from error
    except PyPdfError as error:
        raise Unreadable("it is a damaged PDF") from error
    return reader


def _chapters(reader: PdfReader) -> dict[int, tuple[str, ...]]:
    """Return what begins on which page, if the outline can be read at all."""
    found: dict[int, tuple[str, ...]] = {}
    with suppress(Exception):  # An outline that is damaged costs nothing but itself.
        for entry in reader.outline:
            if isinstance(entry, list):
                continue
            number, title = reader.get_destination_page_number(entry), entry.title
            if number is not None and title:
                found.setdefault(number, (str(title).strip(),))
    return found
