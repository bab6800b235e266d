"""The calibration is fitted on judged candidates, and measured on articles that were left out."""

from __future__ import annotations

import random

import pytest

from qa.answering.evidence.confidence import logistic
from qa.training.fit import Row, fit, fit_statements, folds, held_out, questions_of


def _rows(kind: str, *, articles: int, questions: int, seed: int) -> list[Row]:
    """Make questions with three candidates each; the right one, where there is one, has the highest score."""
    draw, rows = random.Random(seed), []
    for question in range(questions):
        answerable = draw.random() < 0.7
        for place in range(3):
            right = answerable and place == 0
            features = {"score": draw.gauss(1.5 if right else -1.0, 0.7), "noise": draw.random(), "order": 9.0}
            words = right and features["noise"] > 0.3
            rows.append(Row(kind, f"{kind}{question % articles}", question, features, right, words))
        draw.shuffle(rows[-3:])
    return rows


@pytest.fixture
def rows() -> list[Row]:
    return _rows("news", articles=1, questions=80, seed=1) + _rows("pages", articles=10, questions=120, seed=2)


def test_what_tells_the_right_ones_is_learned(rows: list[Row]) -> None:
    calibration = fit(questions_of(rows))
    assert calibration.order["score"] > 0.5
    assert calibration.confidence["score"] > 0
    assert calibration.words["noise"] > 0
    # What comes of the order is no part of it.
    assert "order" not in calibration.order


def test_no_article_is_on_both_sides(rows: list[Row]) -> None:
    asked = questions_of(rows)
    tested = []
    for train, test in folds(asked):
        sides = [{(q[0].kind, q[0].article) for q in side if q[0].kind == "pages"} for side in (train, test)]
        assert not sides[0] & sides[1]
        tested += [(q[0].kind, q[0].question) for q in test]
    assert sorted(tested) == sorted((q[0].kind, q[0].question) for q in asked)


def test_confidence_on_articles_that_were_left_out_is_about_the_share_that_is_right(rows: list[Row]) -> None:
    held = held_out(questions_of(rows))
    assert len(held) == len(questions_of(rows))
    mean = sum(sure for _, sure, _ in held) / len(held)
    assert mean == pytest.approx(sum(row.sentence for row, _, _ in held) / len(held), abs=0.1)


def test_what_tells_supported_statements_is_learned() -> None:
    told = [({"answerable": at / 10, "number": 1.0}, False) for at in range(-20, 20)]
    told += [({"answerable": at / 10}, at > 0) for at in range(-20, 20)]
    weights = fit_statements([values for values, _ in told], [right for _, right in told])
    assert weights["answerable"] > 0 > weights["number"]
    assert logistic({"answerable": 2.0}, weights) > 0.5 > logistic({"answerable": 2.0, "number": 1.0}, weights)
