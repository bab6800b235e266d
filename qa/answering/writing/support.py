"""Which quote supports a claim: the one that it cites, or any other that was shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.answering.writing.check import check
from qa.answering.writing.citations import Claim
from qa.text.words import overlap
from qa.types import Candidate, Span, Supported

# A long answer may be worded otherwise; a sentence that lacks this share of its words says something else.
_AGREEMENT = 0.75
_SHORT = 8  # words of an answer of the reader that must stand in the sentence as they are
_WORD = re.compile(r"\w+")
# A claim that shares less than this with its best sentence is not about it.
_RELATED = 0.5


def ground(claim: Claim, question: str, shown: Sequence[Candidate]) -> tuple[Supported | None, str]:
    """Find the quote that supports ``claim``: the one it cites, else any that was shown; or say why there is none."""
    cited = [shown[n - 1] for n in claim.markers if 1 <= n <= len(shown)]
    reasons = []
    for candidate in [*cited, *(c for c in shown if c not in cited)]:
        quote = candidate.quote or _closest(claim.text, candidate)
        if quote is None:
            reasons.append("no sentence is about it")
            continue
        verdict = check(claim.text, quote.of(candidate.hit.document.text), question=question)
        if verdict.supported and (not candidate.answer or agrees(claim.text, candidate.answer_text)):
            return Supported(claim.text, ((candidate.hit, quote),)), ""
        reasons.append(verdict.reason or f"it does not say {candidate.answer_text!r}")
    return None, reasons[0] if reasons else "nothing was shown"


def agrees(text: str, answer: str) -> bool:
    """Tell whether ``text`` says what the reader answered: a short answer as it is, a long one in most of its words."""
    written, answered = (" ".join(_WORD.findall(t.lower())) for t in (text, answer))
    if len(answered.split()) <= _SHORT:
        return f" {answered} " in f" {written} "
    return overlap(answer, text) >= _AGREEMENT


def _closest(text: str, candidate: Candidate) -> Span | None:
    document = candidate.hit.document.text
    best = max(candidate.hit.passage.sentences, key=lambda s: overlap(text, s.of(document)))
    return best if overlap(text, best.of(document)) >= _RELATED else None
