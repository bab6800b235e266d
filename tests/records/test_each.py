"""One question to every document: lines, their order, and the table."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from qa.answering.assistant import Assistant
from qa.errors import IndexFolderError, UsageError
from qa.index.stores.embedded.store import EmbeddedStore
from qa.records.each import Each, as_text, by_confidence, write_table
from qa.records.lines import BadLine
from qa.settings import Settings
from qa.types import Answer, Citation, Document, Hit, Models
from tests import collecting
from tests.conftest import FakeReader

QUESTION = "Who founded the bakery?"


def answered(source: str, quote: str, confidence: float = 0.9, page: int | None = None, answer: str = "") -> Answer:
    citation = Citation(1, source, "0" * 64, 3, 3 + len(quote), quote, 0, 99, page=page, title="A title")
    models = Models("e", "g")
    return Answer(QUESTION, QUESTION, "answered", answer or f"{quote} [1].", (citation,), confidence, models, id=source)


def silent(source: str, confidence: float = 0.1) -> Answer:
    said = "The article does not say."
    return Answer(QUESTION, QUESTION, "not_in_article", said, (), confidence, Models("e", "g"), id=source)


def table(*lines: Answer | BadLine) -> list[list[str]]:
    file = io.StringIO(newline="")
    write_table(lines, file)
    return list(csv.reader(file.getvalue().splitlines(keepends=True)))


@pytest.fixture
def where(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    chosen = msgspec.structs.replace(settings, collections_dir=tmp_path / "collections")
    texts = {f"d{n:02}": f"Maria Lopez founded the bakery number {n}." for n in range(20)}
    collecting.index(collecting.write(tmp_path / "articles", **texts), chosen)
    return chosen


@pytest.fixture
def over(where: Settings, request: pytest.FixtureRequest) -> Callable[..., Assistant]:
    def opened(*sources: str) -> Assistant:
        texts = ("Maria Lopez founded the bakery [1].",) * 20
        assistant = collecting.over(where, *sources, texts=texts, reader=FakeReader("Maria Lopez"))
        request.addfinalizer(assistant.close)
        return assistant

    return opened


def test_every_document_has_a_line_in_order_of_source(over: Callable[..., Assistant]) -> None:
    each = Each(QUESTION, over())
    lines = list(each.answers())
    assert [line.id for line in lines] == [f"articles/d{n:02}.txt" for n in range(20)]
    assert [{c.source for c in line.citations} for line in lines if isinstance(line, Answer)] == [
        {line.id} for line in lines
    ]
    assert len(each) == 20


def test_what_was_answered_before_is_not_asked_again(over: Callable[..., Assistant]) -> None:
    each = Each(QUESTION, over())
    before = {f"articles/d{n:02}.txt" for n in range(20) if n not in {3, 18}}
    assert [line.id for line in each.answers(but=before)] == ["articles/d03.txt", "articles/d18.txt"]


def file_of(*lines: Answer | BadLine) -> io.BytesIO:
    return io.BytesIO(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))


def test_answers_are_found_by_document_and_read_in_order_of_source(over: Callable[..., Assistant]) -> None:
    each = Each(QUESTION, over())
    first, second = silent("articles/d07.txt"), BadLine(4, "it is damaged", "articles/d03.txt")
    file = file_of(first, silent("articles/pruned.txt"), second)
    whole = file.getvalue()
    file.seek(0, io.SEEK_END)
    file.write(b'{"schema":"qa.ans')
    file.seek(0)
    starts = each.answered_before(file)
    assert (sorted(starts), file.getvalue()) == (["articles/d03.txt", "articles/d07.txt"], whole)
    assert list(each.saved(file, starts)) == [second, first]


@pytest.mark.parametrize(
    "line",
    [
        b"no JSON",
        b"\xff",
        b"[1]",
        b'{"id": 7}',
        b'{"question": "Who?"}',
        b'{"id": "articles/d01.txt", "question": "Who?"}',
    ],
)
def test_what_answers_something_else_is_not_gone_on_with(over: Callable[..., Assistant], line: bytes) -> None:
    file = io.BytesIO(file_of(silent("articles/d00.txt")).getvalue() + line + b"\n")
    with pytest.raises(UsageError, match=r"line 2 is not the answer of a document to this question; choose another"):
        Each(QUESTION, over()).answered_before(file)


def test_answers_for_other_documents_alone_are_not_gone_on_with(over: Callable[..., Assistant]) -> None:
    with pytest.raises(UsageError, match=r"answers for d00\.txt and others, none of which is asked here; "):
        Each(QUESTION, over()).answered_before(file_of(silent("d00.txt"), silent("d01.txt")))


def test_only_some_documents_can_be_asked(over: Callable[..., Assistant]) -> None:
    each = Each(QUESTION, over("articles/d07.txt", "articles/d03.txt"))
    assert [line.id for line in each.answers()] == ["articles/d03.txt", "articles/d07.txt"]


def test_a_document_that_cannot_be_read_is_an_error_line_and_the_others_are_asked(
    over: Callable[..., Assistant], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = EmbeddedStore._contents

    def damaged(self: EmbeddedStore, place: object) -> tuple[Document, list[Hit]]:
        document, passages = whole(self, place)  # type: ignore[arg-type]
        if document.source.endswith("d01.txt"):
            raise IndexFolderError("d01.txt: its text is damaged")
        return document, passages  # type: ignore[return-value]

    monkeypatch.setattr(EmbeddedStore, "_contents", damaged)
    lines = list(Each(QUESTION, over()).answers())
    assert lines[1] == BadLine(2, "d01.txt: its text is damaged", "articles/d01.txt")
    assert sum(isinstance(line, Answer) for line in lines) == 19


def test_articles_without_a_collection_are_not_asked_one_by_one(make_assistant: Callable[..., Assistant]) -> None:
    with pytest.raises(UsageError, match="--each asks every document of a collection; name it with -c"):
        Each(QUESTION, make_assistant())


def test_the_surest_come_first_and_errors_last() -> None:
    bad = BadLine(1, "it is damaged", "a")
    known = silent("b", 0.2), answered("c", "x", 0.9), answered("d", "y", 0.9), answered("e", "z", 0.95)
    lines: list[Answer | BadLine] = [bad, *known]
    assert [line.id for line in by_confidence(lines)] == ["e", "c", "d", "b", "a"]


def test_a_table_has_a_row_for_each_document() -> None:
    lines = answered("a.pdf", "Maria, of Hilltown", page=2), silent("b.txt"), BadLine(3, "it is damaged", "c.txt")
    assert table(*lines) == [
        ["source", "title", "status", "answer", "confidence", "quote", "start", "end", "page"],
        ["a.pdf", "A title", "answered", "Maria, of Hilltown.", "0.9", "Maria, of Hilltown", "3", "21", "2"],
        ["b.txt", "", "not_in_article", "The article does not say.", "0.1", "", "", "", ""],
        ["c.txt", "", "error", "it is damaged", "", "", "", "", ""],
    ]


@pytest.mark.parametrize("quote", ["=HYPERLINK(1)", "+1", "-5 degrees", "@SUM(A1)", "\t=1"])
def test_no_cell_is_a_formula(quote: str) -> None:
    (_, row) = table(answered("a.txt", quote))
    assert row[5] == f"'{quote}"
    assert row[3].startswith("'")


def test_no_cell_steers_a_terminal() -> None:
    (_, row) = table(answered("a.txt", "Maria \x1b[2J Lopez"))
    assert "\x1b" not in "".join(row)


def test_text_is_one_line() -> None:
    assert as_text(answered("a.txt", "Maria\nLopez")) == "a.txt: Maria Lopez [1]."
    assert as_text(BadLine(1, "it is damaged", "b.txt")) == "b.txt: it is damaged"
