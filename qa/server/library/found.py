"""The passages that a search found, as clients are told them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from qa.types import Count, Hit


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A passage that was found: ``text`` is the article's from ``start`` to ``end``.

    ``score`` orders them, ``similarity`` is the cosine with the query.
    """

    id: str
    source: str
    start: Count
    end: Count
    text: str
    score: float
    similarity: float


class Passages(msgspec.Struct, frozen=True):
    """What a search found, best first."""

    passages: list[Passage]


def passages_of(hits: Iterable[Hit], ids: Mapping[str, str]) -> Passages:
    """Tell of hits; ``ids`` are those of their sources, empty where one has none."""
    return Passages(
        [
            Passage(
                id=ids.get(hit.document.source, ""),
                source=hit.document.source,
                start=hit.passage.span.start,
                end=hit.passage.span.end,
                text=hit.text,
                score=hit.score,
                similarity=hit.similarity,
            )
            for hit in hits
        ]
    )
