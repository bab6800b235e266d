"""Retrieved passages to ranked evidence: which words answer the question, in which sentence, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa.answering.evidence.by_words import rank_by_words
from qa.answering.evidence.confidence import score
from qa.answering.evidence.read import read
from qa.protocols import Reader
from qa.text.language import KNOWN
from qa.types import Candidate, Hit


def rank(question: str, hits: Sequence[Hit], reader: Reader | None, weights: Mapping[str, float]) -> list[Candidate]:
    """Judge every hit as evidence, and order the candidates by the probability that they hold the right answer.

    Without a reader the hits keep the order of retrieval. Hits in a language that the reader does not know are judged
    by their words.
    """
    readable = [h for h in hits if h.document.language == KNOWN]
    foreign = [h for h in hits if h.document.language != KNOWN]
    candidates = read(question, readable, reader) if reader else [Candidate(hit) for hit in readable]
    scored = score(question, candidates, readable, weights)
    if reader is None and not foreign:
        return scored
    return _without_doubles(sorted([*scored, *rank_by_words(question, foreign)], key=lambda c: -c.probability))


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
