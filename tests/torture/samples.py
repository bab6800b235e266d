"""Small whole files of each format, from which fuzzing starts."""

from __future__ import annotations

import io
import tempfile
from email.message import EmailMessage
from pathlib import Path

_SENTENCES = ("Maria Lopez founded the bakery in Hilltown in 1990.", "It sells forty kinds of bread to Norland.")
_HTML = (
    "<!doctype html><html><head><title>The bakery</title><meta name='author' content='Jane Doe'></head><body>"
    f"<article><h1>The bakery</h1><p>{_SENTENCES[0]}</p><table><tr><td>{_SENTENCES[1]}</td></tr></table></article>"
).encode()
_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 144]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 44>>stream
BT /F1 18 Tf 0 0 Td (Hello bakery) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R/Info<</Title(Bakery)>>>>
startxref
0
%%EOF
"""
_RTF = b"{\\rtf1\\ansi{\\fonttbl\\f0 Arial;}\\f0 " + _SENTENCES[0].encode() + b"\\par \\u8212? " + b"\\'e9}"


def _mail(*, html: bool) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["Date"] = "The bakery", "j@x.org", "Fri, 06 Dec 2024 10:00:00 +0000"
    message.set_content(" ".join(_SENTENCES))
    if html:
        message.add_alternative(_HTML.decode(), subtype="html")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="plan.pdf")
    return message.as_bytes()


def _page() -> bytes:
    message = EmailMessage()
    message["Snapshot-Content-Location"] = "https://example.org/a"
    message.set_content(_HTML, "text", "html")
    return message.as_bytes()


def _docx() -> bytes:
    from docx import Document

    made, document = io.BytesIO(), Document()
    document.add_paragraph(_SENTENCES[0])
    document.add_table(rows=1, cols=1).rows[0].cells[0].text = _SENTENCES[1]
    document.save(made)
    return made.getvalue()


def _odt() -> bytes:
    from odfdo import Document, Paragraph

    made, document = io.BytesIO(), Document("text")
    document.body.clear()
    document.body.append(Paragraph(_SENTENCES[0]))
    document.save(made)
    return made.getvalue()


def _epub() -> bytes:
    from fast_ebook import epub

    book = epub.EpubBook()
    book.set_identifier("bakery")
    book.set_language("en")
    book.set_title("The bakery")
    chapter = epub.EpubHtml(title="One", file_name="1.xhtml", content=f"<p>{_SENTENCES[0]}</p>")
    book.add_item(chapter)
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    book.spine = ["nav", chapter]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.epub"
        epub.write_epub(str(path), book)
        return path.read_bytes()


SAMPLES: dict[str, tuple[bytes, ...]] = {
    ".txt": (" ".join(_SENTENCES).encode(), "Größe: 5 €".encode("utf-16")),
    ".html": (_HTML,),
    ".pdf": (_PDF,),
    ".docx": (_docx(),),
    ".odt": (_odt(),),
    ".rtf": (_RTF,),
    ".eml": (_mail(html=False), _mail(html=True)),
    ".mhtml": (_page(),),
    ".epub": (_epub(),),
    "index": (b"\0\0{}", b"\1\0\xff"),
}
