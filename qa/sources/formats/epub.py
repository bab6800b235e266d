"""Books in EPUB."""

from __future__ import annotations

from qa.errors import SourceError
from qa.sources.formats.extracted import BREAK, Extracted, decode
from qa.sources.formats.layout import lay_out


def read_epub(raw: bytes) -> Extracted:
    """Extract the chapters of a book in reading order; broken ones are reported as unread."""
    from fast_ebook import ITEM_NAVIGATION, epub
    from lxml.etree import ParserError
    from lxml.html import HTMLParser, document_fromstring

    book = epub.read_epub(raw)
    chapters, unread = [], []
    for name, *_ in book.get_spine():
        chapter = book.get_item_with_id(name)
        if chapter is not None and chapter.get_type() == ITEM_NAVIGATION:
            continue
        content = chapter.get_content() if chapter is not None else b""
        if not content.strip():
            unread.append(f"the chapter {name} is missing or broken")
        else:
            try:
                page, guesses = decode(content)
                chapters.append(lay_out(document_fromstring(page.encode(), parser=HTMLParser(encoding="utf-8"))))
            except (SourceError, ParserError):
                unread.append(f"the chapter {name} is missing or broken")
                continue
            unread += [f"the chapter {name}: {guess}" for guess in guesses]
    title, author, date = (
        next((str(value) for value, *_ in book.get_metadata("DC", name)), "") for name in ("title", "creator", "date")
    )
    text = BREAK.join(chapter for chapter in chapters if chapter)
    return Extracted(text, title=title, author=author, date=date[:10], unread=tuple(unread))
