"""How sure it is that a candidate is the right answer: features, and logistic regressions over them (Platt, 1999)."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

from qa.answering.evidence.answer_type import asked_for, fits
from qa.answering.evidence.head import field_of
from qa.answering.evidence.planted import planted
from qa.text.words import content_stems, negated, overlap, particulars, vocabulary
from qa.types import Calibration, Candidate, Hit

DESCRIBED = ("order", "ahead")  # features that come of the others
_VAGUE = 1  # words with a meaning of a question that names nothing
_FAR = 6.0  # log-odds: what is further apart is no clearer


def score(
    question: str, candidates: Sequence[Candidate], hits: Sequence[Hit], calibration: Calibration
) -> list[Candidate]:
    """Give each candidate its features and its probabilities; ``hits`` are all that was retrieved, best first."""
    places = {id(hit): place for place, hit in enumerate(hits)}
    retrieved = frozenset[str]().union(*(vocabulary(h.text) for h in hits))
    values = [features(question, c, retrieved, places.get(id(c.hit), len(hits))) for c in candidates]
    return weighed(candidates, values, calibration)


def weighed(
    candidates: Sequence[Candidate], values: Sequence[Mapping[str, float]], calibration: Calibration
) -> list[Candidate]:
    """Give each candidate its features, of which ``values`` has one row each, and the probabilities they lead to."""
    quotes = [(c.hit.document.source, c.quote or c.hit.passage.span) for c in candidates]
    return [
        replace(
            candidate,
            features=described_values,
            probability=logistic(described_values, calibration.confidence),
            exact=logistic(described_values, calibration.words),
        )
        for candidate, described_values in zip(candidates, described(values, quotes, calibration.order), strict=True)
    ]


def features(question: str, candidate: Candidate, retrieved: frozenset[str], place: int) -> dict[str, float]:
    """Describe a candidate by numbers of moderate size.

    ``retrieved`` are the stems of the words of all hits, ``place`` is the rank of the candidate's hit in retrieval,
    from 0.
    """
    text, quote = candidate.hit.text, candidate.quote_text
    asked = particulars(question)
    kind = asked_for(question)
    answer = content_stems(candidate.answer_text)
    depth = math.log1p((candidate.quote or candidate.hit.passage.span).start / 100)
    return {
        **{name: bounded(value / 5) for name, value in candidate.signals.items()},
        "margin": bounded(candidate.margin / 5),
        "similarity": candidate.hit.similarity,
        "place": math.log1p(place),
        "overlap": overlap(question, text),
        "quote_overlap": overlap(question, quote),
        "unknown_names": len(asked - vocabulary(text)) / max(1, len(asked)),
        "foreign_names": len(asked - retrieved) / max(1, len(asked)),
        "negation": float(negated(question) != negated(quote)),
        "fits": float(fits(kind, candidate.answer_text)) if candidate.answer else 0.0,
        "echo": len(answer & content_stems(question)) / max(1, len(answer)),
        "planted": float(candidate.quote is not None and planted(candidate.hit.document.text, candidate.quote)),
        "short": float(len(quote.split()) < 5),  # noqa: PLR2004 - a heading, a name in a list
        "title": float(candidate.quote is not None and field_of(candidate.hit, candidate.quote) == "title"),
        # "What happened?" is answered at the beginning, what has more words anywhere.
        "depth": depth,
        "vague_depth": depth * (len(content_stems(question)) <= _VAGUE),
        "asks": float(quote.rstrip().endswith("?")),
        # Readers ask a notice what it says, and an encyclopedia what it may not.
        "text": math.log1p(len(candidate.hit.document.text) / 1000),
        "length": math.log1p(len(candidate.answer_text.split())),
        "yes_no": float(kind == "yes or no"),
        "number": float(kind == "number"),
        "time": float(kind == "time"),
        "person": float(kind == "person"),
    }


def described(
    values: Sequence[Mapping[str, float]], quotes: Sequence[Hashable], order: Mapping[str, float]
) -> list[dict[str, float]]:
    """Add to the features of each candidate what orders it, and how far ahead of the other quotes it is."""
    orders = [_total(v, order) for v in values]
    described_values = []
    for value, own, quote in zip(values, orders, quotes, strict=True):
        rival = max((o for o, q in zip(orders, quotes, strict=True) if q != quote), default=-math.inf)
        described_values.append({**value, "order": own, "ahead": max(-_FAR, min(_FAR, own - rival))})
    return described_values


def logistic(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Map features to a probability, 0 to 1."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, _total(values, weights)))))


def _total(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return weights.get("bias", 0.0) + sum(weights.get(name, 0.0) * value for name, value in values.items())


def bounded(value: float) -> float:
    """Keep a feature moderate: what is further out is no clearer."""
    return max(-3.0, min(3.0, value))
