"""Integers of few bits as bytes: how the larger reader's matrices and word vectors are stored.

4 bits: a byte holds two values, the first in its low half. 7 bits: the values are cut into eight planes of equal
length; the bytes are the first seven planes, whose top bits hold the eighth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LOW = 127  # the seven low bits
_HALF = 15  # the four low bits


def pack_4(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pack values below 16, an even number of them, into half as many bytes."""
    flat = values.reshape(-1)
    import numpy as np

    packed: NDArray[np.uint8] = np.bitwise_or(flat[0::2], flat[1::2] << 4, dtype=np.uint8)
    return packed


def unpack_4(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Unpack bytes of shape (..., n) to values below 16 of shape (..., 2n)."""
    import numpy as np

    return np.stack([packed & _HALF, packed >> 4], axis=-1).reshape(*packed.shape[:-1], -1)


def pack_7(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pack values below 128, a multiple of eight of them, into seven bytes for eight values."""
    planes = values.reshape(8, -1)
    packed = planes[:7].copy()
    for i in range(7):
        packed[i] |= ((planes[7] >> i) & 1) << 7
    return packed.reshape(-1)


def unpack_7(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Unpack n bytes, a multiple of seven, to 8n/7 values below 128."""
    import numpy as np

    planes = packed.reshape(7, -1)
    values = np.empty((8, planes.shape[1]), dtype=np.uint8)
    np.bitwise_and(planes, _LOW, out=values[:7])
    values[7] = 0
    for i in range(7):
        values[7] |= (planes[i] >> 7) << i
    return values.reshape(-1)


class PackedVectors:
    """A table of vectors: integers of 4 bits around 8, and a scale in fp16 for each ``group`` of values.

    Args:
        blob: the bytes of a file; only what is looked up is read.
        shape: number of vectors, and length of one.
        integers: offset of the integers in ``blob``.
        scales: offset of the scales, which are little-endian.

    Raises:
        ValueError: ``blob`` is too short.
    """

    ZERO = 8  # the integer that stands for 0

    def __init__(
        self, blob: NDArray[np.uint8], *, shape: tuple[int, int], group: int, integers: int, scales: int
    ) -> None:
        count, size = shape
        self._group = group
        self._integers = blob[integers : integers + count * size // 2].reshape(count, size // 2)
        self._scales = blob[scales : scales + count * size // group * 2].view("<f2").reshape(count, size // group)

    def __call__(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Look up ids of any shape; the vectors are the last axis."""
        import numpy as np

        distinct, positions = np.unique(ids, return_inverse=True)
        values = unpack_4(self._integers[distinct]).reshape(len(distinct), -1, self._group)
        scales = self._scales[distinct].astype(np.float32)
        vectors = ((values.astype(np.float32) - self.ZERO) * scales[:, :, None]).reshape(len(distinct), -1)
        looked_up: NDArray[np.float32] = vectors[positions.reshape(ids.shape)]
        return looked_up
