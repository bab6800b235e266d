from __future__ import annotations

import pytest

from qa.answering.writing.opinion import Trust


def test_who_decides_has_the_larger_say() -> None:
    sure = [Trust(who).pooled(0.1, answered=True) for who in ("reader", "both", "model")]
    assert sure == sorted(sure)
    assert sure[0] == pytest.approx(0.1)


def test_a_refusal_and_an_answer_are_opposite_opinions() -> None:
    trust = Trust("both", right=0.8)
    assert trust.pooled(0.5, answered=True) == pytest.approx(1 - trust.pooled(0.5, answered=False))


def test_an_opinion_is_never_certain() -> None:
    assert 0 < Trust("both", right=1.0).pooled(0.0, answered=True) < 1
