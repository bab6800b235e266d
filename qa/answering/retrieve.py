"""A question to ranked passages: dense and lexical search, joined."""

from __future__ import annotations

from collections.abc import Sequence

from qa.index.storage import Index
from qa.protocols import Embedder
from qa.types import Hit

# The constant of reciprocal rank fusion as its authors set it (Cormack, Clarke and Büttcher, 2009).
_RANK_CONSTANT = 60


class Retriever:
    """Search a set of open indexes.

    Dense and lexical (BM25) rankings are joined by reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009).
    """

    def __init__(self, indexes: Sequence[Index], embedder: Embedder) -> None:
        self._indexes = indexes
        self._embedder = embedder

    def retrieve(self, question: str, count: int) -> list[Hit]:
        """Return the ``count`` best passages, best first; fewer if there are fewer."""
        depth = 2 * count
        dense = self._dense(question, depth)
        scores: dict[tuple[int, int], float] = {}
        for ranking in (list(dense), self._by_words(question, depth)):
            for rank, place in enumerate(ranking, start=1):
                scores[place] = scores.get(place, 0.0) + 1 / (_RANK_CONSTANT + rank)
        hits = []
        for i, n in sorted(scores, key=lambda place: (-scores[place], place))[:count]:
            index = self._indexes[i]
            hits.append(Hit(index.document, index.passages[n], dense.get((i, n), 0.0), scores[i, n]))
        return hits

    def passages(self) -> list[Hit]:
        """Return every passage, in the order of the documents."""
        return [Hit(index.document, passage, 0.0, 0.0) for index in self._indexes for passage in index.passages]

    def _dense(self, question: str, depth: int) -> dict[tuple[int, int], float]:
        vector = self._embedder.encode([question])[0]
        found = [(s, (i, n)) for i, index in enumerate(self._indexes) for n, s in index.search(vector, depth)]
        found.sort(key=lambda pair: -pair[0])
        return {place: score for score, place in found[:depth]}

    def _by_words(self, question: str, depth: int) -> list[tuple[int, int]]:
        found = [(s, (i, n)) for i, index in enumerate(self._indexes) for n, s in index.search_words(question, depth)]
        found.sort(key=lambda pair: (-pair[0], pair[1]))
        return [place for _, place in found[:depth]]
