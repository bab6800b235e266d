"""Each format as its own programs write it, and what its file says of itself."""

from __future__ import annotations

import io
import logging
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from lxml.html import document_fromstring

from qa.errors import SourceError
from qa.index.builder import IndexBuilder
from qa.settings import Settings
from qa.sources.formats import extract
from qa.sources.formats.layout import lay_out
from qa.sources.read import load
from qa.types import Limits
from tests.conftest import FakeEmbedder

FIRST = "Maria Lopez founded the bakery in Hilltown in 1990 with her brother, who had been a miller before."
SECOND = "It sells forty kinds of bread to the people of Norland, and it has never been closed on a Monday."
PAGE = f"""<html><head><title>The bakery | News</title><meta name="author" content="Jane Doe">
<meta property="article:published_time" content="2024-12-06"><script>alert(1)</script></head><body>
<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav><article><h1>The bakery of Hilltown</h1><p>{FIRST}</p>
<p>{SECOND}</p></article><footer>All rights reserved by the news company</footer></body></html>"""


def pdf(*pages: str, password: str = "", created: str = "D:20240102") -> bytes:
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure
    from pypdf import PdfReader, PdfWriter

    drawn = io.BytesIO()
    with PdfPages(drawn) as file:
        for page in pages:
            figure = Figure(figsize=(12, 4))
            figure.text(0.05, 0.5, page)
            file.savefig(figure)
    writer = PdfWriter(clone_from=PdfReader(drawn))
    writer.add_metadata({"/Title": "The bakery", "/Author": "Jane Doe", "/CreationDate": created})
    if password:
        writer.encrypt(password)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def docx() -> bytes:
    from docx import Document

    buffer, document = io.BytesIO(), Document()
    document.core_properties.title, document.core_properties.author = "The bakery", "Jane Doe"
    document.add_heading("The bakery of Hilltown")
    document.add_paragraph(FIRST)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Bread", "40 kinds"
    document.add_paragraph(SECOND)
    document.save(buffer)
    return buffer.getvalue()


def odt() -> bytes:
    from odfdo import Document, Header, Paragraph

    buffer, document = io.BytesIO(), Document("text")
    document.meta.title = "The bakery"
    document.body.clear()
    document.body.extend([Header(1, "The bakery of Hilltown"), Paragraph(FIRST), Paragraph(SECOND)])
    document.save(buffer)
    return buffer.getvalue()


