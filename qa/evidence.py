"""Retrieved passages to ranked evidence: which sentences answer the question, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from qa.checker import names_and_numbers, overlap
from qa.citations import sentences_at
from qa.types import Candidate, Hit, Reader, Span

# A retrieved passage counts for less the lower it ranks; in units of the reader's log-odds.
_RANK_COST = 0.1


def rank(question: str, hits: Sequence[Hit], reader: Reader | None) -> list[Candidate]:
    """Let the reader read every hit, and order them by what it found; without a reader, keep their order."""
    if reader is None or not hits:
        return [Candidate(hit) for hit in hits]
    candidates = []
    for place, (hit, reading) in enumerate(zip(hits, reader.read(question, [h.text for h in hits]), strict=True)):
        start = hit.passage.span.start
        answer = Span(start + reading.start, start + reading.end)
        candidates.append(
            Candidate(hit, answer, sentences_at(hit, answer), reading.score - _RANK_COST * place, reading.answerable)
        )
    candidates.sort(key=lambda c: -c.score)
    # Passages overlap, so the same words can be found twice; the better reading of them is kept.
    kept: list[Candidate] = []
    for candidate in candidates:
        if not any(_same(candidate, other) for other in kept):
            kept.append(candidate)
    return kept


def _same(one: Candidate, other: Candidate) -> bool:
    if one.answer is None or other.answer is None or one.hit.document.source != other.hit.document.source:
        return False
    return one.answer.overlaps(other.answer)


def features(question: str, candidates: Sequence[Candidate]) -> dict[str, float]:
    """Describe the evidence by numbers of moderate size, for the confidence."""
    if not candidates:
        return {}
    best = candidates[0]
    text = best.hit.text
    asked = names_and_numbers(question)
    return {
        "score": best.score / 5,
        "answerable": best.answerable / 5,
        "margin": (best.score - candidates[1].score) / 5 if len(candidates) > 1 else 0.0,
        "similarity": max(c.hit.similarity for c in candidates),
        "overlap": overlap(question, text),
        "quote_overlap": overlap(question, best.quote_text),
        "unknown_names": sum(name not in names_and_numbers(text) for name in asked) / max(1, len(asked)),
    }


def confidence(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Map features to the probability, 0 to 1, that the answer is right: a logistic regression (Platt, 1999)."""
    if not values:
        return 0.0
    total = weights["bias"] + sum(weights.get(name, 0.0) * value for name, value in values.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
