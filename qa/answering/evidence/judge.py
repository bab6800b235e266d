"""Sentences to candidates: the quick reader skims the passages, the larger one judges the sentences that may answer.

Passages are for finding, a sentence is what is judged and quoted, and an answer is a span inside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qa.protocols import Reader
from qa.types import Candidate, Hit, Reading, Span

SENTENCES = 12  # that the larger reader judges; the quick one has the right one among them in 98 to 100 of 100
PASSAGES = 3  # that it reads whole, for what a sentence alone does not tell
_LONGEST = 700  # characters; what is longer is no sentence
_NOTHING = Reading(0, 1, -20.0, -8.0)


@dataclass(frozen=True, slots=True)
class _Place:
    """A sentence, the hit it stands in, and what the quick reader of the hit found in it, in places of the document."""

    hit: Hit
    span: Span
    skimmed: Reading

    @property
    def text(self) -> str:
        return self.span.of(self.hit.document.text)


def judge(question: str, hits: Sequence[Hit], quick: Reader, reader: Reader) -> list[Candidate]:
    """Judge the likeliest sentences of the hits, one candidate each; ``quick`` may be the ``reader`` itself."""
    if not hits:
        return []
    skimmed = quick.read(question, [h.text for h in hits])
    places = _likeliest(hits, skimmed)
    readings = reader.read(question, [p.text for p in places])
    judged = sorted(zip(places, readings, strict=True), key=lambda pr: -(pr[1][0].answerable if pr[1] else -math.inf))
    whole = list({id(place.hit): place.hit for place, _ in judged}.values())[:PASSAGES]
    if reader is quick:
        read = dict(zip(map(id, hits), skimmed, strict=True))
    else:
        read = dict(zip(map(id, whole), reader.read(question, [h.text for h in whole]), strict=True))
    return [_candidate(place, alone, read.get(id(place.hit))) for place, alone in judged]


def _likeliest(hits: Sequence[Hit], skimmed: Sequence[Sequence[Reading]]) -> list[_Place]:
    places: dict[tuple[str, int], _Place] = {}
    for hit, readings in zip(hits, skimmed, strict=True):
        for span in hit.passage.sentences:
            if span.end - span.start > _LONGEST:
                continue
            key, found = (hit.document.source, span.start), _within(readings, hit, span)
            # Passages overlap: the reading that found more stays.
            if key not in places or found.score > places[key].skimmed.score:
                places[key] = _Place(hit, span, found)
    return sorted(places.values(), key=lambda p: -p.skimmed.score)[:SENTENCES]


def _within(readings: Sequence[Reading], hit: Hit, sentence: Span) -> Reading:
    """Return the best reading of a hit that touches the sentence, in places of the document."""
    start = hit.passage.span.start
    for r in readings:
        if start + r.start < sentence.end and sentence.start < start + r.end:
            begin, end = max(sentence.start, start + r.start), min(sentence.end, start + r.end)
            return Reading(begin, end, r.score, r.answerable)
    answerable = readings[0].answerable if readings else _NOTHING.answerable
    return Reading(sentence.start, sentence.end, _NOTHING.score, answerable)


def _candidate(place: _Place, readings: Sequence[Reading], whole: Sequence[Reading] | None) -> Candidate:
    """Join what was found in a sentence alone, in its passage by the larger reader, and by the quick one."""
    start = place.span.start
    alone = [Reading(start + r.start, start + r.end, r.score, r.answerable) for r in readings] or [_NOTHING]
    inside = _within(whole, place.hit, place.span) if whole is not None else _NOTHING
    both = inside.score > _NOTHING.score
    # The passage shows what a word stands for, so its span comes first where it has one here.
    answer = inside if both else alone[0] if readings else Reading(start, place.span.end, 0.0, 0.0)
    span = Span(answer.start, answer.end)
    agree = both and bool(readings) and span.overlaps(Span(alone[0].start, alone[0].end))
    signals = {
        "answerable": alone[0].answerable,
        "score": alone[0].score,
        "passage_answerable": inside.answerable,
        "passage_score": inside.score,
        "quick_answerable": place.skimmed.answerable,
        "quick_score": place.skimmed.score,
        "agree": 5.0 * agree,
        "unread": 5.0 * (whole is None),
    }
    margin = alone[0].score - alone[1].score if len(alone) > 1 else math.inf
    return Candidate(place.hit, span, place.span, signals, margin)
