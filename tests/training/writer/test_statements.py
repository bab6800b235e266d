from __future__ import annotations

import pytest

from qa.training.writer.statements import statements


@pytest.mark.parametrize(
    ("question", "answer", "quote", "expected"),
    [
        ("Who founded the bakery?", "Maria Lopez", "Maria Lopez founded it.", "Maria Lopez founded the bakery"),
        ("When was the bakery founded?", "1990", "It was founded in 1990.", "The bakery was founded in 1990"),
        ("What did the storm destroy?", "a bridge", "The storm destroyed a bridge.", "The storm destroyed a bridge"),
        ("How many ovens are there?", "3", "There are 3 ovens.", "3 ovens are there"),
        ("The capital of Norland is what?", "Southby", "Southby is the capital.", "The capital of Norland is Southby"),
        ("In what year did the war end?", "1648", "The war ended in 1648.", "The war ended in 1648"),
    ],
)
def test_a_question_and_its_answer_become_the_statement_among_others(
    question: str, answer: str, quote: str, expected: str
) -> None:
    assert expected in list(statements(question, answer, quote))


def test_every_statement_holds_the_answer() -> None:
    made = list(statements("Where did the mayor open the pool?", "in Southby", "The mayor opened the pool in Southby."))
    assert made
    assert all("Southby" in m for m in made)


@pytest.mark.parametrize("question", ["Name the mayor.", f"Who {'really ' * 20}did it?"])
def test_what_is_no_short_question_becomes_none(question: str) -> None:
    assert not list(statements(question, "Ana Ruiz", "Ana Ruiz did it."))
