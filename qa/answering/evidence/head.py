"""The lines at the start of a text in which its file says of itself who wrote it, when, and under what title."""

from __future__ import annotations

from qa.types import Document, Hit, Span

# As `sources.formats` writes them before the text of a file that says so.
LINES = {"author": "Author: ", "date": "Date of publication: ", "title": "Title: "}
_BETWEEN = 2  # characters between two of them


def field_of(hit: Hit, sentence: Span) -> str | None:
    """Return what the file says of itself in a sentence: ``author``, ``date``, ``title``, or None."""
    document, text = hit.document, sentence.of(hit.document.text)
    # Only at the very start: an article can have an "Author: " of its own.
    if sentence.start >= _longest_head(document):
        return None
    for name, opening in LINES.items():
        value = " ".join(getattr(document, name).split()).rstrip(".")
        if value and text.startswith(f"{opening}{value}"):
            return name
    return None


def _longest_head(document: Document) -> int:
    return sum(len(opening) + len(getattr(document, name)) + _BETWEEN for name, opening in LINES.items())
