"""The vectors of passages, searched by inner product with FAISS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qa.types import Vectors

# From here on every vector is not compared with the question, but those of the nearest lists.
MANY = 50_000
_TRAINED_ON = 64  # vectors a list that k-means sees
_SEARCHED = 0.1  # share of the lists that a question searches


class VectorIndex:
    """Unit vectors, numbered from 0, in memory or in a mapped file."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors) -> VectorIndex:
        """Make the index of unit vectors of shape (passages, dimensions).

        Few are compared one by one. Many are kept in half precision in lists around centres found by k-means, as in
        Jégou et al. (2011) without the product quantiser, so that a question reads a small part of them.
        """
        import faiss

        count, dimensions = vectors.shape
        if count < MANY:
            flat = faiss.IndexFlatIP(dimensions)
            flat.add(vectors)
            return cls(flat)
        store = in_lists(vectors[:: sampled(count)], count)
        store.add(vectors)
        return cls(store)

    @classmethod
    def open(cls, path: Path) -> VectorIndex:
        """Map the file of an index.

        Raises:
            RuntimeError: it is not such a file.
        """
        import faiss

        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP))

    def write(self, path: Path) -> None:
        """Write the index to a file.

        Raises:
            OSError, RuntimeError: it cannot be written.
        """
        import faiss

        # Through a file of Python's, whose errors are raised: faiss only prints that it could not close its own.
        with path.open("wb") as file:
            faiss.write_index(self._index, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimensions(self) -> int:
        return int(self._index.d)

    def search(self, question: Vectors, count: int) -> list[tuple[int, float]]:
        """Return (number, cosine) of the ``count`` nearest vectors, best first.

        ``question`` is a float32 unit vector of shape (dimensions,).
        """
        scores, numbers = self._index.search(question.reshape(1, -1), min(count, len(self)))
        return [(int(n), float(s)) for n, s in zip(numbers[0], scores[0], strict=True) if n >= 0]


def sampled(count: int) -> int:
    """Return that each how-manieth of ``count`` vectors is one to train on."""
    return max(1, count // (_TRAINED_ON * _lists(count)))


def in_lists(sample: Vectors, count: int) -> Any:
    """Make the empty index of lists for ``count`` vectors in half precision; the centres are found in the sample."""
    import faiss

    dimensions, lists = sample.shape[1], _lists(count)
    store = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimensions), dimensions, lists, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    store.cp.max_points_per_centroid = _TRAINED_ON
    store.train(sample)
    store.nprobe = max(1, int(_SEARCHED * lists))
    return store


def _lists(count: int) -> int:
    return int(count**0.5)
