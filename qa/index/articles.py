"""The sources that are asked about: expanded to files, each with its index open, what cannot be read left out."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from qa.errors import SourceError
from qa.index.builder import IndexBuilder
from qa.index.storage import Index
from qa.protocols import Embedder, Progress
from qa.settings import Settings
from qa.sources.fetch import Pages, is_address
from qa.sources.find import STDIN, expand

log = logging.getLogger(__name__)


class OpensIndexes(Protocol):
    """Whatever an assistant gets its indexes from: articles of its own, or sources that others have open too."""

    def expand(self, sources: Sequence[str]) -> tuple[str, ...]:
        """Replace folders, patterns and addresses by the files that they stand for."""
        ...

    def open(self, files: Sequence[str]) -> tuple[Index, ...]:
        """Open the indexes of ``files``."""
        ...


class Articles:
    """Open indexes, one set at a time: a batch over many articles must not keep them all."""

    def __init__(self, settings: Settings, embedder: Embedder, progress: Progress | None = None) -> None:
        self._pages = Pages(settings)
        self._builder = IndexBuilder(settings, embedder)
        self._progress = progress
        self._indexes: tuple[Index, ...] = ()
        self._piped: tuple[Index, ...] = ()  # standard input can be read once
        # Of what a folder or a pattern brought, a file that cannot be read is reported once and left out.
        self._optional: set[str] = set()
        self._unreadable: dict[str, tuple[int, int]] = {}
        self._reported: set[str] = set()

    def expand(self, sources: Sequence[str]) -> tuple[str, ...]:
        """Replace folders, patterns and addresses by the files that they stand for.

        Raises:
            SourceError: a source does not exist, a folder has no document, or a page cannot be fetched.
        """
        files = expand(sources, self._pages)
        named = {*sources, *(str(self._pages.path_of(s)) for s in sources if is_address(s))}
        self._optional |= {*files} - named
        return tuple(files)

    def open(self, files: Sequence[str]) -> tuple[Index, ...]:
        """Open the indexes of ``files``, built or built again where the article has changed.

        Raises:
            SourceError: a file cannot be read, or none of those that a folder or a pattern brought.
            IndexFolderError: an index cannot be written.
        """
        known = {index.document.source: index for index in (*self._piped, *self._indexes)}
        indexes = tuple(index for f in files if (index := self._open_file(f, known.get(f))))
        if not indexes:
            raise SourceError(f"none of the {len(files)} files could be read")
        self._report(files)
        self._indexes = indexes
        self._piped = tuple(i for i in indexes if i.document.source == STDIN) or self._piped
        return indexes

    def _open_file(self, file: str, known: Index | None) -> Index | None:
        if file in self._unreadable and self._unreadable[file] == _state(file):
            return None
        try:
            index, _ = self._builder.open(file, known=known, progress=self._progress)
        except SourceError as error:
            if file not in self._optional:
                raise
            log.warning("%s", error)
            self._unreadable[file] = _state(file)
            return None
        self._unreadable.pop(file, None)
        return index

    def _report(self, files: Sequence[str]) -> None:
        left_out = [f for f in files if f in self._unreadable]
        if {*left_out} - self._reported:
            self._reported.update(left_out)
            log.warning("%d of %d files could not be read, and are not asked", len(left_out), len(files))


def _state(file: str) -> tuple[int, int]:
    with contextlib.suppress(OSError):
        status = Path(file).stat()
        return status.st_size, status.st_mtime_ns
    return 0, 0
