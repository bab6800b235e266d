"""A collection compared with its files, and with itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qa.collections.update import unchanged
from qa.errors import IndexFolderError
from qa.index.stores.protocol import Entry, Store
from qa.protocols import Progress
from qa.system.files import sha256_of

Kind = Literal["missing", "changed", "unreadable", "damaged", "store"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as it should be. ``source`` is empty where it is the store itself.

    ``missing``: the file is gone; ``changed``: it is not the one that was indexed; ``unreadable``: it cannot be read;
    ``damaged``: the text in the store is not the one that was put there.
    """

    source: str
    kind: Kind
    detail: str


def check(store: Store, progress: Progress | None = None) -> Iterator[Difference]:
    """Compare every document with its file and its hash; every file is read.

    Raises:
        IndexFolderError: the store cannot be read.
    """
    for problem in store.problems():
        yield Difference("", "store", problem)
    total = len(store)
    for number, entry in enumerate(store.entries(), start=1):
        if progress:
            progress("checking", number, total)
        if found := _of_file(entry.source, entry.file_sha256):
            yield found
        try:
            # Not only the text: the places of its passages must be in it.
            store.passages(entry.source)
        except IndexFolderError as error:
            if list(store.entries([entry.source])):
                yield Difference(entry.source, "damaged", str(error))


def since_indexed(entry: Entry) -> str:
    """Say what became of a document's file since it was indexed; empty where it is the same.

    A file of the same size and time is not read.
    """
    found = None if unchanged(entry) else _of_file(entry.source, entry.file_sha256)
    return found.detail if found else ""


def _of_file(source: str, sha256: str) -> Difference | None:
    try:
        same = sha256_of(Path(source)) == sha256
    except FileNotFoundError:
        return Difference(source, "missing", "its file is gone")
    except OSError as error:
        return Difference(source, "unreadable", f"its file cannot be read: {error.strerror}")
    return None if same else Difference(source, "changed", "its file is not the one that was indexed")
