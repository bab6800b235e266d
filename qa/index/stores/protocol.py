"""What a store of collections must do, and the frozen values that go in and come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from qa.index.manifest import Recipe
from qa.types import Document, Hit, Passage

if TYPE_CHECKING:
    from typing_extensions import Self

    from qa.types import Vectors


@dataclass(frozen=True, slots=True)
class Entry:
    """What a store knows of a document without its text.

    ``source`` is the absolute path of a file, unique in the collection. ``size``, in bytes, and ``mtime_ns`` are the
    file's when it was read: a file that still has both is not read again. ``indexed`` is an ISO 8601 time.
    """

    source: str
    document_sha256: str
    file_sha256: str
    size: int
    mtime_ns: int
    language: str
    characters: int
    passages: int
    indexed: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document ready to be put. ``vectors`` are float32 unit vectors of shape (passages, dimensions)."""

    document: Document
    passages: Sequence[Passage]
    vectors: Vectors
    file_sha256: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A collection in the list of those that there are; ``bytes`` is what it takes on disk."""

    name: str
    recipe: Recipe
    documents: int
    passages: int
    bytes: int


class Store(Protocol):
    """One collection, open. Not for use from several threads at once; any number of processes may have it open.

    Every method that reads sees the last commit of any writer, and waits for no writer. Every method raises
    IndexFolderError, in one line, where the store cannot be read or written; what was committed stays. That the
    collection has been removed since is such an error; one that was made anew under its name is neither searched nor
    written to.
    """

    @property
    def recipe(self) -> Recipe:
        """How the collection's documents are split and embedded; ``language`` is that of all, or ``auto``."""
        ...

    def put(self, documents: Sequence[Prepared]) -> None:
        """Put documents in one transaction; each replaces the one of the same source."""
        ...

    def touch(self, entries: Sequence[Entry]) -> None:
        """Take over ``size`` and ``mtime_ns`` of files that are newer with the same content, in one transaction."""
        ...

    def remove(self, sources: Sequence[str]) -> None:
        """Remove documents in one transaction; a source that is not there is passed over."""
        ...

    def entries(self, sources: Sequence[str] | None = None) -> Iterator[Entry]:
        """List all documents, or those of ``sources`` that there are, in order of source by code points.

        Memory is bounded, and no transaction stays open between two entries.
        """
        ...

    def __len__(self) -> int:
        """Count the documents."""
        ...

    def languages(self) -> Sequence[str]:
        """List the languages of the documents, and perhaps of some that were removed."""
        ...

    def search(self, vector: Vectors, words: str, count: int, among: Sequence[str] | None = None) -> list[Hit]:
        """Return the ``count`` best passages, best first; fewer only where there are fewer.

        Rankings by cosine with ``vector``, float32 of shape (dimensions,) and of length 1, and by BM25 with the stems
        of ``words``, the question as it was asked, are fused. ``similarity`` of a hit is the cosine, ``score`` the
        fused score. ``among`` restricts the search to the documents of these sources, and is exact.
        """
        ...

    def best_of_each(
        self, vector: Vectors, words: str, per_document: int, among: Sequence[str] | None = None
    ) -> Iterator[list[Hit]]:
        """Give the best passages of each document, as ``search`` among it alone, in order of source."""
        ...

    def passages(self, source: str) -> list[Hit]:
        """Return all passages of one document in their order, similarity and score 0.

        Raises:
            IndexFolderError: there is no such document, or its text is not the one that was put.
        """
        ...

    def document(self, source: str) -> Document:
        """Return a document, its text checked against its hash.

        Raises:
            IndexFolderError: there is no such document, or its text is not the one that was put.
        """
        ...

    def problems(self) -> Iterator[str]:
        """Look whether the store agrees with itself; give one line for each thing that is wrong."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
