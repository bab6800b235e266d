"""A question to ranked passages: dense and lexical search, joined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qa.index.storage import Index
from qa.protocols import Embedder
from qa.types import Hit

# The constant of reciprocal rank fusion as its authors set it (Cormack, Clarke and Büttcher, 2009).
_RANK_CONSTANT = 60
_Place = tuple[int, int]  # number of the index, number of the passage in it


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
        by_meaning = self._by_meaning(question, depth)
        dense = {place: score for ranking in by_meaning for place, score in ranking.items()}
        scores: dict[_Place, float] = {}
        for ranking in (*map(list, by_meaning), list(self._by_words(question, depth))):
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

    def _by_meaning(self, question: str, depth: int) -> list[dict[_Place, float]]:
        """Rank the passages of each embedder, whose cosines cannot be compared with another's."""
        rankings = []
        embedders = {e.name: e for e in (self._embedder.in_language(x.document.language) for x in self._indexes)}
        for name, embedder in embedders.items():
            vector = embedder.encode_question(question)
            scored = (
                ((i, n), s)
                for i, index in enumerate(self._indexes)
                if index.manifest.recipe.embedder == name
                for n, s in index.vectors.search(vector, depth)
            )
            rankings.append(_best(scored, depth))
        return rankings

    def _by_words(self, question: str, depth: int) -> dict[_Place, float]:
        return _best(
            (((i, n), s) for i, index in enumerate(self._indexes) for n, s in index.keywords.search(question, depth)),
            depth,
        )


def _best(scored: Iterable[tuple[_Place, float]], depth: int) -> dict[_Place, float]:
    return dict(sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:depth])
