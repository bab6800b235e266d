"""How sure it is that a candidate is the right answer: features, and a logistic regression over them (Platt, 1999)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from qa.answering.evidence.answer_type import asked_for, fits
from qa.text.words import content_stems, negated, overlap, particulars, vocabulary
from qa.types import Candidate, Hit


def score(
    question: str, candidates: Sequence[Candidate], hits: Sequence[Hit], weights: Mapping[str, float]
) -> list[Candidate]:
    """Give each candidate its features and its probability; ``hits`` are all that was retrieved, best first."""
    places = {id(hit): place for place, hit in enumerate(hits)}
    retrieved = frozenset[str]().union(*(vocabulary(h.text) for h in hits))
    scored = []
    for candidate in candidates:
        values = features(question, candidate, retrieved, places[id(candidate.hit)])
        scored.append(replace(candidate, features=values, probability=probability(values, weights)))
    return scored


def features(question: str, candidate: Candidate, retrieved: frozenset[str], place: int) -> dict[str, float]:
    """Describe a candidate by numbers of moderate size.

    ``retrieved`` are the stems of the words of all hits, ``place`` is the rank of the candidate's hit in retrieval,
    from 0.
    """
    text = candidate.hit.text
    asked = particulars(question)
    answer = content_stems(candidate.answer_text)
    return {
        "score": _bounded(candidate.score / 5),
        "answerable": _bounded(candidate.answerable / 5),
        "similarity": candidate.hit.similarity,
        "place": math.log1p(place),
        "overlap": overlap(question, text),
        "quote_overlap": overlap(question, candidate.quote_text),
        "unknown_names": len(asked - vocabulary(text)) / max(1, len(asked)),
        "foreign_names": len(asked - retrieved) / max(1, len(asked)),
        "negation": float(negated(question) != negated(candidate.quote_text)),
        "fits": float(fits(asked_for(question), candidate.answer_text)) if candidate.answer else 0.0,
        "echo": len(answer & content_stems(question)) / max(1, len(answer)),
    }


def probability(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Map features to the probability, 0 to 1, that the candidate's answer is right."""
    total = weights["bias"] + sum(weights.get(name, 0.0) * value for name, value in values.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def _bounded(value: float) -> float:
    return max(-3.0, min(3.0, value))
