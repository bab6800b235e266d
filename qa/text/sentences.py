"""The sentences of a text, by a library that knows the abbreviations of many languages."""

from __future__ import annotations

from sentencex import get_sentence_boundaries

from qa.types import Span

# Full stops of the scripts that have one, and what may close a sentence after it.
ENDS = frozenset(".!?…。！？؟।")
CLOSING = frozenset("\"”’'»)")


def sentences(text: str, language: str = "en") -> list[Span]:
    """Find the sentences of ``text``, without the white space around them."""
    spans = []
    for boundary in get_sentence_boundaries(language, text):
        start, end = boundary["start_index"], boundary["end_index"]
        piece = text[start:end]
        stripped = piece.strip()
        if any(c.isalnum() for c in stripped):
            start += len(piece) - len(piece.lstrip())
            spans.append(Span(start, start + len(stripped)))
    return spans
