"""Evidence by its words, for the languages that the trained reader does not know.

A sentence is as good as the share of the question's words that stand in it, rare words counting more (the inverse
document frequency of Spärck Jones, 1972, over the sentences that were retrieved).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from qa.index.keywords import terms
from qa.types import Candidate, Hit, Span

# Of a logistic curve over the share; set by hand on the five languages of tests/languages, since there is no training
# material for other languages than English.
_BIAS, _WEIGHT = -5.2, 9.0


class SharedWords:
    """The words that a question shares with the sentences of ``hits``.

    ``sentences`` are these, each once, with their words; ``asked`` are the question's words in each of their languages,
    with their rarity.
    """

    def __init__(self, question: str, hits: Sequence[Hit]) -> None:
        places = {(h.document.source, s.start): (h, s) for h in hits for s in h.passage.sentences}
        self.sentences = [
            (h, s, frozenset(terms(s.of(h.document.text), h.document.language))) for h, s in places.values()
        ]
        languages = {h.document.language for h in hits}
        self.asked = {code: {word: self._rarity(word) for word in terms(question, code)} for code in languages}

    def _rarity(self, word: str) -> float:
        return math.log(1 + len(self.sentences) / (0.5 + sum(word in words for _, _, words in self.sentences)))

    def share(self, words: Collection[str], language: str) -> float:
        """Return how much of the question stands in a text with these words, 0 to 1, rare words counting more."""
        asked = self.asked[language]
        return sum(rarity for word, rarity in asked.items() if word in words) / (sum(asked.values()) or 1.0)


def rank_by_words(question: str, hits: Sequence[Hit]) -> list[Candidate]:
    """Return the sentences of ``hits`` that share a word with the question, likeliest first."""
    shared = SharedWords(question, hits)
    judged = [_judged(hit, span, shared.share(words, hit.document.language)) for hit, span, words in shared.sentences]
    # Of two that share as much, the longer says more: a headline repeats the question's words and no answer.
    found = [c for c in judged if c.signals["share"] > 0]
    return sorted(found, key=lambda c: (-c.signals["share"], -len(c.answer_text)))


def _judged(hit: Hit, span: Span, share: float) -> Candidate:
    sure = 1 / (1 + math.exp(-(_BIAS + _WEIGHT * share)))
    return Candidate(hit, span, span, {"share": share}, margin=0.0, probability=sure, exact=0.0)
