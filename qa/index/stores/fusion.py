"""Rankings of the same things, joined."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

_T = TypeVar("_T", bound=Hashable)
Scored = list[tuple[int, float]]  # number of a passage and its score, best first

# The constant of reciprocal rank fusion as its authors set it (Cormack, Clarke and Büttcher, 2009).
RANK_CONSTANT = 60


def fused(rankings: Iterable[Sequence[_T]]) -> dict[_T, float]:
    """Score what is ranked, best first in each ranking, by reciprocal rank fusion; scores are comparable."""
    scores: dict[_T, float] = {}
    for ranking in rankings:
        for rank, place in enumerate(ranking, start=1):
            scores[place] = scores.get(place, 0.0) + 1 / (RANK_CONSTANT + rank)
    return scores
