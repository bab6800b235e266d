"""What an assistant is asked about: documents by their names, to be listed, read and searched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from qa.answering.retrieve import IndexRetriever, Retriever
from qa.errors import UsageError
from qa.index.articles import OpensIndexes
from qa.protocols import Embedder
from qa.settings import Settings
from qa.types import Document


class Corpus(Protocol):
    """Documents that can be asked about. Where a method takes ``sources``, none means all that there are.

    ``collection`` is the name of the collection that they are in; empty where articles were named.
    """

    collection: str

    def expand(self, sources: Sequence[str]) -> tuple[str, ...]:
        """Replace folders, patterns and addresses by the files that they stand for.

        Raises:
            SourceError: a source is not there, or has no document.
        """
        ...

    def matching(self, part: str, sources: Sequence[str]) -> tuple[str, ...]:
        """Return those of ``sources`` that have ``part`` in their path."""
        ...

    def count(self, sources: Sequence[str]) -> int:
        """Count the documents."""
        ...

    def documents(self, sources: Sequence[str]) -> Iterator[tuple[Document, int]]:
        """Give the documents one by one, each with the number of its passages.

        Raises:
            QAError: one cannot be read.
        """
        ...

    def document(self, source: str, sources: Sequence[str]) -> Document | None:
        """Return one of the documents, by its source as citations name it; None where it is none of them.

        Raises:
            QAError: it cannot be read.
        """
        ...

    def retriever(self, sources: Sequence[str]) -> Retriever:
        """Open the documents for search.

        Raises:
            UsageError: there is no source.
            QAError: a source cannot be read, or an index cannot be used.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class Indexed(Corpus):
    """Articles that were named, each with an index of its own."""

    collection = ""

    def __init__(self, opener: OpensIndexes, embedder: Embedder) -> None:
        self._opener, self._embedder = opener, embedder

    def expand(self, sources: Sequence[str]) -> tuple[str, ...]:
        return self._opener.expand(sources)

    def matching(self, part: str, sources: Sequence[str]) -> tuple[str, ...]:
        return tuple(s for s in sources if part in s)

    def count(self, sources: Sequence[str]) -> int:
        return len(sources)

    def documents(self, sources: Sequence[str]) -> Iterator[tuple[Document, int]]:
        return ((index.document, len(index.passages)) for index in self._opener.open(sources))

    def document(self, source: str, sources: Sequence[str]) -> Document | None:
        return next((d for d, _ in self.documents(sources) if d.source == source), None)

    def retriever(self, sources: Sequence[str]) -> IndexRetriever:
        if not sources:
            raise UsageError("no article is named; give Assistant.open a file or a folder")
        return IndexRetriever(self._opener.open(sources), self._embedder)

    def close(self) -> None:
        """Nothing stays open but what is mapped."""


def open_collection(name: str, settings: Settings, embedder: Embedder) -> Corpus:
    """Open a collection to be asked.

    Raises:
        UsageError: not a name of a collection, or not an address of a store.
        IndexFolderError: there is none, it cannot be used, or was indexed with another embedder.
    """
    # Asking single articles imports nothing of collections.
    from qa.answering.collection import Collection

    return Collection.open(name, settings, embedder)
