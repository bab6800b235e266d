"""The documents of a collection as the sources of a server, beside the files that are sent to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from qa.answering.corpus import Corpus, open_collection
from qa.answering.retrieve import Retriever
from qa.index.stores.open import open_store
from qa.index.stores.protocol import Entry as Kept
from qa.protocols import Embedder
from qa.server.library.ids import id_of_document, is_of_document, path_of_document
from qa.server.library.opened import Entry, Source, Text, described
from qa.server.library.sources import Sources
from qa.server.refusals import RefusedError
from qa.settings import Settings
from qa.sources.find import absolute, shown
from qa.text.display import one_line
from qa.types import Document


class Collected(Sources):
    """The sources of a server over a collection. A question is asked of all its documents where no source is named.

    The id of a document is made of its path, so that it is the same at every server over the collection.

    Raises:
        UsageError: not a name of a collection, or not an address of a store.
        IndexFolderError: there is none, or it cannot be used.
    """

    def __init__(self, settings: Settings, embedder: Embedder, collection: str) -> None:
        super().__init__(settings, embedder)
        self.collection = collection
        self._store = open_store(settings, collection)
        self._reading = threading.Lock()  # a store is for one thread at a time

    def listed(self, part: str = "") -> Iterator[Source]:
        return chain(super().listed(part), self._documents(part))

    def _documents(self, part: str) -> Iterator[Source]:
        entries = self._store.entries()
        while True:
            with self._reading:
                kept = next(entries, None)
            if kept is None:
                return
            if part.lower() in kept.source.lower():
                yield _told(kept)

    def total(self) -> int:
        with self._reading:
            return super().total() + len(self._store)

    def count(self) -> int:
        with self._reading:
            return super().count() + len(self._store)

    def chosen(self, ids: Sequence[str] | None) -> tuple[str, ...]:
        if ids is None:
            return ()
        documents = [is_of_document(i) for i in ids]
        if any(documents) and not all(documents):
            raise RefusedError(400, "ask either files that were sent or documents of the collection, not both at once")
        return super().chosen(ids)

    def ready(self, identifier: str) -> Entry:
        kept = self._kept(identifier)
        return _entry(kept) if kept else super().ready(identifier)

    def text(self, identifier: str) -> Text:
        kept = self._kept(identifier)
        if kept is None:
            return super().text(identifier)
        with self._reading:
            return _entry(kept).text(self._store.document(kept.source))

    def collection_of(self, chosen: Sequence[str]) -> str:
        return "" if chosen and chosen[0] in self._by_file else self.collection

    def find(self, source: str) -> Source | None:
        found = super().find(source)
        kept = None if found else self._entry_of(absolute(source))
        return _told(kept) if kept else found

    def document(self, source: str) -> Document | None:
        opened = super().document(source)
        if opened or self._entry_of(absolute(source)) is None:
            return opened
        with self._reading:
            return self._store.document(absolute(source))

    def remove(self, identifier: str) -> None:
        if self._kept(identifier):
            raise RefusedError(409, f"a document of the collection; `qa remove -c {self.collection}` removes it")
        super().remove(identifier)

    def corpus(self, embedder: Embedder) -> Corpus:
        collection = open_collection(self.collection, self._settings, embedder)
        return _Either(collection, super().corpus(embedder), self)

    def _kept(self, identifier: str) -> Kept | None:
        """Return what the collection knows of the document of an id; None where it is not the id of one.

        Raises:
            RefusedError: there is no such document.
        """
        if not is_of_document(identifier):
            return None
        kept = self._entry_of(path_of_document(identifier))
        if kept is None:
            raise RefusedError(404, "there is no such source; GET /api/v1/sources lists them")
        return kept

    def _entry_of(self, path: str) -> Kept | None:
        with self._reading:
            return next(self._store.entries([path]), None)


def _entry(kept: Kept) -> Entry:
    return Entry(id_of_document(kept.source), shown(kept.source), one_line(Path(kept.source).name), status="ready")


def _told(kept: Kept) -> Source:
    entry = _entry(kept)
    return Source(
        **described(Document(entry.file, "", kept.document_sha256, language=kept.language)),
        id=entry.id,
        source=entry.file,
        name=entry.name,
        characters=kept.characters,
        words=0,
        author="",
        date="",
        status=entry.status,
        progress=1.0,
        error=None,
        uploaded=False,
    )


class _Either(Corpus):
    """The documents of a collection, or files that were sent where these are named."""

    def __init__(self, documents: Corpus, files: Corpus, sources: Collected) -> None:
        self.collection = documents.collection
        self._documents, self._files, self._sources = documents, files, sources

    def _of(self, sources: Sequence[str]) -> Corpus:
        return self._documents if self._sources.collection_of(sources) else self._files

    def expand(self, sources: Sequence[str]) -> tuple[str, ...]:
        return self._of(sources).expand(sources)

    def matching(self, part: str, sources: Sequence[str]) -> tuple[str, ...]:
        return self._of(sources).matching(part, sources)

    def count(self, sources: Sequence[str]) -> int:
        return self._of(sources).count(sources)

    def documents(self, sources: Sequence[str]) -> Iterator[tuple[Document, int]]:
        return self._of(sources).documents(sources)

    def document(self, source: str, sources: Sequence[str]) -> Document | None:
        return self._of([source]).document(source, sources)

    def retriever(self, sources: Sequence[str]) -> Retriever:
        return self._of(sources).retriever(sources)

    def close(self) -> None:
        self._documents.close()
