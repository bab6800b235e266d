"""Markers in a generated text to claims with literal quotes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa.types import Citation, Hit, Span

_MARKER = re.compile(r"\s*\[(\d{1,3})\]")
_ANY_MARKER = re.compile(r"\s*\[[^\]\n]{0,12}\]?")
# A claim ends at a full stop and takes the markers that follow it; "U.S." and "1.5" do not end one.
_CLAIM = re.compile(r".+?(?:(?<!\b[A-Z])[.!?]+[\"”’)]*(?=\s|\[|$)(?:\s*\[[^\]\n]*\])*|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer without its markers, and the numbers in them."""

    text: str
    markers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Supported:
    """A claim, and the places of its quotes: each a hit and a span in its document."""

    text: str
    quotes: tuple[tuple[Hit, Span], ...]


def claims(text: str) -> list[Claim]:
    """Cut a generated text into sentences with their markers; what only looks like a marker is dropped."""
    found = []
    for match in _CLAIM.finditer(text.strip()):
        piece = match.group()
        markers = tuple(dict.fromkeys(int(m) for m in _MARKER.findall(piece)))
        said = " ".join(_ANY_MARKER.sub("", piece).split())
        if any(c.isalnum() for c in said):
            found.append(Claim(said, markers))
    return found


def sentences_at(hit: Hit, span: Span) -> Span:
    """Widen ``span`` to the whole sentences of the passage that it touches."""
    touched = [s for s in hit.passage.sentences if s.overlaps(span)]
    return Span(touched[0].start, touched[-1].end) if touched else span


_BRACKETED = re.compile(r"\[\s*(\d+)\s*\]")
_ENDS = frozenset(".!?。！？؟।…")


def render(supported: Sequence[Supported]) -> tuple[str, tuple[Citation, ...]]:
    """Join claims into an answer, its quotes numbered from 1 in the order of their first use."""
    numbers: dict[tuple[str, int, int], int] = {}
    citations: list[Citation] = []
    sentences = []
    for claim in supported:
        markers = ""
        for hit, span in claim.quotes:
            key = (hit.document.source, span.start, span.end)
            if key not in numbers:
                numbers[key] = len(numbers) + 1
                citations.append(_citation(numbers[key], hit, span))
            markers += f" [{numbers[key]}]"
        # What looks like a marker in the article's own words ("[7]", a footnote) would point to nothing here.
        sentences.append(_with_markers(_BRACKETED.sub(r"(\1)", claim.text), markers))
    return " ".join(sentences), tuple(citations)


def _with_markers(text: str, markers: str) -> str:
    stripped = text.rstrip()
    if stripped[-1:] in _ENDS and not re.search(r"\b[A-Z]\.$", stripped):
        return stripped[:-1] + markers + stripped[-1]
    return stripped + markers + "."


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
