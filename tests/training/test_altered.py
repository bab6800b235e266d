"""Tests of questions changed so that their text does not answer them."""

from __future__ import annotations

import random

from qa.training.altered import altered_question, other_kind, turned_round
from tests.training.bakery import CONTEXT, example


def test_a_question_is_altered_and_no_longer_answered() -> None:
    asked = example("When did the first bakery of Hilltown open in 1990 not before?", "1990")
    for seed in range(20):
        made = altered_question(asked, random.Random(seed))
        assert made
        assert made.question != asked.question
        assert not made.answerable
    assert altered_question(example("who baked?", "Maria Lopez"), random.Random(0)) is None


def test_roles_are_turned_round_and_another_kind_of_thing_is_asked_for() -> None:
    asked = example("Who founded the shop of Paul?", "Maria Lopez")
    made = {turned_round(asked, random.Random(seed)) for seed in range(20)}
    assert "Who founded the shop of Maria Lopez?" in made
    assert turned_round(example("Who fought against Paul?", "Maria Lopez"), random.Random(0)) is None
    quote = CONTEXT[CONTEXT.index("Maria") : CONTEXT.index(" It was")]
    shown = example("Who is the sister of Paul?", "Maria Lopez")
    alone = type(shown)(shown.question, quote, True, (0, 11), "squad2")
    assert other_kind(alone, random.Random(0)) == "When is the sister of Paul?"
    assert other_kind(example("Who is the sister of Paul?", "Maria Lopez"), random.Random(0)) is None
