"""A collection as what an assistant is asked about: its likeliest documents are found first, and only they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain, islice

from qa.answering.corpus import Corpus
from qa.answering.retrieve import Retriever
from qa.collections.check import since_indexed
from qa.collections.named import documents_of
from qa.errors import IndexFolderError, SourceError
from qa.index.stores.open import open_store
from qa.index.stores.protocol import Entry, Store
from qa.protocols import Embedder
from qa.settings import Settings
from qa.sources.fetch import Pages
from qa.sources.find import absolute, shown
from qa.text.language import KNOWN
from qa.types import Document, Hit

_DEPTH = 4  # passages that are looked at to find the likeliest documents, for each one that is read
_DOCUMENTS = 6  # that are read for an answer
_WHOLE = 3  # documents that are read whole; of more, the likeliest
_LOOKED_AT = 50  # documents whose languages a question may be in; of more, those of the whole collection
_TOGETHER = 16  # documents that are searched at a time where each is asked


class StoreRetriever(Retriever):
    """Search a collection, or some of its documents; documents are ranked before their passages.

    Args:
        among: the documents, by their whole paths; None for all.
        known: the best passages for a question, so many of them, that were searched before.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        embedder: Embedder,
        among: Sequence[str] | None = None,
        known: Mapping[tuple[str, int], Sequence[Hit]] | None = None,
    ) -> None:
        self._name, self._store, self._embedder, self._among = name, store, embedder, among
        self._known = known or {}
        self._chosen: dict[str, None] = {}  # documents that were read whole, of more

    def retrieve(self, question: str, count: int) -> list[Hit]:
        known = self._known.get((question, count))
        return self._found(self._search(question, count) if known is None else known)

    def _found(self, hits: Sequence[Hit]) -> list[Hit]:
        """Name the documents of ``hits`` as citations do; without any, say so where there is nothing to be asked."""
        if not hits and not any(self._within(1)):
            raise SourceError(
                f"{self._name}: has no documents; `qa index -c {self._name} FOLDER` adds some"
                if self._among is None
                else f"{self._name}: what was to be asked has been removed; `qa list -c {self._name}` shows the rest"
            )
        return _shown(hits, multilingual=self._embedder.multilingual)

    def _search(self, question: str, count: int) -> list[Hit]:
        vector = self._embedder.encode_question(question)
        return likeliest(self._store.search(vector, question, _DEPTH * count, self._among), count)

    def passages(self, *about: str) -> list[Hit]:
        within = list(self._within(_WHOLE + 1))
        if len(within) > _WHOLE:
            best = (hit.document.source for question in about for hit in self._search(question, 1))
            within = list(dict.fromkeys(best)) or within[:_WHOLE]
            self._chosen.update(dict.fromkeys(within))
        return self._found(list(chain.from_iterable(map(self._store.passages, within))))

    def _within(self, most: int) -> Iterator[str]:
        return islice((entry.source for entry in self._store.entries(self._among)), most)

    def count(self) -> int:
        return len(self._store) if self._among is None else len(self._among)

    def languages(self) -> set[str]:
        if self._among is None or len(self._among) > _LOOKED_AT:
            return set(self._store.languages())
        return {entry.language for entry in self._store.entries(self._among)}

    def remarks(self, cited: Sequence[str], /) -> Iterator[str]:
        if self._chosen:
            yield (
                f"read whole: {', '.join(map(shown, self._chosen))}, the likeliest of {self.count():,} documents; "
                "to have others read, name them as the source"
            )
        for entry in self._store.entries([absolute(source) for source in cited]):
            if difference := since_indexed(entry, self._name):
                yield f"{shown(entry.source)}: {difference}"


def likeliest(hits: Sequence[Hit], count: int) -> list[Hit]:
    """Choose ``count`` of the hits, which are best first: those of the documents with the best ones.

    Each of these documents has its best passage among them. A text that stands in several documents is one.
    """
    # More passages of a long document say nothing: the scores of ranks are too alike to be added up.
    different = {hit.text: hit for hit in reversed(hits)}.values()
    ranked = sorted(different, key=lambda h: -h.score)
    first = {hit.document.source: hit for hit in reversed(ranked)}
    documents = sorted(first.values(), key=lambda h: -h.score)[: min(_DOCUMENTS, count)]
    chosen = {hit.document.source for hit in documents}
    rest = [hit for hit in ranked if hit.document.source in chosen and hit not in documents]
    return sorted([*documents, *rest[: count - len(documents)]], key=lambda h: -h.score)


