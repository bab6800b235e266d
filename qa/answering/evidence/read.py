"""Passages to candidates: what the reader takes for an answer in each, put in its place in the document."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from qa.protocols import Reader
from qa.types import Candidate, Hit, Reading, Span


def read(question: str, hits: Sequence[Hit], reader: Reader) -> list[Candidate]:
    """Read every hit for answers; candidates are in the order of the hits."""
    if not hits:
        return []
    readings = reader.read(question, [h.text for h in hits])
    return [c for hit, answers in zip(hits, readings, strict=True) for c in candidates_of(hit, answers)]


def candidates_of(hit: Hit, readings: Sequence[Reading]) -> list[Candidate]:
    """Put what the reader found in a hit in its place in the document."""
    start, candidates = hit.passage.span.start, []
    for reading in readings:
        answer = _in_one_sentence(hit, Span(start + reading.start, start + reading.end))
        quote = hit.passage.sentences_at(answer)
        signals = {"score": reading.score, "answerable": reading.answerable}
        candidates.append(Candidate(hit, answer, quote, signals))
    return [replace(c, margin=_margin(c, candidates)) for c in candidates]


def _in_one_sentence(hit: Hit, answer: Span) -> Span:
    # A span that goes on into the next sentence was not meant to: its second half answers something else.
    first = next((s for s in hit.passage.sentences if s.overlaps(answer)), None)
    return Span(max(first.start, answer.start), min(first.end, answer.end)) if first else answer


def _margin(candidate: Candidate, candidates: Sequence[Candidate]) -> float:
    rivals = [c.signals["score"] for c in candidates if c is not candidate and c.quote == candidate.quote]
    return candidate.signals["score"] - max(rivals, default=-math.inf)
