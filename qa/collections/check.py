"""A collection compared with its files, and with itself."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qa.collections.update import unchanged
from qa.errors import IndexFolderError
from qa.index.stores.protocol import Entry, Store
from qa.protocols import Progress
from qa.sources.find import shown
from qa.system.files import sha256_of

Kind = Literal["missing", "changed", "unreadable", "damaged", "store"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as it should be. ``source`` is empty where it is the store itself.

    ``missing``: the file is gone; ``changed``: it is not the one that was indexed; ``unreadable``: it cannot be read;
    ``damaged``: the text in the store is not the one that was put there. ``detail`` names the way out.
    """

    source: str
    kind: Kind
    detail: str


def check(store: Store, name: str, progress: Progress | None = None) -> Iterator[Difference]:
    """Compare every document of the collection ``name`` with its file and its hash; every file is read.

    Raises:
        IndexFolderError: the store cannot be read.
    """
    for problem in store.problems():
        yield Difference("", "store", problem)
    total = len(store)
    for number, entry in enumerate(store.entries(), start=1):
        if progress:
            progress("checking", number, total)
        if found := _of_file(entry, name):
            yield found
        try:
            # Not only the text: the places of its passages must be in it.
            store.passages(entry.source)
        except IndexFolderError as error:
            if list(store.entries([entry.source])):
                yield Difference(entry.source, "damaged", str(error))


def since_indexed(entry: Entry, name: str) -> str:
    """Say what became of the file of a document of the collection ``name`` since; empty where it is the same.

    A file of the same size and time is not read. Where not even its folder is there, nothing is known of it: a database
    can be asked on machines that do not have the articles.
    """
    # Where it may not even be looked for, pathlib would raise.
    is_elsewhere = not os.path.isdir(os.path.dirname(entry.source))  # noqa: PTH112, PTH120
    found = None if is_elsewhere or unchanged(entry) else _of_file(entry, name)
    return found.detail if found else ""


def _of_file(entry: Entry, name: str) -> Difference | None:
    source = entry.source
    try:
        same = sha256_of(Path(source)) == entry.file_sha256
    except FileNotFoundError:
        return Difference(source, "missing", f"its file is gone; `qa remove -c {name} {_quoted(source)}` removes it")
    except OSError as error:
        return Difference(source, "unreadable", f"its file cannot be read: {error.strerror}")
    if same:
        return None
    # Else it would be passed over.
    again = "--again " if unchanged(entry) else ""
    way_out = f"`qa index -c {name} {again}{_quoted(source)}` brings it up to date"
    return Difference(source, "changed", f"its file is not the one that was indexed; {way_out}")


def _quoted(source: str) -> str:
    return shlex.quote(shown(source))
