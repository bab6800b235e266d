"""Evidence by its words, for the languages that the trained reader does not know.

A sentence is as good as the share of the question's words that stand in it, rare words counting more (the inverse
document frequency of Spärck Jones, 1972, over the sentences that were retrieved).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from qa.index.keywords import terms
from qa.types import Candidate, Hit, Span

# Of a logistic curve over the share; set by hand on the five languages of tests/languages, since there is no training
# material for other languages than English.
_BIAS, _WEIGHT = -4.7, 9.0


def rank_by_words(question: str, hits: Sequence[Hit]) -> list[Candidate]:
    """Return the sentences of ``hits`` that share a word with the question, likeliest first."""
    places = {(h.document.source, s.start): (h, s) for h in hits for s in h.passage.sentences}
    sentences = [(h, s, frozenset(terms(s.of(h.document.text), h.document.language))) for h, s in places.values()]
    judged = [_judge(question, hit, span, words, [w for _, _, w in sentences]) for hit, span, words in sentences]
    # Of two that share as much, the longer says more: a headline repeats the question's words and no answer.
    shared = [c for c in judged if c.signals["share"] > 0]
    return sorted(shared, key=lambda c: (-c.signals["share"], -len(c.answer_text)))


def _judge(
    question: str, hit: Hit, span: Span, words: frozenset[str], sentences: Sequence[frozenset[str]]
) -> Candidate:
    rarity = {
        term: math.log(1 + len(sentences) / (0.5 + sum(term in s for s in sentences)))
        for term in terms(question, hit.document.language)
    }
    share = sum(r for term, r in rarity.items() if term in words) / (sum(rarity.values()) or 1.0)
    sure = 1 / (1 + math.exp(-(_BIAS + _WEIGHT * share)))
    return Candidate(hit, span, span, {"share": share}, margin=0.0, probability=sure, exact=0.0)
