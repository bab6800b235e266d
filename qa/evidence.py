"""Retrieved passages to ranked evidence: which sentences answer the question, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from qa.answer_kind import asked_for, fits
from qa.checker import content_stems, names_and_numbers, overlap
from qa.citations import sentences_at
from qa.types import Candidate, Hit, Reader, Reading, Span


def rank(question: str, hits: Sequence[Hit], reader: Reader | None, weights: Mapping[str, float]) -> list[Candidate]:
    """Judge every hit as evidence, and order them by the probability that they hold the right answer.

    The probability is a logistic regression over ``features`` (as in Platt, 1999). Without a reader, the hits keep
    the order of retrieval.
    """
    if reader is None:
        return [
            Candidate(h, probability=probability(features(question, Candidate(h), n), weights))
            for n, h in enumerate(hits)
        ]
    readings = reader.read(question, [h.text for h in hits]) if hits else []
    made = [candidate(hit, reading) for hit, reading in zip(hits, readings, strict=True)]
    judged = [replace(c, probability=probability(features(question, c, n), weights)) for n, c in enumerate(made)]
    judged.sort(key=lambda c: -c.probability)
    # Passages overlap, so the same words can be found twice; the better reading of them is kept.
    kept: list[Candidate] = []
    for one in judged:
        if not any(_same(one, other) for other in kept):
            kept.append(one)
    return kept


def candidate(hit: Hit, reading: Reading) -> Candidate:
    """Put what the reader found in a hit in its place in the document."""
    start = hit.passage.span.start
    answer = Span(start + reading.start, start + reading.end)
    return Candidate(hit, answer, sentences_at(hit, answer), reading.score, reading.answerable)


def features(question: str, one: Candidate, place: int) -> dict[str, float]:
    """Describe a candidate by numbers of moderate size; ``place`` is its rank in retrieval, from 0."""
    text = one.hit.text
    asked = names_and_numbers(question)
    given = names_and_numbers(text)
    answer = content_stems(one.answer_text)
    return {
        "score": _bounded(one.score / 5),
        "answerable": _bounded(one.answerable / 5),
        "similarity": one.hit.similarity,
        "place": math.log1p(place),
        "overlap": overlap(question, text),
        "quote_overlap": overlap(question, one.quote_text),
        "unknown_names": sum(name not in given for name in asked) / max(1, len(asked)),
        "fits": float(fits(asked_for(question), one.answer_text)) if one.answer else 0.0,
        "echo": float(bool(answer) and answer <= content_stems(question)),
    }


def probability(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Map features to the probability, 0 to 1, that the candidate's answer is right."""
    total = weights["bias"] + sum(weights.get(name, 0.0) * value for name, value in values.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def _bounded(value: float) -> float:
    return max(-3.0, min(3.0, value))


def _same(one: Candidate, other: Candidate) -> bool:
    if one.answer is None or other.answer is None or one.hit.document.source != other.hit.document.source:
        return False
    return one.answer.overlaps(other.answer)
