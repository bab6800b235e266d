"""Who wrote an article and when is answered from what its file says, and from nothing else in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qa.answering.about_file import answer, at_an_end, fields_asked
from qa.answering.assistant import Assistant
from qa.answering.evidence.head import field_of
from qa.answering.evidence.rank import rank
from qa.types import Document, Hit, Passage, Span
from tests.conftest import FakeReader, hit

LINES = ["Title: The mill.", "Author: Ann Bell.", "Date of publication: 2020-01-20."]
TEXT = "\n".join([*LINES, "", "The mill burned down. Author: unknown."])


@pytest.fixture
def page() -> Hit:
    spans = [Span(TEXT.index(s), TEXT.index(s) + len(s)) for s in [*LINES, "The mill burned down.", "Author: unknown."]]
    document = Document.from_text("a.html", TEXT, title="The mill", author="Ann Bell", date="2020-01-20")
    return Hit(document, Passage(Span(0, len(TEXT)), tuple(spans)), 0.9, 1.0)


@pytest.mark.parametrize(
    ("question", "fields"),
    [
        ("Who wrote this article?", ("author",)),
        ("When and by whom was this written?", ("date", "author")),
        ("Who posted this recipe and on what date?", ("date", "author")),
        ("When was the text published?", ("date",)),
        ("author and date please", ("date", "author")),
        ("Who wrote the report?", ()),
        ("When was this cooker released?", ()),
        ("Who is the author of the plan?", ()),
        ("What is this article about?", ()),
    ],
)
def test_what_is_asked_of_the_file_is_told_by_the_form(question: str, fields: tuple[str, ...]) -> None:
    assert fields_asked(question) == fields


def test_the_lines_of_the_file_answer_with_their_quote(page: Hit) -> None:
    said = answer(("date", "author"), [page])
    assert [s.text for s in said] == ["2020-01-20", "Ann Bell"]
    assert [span.of(TEXT) for s in said for _, span in s.quotes] == [LINES[2], LINES[1]]
    assert answer(("author",), [hit("Author: unknown.")]) == []


def test_lines_of_the_article_are_none_of_the_file(page: Hit) -> None:
    assert [field_of(page, s) for s in page.passage.sentences] == ["title", "author", "date", None, None]


def test_for_other_questions_they_come_last(page: Hit) -> None:
    reader = FakeReader("burned")
    candidates = rank("Who is Ann Bell?", [page], reader, reader, reader.calibration)
    assert candidates[0].quote_text == "The mill burned down."
    alone = FakeReader("Ann Bell")
    assert rank("Who is Ann Bell?", [page], alone, alone, alone.calibration)[0].quote_text == LINES[1]


def test_an_article_that_says_nothing_of_itself_is_read_where_texts_are_signed(
    make_assistant: Callable[..., Assistant],
) -> None:
    passages = make_assistant().retriever().passages()
    assert at_an_end(passages[::-1]) == [passages[-1], passages[0]]
    assert at_an_end([]) == []
    made = make_assistant(reader=FakeReader("nobody"))
    assert made.ask("Who wrote this article?").status == "not_in_article"


def test_what_stands_in_the_middle_of_a_text_signs_nothing() -> None:
    text = "It opened. Ann wrote it. It closed."
    document = Document.from_text("a.txt", text)
    parts = [Span(text.index(s), text.index(s) + len(s)) for s in ("It opened.", "Ann wrote it.", "It closed.")]
    passages = [Hit(document, Passage(span, (span,)), 0.9, 1.0) for span in parts]
    assert at_an_end(passages) == [passages[0], passages[2]]
