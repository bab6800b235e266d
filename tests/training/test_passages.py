"""Tests of training examples over passages."""

from __future__ import annotations

import random
from dataclasses import replace

from qa.training.data import Example
from qa.training.passages import WrongPassages, epoch, without_answer
from tests.training.bakery import example


def test_the_sentence_with_the_answer_is_cut() -> None:
    made = without_answer(example("Who founded it?", "Maria Lopez"))
    assert made
    assert "Lopez" not in made.context
    assert "40 kinds" in made.context
    assert not made.answerable
    assert without_answer(example("What opened?", "bakery")) is None


def test_an_epoch_has_rows_and_what_was_made_of_them() -> None:
    other = Example("Who?", "Another bakery was founded by Peter Smith in Southby in 1950.", True, (30, 41), "squad2")
    rows = [example("Who founded the bakery in Hilltown?", "Maria Lopez"), other] * 20
    drawn = epoch(rows, WrongPassages(rows), random.Random(1))
    assert sum(e.answerable for e in drawn) == 160
    assert 40 < sum(not e.answerable for e in drawn) < 120


def test_an_unanswered_question_that_was_written_brings_its_twin() -> None:
    asked = example("Who founded the bakery of Hilltown?", "Maria Lopez")
    twin = replace(asked, question="Who closed the bakery of Hilltown?", answerable=False, span=None, source="written")
    other = Example("Who?", "Another bakery was founded by Peter Smith in Southby in 1950.", True, (30, 41), "squad2")
    rows = [asked, twin, other] * 20
    drawn = epoch(rows, WrongPassages(rows), random.Random(1), {"written": 1.0})
    assert twin in drawn
    assert asked in drawn
    assert other not in drawn
