"""Which rows a stretch of training is spent on: what a reader is wrong about."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from qa.training.hard import chosen, loss_of
from qa.types import Calibration, Reading

CONTEXT = "The bakery opened in 1990. Maria Lopez founded it with her brother Paul."


class Told:
    """A reader that says what it was told to say."""

    name = "told"
    calibration = Calibration({}, {}, {})

    def __init__(self, start: int, end: int, answerable: float) -> None:
        self.reading = Reading(start, end, 0.0, answerable)

    def read(self, question: str, texts: Sequence[str]) -> list[tuple[Reading, ...]]:
        return [(self.reading,) for _ in texts]


def row(answer: str = "", *, answerable: bool = True) -> dict[str, object]:
    return {
        "question": "Who founded it?",
        "context": CONTEXT,
        "answers": [answer] if answer else [],
        "answerable": answerable,
    }


def test_a_wrong_span_is_harder_than_a_right_one() -> None:
    founder = CONTEXT.index("Maria")
    right, wrong = Told(founder, founder + 11, 3.0), Told(21, 25, 3.0)
    assert loss_of(row("Maria Lopez"), wrong) == pytest.approx(loss_of(row("Maria Lopez"), right) + 1)


def test_the_surer_the_harder_where_there_is_no_answer() -> None:
    sure, unsure = Told(0, 3, 4.0), Told(0, 3, -4.0)
    assert loss_of(row(answerable=False), sure) > 3 + loss_of(row(answerable=False), unsure)
    assert loss_of(row("Paul"), unsure) > loss_of(row("Paul"), sure)


def test_the_hardest_are_chosen_and_some_of_the_others() -> None:
    losses = {f"{n}": float(n) for n in range(100)}
    names = chosen(losses, random.Random(1))
    assert names[:25] == [f"{n}" for n in range(99, 74, -1)]
    assert len(set(names[25:])) == 6
