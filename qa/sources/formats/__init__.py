"""The formats that are read, and the function that reads each.

A new format is a function from bytes to ``Extracted`` in a module of this folder, and a line in ``READERS``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from qa.errors import SourceError, first_line
from qa.sources.formats.epub import read_epub
from qa.sources.formats.extracted import BREAK, Extracted
from qa.sources.formats.html import read_html
from qa.sources.formats.mail import read_eml, read_mhtml
from qa.sources.formats.office import read_docx, read_odt, read_rtf
from qa.sources.formats.pdf import read_pdf
from qa.sources.formats.text import read_text


def extract(raw: bytes, suffix: str, source: str) -> Extracted:
    """Extract the text of a file whose name ends in ``suffix``; its metadata stand before the text.

    Raises:
        SourceError: the bytes are not of that format, or hold no text.
    """
    try:
        extracted = READERS[suffix](raw)
    except SourceError as error:
        raise SourceError(f"{source}: {error}") from error
    except MemoryError:
        raise
    except Exception as error:  # a broken file makes the libraries raise what they like
        raise SourceError(f"{source}: not a valid {suffix} file: {first_line(error)}") from error
    if not any(c.isalnum() for c in extracted.text):
        empty = "is empty" if not raw.strip() else "has no text"
        raise SourceError(f"{source}: {'; '.join([empty, *extracted.unread])}")
    return extracted if suffix in PLAIN_SUFFIXES else _with_head(extracted)


def _with_head(extracted: Extracted) -> Extracted:
    # The metadata stand before the text, so that they can be asked for and cited like the rest.
    extracted = replace(
        extracted,
        text=_without_invalid(extracted.text),
        title=_without_invalid(extracted.title),
        author=_without_invalid(extracted.author),
        date=_without_invalid(extracted.date),
        address=_without_invalid(extracted.address),
    )
    metadata = {"Title": extracted.title, "Author": extracted.author, "Date of publication": extracted.date}
    lines = [f"{name}: {' '.join(value.split()).rstrip('.')}." for name, value in metadata.items() if value.strip()]
    head = "\n".join(lines) + BREAK if lines else ""
    return replace(extracted, text=head + extracted.text, pages=tuple(p + len(head) for p in extracted.pages))


def _without_invalid(text: str) -> str:
    # A PDF or an entity of HTML can name half a character, or NUL; the offsets of the others stay what they are.
    return "".join("\N{REPLACEMENT CHARACTER}" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)


def _read_saved_page(raw: bytes) -> Extracted:
    return read_mhtml(raw, _read_part)


def _read_part(raw: bytes, media_type: str) -> Extracted | None:
    suffix = MEDIA_TYPES.get(media_type)
    if suffix is None:
        return None
    extracted = READERS[suffix](raw)
    # The title of a plain text is its first line, which need not be the page's.
    return replace(extracted, title="") if suffix in PLAIN_SUFFIXES else extracted


READERS: dict[str, Callable[[bytes], Extracted]] = {
    ".txt": read_text,
    ".md": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".odt": read_odt,
    ".rtf": read_rtf,
    ".eml": read_eml,
    ".mhtml": _read_saved_page,
    ".mht": _read_saved_page,
    ".epub": read_epub,
}
SUFFIXES = tuple(READERS)
# The formats that are downloaded, by the media type that a server gives.
MEDIA_TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/rtf": ".rtf",
    "application/epub+zip": ".epub",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
# The file is the text: nothing is extracted, so its text need not be stored with an index.
PLAIN_SUFFIXES = frozenset({".txt", ".md"})
