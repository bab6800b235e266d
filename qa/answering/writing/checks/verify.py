"""How sure it is that a quote supports a claim: the reader reads the claim like a question, and the rules have a say.

The reader was trained on statements too (docs/reader.md): a text that supports a statement answers it.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.answering.evidence.confidence import bounded, logistic
from qa.answering.writing.checks.check import CLAUSE, findings, is_piece
from qa.protocols import Reader
from qa.text.language import KNOWN
from qa.text.words import overlap

ENOUGH = 0.7  # probability from which a claim is supported
_UNREAD = -20.0


class Verifier:
    """Weighs what the reader makes of a claim and a quote, and what the rules find against it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @classmethod
    def of(cls, reader: Reader | None) -> Verifier | None:
        """Make one of a reader that was trained on statements; None of another."""
        return cls(reader) if reader and reader.calibration.statement else None

    def sure(self, claim: str, quotes: Sequence[str], question: str = "") -> list[float]:
        """Return for each quote the probability that it supports the claim."""
        weights = self._reader.calibration.statement
        return [logistic(values, weights) for values in described(self._reader, claim, quotes, question)]


def described(reader: Reader, claim: str, quotes: Sequence[str], question: str = "") -> list[dict[str, float]]:
    """Describe a claim over each quote, in English, by numbers of moderate size."""
    texts = [" ".join(quote.split()) for quote in quotes]
    scores = [readings[0].answerable if readings else _UNREAD for readings in reader.read(claim, texts)]
    return [
        {
            "answerable": bounded(score / 5),
            "overlap": overlap(claim, quote, KNOWN),
            "copied": float(is_piece(claim, quote)),
            **{rule: 1.0 for rule, _ in findings(claim, quote, question=question) if rule != CLAUSE},
        }
        for quote, score in zip(texts, scores, strict=True)
    ]
