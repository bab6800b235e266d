from __future__ import annotations

import pytest

from qa.answering.writing.citations import render
from qa.evaluation.metrics import by_kind, calibration_error, coverage_curve, figures, judge, normalise, token_f1
from qa.records.lines import GoldQuestion
from qa.types import Answer, Models, Supported
from tests.conftest import hit

TEXT = "The bakery opened in 1990. Maria Lopez founded it."
HIT = hit(TEXT, "The bakery opened in 1990.", "Maria Lopez founded it.")
GOLD = GoldQuestion(question="Who?", answers=["Maria Lopez"], answerable=True, evidence=["Maria Lopez founded it"])
NONE = GoldQuestion(question="Why?", answerable=False, kind="unanswerable")


def answer(text: str, sentence: int = 1, confidence: float = 0.8) -> Answer:
    claims = [Supported(text, ((HIT, HIT.passage.sentences[sentence]),))] if text else []
    said, citations = render(claims)
    return Answer(
        question="Who?",
        standalone_question="Who?",
        status="answered" if text else "not_in_article",
        answer=said,
        citations=citations,
        confidence=confidence,
        models=Models("e", "g"),
    )


def test_texts_are_compared_without_case_articles_punctuation_and_markers() -> None:
    assert normalise("The “Maria Lopez” [1], an al-Golani.") == ["maria", "lopez", "al", "golani"]
    assert token_f1(["a", "b"], ["b", "c"]) == 0.5
    assert token_f1([], ["x"]) == 0.0


@pytest.mark.parametrize(
    ("text", "sentence", "correct", "right"),
    [
        ("Maria Lopez founded it.", 1, True, True),
        ("Maria Lopez founded it.", 0, True, False),
        ("Peter did.", 1, False, False),
        ("", 1, False, False),
        ("Marial Lopezia", 1, False, False),
        ("word " * 40 + "Maria Lopez", 1, False, False),
    ],
)
def test_right_is_correct_and_cited(text: str, sentence: int, correct: bool, right: bool) -> None:  # noqa: FBT001
    judged = judge(GOLD, answer(text, sentence), TEXT)
    assert (judged.correct, judged.right) == (correct, right)


def test_a_long_answer_is_right_if_it_covers_half_of_the_points_and_each_sentence_is_supported() -> None:
    evidence = ["The bakery opened in 1990", "Maria Lopez founded it"]
    gold = GoldQuestion(question="Explain it", answerable=True, long=True, evidence=evidence)
    judged = judge(gold, answer("Maria Lopez founded it.", 1), TEXT)
    assert (judged.points, judged.covered, judged.sentences, judged.supported) == (2, 1, 1, 1)
    assert judged.right
    told = figures([judged, judge(gold, answer("Maria Lopez sold it to her son.", 1), TEXT)])
    assert (told["points_covered"], told["sentences_supported"], told["right"]) == (50, 50, 50)
    assert not judge(gold, answer(""), TEXT).right


def test_a_refusal_is_right_only_where_there_is_no_answer() -> None:
    assert judge(NONE, answer(""), TEXT).right
    assert not judge(NONE, answer("Because."), TEXT).right
    assert judge(GOLD, answer(""), TEXT).f1 == 0.0


def test_figures_are_shares_of_what_they_are_about() -> None:
    judged = [judge(GOLD, answer("Maria Lopez founded it.", n), TEXT) for n in (1, 0)]
    judged += [judge(NONE, answer(""), TEXT), judge(GOLD, answer(""), TEXT)]
    made = figures(judged)
    assert made["right"] == 50.0
    assert made["correct"] == 66.7
    assert made["citation_recall"] == 33.3
    assert made["citation_precision"] == 50.0
    assert made["quote_integrity"] == 100.0
    assert made["abstained_on_unanswerable"] == 100.0
    assert made["refused_answerable"] == 33.3
    assert made["words"] == 4.0
    assert set(by_kind(judged)) == {"question", "unanswerable"}


def test_a_quote_that_does_not_stand_there_costs_integrity() -> None:
    assert figures([judge(GOLD, answer("Maria Lopez founded it."), f"x{TEXT}")])["quote_integrity"] == 0.0


def test_the_calibration_error_is_the_gap_between_confidence_and_right() -> None:
    right, wrong = judge(GOLD, answer("Maria Lopez"), TEXT), judge(GOLD, answer("Peter did."), TEXT)
    assert calibration_error([right] * 4 + [wrong]) == 0.0
    assert calibration_error([wrong]) == 80.0
    assert calibration_error([]) == 0.0


def test_the_curve_falls_from_the_surest_answer_on() -> None:
    judged = [
        judge(GOLD, answer("Maria Lopez", confidence=0.9), TEXT),
        judge(GOLD, answer("Peter did.", confidence=0.4), TEXT),
        judge(NONE, answer(""), TEXT),
        judge(GOLD, answer("Maria Lopez", confidence=0.2), TEXT),
    ]
    assert coverage_curve(judged) == [(0.9, 0.25, 1.0), (0.4, 0.5, 0.5), (0.2, 0.75, 2 / 3)]
