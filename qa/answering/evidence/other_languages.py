"""How a candidate in another language than English is described: by what holds in every language."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qa.index.keywords import terms
from qa.text.language import WITHOUT_SPACES, language_of_question
from qa.text.words import negated, particulars, vocabulary
from qa.types import Candidate, Hit

_CAPITAL_NOUNS = frozenset({"de", "lb"})
_USUAL_SHARE = 0.25  # of the question's words, that stand in a text that answers
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
        languages = {h.document.language for h in hits}
        # Of a question in another language no word stands in the text, which says nothing of whether it answers.
        self._same = {code: language_of_question(question, [code]) == code for code in languages}
        self._asked = {
            language: {word: self._rarity(word) for word in terms(question, language)} for language in languages
        }

    def _rarity(self, word: str) -> float:
        return math.log(1 + len(self._words) / (0.5 + sum(word in words for words in self._words)))

    def _share(self, text: str, language: str) -> float:
        """Return how much of the question's words stands in a text, 0 to 1, rare words counting more."""
        asked, there = self._asked[language], {*terms(text, language)}
        return sum(r for word, r in asked.items() if word in there) / (sum(asked.values()) or 1.0)

    def _named(self, language: str) -> frozenset[str]:
        """Return what the question names; where names cannot be compared, or told from nouns, the numbers."""
        named = particulars(self._question, language)
        told = self._same[language] and language not in _CAPITAL_NOUNS
        return named if told else frozenset(name for name in named if name[0].isdigit())

    def features(self, candidate: Candidate) -> dict[str, float]:
        """Describe a candidate by numbers of moderate size."""
        hit, language, quote, answer = (
            candidate.hit, candidate.hit.document.language, candidate.quote_text, candidate.answer_text,
        )  # fmt: skip
        asked, said = {*terms(self._question, language)}, {*terms(answer, language)}
        named = self._named(language)
        shares = (self._share(text, language) if self._same[language] else _USUAL_SHARE for text in (hit.text, quote))
        return {
            **{name: _bounded(value / 5) for name, value in candidate.signals.items()},
            "margin": _bounded(candidate.margin / 5),
            "similarity": _bounded((hit.similarity - _USUAL) / _SPREAD),
            "place": math.log1p(self._places.get(id(hit), len(self._places))),
            **dict(zip(("overlap", "quote_overlap"), shares, strict=True)),
            "unknown_names": len(named - vocabulary(hit.text, language)) / max(1, len(named)),
            "foreign_names": len(named - self._retrieved) / max(1, len(named)),
            "negation": float(negated(self._question, language) != negated(quote, language)),
            "echo": len(said & asked) / max(1, len(said)),
            "short": float(len(quote) < _SHORT),
            "asks": float(quote.rstrip()[-1:] in _ASKS),
            "digits": float(any(map(str.isdigit, answer))),
            "length": math.log1p(len(answer)),
            "unspaced": float(language in WITHOUT_SPACES),
        }


_SHORT = 20  # characters of a heading, or of a name in a list
_ASKS = frozenset("?？؟;")


def _bounded(value: float) -> float:
    return max(-3.0, min(3.0, value))
