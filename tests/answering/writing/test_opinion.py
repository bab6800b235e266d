from __future__ import annotations

import pytest

from qa.answering.writing.opinion import Trust
from qa.settings import Settings


def test_who_decides_has_the_larger_say() -> None:
    sure = [Trust(who).pooled(0.1, answered=True) for who in ("reader", "both", "model")]
    assert sure == sorted(sure)
    assert sure[0] == pytest.approx(0.1)


def test_a_refusal_and_an_answer_are_opposite_opinions() -> None:
    trust = Trust("both", right=0.8)
    assert trust.pooled(0.5, answered=True) == pytest.approx(1 - trust.pooled(0.5, answered=False))


def test_the_surest_reader_does_not_overrule_a_refusal_of_the_model_that_decides() -> None:
    assert Trust("model").pooled(1.0, answered=False) < Settings().min_confidence
    assert Trust("model").pooled(0.0, answered=True) > Settings().min_confidence


def test_an_opinion_is_never_certain() -> None:
    assert 0 < Trust("both", right=1.0).pooled(0.0, answered=True) < 1
