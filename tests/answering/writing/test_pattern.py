from __future__ import annotations

import pytest
import regex

from qa.answering.writing.pattern import pattern_around, pattern_for

QUOTE = "In 1990 Maria Lopez, who grew up in Hilltown, founded the bakery with 3 ovens."
QUESTION = "Who founded the bakery of the Berg family?"


def allows(text: str, answer: str = "Maria Lopez") -> bool:
    return bool(regex.fullmatch(pattern_around(answer, QUOTE, QUESTION, 2), text))


@pytest.mark.parametrize(
    "text",
    [
        "Maria Lopez founded the bakery [1].",
        " The bakery was founded by Maria Lopez [2].",
        "In 1990 Maria Lopez, who grew up in Hilltown, founded the bakery. [1]",
        "Founded in 1990, the bakery is Maria Lopez's.",
    ],
)
def test_a_sentence_holds_the_answer_and_names_of_the_quote(text: str) -> None:
    assert allows(text)


@pytest.mark.parametrize(
    "text",
    [
        "She founded the bakery [1].",
        "The bakery was founded [1].",
        "Maria Lopez founded the bakery of the Berg family [1].",
        "Maria Lopez founded the bakery in 1991 [1].",
        "Maria Lopezia founded the bakery [1].",
        "Maria Lopez founded the bakery [3].",
        "MARIA LOPEZ founded the bakery [1].",
        "Maria Lopez founded it. The bakery is old. It sells bread [1].",
        "Maria Lopez founded the bakery �� [1].",
        "Berg founded the bakery of Maria Lopez [1].",
    ],
)
def test_other_texts_are_not_written(text: str) -> None:
    assert not allows(text)


@pytest.mark.parametrize(
    ("answer", "text", "allowed"),
    [
        ("Maria Lopez", "Maria Lopez founded the bakery [1].", True),
        ("1990", "In 1990 Maria Lopez founded the bakery [1].", True),
        ("1990", "From 1990 Maria Lopez founded the bakery [1].", False),
        ("3 ovens", "With 3 ovens the bakery was founded.", True),
        ("3 ovens", "Bakery with 3 ovens was founded.", True),
        ("bakery", "Founded the bakery.", True),
        ("bakery", "Hilltown, founded the bakery.", False),
        ("Maria Lopez", "The bakery was founded by Maria Lopez [1].", False),
    ],
)
def test_a_sentence_can_be_held_to_begin_with_the_answer(answer: str, text: str, allowed: object) -> None:
    pattern = pattern_around(answer, QUOTE, QUESTION, 2, first=True)
    assert bool(regex.fullmatch(pattern, text)) is allowed


def test_the_beginning_of_a_sentence_is_allowed_as_far_as_it_can_go_on() -> None:
    pattern = pattern_around("Maria Lopez", QUOTE, QUESTION, 1)
    assert regex.fullmatch(pattern, "The bakery was", partial=True)
    assert not regex.fullmatch(pattern, "The bakery was founded [", partial=True)
    assert not regex.fullmatch(pattern, "The bakery of the Berg", partial=True)


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("The U.S. agency of William E. Simon opened.", "The U.S. agency of William E. Simon opened [1]."),
        ("The agency held that a × b = c.", "The agency held that a × b = c [1]."),
        ("Dyrrach—one agency of many—fell.", "Dyrrach was one agency [1]."),
    ],
)
def test_full_stops_and_signs_of_the_quote_may_stand_inside(quote: str, text: str) -> None:
    assert regex.fullmatch(pattern_around("agency", quote, "What opened?", 1), text)


@pytest.mark.parametrize("answer", ["", "a note [7]"])
def test_an_answer_that_cannot_stand_in_a_sentence_leaves_the_form_alone(answer: str) -> None:
    assert pattern_around(answer, QUOTE, QUESTION, 1) == pattern_for(1)
