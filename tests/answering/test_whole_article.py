from __future__ import annotations

from dataclasses import replace

import pytest

from qa.answering.whole_article import Overview, answer, recognise
from qa.types import Hit
from tests.conftest import FakeEmbedder, FakeReader, hit

SENTENCES = (
    "The harvest in Norland failed after a dry spring.",
    "Farmers in Norland lost half of the wheat of the harvest.",
    "The mayor of Southby opened a swimming pool.",
    "Wheat prices rose after the harvest failed.",
)


@pytest.fixture
def hits() -> list[Hit]:
    return [hit(" ".join(["The news", *SENTENCES]), "The news", *SENTENCES)]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Summarise the article.", Overview("summary", "")),
        ("Please summarize this", Overview("summary", "")),
        ("Summarise the article in three sentences.", Overview("summary", "")),
        ("Summarize the harvest in a few words", Overview("summary", "the harvest")),
        ("Can you give me a short summary of the text?", Overview("summary", "")),
        ("What are the main points?", Overview("summary", "")),
        ("What is this article about?", Overview("summary", "")),
        ("Summarise what Turkey is doing.", Overview("summary", "what Turkey is doing")),
        ("Give an overview of the harvest", Overview("summary", "the harvest")),
        ("List everyone quoted.", Overview("list", "Who said this?")),
        ("Who is quoted?", Overview("list", "Who said this?")),
        ("List all the cities in the article", Overview("list", "Which cities in the article?")),
        ("Which countries are mentioned?", Overview("list", "Which countries?")),
        ("List every country", Overview("list", "Which country?")),
        ("Name all the staff", Overview("list", "Which staff?")),
        ("Name all the people who are quoted", Overview("list", "Who said this?")),
        ("List everyone.", Overview("list", "Who?")),
        ("List everybody who is mentioned", Overview("list", "Who?")),
        ("How many cities are named?", Overview("count", "Which cities?")),
        ("How many sources does the article quote?", Overview("count", "Which sources?")),
        ("Who is mentioned in this report?", Overview("list", "Who?")),
    ],
)
def test_questions_over_the_whole_are_recognised(question: str, expected: Overview) -> None:
    assert recognise(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "What is the main city of Norland?",
        "Who leads the offensive?",
        "How many people died?",
        "Which city is the capital?",
        "What did the summary of the court say?",
        "Name the leader of the group.",
        "Who was named president in 1990?",
        "Which street was named after the mayor?",
        "How many soldiers were cited for bravery?",
    ],
)
def test_other_questions_are_not(question: str) -> None:
    assert recognise(question) is None


def test_a_summary_has_a_quote_for_each_point_in_the_articles_order(hits: list[Hit]) -> None:
    points = answer(Overview("summary", ""), hits, FakeEmbedder(), None)
    assert [p.text for p in points] == list(SENTENCES)
    assert all(span.of(h.document.text) == p.text for p in points for h, span in p.quotes)


def test_a_summary_of_a_topic_stays_on_it(hits: list[Hit]) -> None:
    points = answer(Overview("summary", "the mayor of Southby"), hits, FakeEmbedder(), None)
    assert [p.text for p in points] == [SENTENCES[2]]
    assert answer(Overview("summary", "the queen of Atlantis"), hits, FakeEmbedder(), None) == []


def test_items_are_found_once_each_and_counted(hits: list[Hit]) -> None:
    (item,) = answer(Overview("list", "Which countries?"), hits, FakeEmbedder(), FakeReader("Norland"))
    assert item.text == "Norland"
    (count,) = answer(Overview("count", "Which countries?"), hits, FakeEmbedder(), FakeReader("Norland"))
    assert count.text == "At least 1: Norland"
    named = hit("Norland and Southby agreed. The army, too.", "Norland and Southby agreed.", "The army, too.")
    both = answer(Overview("list", "Which countries?"), [named], FakeEmbedder(), FakeReader("Norland and Southby"))
    assert [b.text for b in both] == ["Norland", "Southby"]
    assert answer(Overview("count", "Which rivers?"), hits, FakeEmbedder(), FakeReader("Nile")) == []
    assert answer(Overview("list", "Which rivers?"), hits, FakeEmbedder(), None) == []
    assert answer(Overview("summary", ""), [], FakeEmbedder(), None) == []


def test_questions_over_the_whole_are_recognised_in_other_languages() -> None:
    assert recognise("Worum geht es in dem Artikel?", "de") == Overview("summary", "", language="de")
    assert recognise("文章提到了多少个城市？", "zh") == Overview("count", "哪些城市？", language="zh")
    assert recognise("Wie viele Autos nutzen die Brücke?", "de") is None
    assert recognise("What is the article about?", "en") == Overview("summary", "")


def test_a_count_is_said_in_the_language_of_the_question(hits: list[Hit]) -> None:
    (count,) = answer(Overview("count", "Welche Länder?", language="de"), hits, FakeEmbedder(), FakeReader("Norland"))
    assert count.text == "Mindestens 1: Norland"


def test_where_there_is_no_full_stop_every_line_may_be_said() -> None:
    thai = hit("ตลาดเปิดแล้ว เขาพูดว่า “ดี”", "ตลาดเปิดแล้ว", "เขาพูดว่า “ดี”")
    thai = replace(thai, document=replace(thai.document, language="th"))
    assert len(answer(Overview("summary", ""), [thai], FakeEmbedder(), None)) == 2
