"""The passages of a collection by meaning: most in a file of lists, made now and then, the newest beside it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from qa.errors import IndexFolderError
from qa.index.stores.embedded.catalogue import Catalogue
from qa.index.stores.embedded.content import vectors_of
from qa.index.stores.embedded.vectors import Exact, Lists, write_lists
from qa.index.stores.fusion import Scored
from qa.index.vectors import MANY, sampled
from qa.system.files import sha256_of, why_not_written

if TYPE_CHECKING:
    from qa.types import Vectors

_NAMED = "lists"  # what the catalogue calls the file in use
_SUFFIX = ".faiss"
# The file is made anew when as many passages are beside it, or in vain in it, as are compared one by one anyway, or
# this share of all: so that what is written over time is a small multiple of what is there.
_BESIDE, _OUTDATED = MANY, 0.1


class _File(msgspec.Struct, frozen=True):
    """The file of lists: all passages numbered below ``covers`` that there were when it was made."""

    name: str
    covers: int
    passages: int
    bytes: int
    sha256: str


class Nearest:
    """Search by cosine in one collection. What it has read is of the state at the last ``refresh``."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._folder = catalogue.path.parent
        self._file: _File | None = None
        self._lists: Lists | None = None
        self._newest: Exact | None = None

    def refresh(self, dimensions: int) -> None:
        """Read what has changed.

        Raises:
            IndexFolderError: the file is missing or damaged.
        """
        if (file := self._named()) != self._file:
            self._file, self._lists = file, self._opened(file) if file else None
        float16 = self._catalogue.vectors_from(file.covers if file else 0)
        self._newest = Exact(float16, dimensions) if dimensions else None

    def search(self, vector: Vectors, count: int) -> Scored:
        """Return the ``count`` nearest of all passages that there are, best first; in large collections, nearly so."""
        found = self._newest.nearest(vector, count) if self._newest else []
        if self._lists:
            found = sorted([*found, *self._still_there(self._lists, vector, count)], key=lambda f: (-f[1], f[0]))
        return found[:count]

    def _still_there(self, lists: Lists, vector: Vectors, count: int) -> Scored:
        wanted, everywhere = count, False
        while True:
            found = lists.nearest(vector, wanted, everywhere=everywhere)
            there = [(n, s) for n, s in found if self._catalogue.at_number(n)]
            if len(there) >= count or (everywhere and wanted >= len(lists)):
                return there
            wanted, everywhere = 8 * wanted, True

    def fold(self, dimensions: int) -> None:
        """Make the file of lists anew if it is due; only for who may write.

        Raises:
            IndexFolderError: it cannot be written; what there was stays in use.
        """
        file, total = self._named(), self._catalogue.counts()[1]
        self._delete_unused(file)
        covers = file.covers if file else 0
        newest = self._catalogue.passages_from(covers)
        removed = file.passages - (total - newest) if file else 0
        damaged = file is not None and not self._is_whole(file)
        if not damaged and newest + removed < max(_BESIDE, _OUTDATED * total):
            return
        made = self._written(dimensions, total) if total >= _BESIDE else None
        with self._catalogue.writing():
            self._catalogue.set(_NAMED, msgspec.json.encode(made))

    def problems(self) -> Iterator[str]:
        """Look whether the file is the one that was written."""
        file = self._named()
        if file is None:
            return
        path = self._folder / file.name
        if not self._is_whole(file):
            yield f"{path}: missing or cut off; the next `qa index -c` makes it again"
        elif sha256_of(path) != file.sha256:
            yield f"{path}: is damaged; delete it, the next `qa index -c` makes it again"

    def _named(self) -> _File | None:
        named = self._catalogue.get(_NAMED)
        return msgspec.json.decode(named, type=_File | None) if named else None

    def _is_whole(self, file: _File) -> bool:
        path = self._folder / file.name
        return path.is_file() and path.stat().st_size == file.bytes

    def _opened(self, file: _File) -> Lists:
        path = self._folder / file.name
        try:
            return Lists(path)
        except (OSError, RuntimeError) as error:
            raise IndexFolderError(f"{path}: missing or damaged; the next `qa index -c` makes it again") from error

    def _written(self, dimensions: int, total: int) -> _File:
        path = self._folder / f"{secrets.token_hex(8)}{_SUFFIX}"
        try:
            with self._catalogue.reading():
                covers = self._catalogue.get("next")
                write_lists(path, self._pieces(dimensions), self._sample(dimensions, total), total)
            return _File(path.name, covers, total, path.stat().st_size, sha256_of(path))
        except (OSError, RuntimeError) as error:
            path.unlink(missing_ok=True)
            raise IndexFolderError(f"{path}: cannot be written: {why_not_written(error, self._folder)}") from error

    def _pieces(self, dimensions: int) -> Iterator[tuple[Sequence[int], Vectors]]:
        for numbers, float16 in self._catalogue.vectors_from(0):
            yield numbers, vectors_of(float16, dimensions)

    def _sample(self, dimensions: int, total: int) -> Vectors:
        import numpy as np

        every, seen, rows = sampled(total), 0, []
        for _, vectors in self._pieces(dimensions):
            rows.append(vectors[-seen % every :: every])
            seen += len(vectors)
        return np.concatenate(rows)

    def _delete_unused(self, file: _File | None) -> None:
        # What was replaced by the last write: nobody is about to map it any more.
        for path in self._folder.glob(f"*{_SUFFIX}"):
            if file is None or path.name != file.name:
                path.unlink(missing_ok=True)
