"""How a candidate in another language than English is described: by what holds in every language."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qa.index.keywords import terms
from qa.text.language import WITHOUT_SPACES
from qa.text.words import negated, particulars, vocabulary
from qa.types import Candidate, Hit

# The cosines of the multilingual embedder lie close together, around this one.
_USUAL, _SPREAD = 0.85, 0.05


class Described:
    """Describes the candidates of one question; ``hits`` are all that was retrieved, best first.

    The rarity of a word is its inverse document frequency (Spärck Jones, 1972) over the sentences of the hits.
    """

    def __init__(self, question: str, hits: Sequence[Hit]) -> None:
        self._question, self._places = question, {id(hit): place for place, hit in enumerate(hits)}
        sentences = {(h.document.source, s.start): (h, s) for h in hits for s in h.passage.sentences}
        self._words = [frozenset(terms(s.of(h.document.text), h.document.language)) for h, s in sentences.values()]
        self._retrieved = frozenset[str]().union(*(vocabulary(h.text, h.document.language) for h in hits))
        self._asked = {
            language: {word: self._rarity(word) for word in terms(question, language)}
            for language in {h.document.language for h in hits}
        }

    def _rarity(self, word: str) -> float:
        return math.log(1 + len(self._words) / (0.5 + sum(word in words for words in self._words)))

    def _share(self, text: str, language: str) -> float:
        """Return how much of the question's words stands in a text, 0 to 1, rare words counting more."""
        asked, there = self._asked[language], {*terms(text, language)}
        return sum(r for word, r in asked.items() if word in there) / (sum(asked.values()) or 1.0)

    def features(self, candidate: Candidate) -> dict[str, float]:
        """Describe a candidate by numbers of moderate size."""
        hit, language, quote, answer = (
            candidate.hit, candidate.hit.document.language, candidate.quote_text, candidate.answer_text,
        )  # fmt: skip
        asked, said = {*terms(self._question, language)}, {*terms(answer, language)}
        named = particulars(self._question, language)
        return {
            **{name: _bounded(value / 5) for name, value in candidate.signals.items()},
            "margin": _bounded(candidate.margin / 5),
            "similarity": _bounded((hit.similarity - _USUAL) / _SPREAD),
            "place": math.log1p(self._places.get(id(hit), len(self._places))),
            "overlap": self._share(hit.text, language),
            "quote_overlap": self._share(quote, language),
            "unknown_names": len(named - vocabulary(hit.text, language)) / max(1, len(named)),
            "foreign_names": len(named - self._retrieved) / max(1, len(named)),
            "negation": float(negated(self._question, language) != negated(quote, language)),
            "echo": len(said & asked) / max(1, len(said)),
            "short": float(len(quote) < _SHORT),
            "asks": float(quote.rstrip()[-1:] in _ASKS),
            "digits": float(any(map(str.isdigit, answer))),
            "length": math.log1p(len(answer)),
            "unspaced": float(language in WITHOUT_SPACES),
            "foreign": float(not any(asked & words for words in self._words)),
        }


_SHORT = 20  # characters of a heading, or of a name in a list
_ASKS = frozenset("?？؟;")


def _bounded(value: float) -> float:
    return max(-3.0, min(3.0, value))
