from __future__ import annotations

import pytest

from qa.index.stores.fusion import fused


def test_a_place_gets_the_reciprocal_of_each_rank() -> None:
    scores = fused([["a", "b", "c"], ["b", "d"]])
    assert scores == {
        "a": pytest.approx(1 / 61),
        "b": pytest.approx(1 / 62 + 1 / 61),
        "c": pytest.approx(1 / 63),
        "d": pytest.approx(1 / 62),
    }
    assert max(scores, key=lambda place: scores[place]) == "b"


def test_nothing_ranked_is_nothing() -> None:
    assert fused([[], []]) == {}
