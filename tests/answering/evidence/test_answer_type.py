from __future__ import annotations

import pytest

from qa.answering.evidence.answer_type import asked_for, fits


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many people died?", "number"),
        ("What percentage of voters stayed at home?", "number"),
        ("How far is it?", "number"),
        ("When did it begin?", "time"),
        ("In what year did it begin?", "time"),
        ("On which day?", "time"),
        ("Who leads it?", "person"),
        ("To whom was it given?", "person"),
        ("What is it called?", "any"),
        ("Why did it fail?", "account"),
        ("How do the employers respond?", "account"),
        ("And what happened then?", "account"),
        ("What did it cost?", "any"),
        ("Did it fail?", "yes or no"),
        ("Isn't it closed?", "yes or no"),
        ("Is it open or closed?", "any"),
    ],
)
def test_the_kind_is_told_by_the_form(question: str, kind: str) -> None:
    assert asked_for(question) == kind


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("How many?", "826 people", True),
        ("How many?", "tens of thousands", True),
        ("How many?", "the army", False),
        ("When?", "November 27", True),
        ("When?", "after the war", True),
        ("When?", "Aleppo", False),
        ("Who?", "Maria Lopez", True),
        ("Who?", "1990", False),
        ("What?", "anything", True),
    ],
)
def test_only_a_clear_misfit_is_one(question: str, answer: str, expected: bool) -> None:  # noqa: FBT001
    assert fits(asked_for(question), answer) is expected
