"""The nearest passages of a collection: of most of it in a mapped file of FAISS, of the newest in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.index.stores.fusion import Scored
from qa.index.vectors import in_lists

if TYPE_CHECKING:
    from qa.types import Vectors


class Lists:
    """Vectors in lists around centres, in a mapped file that never changes. A question reads a part of the lists."""

    def __init__(self, path: Path) -> None:
        """Map the file.

        Raises:
            OSError, RuntimeError: it is not there, or not such a file.
        """
        import faiss

        path.stat()  # FAISS does not say which error it was
        self._index: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def nearest(self, vector: Vectors, count: int, *, everywhere: bool) -> Scored:
        """Return the ``count`` nearest to a float32 unit vector of shape (dimensions,), in the near lists or in all."""
        import faiss

        chosen = faiss.SearchParametersIVF()
        chosen.nprobe = self._index.nlist if everywhere else self._index.nprobe
        with _one_thread():
            return _scored(self._index.search(vector.reshape(1, -1), min(count, len(self)), params=chosen))


def write_lists(path: Path, vectors: Iterable[tuple[Sequence[int], Vectors]], sample: Vectors, count: int) -> None:
    """Write the file of ``count`` vectors, given in pieces with their numbers; on the disk when this returns.

    Raises:
        OSError, RuntimeError: it cannot be written.
    """
    import faiss
    import numpy as np

    index = in_lists(sample, count)
    for numbers, piece in vectors:
        index.add_with_ids(piece, np.asarray(numbers, np.int64))
    # Through a file of Python's, whose errors are raised: faiss only prints that it could not close its own.
    with path.open("wb") as file:
        faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]
        file.flush()
        os.fsync(file.fileno())


class Exact:
    """Vectors in half precision in memory, all compared with a question."""

    def __init__(self, float16: Iterable[tuple[Sequence[int], bytes]], dimensions: int) -> None:
        import faiss
        import numpy as np

        self._index = faiss.IndexScalarQuantizer(dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        self._index.is_trained = True  # this quantiser learns nothing
        numbers: list[int] = []
        for inside, codes in float16:
            numbers += inside
            self._index.add_sa_codes(np.frombuffer(codes, np.uint8).reshape(len(inside), self._index.code_size))
        self._numbers = np.array(numbers, np.int64)

    def __len__(self) -> int:
        return len(self._numbers)

    def nearest(self, vector: Vectors, count: int) -> Scored:
        """Return the ``count`` nearest to a float32 unit vector of shape (dimensions,)."""
        if not len(self):
            return []
        with _one_thread():
            scores, rows = self._index.search(vector.reshape(1, -1), min(count, len(self)))
        return _scored((scores, self._numbers[rows]))


@contextmanager
def _one_thread() -> Iterator[None]:
    # One question is searched by one thread in any case; on a busy machine the others only make it wait.
    import faiss

    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def _scored(found: tuple[Any, Any]) -> Scored:
    scores, numbers = found
    return [(int(n), float(s)) for n, s in zip(numbers[0], scores[0], strict=True) if n >= 0]
