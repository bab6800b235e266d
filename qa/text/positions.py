"""Where a quote stands, as a person counts: paragraph and line. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.types import Span

_PARAGRAPH = re.compile(r"\S(?:.|\n(?!\s*\n))*")


@dataclass(frozen=True, slots=True)
class Place:
    """Paragraph and line, both from 1, and the paragraph's span in the text."""

    paragraph: int
    line: int
    around: Span


def place_of(text: str, span: Span) -> Place:
    """Find the paragraph and the line in which ``span`` begins; paragraphs are parted by empty lines."""
    around, number = span, 0
    for match in _PARAGRAPH.finditer(text):
        if match.start() > span.start:
            break
        around, number = Span(match.start(), max(match.end(), span.end)), number + 1
    return Place(max(1, number), text.count("\n", 0, span.start) + 1, around)
