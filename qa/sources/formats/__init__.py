"""The bytes of a file to its text: one function for each format, each the work of a library for that format."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from typing import Any

from qa.errors import SourceError, first_line

_BREAK = "\n\n"  # between the pages, paragraphs and cells of a format that has them
_HYPHENATED = re.compile(r"(?<=[^\W\d_])-\n(?=[^\W\d_])")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_ROW = "table:table-row"
_RTF_LIMITS = {
    b"\\footnote": "footnotes are not read; save it as .docx",
    b"\\deleted": "what is marked as deleted is read like the rest; accept the changes first",
}
_WRAPPED = re.compile(r"(?<=\S)[ \t]*\n(?=\S)")


@dataclass(frozen=True, slots=True)
class Extracted:
    """A text with what its file says of it. ``pages`` are the offsets at which the pages begin, where there are any.

    ``unread`` says, a line each, what could not be read.
    """

    text: str
    title: str = ""
    author: str = ""
    date: str = ""
    address: str = ""
    pages: tuple[int, ...] = ()
    unread: tuple[str, ...] = ()


def extract(raw: bytes, suffix: str, source: str) -> Extracted:
    """Read the bytes of a file whose name ends in ``suffix``.

    Raises:
        SourceError: they are not of that format, or hold no text.
    """
    try:
        found = READERS[suffix](raw)
    except SourceError as error:
        raise SourceError(f"{source}: {error}") from error
    except Exception as error:  # a broken file makes the libraries raise what they like
        raise SourceError(f"{source}: a broken {suffix} file, or none: {first_line(error)}") from error
    if not any(c.isalnum() for c in found.text):
        empty = "is empty" if not raw.strip() else "has no text"
        raise SourceError(f"{source}: {'; '.join([empty, *found.unread])}")
    return found if suffix in AS_THEY_ARE else _with_head(found)


def _with_head(found: Extracted) -> Extracted:
    # What the file says of itself stands before its text, so that it can be asked for and cited like the rest.
    found = replace(
        found,
        text=_sound(found.text),
        title=_sound(found.title),
        author=_sound(found.author),
        date=_sound(found.date),
        address=_sound(found.address),
    )
    known = {"Title": found.title, "Author": found.author, "Date of publication": found.date}
    lines = [f"{name}: {' '.join(value.split()).rstrip('.')}." for name, value in known.items() if value.strip()]
    head = "\n".join(lines) + _BREAK if lines else ""
    return replace(found, text=head + found.text, pages=tuple(p + len(head) for p in found.pages))


def _sound(text: str) -> str:
    # A PDF or an entity of HTML can name half a character, or none; the offsets of the others stay what they are.
    return "".join("\N{REPLACEMENT CHARACTER}" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)


def decode(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Decode a text: UTF-8, else what its bytes look like most; say so where it is a guess."""
    unread: tuple[str, ...] = ()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        from charset_normalizer import from_bytes

        best = from_bytes(raw).best()
        if best is None:
            raise SourceError(f"not a text in an encoding that is known (byte {error.start} is not UTF-8)") from error
        text, unread = str(best).removeprefix("\ufeff"), (f"not UTF-8; read as {best.encoding}, which is a guess",)
    if "\0" in text:
        raise SourceError("holds NUL characters, so it is not text")
    return text.replace("\r\n", "\n").replace("\r", "\n"), unread


def _plain(raw: bytes) -> Extracted:
    text, unread = decode(raw)
    title = next((line.strip(" #") for line in text.splitlines() if line.strip(" #")), "")
    return Extracted(text, title=title[:200], unread=unread)


def _html(raw: bytes) -> Extracted:
    from trafilatura import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    found: Any = bare_extraction(raw, include_comments=False, with_metadata=True)
    if found is None or not found.text:
        raise SourceError("no article was found in the page")
    return Extracted(
        found.text.replace("\n", _BREAK),
        title=found.title or "",
        author=found.author or "",
        date=found.date or "",
        address=found.url or "",
    )


def _pdf(raw: bytes) -> Extracted:
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
        # The lines of a page are cut where the page is narrow, and words are hyphenated there.
        text += _WRAPPED.sub(" ", _HYPHENATED.sub("", lines.strip())) + _BREAK
    which = ", ".join(map(str, empty[:20])) + (" ..." if len(empty) > 20 else "")  # noqa: PLR2004
    unread = (f"no text on page {which} of {len(pages)}, which may be scanned; run OCR over it first",) if empty else ()
    known = reader.metadata
    date = known.creation_date if known else None
    return Extracted(
        text.rstrip(),
        title=str(known.title or "") if known else "",
        author=str(known.author or "") if known else "",
        date=date.date().isoformat() if date else "",
        pages=tuple(pages),
        unread=unread,
    )


def _docx(raw: bytes) -> Extracted:
    from docx import Document
    from lxml.html import document_fromstring
    from mammoth import convert_to_html
    from mammoth.images import img_element

    # Only the conversion reads footnotes, text boxes, content controls and what was inserted as a tracked change.
    known = Document(io.BytesIO(raw)).core_properties
    page = document_fromstring(
        f"<body>{convert_to_html(io.BytesIO(raw), convert_image=img_element(lambda _: {})).value}</body>"
    )
    for link in page.xpath("//sup/a[starts-with(@href, '#')] | //li//a[starts-with(@href, '#') and text() = '↑']"):
        link.drop_tree()
    date = (known.modified or known.created) if known else None
    return Extracted(
        _laid_out(page),
        title=known.title or "",
        author=known.author or "",
        date=date.date().isoformat() if date else "",
    )


