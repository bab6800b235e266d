"""The sources that are open: named by ids, indexed in the background, shared by the answering threads."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from qa.errors import QAError, SourceError
from qa.index import catalog
from qa.index.builder import IndexBuilder
from qa.index.storage import Index
from qa.protocols import Embedder
from qa.server.opened import Entry, Source, Text
from qa.server.refusals import RefusedError
from qa.settings import Settings
from qa.sources.fetch import Pages
from qa.sources.find import expand, id_of
from qa.sources.uploads import Upload, Uploads
from qa.text.display import one_line
from qa.types import Document

log = logging.getLogger(__name__)


class Sources:
    """The sources of one server.

    Args:
        embedder: for the thread that indexes, which alone uses it.
    """

    def __init__(self, settings: Settings, embedder: Embedder) -> None:
        self._settings = settings
        self._builder = IndexBuilder(settings, embedder)
        self._uploads = Uploads(settings)
        self._entries: dict[str, Entry] = {}
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._index_all, name="index", daemon=True)

    def start(self, named: Sequence[str]) -> None:
        """Open what was named and what was sent before, in the background."""
        for name in named:
            try:
                files = expand([name], Pages(self._settings))
            except SourceError as error:
                self._add(Entry(id_of(name), name, one_line(name), status="failed", error=one_line(str(error))))
                log.warning("%s", error)
                continue
            for file in files:
                self._add(Entry(id_of(file), file, one_line(Path(file).name)))
        for upload in self._uploads.all():
            self._add(Entry(upload.id, str(upload.path), upload.name, upload))
        self._thread.start()

    def close(self) -> None:
        """Index nothing further."""
        self._queue.put(None)

    def settled(self) -> bool:
        """Tell whether nothing waits for being indexed."""
        return all(e.status in {"ready", "failed"} for e in self._all())

    def count(self) -> int:
        """Count the sources that can be asked."""
        return sum(e.status == "ready" for e in self._all())

    def listed(self) -> list[Source]:
        """List all sources, in the order in which they came."""
        return [e.seen() for e in self._all()]

    def files(self, ids: Sequence[str] | None) -> tuple[str, ...]:
        """Name the files of these sources, or of all that are ready.

        Raises:
            RefusedError: there is no such source, it is not ready, or none is.
        """
        if ids is not None:
            return tuple(self._ready(i).file for i in dict.fromkeys(ids))
        entries = self._all()
        ready = tuple(e.file for e in entries if e.status == "ready")
        if ready:
            return ready
        if any(e.status in {"waiting", "indexing"} for e in entries):
            raise _not_yet("the articles are being indexed")
        raise RefusedError(409, "no article is open; send one to /api/v1/sources")

    def id_of(self, file: str) -> str | None:
        """Name the source of a file; None where it is not open."""
        return next((e.id for e in self._all() if e.file == file), None)

    def document(self, file: str) -> Document | None:
        """Return the document of a file; None where it is not open or not ready."""
        entry = next((e for e in self._all() if e.file == file), None)
        return entry.index.document if entry and entry.index else None

    def text(self, identifier: str) -> Text:
        """Return the text of a source.

        Raises:
            RefusedError: there is no such source, or it is not ready.
        """
        entry = self._ready(identifier)
        if entry.index is None:
            raise _not_yet(entry.name)
        return entry.text(entry.index.document)

    def receive(self, upload: Upload) -> Source:
        """Add a file that was sent."""
        entry = Entry(upload.id, str(upload.path), upload.name, upload)
        self._add(entry)
        return entry.seen()

    def remove(self, identifier: str) -> None:
        """Close a source; a file that was sent goes with its index, any other file stays.

        Raises:
            RefusedError: there is no such source.
            QAError: its file or its index cannot be deleted.
        """
        entry = self._entry(identifier)
        with self._lock:
            entry.closed = True
            self._entries.pop(identifier, None)
        if entry.upload:
            self._uploads.delete(entry.upload)
            self._forget(entry)

    def opener(self, embedder: Embedder) -> Opener:
        """Make what an assistant gets its indexes from; ``embedder`` is the assistant's."""
        return Opener(self, IndexBuilder(self._settings, embedder))

    def fresh(self, file: str, builder: IndexBuilder) -> Index:
        """Return the index of a file that is open, built again where the file has changed.

        Raises:
            QAError: it is no longer open, or cannot be read or indexed.
        """
        entry = next((e for e in self._all() if e.file == file), None)
        if entry is None:
            raise SourceError(f"{file}: is not open any more")
        try:
            index, _ = builder.open(file, known=entry.index)
        except SourceError as error:
            entry.fail(str(error))
            raise
        if index is not entry.index:
            entry.keep(index)
        return index

    @property
    def uploads(self) -> Uploads:
        """The folder of what was sent."""
        return self._uploads

    def _all(self) -> list[Entry]:
        with self._lock:
            return [*self._entries.values()]

    def _entry(self, identifier: str) -> Entry:
        with self._lock:
            entry = self._entries.get(identifier)
        if entry is None:
            raise RefusedError(404, "there is no such source; GET /api/v1/sources lists them")
        return entry

    def _ready(self, identifier: str) -> Entry:
        entry = self._entry(identifier)
        if entry.status == "failed":
            raise RefusedError(409, entry.error or entry.name)
        if entry.status != "ready":
            raise _not_yet(f"{entry.name} is being indexed")
        return entry

    def _add(self, entry: Entry) -> None:
        with self._lock:
            if entry.id in self._entries:
                return
            self._entries[entry.id] = entry
        if entry.status == "waiting":
            self._queue.put(entry)

    def _index_all(self) -> None:
        while entry := self._queue.get():
            if entry.closed:
                continue
            entry.status = "indexing"

            def progress(_: str, done: int, total: int, entry: Entry = entry) -> None:
                if total > 1:
                    entry.progress = done / total

            try:
                index, _ = self._builder.open(entry.file, progress=progress)
            except QAError as error:
                entry.fail(str(error))
                log.warning("%s", entry.error)
            else:
                entry.keep(index)
            if entry.closed and entry.upload:
                self._forget(entry)

    def _forget(self, entry: Entry) -> None:
        with suppress(SourceError):  # it has no index
            catalog.remove(self._settings.index_dir, entry.file, seconds=self._settings.busy_seconds)


class Opener:
    """The indexes of the sources as an assistant asks for them; what it is asked for is already files."""

    def __init__(self, sources: Sources, builder: IndexBuilder) -> None:
        self._sources, self._builder = sources, builder

    def expand(self, sources: Sequence[str]) -> tuple[str, ...]:
        """Return them as they are."""
        return tuple(sources)

    def open(self, files: Sequence[str]) -> tuple[Index, ...]:
        """Open the indexes of ``files``.

        Raises:
            QAError: one is no longer open, or cannot be read or indexed.
        """
        return tuple(self._sources.fresh(file, self._builder) for file in files)


def _not_yet(text: str) -> RefusedError:
    return RefusedError(409, f"{text}; ask again in a moment", headers={"Retry-After": "1"})
