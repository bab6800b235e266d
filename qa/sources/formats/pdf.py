"""PDF: the text of each page, its lines joined to paragraphs."""

from __future__ import annotations

import io
import logging
import re
from contextlib import suppress

from qa.errors import SourceError
from qa.sources.formats.extracted import BREAK, Extracted

_HYPHENATED = re.compile(r"(?<=[^\W\d_])-\n(?=[^\W\d_])")
_WRAPPED = re.compile(r"(?<=\S)[ \t]*\n(?=\S)")
_PAGES_LISTED = 20


def read_pdf(raw: bytes) -> Extracted:
    """Extract the text of each page; pages without text are reported as unread.

    Raises:
        SourceError: the file is encrypted.
    """
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = PdfReader(io.BytesIO(raw))
    if reader.is_encrypted and not reader.decrypt(""):
        raise SourceError("the PDF is encrypted; save it without a password first")
    text, pages, empty = "", [], []
    for number, page in enumerate(reader.pages, start=1):
        pages.append(len(text))
        lines = page.extract_text()
        if not any(c.isalnum() for c in lines):
            empty.append(number)
            continue
        # Lines end where the page is narrow, and words are hyphenated there.
        text += _WRAPPED.sub(" ", _HYPHENATED.sub("", lines.strip())) + BREAK
    metadata = reader.metadata
    date = None
    with suppress(ValueError):  # a date can be any text, and the article can be read without
        date = metadata.creation_date if metadata else None
    return Extracted(
        text.rstrip(),
        title=str(metadata.title or "") if metadata else "",
        author=str(metadata.author or "") if metadata else "",
        date=date.date().isoformat() if date else "",
        pages=tuple(pages),
        unread=(_no_text(empty, len(pages)),) if empty else (),
    )


def _no_text(empty: list[int], count: int) -> str:
    numbers = ", ".join(map(str, empty[:_PAGES_LISTED])) + (" ..." if len(empty) > _PAGES_LISTED else "")
    return f"no text on page {numbers} of {count}, which may be scanned; run OCR over it first"
