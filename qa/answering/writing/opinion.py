"""Two opinions on one answer: the reader's and a model's, pooled by how far the model is trusted. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qa.settings import AnswersBy

_SUREST = 0.98  # an opinion is never certain, so that another can always be heard
# How much of the say the model has. One that decides is not overruled by the surest reader where it refuses.
_WEIGHT: dict[AnswersBy, float] = {"reader": 0.0, "both": 0.5, "model": 0.87}


@dataclass(frozen=True, slots=True)
class Trust:
    """Who decides about an answer, and the share, 0 to 1, of right ones among the model's own."""

    answers_by: AnswersBy = "reader"
    right: float = 0.9

    @property
    def reads(self) -> bool:
        """Whether the model reads the passages itself."""
        return self.answers_by != "reader"

    def pooled(self, reader: float, *, answered: bool) -> float:
        """Return the probability of an answer that the reader gives ``reader``, and that the model gave or refused.

        It is the logarithmic opinion pool (Genest and Zidek, 1986) of the two.
        """
        weight = _WEIGHT[self.answers_by]
        model = self.right if answered else 1 - self.right
        return 1 / (1 + math.exp(-(weight * _log_odds(model) + (1 - weight) * _log_odds(reader))))


def _log_odds(probability: float) -> float:
    bounded = min(_SUREST, max(1 - _SUREST, probability))
    return math.log(bounded / (1 - bounded))
