"""Files to documents ready to be put into a store: read, split, and embedded some at a time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from qa.errors import QAError, SourceError
from qa.index.prepare import Failed, document_of, passages_of, recipe_of
from qa.index.stores.protocol import Entry, Prepared
from qa.protocols import Embedder
from qa.settings import Settings
from qa.sources.find import shown
from qa.sources.read import read
from qa.types import Document, Passage

_TOGETHER = 256  # passages that are embedded, and put, at a time: a few seconds of work


@dataclass(frozen=True, slots=True)
class Work:
    """A file to be read. ``known`` is what the store knows of it; of the same content, it is not split again."""

    source: str
    known: Entry | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of some files: documents to put, entries of the same content to touch, failures."""

    prepared: list[Prepared] = field(default_factory=list)
    touched: list[Entry] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Split:
    document: Document
    passages: Sequence[Passage]
    file_sha256: str
    size: int
    mtime_ns: int


def prepare(works: Iterable[Work], settings: Settings, embedder: Embedder) -> Iterator[Batch]:
    """Read, split and embed files; a batch holds so many that embedding them together is fast.

    ``works`` are taken one by one, as they are needed. A file that cannot be read is a failure of its batch.
    """
    batch, waiting, passages = Batch(), list[_Split](), 0
    for work in works:
        try:
            found = _read(work, settings, embedder)
        except QAError as error:
            batch.failed.append(Failed(work.source, error))
        else:
            if isinstance(found, Entry):
                batch.touched.append(found)
            else:
                waiting.append(found)
                passages += len(found.passages)
        if max(passages, len(batch.failed) + len(batch.touched)) >= _TOGETHER:
            yield replace(batch, prepared=_embedded(waiting, embedder))
            batch, waiting, passages = Batch(), [], 0
    yield replace(batch, prepared=_embedded(waiting, embedder))


def _read(work: Work, settings: Settings, embedder: Embedder) -> _Split | Entry:
    # Messages name the file as it is named everywhere; in the store its path is whole.
    name = shown(work.source)
    try:
        # Before it is read: if it is written to meanwhile, it is seen to have changed the next time.
        status = os.stat(work.source)  # noqa: PTH116 - the paths are text, and there can be many
    except OSError as error:
        raise SourceError(f"{name}: cannot be read: {error.strerror}") from error
    raw = read(name, settings.limits)
    digest = hashlib.sha256(raw).hexdigest()
    if work.known and work.known.file_sha256 == digest:
        return replace(work.known, size=status.st_size, mtime_ns=status.st_mtime_ns)
    document = replace(document_of(raw, name, settings.language, settings.limits, embedder), source=work.source)
    passages = passages_of(document, embedder, recipe_of(settings, embedder))
    return _Split(document, passages, digest, status.st_size, status.st_mtime_ns)


def _embedded(waiting: Sequence[_Split], embedder: Embedder) -> list[Prepared]:
    if not waiting:
        return []
    vectors = embedder.encode([p.span.of(split.document.text) for split in waiting for p in split.passages])
    made, start = [], 0
    for split in waiting:
        end = start + len(split.passages)
        rest = (split.file_sha256, split.size, split.mtime_ns)
        made.append(Prepared(split.document, split.passages, vectors[start:end], *rest))
        start = end
    return made
