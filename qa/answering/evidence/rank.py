"""Retrieved passages to ranked evidence: which words answer the question, in which sentence, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence

from qa.answering.evidence.by_words import rank_by_words
from qa.answering.evidence.confidence import score, weighed
from qa.answering.evidence.head import field_of
from qa.answering.evidence.judge import judge
from qa.answering.evidence.other_languages import Described
from qa.answering.evidence.read import read
from qa.protocols import Reader
from qa.text.language import KNOWN
from qa.types import Calibration, Candidate, Hit

_ANSWERS = 0.3  # probability from which other text is an answer, so that no planted line needs to be one


def rank(
    question: str,
    hits: Sequence[Hit],
    reader: Reader | None,
    quick: Reader | None,
    calibration: Calibration,
    others: Reader | None = None,
) -> list[Candidate]:
    """Judge the hits as evidence, and order the candidates, the likeliest to hold the right answer first.

    With a ``quick`` reader sentences are judged, else passages are read. Without a reader the hits keep the order of
    retrieval. Hits in a language that the reader does not know are read by ``others``, or judged by their words.
    """
    readable = [h for h in hits if h.document.language == KNOWN]
    foreign = [h for h in hits if h.document.language != KNOWN]
    if reader is None:
        candidates = [Candidate(hit) for hit in readable]
    else:
        candidates = judge(question, readable, quick, reader) if quick else read(question, readable, reader)
    scored = score(question, candidates, readable, calibration)
    if reader is not None:
        scored.sort(key=lambda c: -c.features["order"])
    if foreign:
        judged = _in_other_languages(question, foreign, others) if others else rank_by_words(question, foreign)
        scored = sorted([*scored, *judged], key=lambda c: -c.probability)
    return _reports_first(_without_doubles(scored) if reader or foreign else scored)


def _in_other_languages(question: str, hits: Sequence[Hit], reader: Reader) -> list[Candidate]:
    described = Described(question, hits)
    candidates = judge(question, hits, reader, reader)
    scored = weighed(candidates, [described.features(c) for c in candidates], reader.calibration)
    return sorted(scored, key=lambda c: -c.features["order"])


def _reports_first(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Put what looks planted, and what the file says of itself, behind all others, if any of these answers."""
    reports = [c for c in candidates if _reports(c)]
    if not any(c.probability >= _ANSWERS for c in reports):
        return list(candidates)
    return [*reports, *(c for c in candidates if not _reports(c))]


def _reports(candidate: Candidate) -> bool:
    own = candidate.quote is not None and field_of(candidate.hit, candidate.quote)
    return not own and not candidate.features.get("planted")


def _without_doubles(candidates: Sequence[Candidate]) -> list[Candidate]:
    # Passages overlap, so the same words can be read twice; the better reading of them stays.
    unique: list[Candidate] = []
    for candidate in candidates:
        if not any(_same_words(candidate, other) for other in unique):
            unique.append(candidate)
    return unique


def _same_words(candidate: Candidate, other: Candidate) -> bool:
    if candidate.answer is None or other.answer is None:
        return False
    same_document = candidate.hit.document.source == other.hit.document.source
    return same_document and candidate.answer.overlaps(other.answer)
