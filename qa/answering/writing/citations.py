"""Markers in a generated text to claims with literal quotes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa.text.language import KNOWN
from qa.text.markers import LIKE_A_MARKER, numbers_in, unbracketed
from qa.text.sentences import ENDS, STOPS, sentences
from qa.types import Citation, Hit, Span, Supported

_INITIAL_AT_END = re.compile(r"\b[A-Z]\.$")


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer without its markers, and the numbers in them."""

    text: str
    markers: tuple[int, ...]


def claims(text: str) -> list[Claim]:
    """Cut a generated text into sentences with their markers; what only looks like a marker is dropped."""
    plain, places = _without_markers(text)
    spans = sentences(plain)
    markers: list[list[int]] = [[] for _ in spans]
    for number, place in places:
        # A marker belongs to the sentence that it stands in or behind, the full stop before it or not.
        before = [n for n, span in enumerate(spans) if span.start < place]
        if before:
            markers[before[-1]].append(number)
    return [Claim(" ".join(span.of(plain).split()), tuple(dict.fromkeys(markers[n]))) for n, span in enumerate(spans)]


def _without_markers(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Drop all that looks like a marker; return the rest, and the number and the place in it of each real marker."""
    plain, end = "", 0
    places = []
    for match in LIKE_A_MARKER.finditer(text):
        plain += text[end : match.start()]
        places += [(number, len(plain)) for number in numbers_in(match.group())]
        # "1990. [1]." has ended twice.
        twice = plain.rstrip()[-1:] in ENDS and text[match.end() : match.end() + 1] in ENDS
        end = match.end() + twice
    return plain + text[end:], places


def render(supported: Sequence[Supported]) -> tuple[str, tuple[Citation, ...]]:
    """Join claims into an answer, its quotes numbered from 1 in the order of their first use."""
    numbers: dict[tuple[str, int, int], int] = {}
    citations: list[Citation] = []
    parts = []
    for claim in supported:
        markers = ""
        for hit, span in claim.quotes:
            key = (hit.document.source, span.start, span.end)
            if key not in numbers:
                numbers[key] = len(numbers) + 1
                citations.append(_citation(numbers[key], hit, span))
            markers += f" [{numbers[key]}]"
        # What looks like a marker in the article's own words ("[7]", a footnote) would point to nothing here.
        language = claim.quotes[0][0].document.language if claim.quotes else KNOWN
        parts.append(_with_markers(unbracketed(claim.text), markers, language))
    return " ".join(parts), tuple(citations)


def _with_markers(text: str, markers: str, language: str) -> str:
    stripped = text.rstrip()
    if stripped[-1:] in ENDS and not _INITIAL_AT_END.search(stripped):
        return stripped[:-1] + markers + stripped[-1]
    return stripped + markers + STOPS.get(language, ".")


def _citation(number: int, hit: Hit, span: Span) -> Citation:
    return Citation(
        number=number,
        source=hit.document.source,
        document_sha256=hit.document.sha256,
        start=span.start,
        end=span.end,
        quote=span.of(hit.document.text),
        passage_start=hit.passage.span.start,
        passage_end=hit.passage.span.end,
        page=hit.document.page_of(span.start),
        title=hit.document.title,
        author=hit.document.author,
        date=hit.document.date,
        address=hit.document.address,
    )


def broken(citations: Iterable[Citation], text: str) -> list[Citation]:
    """Return the citations whose quote does not stand at its place in ``text``."""
    return [c for c in citations if text[c.start : c.end] != c.quote]
