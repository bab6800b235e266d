"""From the scores of a network to answers: the best spans of a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qa.types import Reading

_LONGEST_ANSWER = 40  # tokens
_SPANS = 3  # answers a text; the right sentence often has the wrong one first


def best_spans(
    start: Any, end: Any, answerable: float, offsets: Sequence[tuple[int, int]], first: int
) -> tuple[Reading, ...]:
    """Take the best spans that do not overlap, best first.

    Args:
        start: scores of shape (tokens,) for a span to begin at a token; the first one is that of "no answer".
        end: the same for its last token.
        answerable: score of the text, passed on in each reading.
        offsets: place in the text of each of its tokens.
        first: position of the first of them among all tokens.
    """
    import numpy as np

    count, null = len(offsets), float(start[0] + end[0])
    # All pairs (begin, end) with begin <= end < begin + longest, as a band of the outer sum.
    scores = start[first : first + count, None] + end[None, first : first + count]
    allowed = np.triu(np.ones_like(scores, dtype=bool)) & ~np.triu(np.ones_like(scores, dtype=bool), _LONGEST_ANSWER)
    scores = np.where(allowed, scores, -np.inf)
    spans: list[Reading] = []
    while len(spans) < _SPANS and np.isfinite(scores).any():
        b, e = divmod(int(scores.argmax()), count)
        spans.append(Reading(offsets[b][0], offsets[e][1], float(scores[b, e]) - null, answerable))
        scores[: e + 1, b:] = -np.inf
    return tuple(spans)
