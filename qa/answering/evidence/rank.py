"""Retrieved passages to ranked evidence: which sentences answer the question, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from qa.answering.evidence.answer_type import asked_for, fits
from qa.answering.evidence.by_words import rank_by_words
from qa.protocols import Reader
from qa.text.language import KNOWN
from qa.text.words import content_stems, negated, overlap, particulars, vocabulary
from qa.types import Candidate, Hit, Reading, Span


def rank(question: str, hits: Sequence[Hit], reader: Reader | None, weights: Mapping[str, float]) -> list[Candidate]:
    """Judge every hit as evidence, and order them by the probability that they hold the right answer.

    The probability is a logistic regression over ``features`` (as in Platt, 1999). Without a reader, the hits keep
    the order of retrieval. Hits in a language that the reader does not know are judged by their words.
    """
    known = [h for h in hits if h.document.language == KNOWN]
    if len(known) < len(hits):
        foreign = rank_by_words(question, [h for h in hits if h.document.language != KNOWN])
        return sorted([*rank(question, known, reader, weights), *foreign], key=lambda c: -c.probability)
    found = words_of(hits)
    if reader is None:
        places = [(place, Candidate(hit)) for place, hit in enumerate(hits)]
    else:
        readings = enumerate(zip(hits, read(question, hits, reader), strict=True))
        places = [(place, one) for place, (hit, made) in readings for one in candidates(hit, made)]
    judged = [
        replace(one, probability=probability(features(question, one, found, place), weights)) for place, one in places
    ]
    if reader is None:
        return judged
    judged.sort(key=lambda c: -c.probability)
    # Passages overlap, so the same words can be found twice; the better reading of them is kept.
    kept: list[Candidate] = []
    for one in judged:
        if not any(_same(one, other) for other in kept):
            kept.append(one)
    return kept


def read(question: str, hits: Sequence[Hit], reader: Reader) -> list[tuple[Reading, ...]]:
    """Read every hit for answers."""
    return reader.read(question, [h.text for h in hits]) if hits else []


def candidates(hit: Hit, readings: Sequence[Reading]) -> list[Candidate]:
    """Put what the reader found in a hit in its place in the document."""
    start, made = hit.passage.span.start, []
    for reading in readings:
        answer = _in_one_sentence(hit, Span(start + reading.start, start + reading.end))
        made.append(Candidate(hit, answer, hit.passage.sentences_at(answer), reading.score, reading.answerable))
    return [replace(one, margin=_margin(one, made)) for one in made]


def _in_one_sentence(hit: Hit, answer: Span) -> Span:
    # A span that goes on into the next sentence was not meant to: its second half answers something else.
    first = next((s for s in hit.passage.sentences if s.overlaps(answer)), None)
    return Span(max(first.start, answer.start), min(first.end, answer.end)) if first else answer


def _margin(one: Candidate, made: Sequence[Candidate]) -> float:
    rivals = [c.score for c in made if c is not one and c.quote == one.quote]
    return one.score - max(rivals, default=-math.inf)


def words_of(hits: Sequence[Hit]) -> frozenset[str]:
    """Return the stems of all words of the hits."""
    return frozenset[str]().union(*(vocabulary(h.text) for h in hits))


def features(question: str, one: Candidate, found: frozenset[str], place: int) -> dict[str, float]:
    """Describe a candidate by numbers of moderate size.

    ``found`` are the words of all hits (``words_of``), ``place`` is the rank of its hit in retrieval, from 0.
    """
    text = one.hit.text
    asked = particulars(question)
    answer = content_stems(one.answer_text)
    return {
        "score": _bounded(one.score / 5),
        "answerable": _bounded(one.answerable / 5),
        "similarity": one.hit.similarity,
        "place": math.log1p(place),
        "overlap": overlap(question, text),
        "quote_overlap": overlap(question, one.quote_text),
        "unknown_names": len(asked - vocabulary(text)) / max(1, len(asked)),
        "foreign_names": len(asked - found) / max(1, len(asked)),
        "negation": float(negated(question) != negated(one.quote_text)),
        "fits": float(fits(asked_for(question), one.answer_text)) if one.answer else 0.0,
        "echo": len(answer & content_stems(question)) / max(1, len(answer)),
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
