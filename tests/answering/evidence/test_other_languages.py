from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qa.answering.assistant import Assistant
from qa.answering.evidence.other_languages import Described
from qa.answering.parts import Parts
from qa.evaluation.metrics import figures, judge
from qa.evaluation.run import read_gold
from qa.settings import Settings
from qa.sources.read import load
from qa.types import Candidate, Document, Hit, Limits, Passage, Span

LANGUAGES = Path(__file__).parents[2] / "languages"

TEXT = "Die Brücke wurde 1874 gebaut. Wer baute die Brücke? Der Bäcker öffnet um sieben."


@pytest.fixture
def hit() -> Hit:
    document = Document.from_text("de.txt", TEXT, language="de")
    sentences = (Span(0, 29), Span(30, 51), Span(52, 80))
    return Hit(document, Passage(Span(0, 80), sentences), 0.9, 1.0)


def described(question: str, hit: Hit, quote: Span, answer: Span) -> dict[str, float]:
    candidate = Candidate(hit, answer, quote, {"score": 5.0, "answerable": 2.0}, margin=2.5)
    return Described(question, [hit]).features(candidate)


def test_a_candidate_is_described_in_its_own_language(hit: Hit) -> None:
    values = described("Wann wurden die Brücken gebaut?", hit, Span(0, 29), Span(17, 21))
    assert values["score"] == 1.0
    assert values["margin"] == 0.5
    assert values["quote_overlap"] == 1.0
    assert values["digits"] == 1.0
    assert values["echo"] == 0.0
    assert values["unspaced"] == values["asks"] == values["unknown_names"] == 0.0
    assert values["similarity"] == pytest.approx(1.0)
    other = described("Wann wurden die Brücken gebaut?", replace(hit, comparable=False), Span(0, 29), Span(17, 21))
    assert other["similarity"] == 0.0


def test_a_quote_that_asks_and_words_of_the_question_are_told(hit: Hit) -> None:
    values = described("Was öffnet der Bäcker?", hit, Span(30, 51), Span(56, 62))
    assert values["asks"] == 1.0
    assert values["quote_overlap"] == 0.0
    assert values["echo"] == 1.0


def test_the_words_of_a_question_in_another_language_are_not_missed(hit: Hit) -> None:
    values = described("When was the bridge of Lindenau constructed?", hit, Span(0, 29), Span(17, 21))
    assert values["overlap"] == values["quote_overlap"] > 0
    assert values["unknown_names"] == values["foreign_names"] == 0.0
    values = described("Was it constructed in 1901?", hit, Span(0, 29), Span(17, 21))
    assert values["unknown_names"] == values["foreign_names"] == 1.0


@pytest.mark.real
def test_articles_are_asked_in_their_languages(real_parts: Parts, tmp_path: Path) -> None:
    judged = []
    assistant = Assistant([], Settings(index_dir=tmp_path), real_parts)
    # A quarter of them, so that every language has some with an answer and some without.
    for gold in [g for g in read_gold(LANGUAGES / "questions.jsonl") if g.kind != "en"][::4]:
        source = str(LANGUAGES / str(gold.source))
        answer = assistant.ask(gold.question, sources=[source])
        judged.append(judge(gold, answer, load(source, Limits(bytes=10**6)).text))
        assert answer.models.reader in {"multilingual-reader-1", "mpnet-reader-7"}
    made = figures(judged)
    assert made["right"] >= 40
    assert made["quote_integrity"] == 100
