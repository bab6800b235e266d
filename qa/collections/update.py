"""A collection brought up to date with files: what has changed is indexed, what has vanished is named."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qa.collections.named import Pattern
from qa.collections.prepare import Batch, Work
from qa.errors import UsageError
from qa.index.prepare import Failed
from qa.index.stores.protocol import Entry, Prepared, Store
from qa.protocols import Progress
from qa.sources.fetch import Pages, is_address
from qa.sources.find import STDIN, absolute, expand, is_text

_LOOKED_UP = 500  # documents that the store is asked for at a time
Prepares = Callable[[Iterable[Work]], Iterator[Batch]]


@dataclass(frozen=True, slots=True)
class Done:
    """A document that is in the collection now, as its file is: new there, or anew."""

    document: Prepared
    state: Literal["indexed", "changed"]


class Update:
    """One run over the files that ``sources`` stand for; it counts them, those that are done in ``indexed``, new in
    the collection, ``changed`` and ``up_to_date``, the others in ``failed``.

    A file of which size and time are as they were is not read. ``again`` indexes all anew, and fetches pages anew.

    Raises:
        SourceError: there is no such file, folder or page.
        UsageError: standard input is named.
    """

    def __init__(self, sources: Sequence[str], pages: Pages, *, again: bool = False) -> None:
        if STDIN in sources:
            raise UsageError("standard input cannot be indexed in a collection; save it as a file first")
        # What is a file itself cannot have vanished.
        self._folders = frozenset(absolute(s) for s in sources if Path(s).is_dir())
        self._patterns = [Pattern(s) for s in sources if not (Path(s).exists() or is_address(s))]
        self._files = list(dict.fromkeys(map(absolute, expand(sources, pages, again=again))))
        self._again = again
        self._known: dict[str, Entry | None] = {}  # of the files that are being worked on
        self.indexed = self.changed = self.up_to_date = self.failed = 0

    def run(self, store: Store, prepare: Prepares, progress: Progress | None = None) -> Iterator[Done | Failed]:
        """Index what is new or has changed; what fails is yielded, and the rest goes on.

        Every batch that ``prepare`` gives is committed before its documents are yielded: whatever stops this, the next
        run goes on from there.

        Raises:
            IndexFolderError: the store cannot be read or written.
        """
        for batch in prepare(self._works(store)):
            yield from self._committed(store, batch)
            if progress:
                handled = self.indexed + self.changed + self.up_to_date + self.failed
                progress("indexing", handled, len(self._files))

    def _works(self, store: Store) -> Iterator[Work]:
        for at in range(0, len(self._files), _LOOKED_UP):
            part = self._files[at : at + _LOOKED_UP]
            entries = {e.source: e for e in store.entries([f for f in part if is_text(f)])}
            for file in part:
                entry = entries.get(file)
                if entry and not self._again and unchanged(entry):
                    self.up_to_date += 1
                else:
                    self._known[file] = entry
                    yield Work(file, None if self._again else entry)

    def _committed(self, store: Store, batch: Batch) -> Iterator[Done | Failed]:
        if batch.prepared:
            store.put(batch.prepared)
        if batch.touched:
            store.touch(batch.touched)
        self.up_to_date += len(batch.touched)
        self.failed += len(batch.failed)
        for prepared in batch.prepared:
            new = self._known.pop(prepared.document.source) is None
            self.indexed += new
            self.changed += not new
            yield Done(prepared, "indexed" if new else "changed")
        yield from batch.failed

    def vanished(self, store: Store) -> Iterator[str]:
        """Give the documents of the collection, of what was named, whose files are gone."""
        there = frozenset(self._files)
        for source in (entry.source for entry in store.entries()):
            if source not in there and self._was_named(source) and not _may_exist(source):
                yield source

    def _was_named(self, source: str) -> bool:
        below = not self._folders.isdisjoint(map(str, Path(source).parents))
        return below or any(source in pattern for pattern in self._patterns)


def _may_exist(source: str) -> bool:
    try:
        return Path(source).exists()
    except OSError:  # in a folder that may not be entered
        return True


def unchanged(entry: Entry) -> bool:
    """Tell whether a document's file has the size and the time that it had when it was indexed."""
    with suppress(OSError):
        status = os.stat(entry.source)  # noqa: PTH116 - once for every file of a large collection
        return (entry.size, entry.mtime_ns) == (status.st_size, status.st_mtime_ns)
    return False