def edited(raw: bytes, member: str, before: str, after: str) -> bytes:
    """Replace a piece of one member of a packed format."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as whole, zipfile.ZipFile(buffer, "w") as packed:
        for name in whole.namelist():
            content = whole.read(name)
            if name == member:
                assert before.encode() in content
                content = content.replace(before.encode(), after.encode(), 1)
            packed.writestr(name, content)
    return buffer.getvalue()


def eml() -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["Date"] = (
        "The bakery",
        "Jane Doe <j@x.org>",
        "Fri, 06 Dec 2024 10:00:00 +0000",
    )
    message.set_content(f"{FIRST}\n")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="plan.pdf")
    message.add_attachment(f"{SECOND}\n", disposition="inline")  # as is written below a picture
    forwarded = EmailMessage()
    forwarded["Subject"] = "The oven"
    forwarded.set_content("It is hot.")
    message.add_attachment(forwarded)
    return message.as_bytes()


RTF = b"{\\rtf1\\ansi " + FIRST.encode() + b"\\par " + SECOND.encode() + b"}"


@pytest.mark.parametrize(
    ("suffix", "raw"),
    [
        (".html", PAGE.encode()),
        (".pdf", pdf(FIRST, SECOND)),
        (".docx", docx()),
        (".odt", odt()),
        (".rtf", RTF),
        (".eml", eml()),
    ],
)
def test_the_text_of_each_format_is_read(suffix: str, raw: bytes) -> None:
    extracted = extract(raw, suffix, f"a{suffix}")
    assert extracted.text.index(FIRST) < extracted.text.index(SECOND)
    assert "alert" not in extracted.text
    assert "Sport" not in extracted.text
    if suffix not in {".rtf", ".html"}:
        assert extracted.title == "The bakery"
        assert extracted.text.startswith("Title: The bakery.\n")
    if suffix in {".html", ".pdf", ".docx", ".eml"}:
        assert "Author: Jane Doe" in extracted.text


def test_what_a_file_says_of_itself_can_be_asked_for() -> None:
    assert extract(PAGE.encode(), ".html", "a.html").date == "2024-12-06"
    assert "Date of publication: 2024-12-06.\n" in extract(eml(), ".eml", "a.eml").text
    assert "Bread | 40 kinds" in extract(docx(), ".docx", "a.docx").text
    assert extract(eml(), ".eml", "a.eml").unread == (
        "the attachment plan.pdf is not read; save it and give it as a source",
        "the message “The oven” in it is not read; save it and give it as a source",
    )


def test_a_document_of_word_is_read_whole() -> None:
    run = "<w:r><w:t>{}</w:t></w:r>"
    more = (
        f'<w:p><w:ins w:id="1">{run.format("It was added later.")}</w:ins><w:del w:id="2"><w:r><w:delText>It was '
        f"never so.</w:delText></w:r></w:del></w:p><w:sdt><w:sdtContent><w:p>{run.format('It is in a field.')}</w:p>"
        f'</w:sdtContent></w:sdt><w:p>{run.format("It has a note")}<w:r><w:footnoteReference w:id="2"/></w:r>'
        f"{run.format('.')}</w:p></w:body>"
    )
    raw = edited(docx(), "word/document.xml", "</w:body>", more)
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    link = f'<Relationship Id="rId99" Type="{kind}" Target="footnotes.xml"/></Relationships>'
    raw = edited(raw, "word/_rels/document.xml.rels", "</Relationships>", link)
    wordprocessing = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    note = f'<w:footnote w:id="2"><w:p>{run.format("So says the note.")}</w:p></w:footnote>'
    with zipfile.ZipFile(file := io.BytesIO(raw), "a") as packed:
        packed.writestr("word/footnotes.xml", f'<w:footnotes xmlns:w="{wordprocessing}">{note}</w:footnotes>')
    text = extract(file.getvalue(), ".docx", "a.docx").text
    for words in ("It was added later.", "It is in a field.", "It has a note.", "So says the note."):
        assert words in text
    assert "never so" not in text
    assert "↑" not in text


def test_a_document_of_libreoffice_is_read_as_it_is_shown() -> None:
    cell = "<table:table-cell><text:p>{}</text:p><text:p>{}</text:p></table:table-cell>"
    more = (
        f"<table:table><table:table-row>{cell.format('Bread', 'of rye')}{cell.format('40', 'kinds')}</table:table-row>"
        "</table:table><text:p>It has a comment<office:annotation><text:p>Is that so?</text:p></office:annotation> and "
        'a note<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>'
        "So says the note.</text:p></text:note-body></text:note>.</text:p><text:p>See "
        "<text:a xlink:href='http://x'>the Times</text:a>.</text:p></office:text>"
    )
    raw = edited(odt(), "content.xml", "</office:text>", more)
    gone = "<text:tracked-changes><text:changed-region><text:deletion><text:p>It was never so.</text:p></text:deletion>"
    gone += "</text:changed-region></text:tracked-changes><text:h"
    text = extract(edited(raw, "content.xml", "<text:h", gone), ".odt", "a.odt").text
    assert text.endswith(
        "Bread of rye | 40 kinds\n\nIt has a comment and a note.\n\nSee the Times.\n\nSo says the note."
    )
    assert "never so" not in text


def test_what_a_format_hides_is_said() -> None:
    raw = RTF.replace(rb"\par ", rb"{\footnote So says the note.} {\deleted It was never so.}\par ", 1)
    extracted = extract(raw, ".rtf", "a.rtf")
    assert "So says the note" not in extracted.text
    assert "never so" in extracted.text
    assert [said.split(";")[0] for said in extracted.unread] == [
        "footnotes are not read",
        "what is marked as deleted is read like the rest",
    ]


def test_a_document_that_breaks_off_is_not_read_as_if_it_ended_there() -> None:
    with pytest.raises(SourceError, match=r"not a valid \.odt file"):
        extract(edited(odt(), "content.xml", SECOND, f"{SECOND}<text:span"), ".odt", "a.odt")
    with pytest.raises(SourceError, match=r"not a valid \.docx file"):
        extract(edited(docx(), "word/document.xml", SECOND, f"{SECOND}<w:p"), ".docx", "a.docx")


def test_a_cell_is_read_as_it_is_shown() -> None:
    row = "<tr><td>H<sub>2</sub>O</td><td><b>Total</b>: 5<p>or 6</p></td></tr>"
    page = document_fromstring(f"<body><table><caption>Wares</caption>{row}</table></body>")
    assert lay_out(page) == "Wares\n\nH2O | Total: 5 or 6"


def test_a_date_of_a_pdf_that_is_none_costs_only_the_date() -> None:
    raw = pdf(FIRST, created="Mon Jan 5 10:11:12 2004")
    assert extract(raw, ".pdf", "a.pdf").date == ""
    assert FIRST in extract(raw, ".pdf", "a.pdf").text


def test_pages_are_numbered_and_those_without_text_named() -> None:
    extracted = extract(pdf(FIRST, "", SECOND), ".pdf", "a.pdf")
    assert len(extracted.pages) == 3
    assert extracted.pages[2] <= extracted.text.index(SECOND)
    assert extracted.text.index(FIRST) < extracted.pages[1]
    assert extracted.unread == ("no text on page 2 of 3, which may be scanned; run OCR over it first",)
    with pytest.raises(SourceError, match="has no text; no text on page 1, 2 of 2"):
        extract(pdf("", ""), ".pdf", "a.pdf")
    with pytest.raises(SourceError, match="encrypted"):
        extract(pdf(FIRST, password="secret"), ".pdf", "a.pdf")


def test_another_encoding_is_guessed_and_said() -> None:
    text = "Der Bäcker von Höhenstadt öffnete im März. Die Brötchen kosten fünf Groschen, für alle Bürger."
    extracted = extract(text.encode("cp1252"), ".txt", "a.txt")
    assert extracted.text == text
    assert "not UTF-8; read as" in extracted.unread[0]
    assert extract("\ufeffBread.".encode("utf-16"), ".txt", "a.txt").text == "Bread."


def test_a_date_in_the_prose_is_not_the_date_of_the_page() -> None:
    undated = PAGE.replace('<meta property="article:published_time" content="2024-12-06">', "")
    shown = undated.replace("</h1>", "</h1><p>The show of bread is open daily until 14 June 2024.</p>")
    assert extract(PAGE.encode(), ".html", "a").date == "2024-12-06"
    assert extract(shown.encode(), ".html", "a").date == ""


def test_a_format_that_takes_time_is_read_once(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(FIRST, "", SECOND))
    builder = IndexBuilder(settings, FakeEmbedder())
    with caplog.at_level(logging.WARNING):
        built, _ = builder.open(str(path))
    assert "a.pdf: no text on page 2 of 3" in caplog.text
    monkeypatch.setattr("qa.sources.read.extract_in_sandbox", lambda *_: pytest.fail("read again"))
    opened, again = builder.open(str(path))
    assert not again
    assert opened.document == built.document
    assert opened.document.page_of(opened.document.text.index(SECOND)) == 3


def test_a_page_saved_from_a_browser(tmp_path: Path) -> None:
    path = tmp_path / "saved.mhtml"
    html = "<html><head><title>The bakery</title></head><body><article><p>It opened in 1990 caf=C3=A9.</p></article>"
    path.write_bytes(
        b"From: <Saved by a browser>\r\nSnapshot-Content-Location: https://example.org/bakery\r\nSubject: A bakery\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n--b\r\n'
        b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        + html.encode()
        + b"\r\n--b--\r\n"
    )
    document = load(str(path), Limits(bytes=10**6))
    assert "It opened in 1990 café." in document.text
    assert document.address == "https://example.org/bakery"


def test_a_book(tmp_path: Path) -> None:
    from fast_ebook import epub

    book = epub.EpubBook()
    book.set_identifier("bakery")
    book.set_title("The bakery")
    book.set_language("en")
    book.add_author("Ann Author")
    book.add_metadata("DC", "date", "2021-05-06T00:00:00")
    chapters = []
    for number, words in enumerate(("<p>It opened in <em>1990</em>.</p><p>It is big.</p>", "<p>It sells bread.</p>")):
        chapter = epub.EpubHtml(
            title=str(number), file_name=f"{number}.xhtml", content=f"<h1>Part {number}</h1>{words}"
        )
        book.add_item(chapter)
        chapters.append(chapter)
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    book.spine = ["nav", *chapters]
    path = tmp_path / "book.epub"
    epub.write_epub(str(path), book)
    document = load(str(path), Limits(bytes=10**6))
    assert document.text == (
        "Title: The bakery.\nAuthor: Ann Author.\nDate of publication: 2021-05-06.\n\n"
        "Part 0\n\nIt opened in 1990.\n\nIt is big.\n\nPart 1\n\nIt sells bread."
    )
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as packed:
        second = next(i for i in packed.infolist() if i.filename.endswith("1.xhtml"))
    at = second.header_offset + 60
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
    broken = load(str(path), Limits(bytes=10**6))
    assert "bread" not in broken.text
    assert broken.unread == ("the chapter 1_xhtml is missing or broken",)
    path.write_bytes(b"PK\x03\x04 no book")
    with pytest.raises(SourceError, match=r"not a valid \.epub file"):
        load(str(path), Limits(bytes=10**6))