def _odt(raw: bytes) -> Extracted:
    from odfdo import Document

    opened = Document(io.BytesIO(raw))
    body, known = opened.body, opened.meta
    for gone in body.get_elements("//text:tracked-changes | //office:annotation | //office:annotation-end"):
        gone.delete()
    notes = []
    for note in body.get_elements("//text:note"):
        notes += [part.inner_text.strip() for part in note.get_elements("text:note-body")]
        note.delete()
    outer = "[not(ancestor::text:p or ancestor::table:table-row)]"
    parts = [
        _in_a_row([cell.inner_text for cell in block.children]) if block.tag == _ROW else block.inner_text.strip()
        for block in body.get_elements(f"//text:p{outer} | //text:h{outer} | //{_ROW}{outer}")
    ]
    date = None
    with suppress(ValueError):  # it is any text, and the article can be read without
        date = known.date or known.creation_date
    return Extracted(
        _BREAK.join(p for p in [*parts, *notes] if p),
        title=known.title or "",
        author=known.creator or known.initial_creator or "",
        date=date.date().isoformat() if date else "",
    )


def _rtf(raw: bytes) -> Extracted:
    from striprtf.striprtf import rtf_to_text

    if not raw.lstrip().startswith(b"{\\rtf"):
        raise SourceError("not an RTF file")
    unread = tuple(said for sign, said in _RTF_LIMITS.items() if sign in raw)
    return Extracted(rtf_to_text(raw.decode("latin-1"), errors="replace"), unread=unread)


def _eml(raw: bytes) -> Extracted:
    message = message_from_bytes(raw, policy=policy.default)
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        raise SourceError("the message has no text")
    content = body.get_content()
    if body.get_content_type() == "text/html":
        found = _html(content.encode())
    else:
        found = Extracted(content.replace("\r\n", "\n"))
    sent = message["date"].datetime.date().isoformat() if message["date"] and message["date"].datetime else ""
    attached = [name for part in message.iter_attachments() if (name := part.get_filename())]
    return replace(
        found,
        title=str(message["subject"] or ""),
        author=str(message["from"] or ""),
        date=sent,
        unread=tuple(f"the attachment {name} is not read; save it and name it as a source" for name in attached),
    )


def _mhtml(raw: bytes) -> Extracted:
    message = message_from_bytes(raw, policy=policy.default)
    for part in message.walk():
        suffix = MEDIA_TYPES.get(part.get_content_type())
        content = part.get_payload(decode=True)
        if suffix is None or not isinstance(content, bytes):
            continue
        charset = part.get_content_charset()
        if suffix == ".html" and charset:
            with suppress(LookupError):
                content = content.decode(charset, errors="replace").encode()
        found = READERS[suffix](content)
        address = message["Snapshot-Content-Location"] or part["Content-Location"]
        title = "" if suffix in AS_THEY_ARE else found.title  # of a plain text it is the first line
        return replace(found, address=str(address or found.address), title=title)
    raise SourceError("no page was found in the file")


def _epub(raw: bytes) -> Extracted:
    from fast_ebook import ITEM_NAVIGATION, epub
    from lxml.html import HTMLParser, document_fromstring

    book = epub.read_epub(raw)
    texts, unread = [], []
    for name, *_ in book.get_spine():
        chapter = book.get_item_with_id(name)
        if chapter is not None and chapter.get_type() == ITEM_NAVIGATION:
            continue
        content = chapter.get_content() if chapter is not None else b""
        if not content.strip():
            unread.append(f"the chapter {name} is missing or broken")
        else:
            page, guessed = decode(content)
            texts.append(_laid_out(document_fromstring(page.encode(), parser=HTMLParser(encoding="utf-8"))))
            unread += [f"the chapter {name}: {what}" for what in guessed]
    title, author, date = (
        next((str(value) for value, *_ in book.get_metadata("DC", name)), "") for name in ("title", "creator", "date")
    )
    text = _BREAK.join(t for t in texts if t)
    return Extracted(text, title=title, author=author, date=date[:10], unread=tuple(unread))


def _laid_out(page: Any) -> str:
    # As a browser lays it out; but a row of a table is one line, or the lines of its cells would alternate.
    from inscriptis import Inscriptis
    from lxml.html import builder

    for table in page.xpath("//table[not(ancestor::table)]"):
        rows = [
            _in_a_row([" ".join(cell.itertext()) for cell in row.xpath("./td | ./th")])
            for row in table.xpath(".//tr[not(ancestor::tr)]")
        ]
        lines = builder.DIV(*(builder.P(row) for row in rows if row))
        lines.tail = table.tail
        table.getparent().replace(table, lines)
    return _BLANK_LINES.sub(_BREAK, Inscriptis(page).get_text()).strip()


def _in_a_row(cells: Sequence[str]) -> str:
    texts = [" ".join(cell.split()) for cell in cells]
    return " | ".join(texts) if any(texts) else ""


READERS: dict[str, Callable[[bytes], Extracted]] = {
    ".txt": _plain,
    ".md": _plain,
    ".html": _html,
    ".htm": _html,
    ".pdf": _pdf,
    ".docx": _docx,
    ".odt": _odt,
    ".rtf": _rtf,
    ".eml": _eml,
    ".mhtml": _mhtml,
    ".mht": _mhtml,
    ".epub": _epub,
}
# What a server calls the formats that can be fetched.
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
# Formats whose text is the file's own; the text of others is kept with the index, since it takes time to get.
AS_THEY_ARE = frozenset({".txt", ".md"})
