"""The sources that are open: named by ids, indexed in the background, shared by the answering threads."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from qa.answering.corpus import Corpus, Indexed
from qa.errors import QAError, SourceError, first_line
from qa.index import catalog
from qa.index.builder import IndexBuilder
from qa.index.storage import Index
from qa.protocols import Embedder
from qa.server.library.opened import Entry, Source, Text
from qa.server.refusals import RefusedError
from qa.settings import Settings
from qa.sources.fetch import Pages
from qa.sources.find import STDIN, expand, id_of
from qa.sources.uploads import Upload, Uploads
from qa.text.display import one_line
from qa.types import Document

log = logging.getLogger(__name__)

_MOST = 1000  # sources that are open, beyond those that were named at the start
_MOST_WAITING = 32  # files that were sent and are not yet indexed


class Sources:
    """The sources of one server. ``collection`` is the name of the one that they are in; empty where there is none.

    Args:
        embedder: for the thread that indexes, which alone uses it.
    """

    collection = ""

    def __init__(self, settings: Settings, embedder: Embedder) -> None:
        self._settings = settings
        self._builder = IndexBuilder(settings, embedder)
        self.uploads = Uploads(settings)
        self._entries: dict[str, Entry] = {}  # by id
        self._by_file: dict[str, Entry] = {}
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._first: tuple[Entry, ...] | None = None  # known when what was named has been looked for

    def start(self, named: Sequence[str]) -> None:
        """Open what was named and what was sent before, in the background."""
        self._thread = threading.Thread(target=self._index_all, args=(named,), name="index", daemon=True)
        self._thread.start()

    def close(self, seconds: float = 0.0) -> bool:
        """Index nothing further; tell whether what is being indexed ended in ``seconds``."""
        self._closed = True
        self._queue.put(None)
        if self._thread and self._thread.is_alive():
            self._thread.join(seconds)
        return not (self._thread and self._thread.is_alive())

    def settled(self) -> bool:
        """Tell whether each source that was there at the start is ready, or has failed."""
        return self._first is not None and all(e.status in {"ready", "failed"} for e in self._first)

    def total(self) -> int:
        """Count the sources."""
        return len(self._all())

    def count(self) -> int:
        """Count the sources that can be asked."""
        return sum(e.status == "ready" for e in self._all())

    def listed(self, part: str = "") -> Iterator[Source]:
        """List the sources with ``part`` in their names, in the order in which they came."""
        return (e.seen() for e in self._looked_at() if part.lower() in e.file.lower() or part.lower() in e.name.lower())

    def chosen(self, ids: Sequence[str] | None) -> tuple[str, ...]:
        """Name these sources, or all that are ready, as an assistant over the ``corpus`` knows them.

        Raises:
            RefusedError: there is no such source, it is not ready, or none is.
        """
        if ids is not None:
            return tuple(self.ready(i).file for i in dict.fromkeys(ids))
        entries = self._looked_at()
        ready = tuple(e.file for e in entries if e.status == "ready")
        if ready:
            return ready
        if self._first is None or any(e.status in {"waiting", "indexing"} for e in entries):
            raise _not_yet("the articles are being indexed")
        raise RefusedError(409, "no article is open; send one to /api/v1/sources")

    def collection_of(self, chosen: Sequence[str]) -> str:  # noqa: ARG002
        """Return the name of the collection that what was ``chosen`` is in; empty where it is files."""
        return self.collection

    def find(self, source: str) -> Source | None:
        """Return what is known of a source that citations name; None where it is not open."""
        entry = self._by_file.get(source)
        return entry.seen() if entry else None

    def document(self, source: str) -> Document | None:
        """Return the document of a source that citations name; None where it is not open or not ready.

        Raises:
            QAError: it cannot be read.
        """
        entry = self._by_file.get(source)
        return entry.index.document if entry and entry.index else None

    def ready(self, identifier: str) -> Entry:
        """Return a source that can be asked.

        Raises:
            RefusedError: there is no such source, or it is not ready.
        """
        self._looked_at()
        entry = self._entry(identifier)
        if entry.status == "failed":
            raise RefusedError(409, entry.error or entry.name)
        if entry.status != "ready":
            raise _not_yet(f"{entry.name} is being indexed")
        return entry

    def text(self, identifier: str) -> Text:
        """Return the text of a source.

        Raises:
            RefusedError: there is no such source, or it is not ready.
        """
        entry = self.ready(identifier)
        index = entry.index
        if index is None:  # it has failed just now
            raise RefusedError(409, entry.error or entry.name)
        return entry.text(index.document)

    def make_room(self) -> None:
        """Make sure that a further file may be sent.

        Raises:
            RefusedError: too many are open, or wait for being indexed.
        """
        entries = [e for e in self._all() if e.upload]
        if sum(e.status == "waiting" for e in entries) >= _MOST_WAITING:
            raise RefusedError.busy(f"{_MOST_WAITING} files are waiting for being indexed; send it later", 10)
        if len(entries) >= _MOST:
            raise RefusedError(409, f"{_MOST} files that were sent are open; remove one first")

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
            self._by_file.pop(entry.file, None)
        if entry.upload:
            self.uploads.delete(entry.upload)
            if entry.status != "indexing":  # else it is forgotten when that has ended
                self._forget(entry)

    def corpus(self, embedder: Embedder) -> Corpus:
        """Make what an assistant is asked about; ``embedder`` is the assistant's."""
        return Indexed(self.opener(embedder), embedder)

    def opener(self, embedder: Embedder) -> Opener:
        """Make what opens the indexes of the sources."""
        return Opener(self, IndexBuilder(self._settings, embedder))

    def fresh(self, file: str, builder: IndexBuilder) -> Index:
        """Return the index of a file that is open, built again where the file has changed.

        Raises:
            QAError: it is no longer open, or cannot be read or indexed.
        """
        entry = self._by_file.get(file)
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

    def _all(self) -> list[Entry]:
        with self._lock:
            return [*self._entries.values()]

    def _looked_at(self) -> list[Entry]:
        """List all entries; one that failed, and whose file has changed, is indexed again."""
        entries = self._all()
        for entry in entries:
            if entry.may_work_now():
                entry.status = "waiting"
                self._queue.put(entry)
        return entries

    def _entry(self, identifier: str) -> Entry:
        entry = self._entries.get(identifier)
        if entry is None:
            raise RefusedError(404, "there is no such source; GET /api/v1/sources lists them")
        return entry

    def _add(self, entry: Entry) -> None:
        with self._lock:
            if entry.id in self._entries:
                return
            self._entries[entry.id] = self._by_file[entry.file] = entry
        if entry.status == "waiting":
            self._queue.put(entry)

    def _index_all(self, named: Sequence[str]) -> None:
        for name in named:
            self._add_named(name)
        for upload in self.uploads.all():
            self._add(Entry(upload.id, str(upload.path), upload.name, upload))
        self._first = tuple(self._all())
        while (entry := self._queue.get()) and not self._closed:
            if not entry.closed:
                self._index(entry)

    def _add_named(self, name: str) -> None:
        try:
            files = expand([name], Pages(self._settings))
        except SourceError as error:
            failed = Entry(id_of(name), name, one_line(name))
            failed.fail(str(error))
            self._add(failed)
            log.warning("%s", error)
            return
        for file in files:
            self._add(Entry(id_of(file), file, "standard input" if file == STDIN else one_line(Path(file).name)))

    def _index(self, entry: Entry) -> None:
        def progress(_: str, done: int, total: int) -> None:
            if total > 1:  # reading is one step, whose length is not known
                entry.progress = done / total

        entry.status = "indexing"
        try:
            index, _ = self._builder.open(entry.file, progress=progress)
        except QAError as error:
            entry.fail(str(error))
            log.warning("%s", entry.error)
        except Exception as error:  # the next source must be indexed all the same
            entry.fail(f"{entry.name}: cannot be indexed: {first_line(error)}")
            log.exception("%s", entry.error)
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
