"""A question to ranked passages: dense and lexical search, joined."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol

from qa.index.storage import Index
from qa.index.stores.fusion import fused
from qa.protocols import Embedder
from qa.types import Hit

_Place = tuple[int, int]  # number of the index, number of the passage in it


class Retriever(Protocol):
    """The documents that one question is asked about, open for search."""

    def retrieve(self, question: str, count: int) -> list[Hit]:
        """Return the ``count`` best passages, best first; fewer if there are fewer."""
        ...

    def passages(self, *about: str) -> list[Hit]:
        """Return every passage of what a question over the whole article is asked about, in the documents' order.

        Where the documents are too many to be read, it is the one that each of ``about`` is likeliest about.
        """
        ...

    def count(self) -> int:
        """Return the number of documents."""
        ...

    def languages(self) -> Collection[str]:
        """Return the languages that the documents are in; of many documents, perhaps others beside them."""
        ...

    def remarks(self, cited: Sequence[str], /) -> Iterator[str]:
        """Say, a line each, what the reader of an answer that cites these sources has to know of the search."""
        ...


class IndexRetriever(Retriever):
    """Search a set of open indexes.

    Dense and lexical (BM25) rankings are joined by reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009).
    """

    def __init__(self, indexes: Sequence[Index], embedder: Embedder) -> None:
        self._indexes = indexes
        self._embedder = embedder

    def retrieve(self, question: str, count: int) -> list[Hit]:
        depth = 2 * count
        by_meaning = self._by_meaning(question, depth)
        dense = {place: score for ranking in by_meaning for place, score in ranking.items()}
        scores = fused((*map(list, by_meaning), list(self._by_words(question, depth))))
        hits = []
        for i, n in sorted(scores, key=lambda place: (-scores[place], place))[:count]:
            index = self._indexes[i]
            hits.append(Hit(index.document, index.passages[n], dense.get((i, n), 0.0), scores[i, n]))
        return hits

    def passages(self, *_: str) -> list[Hit]:
        return [Hit(index.document, passage, 0.0, 0.0) for index in self._indexes for passage in index.passages]

    def count(self) -> int:
        return len(self._indexes)

    def languages(self) -> Collection[str]:
        return {index.document.language for index in self._indexes}

    def remarks(self, _: Sequence[str], /) -> Iterator[str]:
        # Every document was just read, and all of them are searched.
        return iter(())

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
