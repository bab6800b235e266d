"""The larger reader: MPNet (Song et al., 2020; 12 layers, 768 dimensions), trained on passages and single sentences.

``large.onnx`` is the graph, ``large.bin`` holds its matrices in 7 bits and the word vectors in 4, ``large.index.json``
says where in it each is, and ``large.json`` is the calibration (docs/reader.md, "A larger reader").
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from qa.errors import ModelError, first_line
from qa.models.encoder import BundledEncoder, open_session, padded
from qa.models.packed import PackedVectors, unpack_7
from qa.models.readers.spans import best_spans
from qa.system.hardware import give_back_memory
from qa.types import Calibration, Reading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MAX_TOKENS = 288  # as many as the graph has places for; the text is cut, the question to its share
_QUESTION_TOKENS = 64
_BATCH_TOKENS = 512  # padded tokens that go through the network at a time
_OPEN, _PAD, _CLOSE, _SHIFT = 0, 1, 2, 4  # MPNet's vocabulary is BERT's behind four tokens of its own


class MPNetReader:
    """The larger reader. Its vocabulary is the bundled encoder's, so it takes that one's tokenizer.

    Args:
        folder: where the four files are.
        calibration: file of the calibration, instead of the one in ``folder``.
        threads: for onnxruntime; 0: one for each core.

    Raises:
        ModelError: a file is missing.
    """

    name = "mpnet-reader-7"
    BLOB = "large.bin"

    def __init__(
        self, encoder: BundledEncoder, *, folder: Path, calibration: Path | None = None, threads: int = 0
    ) -> None:
        self._encoder, self._threads = encoder, threads
        self._graph, self._blob, self._index = (folder / n for n in ("large.onnx", self.BLOB, "large.index.json"))
        self._calibration = calibration or folder / "large.json"
        for path in (self._graph, self._blob, self._index):
            if not path.is_file():
                raise ModelError(
                    f"{path}: missing; run `python -m qa.training.export.large --out {folder}`, or use --reader small"
                )
        if not self._calibration.is_file():
            raise ModelError(
                f"{self._calibration}: missing; run `python -m qa.training.calibrate --questions FILE "
                f"--reader {folder} --out {self._calibration}`, or use --reader small"
            )

    @cached_property
    def calibration(self) -> Calibration:
        """Weights of the confidence, by feature (see ``qa.answering.evidence``).

        Raises:
            ModelError: its file is damaged.
        """
        try:
            return msgspec.json.decode(self._calibration.read_bytes(), type=Calibration)
        except (OSError, msgspec.DecodeError) as error:
            raise ModelError(
                f"{self._calibration}: not a calibration; run `python -m qa.training.calibrate` again"
            ) from error

    def read(self, question: str, texts: Sequence[str]) -> list[tuple[Reading, ...]]:
        """Read each text, in their order, for its few best answers that do not overlap, best first.

        Raises:
            ModelError: a file of the reader is damaged.
        """
        (asked,) = self._encoder.tokens([question])
        head = [_OPEN, *(i + _SHIFT for i in asked.ids[:_QUESTION_TOKENS]), _CLOSE, _CLOSE]
        room = _MAX_TOKENS - len(head) - 1
        encoded = self._encoder.tokens(texts)
        rows = [[*head, *(i + _SHIFT for i in e.ids[:room]), _CLOSE] for e in encoded]
        readings: list[tuple[Reading, ...]] = [()] * len(texts)
        for batch in _batches(rows):
            for i, start, end, answerable in zip(batch, *self._scores([rows[i] for i in batch]), strict=True):
                spans = best_spans(start, end, float(answerable), encoded[i].offsets[:room], len(head))
                # Beside the best span the next ones can be a comma, which answers nothing.
                readings[i] = tuple(s for s in spans if any(map(str.isalnum, texts[i][s.start : s.end])))
        return readings

    def _scores(self, rows: Sequence[Sequence[int]]) -> Any:
        """Return start and end, of shape (rows, tokens), and answerable, of shape (rows,)."""
        ids, mask = padded(rows, _PAD)
        session, words = self._loaded
        try:
            return session.run(None, {"word_vectors": words(ids), "attention_mask": mask})
        except Exception as error:  # onnxruntime's errors have no public common class
            raise ModelError(f"{self._graph}: does not fit {self._blob.name}: {first_line(error)}") from error

    @cached_property
    def _loaded(self) -> tuple[Any, PackedVectors]:
        import numpy as np

        index = _json(self._index)
        try:
            blob = np.memmap(self._blob, dtype=np.uint8, mode="r")
            words = PackedVectors(blob, **index["words"])
            matrices = {name: _matrix(self._blob, **place) for name, place in index["matrices"].items()}
        except (KeyError, OSError, TypeError, ValueError) as error:
            raise ModelError(f"{self._blob}: damaged, or of another {self._index.name}: {error}") from error
        session = open_session(self._graph, threads=self._threads, initializers=matrices)
        # The session has copied them: half of what loading took is not needed again.
        del matrices
        give_back_memory()
        return session, words


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise ModelError(f"{path}: damaged: not a JSON object")
    return value


def _matrix(blob: Path, *, offset: int, shape: Sequence[int]) -> NDArray[np.int8]:
    """Unpack a matrix of integers from -64 to 63."""
    import numpy as np

    # Read, not mapped: what is packed is not needed again, and would stay in memory.
    values = unpack_7(np.fromfile(blob, dtype=np.uint8, count=shape[0] * shape[1] // 8 * 7, offset=offset))
    return (values.view(np.int8) - np.int8(64)).reshape(shape)


def _batches(rows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Group the rows' places by like length, each group small enough to go through at once."""
    batch: list[int] = []
    for i in sorted(range(len(rows)), key=lambda i: len(rows[i])):
        if batch and (len(batch) + 1) * len(rows[i]) > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
