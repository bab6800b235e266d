"""Documents of word processors: Word (.docx), LibreOffice (.odt), Rich Text Format (.rtf)."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

from qa.errors import SourceError
from qa.sources.formats.extracted import BREAK, Extracted
from qa.sources.formats.layout import join_cells, lay_out

_NOTE_LINKS = "//sup/a[starts-with(@href, '#')] | //li//a[starts-with(@href, '#') and text() = '↑']"
_ROW = "table:table-row"
_RTF_LIMITS = {
    b"\\footnote": "footnotes are not read; save it as .docx",
    b"\\deleted": "what is marked as deleted is read like the rest; accept the changes first",
}


def read_docx(raw: bytes) -> Extracted:
    """Extract the text of a Word document, with its footnotes and its tracked changes accepted."""
    from docx import Document
    from lxml.html import document_fromstring
    from mammoth import convert_to_html
    from mammoth.images import img_element

    # Only the conversion reads footnotes, text boxes, content controls and what was inserted as a tracked change.
    metadata = Document(io.BytesIO(raw)).core_properties
    html = convert_to_html(io.BytesIO(raw), convert_image=img_element(lambda _: {})).value
    page = document_fromstring(f"<body>{html}</body>")
    for link in page.xpath(_NOTE_LINKS):
        link.drop_tree()
    date = (metadata.modified or metadata.created) if metadata else None
    return Extracted(
        lay_out(page),
        title=metadata.title or "",
        author=metadata.author or "",
        date=date.date().isoformat() if date else "",
    )


def read_odt(raw: bytes) -> Extracted:
    """Extract the text of an OpenDocument text as it is shown; its notes come last."""
    from odfdo import Document

    document = Document(io.BytesIO(raw))
    body, metadata = document.body, document.meta
    for hidden in body.get_elements("//text:tracked-changes | //office:annotation | //office:annotation-end"):
        hidden.delete()
    notes = []
    for note in body.get_elements("//text:note"):
        notes += [_text_of(part).strip() for part in note.get_elements("text:note-body")]
        note.delete()
    outer = "[not(ancestor::text:p or ancestor::table:table-row)]"
    blocks = [
        join_cells([_text_of(cell) for cell in block.children]) if block.tag == _ROW else _text_of(block).strip()
        for block in body.get_elements(f"//text:p{outer} | //text:h{outer} | //{_ROW}{outer}")
    ]
    date = None
    with suppress(ValueError):  # a date can be any text, and the article can be read without
        date = metadata.date or metadata.creation_date
    return Extracted(
        BREAK.join(text for text in [*blocks, *notes] if text),
        title=metadata.title or "",
        author=metadata.creator or metadata.initial_creator or "",
        date=date.date().isoformat() if date else "",
    )


def _text_of(element: Any) -> str:
    # The library's own way writes links and pictures as Markdown.
    if element.tag == "draw:image":
        return ""
    inner = (element.text or "") + "".join(_text_of(child) + (child.tail or "") for child in element.children)
    return f"{inner}\n" if element.tag == "text:p" else inner


def read_rtf(raw: bytes) -> Extracted:
    """Extract the text of a Rich Text document; what the library cannot tell apart is reported as unread.

    Raises:
        SourceError: it is not an RTF file.
    """
    from striprtf.striprtf import rtf_to_text

    if not raw.lstrip().startswith(b"{\\rtf"):
        raise SourceError("not an RTF file")
    unread = tuple(limit for control_word, limit in _RTF_LIMITS.items() if control_word in raw)
    return Extracted(rtf_to_text(raw.decode("latin-1"), errors="replace"), unread=unread)
