"""How a candidate in another language than English is described: by what holds in every language."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qa.answering.evidence.by_words import SharedWords
from qa.answering.evidence.confidence import bounded
from qa.index.keywords import terms
from qa.text.language import WITHOUT_SPACES, language_of_question
from qa.text.words import negated, particulars, vocabulary
from qa.types import Candidate, Hit

_CAPITAL_NOUNS = frozenset({"de", "lb"})
_SHORT = 20  # characters of a heading, or of a name in a list
_ASKS = frozenset("?？؟;")
_USUAL_SHARE = 0.25  # of the question's words, that stand in a text that answers
# The cosines of the multilingual embedder lie close together, around this one.
_USUAL, _SPREAD = 0.85, 0.05


class Described:
    """Describes the candidates of one question; ``hits`` are all that was retrieved, best first."""

    def __init__(self, question: str, hits: Sequence[Hit]) -> None:
        self._question, self._places = question, {id(hit): place for place, hit in enumerate(hits)}
        self._words = SharedWords(question, hits)
        self._retrieved = frozenset[str]().union(*(vocabulary(h.text, h.document.language) for h in hits))
        self._same = {code: language_of_question(question, [code]) == code for code in self._words.asked}

    def _share(self, text: str, language: str) -> float:
        # Of a question in another language no word stands in the text, which says nothing of whether it answers.
        return self._words.share({*terms(text, language)}, language) if self._same[language] else _USUAL_SHARE

    def _named(self, language: str) -> frozenset[str]:
        """Return what the question names; where names cannot be compared, or told from nouns, the numbers."""
        named = particulars(self._question, language)
        told = self._same[language] and language not in _CAPITAL_NOUNS
        return named if told else frozenset(name for name in named if name[0].isdigit())

    def features(self, candidate: Candidate) -> dict[str, float]:
        """Describe a candidate by numbers of moderate size."""
        hit, quote, answer = candidate.hit, candidate.quote_text, candidate.answer_text
        language = hit.document.language
        said, named = {*terms(answer, language)}, self._named(language)
        return {
            **{name: bounded(value / 5) for name, value in candidate.signals.items()},
            "margin": bounded(candidate.margin / 5),
            "similarity": bounded((hit.similarity - _USUAL) / _SPREAD) if hit.comparable else 0.0,
            "place": math.log1p(self._places.get(id(hit), len(self._places))),
            "overlap": self._share(hit.text, language),
            "quote_overlap": self._share(quote, language),
            "unknown_names": len(named - vocabulary(hit.text, language)) / max(1, len(named)),
            "foreign_names": len(named - self._retrieved) / max(1, len(named)),
            "negation": float(negated(self._question, language) != negated(quote, language)),
            "echo": len(said & self._words.asked[language].keys()) / max(1, len(said)),
            "short": float(len(quote) < _SHORT),
            "asks": float(quote.rstrip()[-1:] in _ASKS),
            "digits": float(any(map(str.isdigit, answer))),
            "length": math.log1p(len(answer)),
            "unspaced": float(language in WITHOUT_SPACES),
        }
