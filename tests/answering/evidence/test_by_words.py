"""Evidence by its words, in other languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from qa.answering.assistant import Assistant
from qa.answering.evidence.by_words import rank_by_words
from qa.answering.parts import Parts
from qa.evaluation.metrics import figures, judge
from qa.evaluation.run import read_gold
from qa.settings import Settings
from qa.sources.read import load
from qa.text.language import language_of
from qa.text.sentences import sentences
from qa.types import Hit, Limits
from tests.conftest import hit

HERE = Path(__file__).parents[2] / "languages" / "tune" / "notices"
LANGUAGES = ("de", "fr", "es", "ar", "zh")


def german(*texts: str) -> Hit:
    one = hit(" ".join(texts), *texts)
    return replace(one, document=replace(one.document, language="de"))


def test_the_sentence_with_the_rarest_words_of_the_question_comes_first() -> None:
    found = rank_by_words(
        "Wann wurden die Brücken gebaut?",
        [german("Die Brücke steht in Lindenau.", "Die alte Brücke wurde 1874 gebaut.", "Die Stadt ist alt.")],
    )
    assert [c.quote_text for c in found] == ["Die alte Brücke wurde 1874 gebaut.", "Die Brücke steht in Lindenau."]
    assert found[0].probability > 0.9 > found[1].probability


def test_what_shares_no_word_is_no_evidence() -> None:
    assert rank_by_words("Wer gewann das Spiel?", [german("Die Brücke steht in Lindenau.")]) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_are_told_apart_and_split_into_sentences(language: str) -> None:
    text = (HERE / f"{language}.txt").read_text(encoding="utf-8")
    assert language_of(text) == language
    assert len(sentences(text, language)) >= 10


@pytest.mark.parametrize("text", ["Hello", "12 34", "Paris, London, Berlin, Madrid", "The bakery opened in 1990."])
def test_what_is_not_clearly_another_language_is_english(text: str) -> None:
    assert language_of(text) == "en"


def test_another_language_is_noticed_once(
    make_assistant: Callable[..., Assistant], caplog: pytest.LogCaptureFixture
) -> None:
    assistant = make_assistant()
    for _ in range(2):
        answer = assistant.ask("Wann wurde die Brücke gebaut?", sources=[str(HERE / "de.txt")])
        assert answer.answer == "Die Brücke wurde 1874 gebaut und zuletzt vor dreißig Jahren saniert [1]."
    (noticed,) = [m for m in caplog.messages if "another language" in m]
    assert noticed.startswith(f"{HERE / 'de.txt'}: is in another language than English (de)")


def test_english_beside_another_language_is_still_read(make_assistant: Callable[..., Assistant], article: Path) -> None:
    answer = make_assistant("Maria Lopez founded it [1].").ask(
        "Who founded the bakery?", sources=[str(HERE / "de.txt"), str(article)]
    )
    assert [c.source for c in answer.citations] == [str(article)]


@pytest.mark.real
@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_in_five_languages(language: str, real_parts: Parts, tmp_path: Path) -> None:
    by_words = replace(real_parts, others=None)
    assistant = Assistant([str(HERE / f"{language}.txt")], Settings(index_dir=tmp_path), by_words)
    text = load(assistant.sources[0], Limits(bytes=10**6)).text
    gold = [g for g in read_gold(HERE / "questions.jsonl") if g.kind == language]
    made = figures([judge(g, assistant.ask(g.question), text) for g in gold])
    assert made["right"] >= 80
    assert made["quote_integrity"] == made["abstained_on_unanswerable"] == 100
