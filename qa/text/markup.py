"""The marks of Markdown at the ends of a sentence, which are no part of what it says."""

from __future__ import annotations

import re

from qa.types import Span

# "-5 degrees" begins with a sign of the sentence's own: no space follows.
_AT_START = re.compile(r"(?:[#>|*+-]+\s+|\*\*+)+")
_AT_END = re.compile(r"(?:\s+[#>|*+-]+|\*\*+)+$")
_STRONG = re.compile(r"(?<!\w)\*\*(\S|\S.*?\S)\*\*(?!\w)")


def unmarked(text: str, span: Span) -> Span:
    """Return what ``span`` covers of ``text`` without the marks at its ends; a span of nothing else stays."""
    piece = span.of(text)
    start = match.end() if (match := _AT_START.match(piece)) else 0
    end = match.start() if (match := _AT_END.search(piece, start)) else len(piece)
    return Span(span.start + start, span.start + end) if start < end else span


def plain(text: str) -> str:
    """Return a sentence without the marks at its ends, and without those around words that are set off."""
    whole = _STRONG.sub(r"\1", text)
    return unmarked(whole, Span(0, len(whole))).of(whole)