class Collection(Corpus):
    """The documents of one collection. Citations show their paths as those of articles, relative where they can be."""

    def __init__(self, name: str, store: Store, settings: Settings, embedder: Embedder) -> None:
        self.collection = name
        self._store, self._pages, self._embedder = store, Pages(settings), embedder

    @classmethod
    def open(cls, name: str, settings: Settings, embedder: Embedder) -> Collection:
        """Open a collection.

        Raises:
            UsageError: not a name of a collection, or not an address of a store.
            IndexFolderError: there is none, it cannot be used, or was indexed with another embedder.
        """
        store = open_store(settings, name)
        recipe = store.recipe
        for known in (embedder, embedder.in_language("")):  # the second one is that for other languages
            if (recipe.embedder, recipe.embedder_sha256) == (known.name, known.fingerprint):
                return cls(name, store, settings, known)
        store.close()
        raise IndexFolderError(
            f"{name}: was indexed with the embedder {recipe.embedder}, which is not the one to ask with, "
            f"{embedder.name}; --embedder names it"
        )

    def expand(self, sources: Sequence[str]) -> tuple[str, ...]:
        found = documents_of(self._store, sources, self._pages, self.collection)
        return tuple(dict.fromkeys(map(shown, chain.from_iterable(found.values()))))

    def matching(self, part: str, sources: Sequence[str]) -> tuple[str, ...]:
        return tuple(path for e in self._entries(sources) if part in (path := shown(e.source)))

    def names(self, sources: Sequence[str]) -> Iterator[str]:
        """Give the sources of the documents as citations name them, in order of their whole paths."""
        return (shown(entry.source) for entry in self._entries(sources))

    def count(self, sources: Sequence[str]) -> int:
        return len(sources) or len(self._store)

    def documents(self, sources: Sequence[str]) -> Iterator[tuple[Document, int]]:
        for entry in self._entries(sources):
            yield _named_as_shown(self._store.document(entry.source)), entry.passages

    def document(self, source: str, sources: Sequence[str]) -> Document | None:
        path = absolute(source)
        if (sources and source not in sources) or not any(self._store.entries([path])):
            return None
        return _named_as_shown(self._store.document(path))

    def retriever(self, sources: Sequence[str]) -> StoreRetriever:
        return self._retriever(_whole(sources))

    def each(self, question: str, count: int, sources: Iterable[str]) -> Iterator[tuple[str, StoreRetriever]]:
        """Give each of the documents with a retriever over it alone, that knows its ``count`` best passages.

        Raises:
            IndexFolderError: the store cannot be read.
        """
        vector, paths = self._embedder.encode_question(question), map(absolute, sources)
        while some := list(islice(paths, _TOGETHER)):
            best: dict[str, list[Hit]] = {}
            # A document that is damaged is found so when it is asked by itself.
            with suppress(IndexFolderError):
                for hits in self._store.best_of_each(vector, question, count, some):
                    best.update({hit.document.source: hits for hit in hits[:1]})
            for path in some:
                known = {(question, count): best[path]} if path in best else {}
                yield shown(path), self._retriever([path], known)

    def _retriever(
        self, among: Sequence[str] | None, known: Mapping[tuple[str, int], Sequence[Hit]] | None = None
    ) -> StoreRetriever:
        return StoreRetriever(self.collection, self._store, self._embedder, among, known)

    def _entries(self, sources: Sequence[str]) -> Iterator[Entry]:
        return self._store.entries(_whole(sources))

    def close(self) -> None:
        self._store.close()


def _whole(sources: Sequence[str]) -> list[str] | None:
    return [absolute(source) for source in sources] or None


def _shown(hits: Iterable[Hit], *, multilingual: bool) -> list[Hit]:
    documents: dict[str, Document] = {}
    named = []
    for hit in hits:
        source = hit.document.source
        if source not in documents:
            documents[source] = _named_as_shown(hit.document)
        known = multilingual or hit.document.language == KNOWN
        named.append(replace(hit, document=documents[source], comparable=known))
    return named


def _named_as_shown(document: Document) -> Document:
    return replace(document, source=shown(document.source))
