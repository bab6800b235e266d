"""The trained reader: for a question and a passage, the spans that may answer it and how sure that is.

The network is the embedder's encoder, trained further (docs/reader.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from qa.errors import ModelError
from qa.models.encoder import BundledEncoder
from qa.models.readers.spans import best_spans
from qa.paths import WEIGHTS
from qa.types import Calibration, Reading

if TYPE_CHECKING:
    from tokenizers import Encoding

_MAX_TOKENS = 288  # as in training; the passage is cut, the question to its share
_QUESTION_TOKENS = 64
_BATCH = 16


class OnnxReader:
    """The reader that ships with the package, on the word vectors of the bundled encoder.

    Raises:
        ModelError: its file is missing or cannot be loaded.
    """

    name = "minilm-reader-1"

    def __init__(self, encoder: BundledEncoder, *, folder: Path = WEIGHTS) -> None:
        self._encoder, self._folder = encoder, folder
        if not (folder / "reader.onnx").is_file():
            raise ModelError(f"{folder / 'reader.onnx'}: missing; install the package again, or use --reader none")

    @cached_property
    def _session(self) -> Any:
        return self._encoder.session(self._folder / "reader.onnx")

    @cached_property
    def calibration(self) -> Calibration:
        """Weights of the confidence, by feature (see ``qa.answering.evidence``)."""
        return msgspec.json.decode((self._folder / "calibration.json").read_bytes(), type=Calibration)

    def read(self, question: str, texts: Sequence[str]) -> list[tuple[Reading, ...]]:
        """Read each text, in their order, for its few best answers that do not overlap, best first."""
        (question_tokens,) = self._encoder.tokens([question])
        asked = question_tokens.ids[:_QUESTION_TOKENS]
        encoded = self._encoder.tokens(texts)
        readings: list[tuple[Reading, ...]] = []
        for at in range(0, len(texts), _BATCH):
            readings += self._batch(asked, encoded[at : at + _BATCH])
        return readings

    def _batch(self, asked: list[int], encoded: Sequence[Encoding]) -> list[tuple[Reading, ...]]:
        import numpy as np

        room = _MAX_TOKENS - len(asked) - 3
        cls, sep = self._encoder.special("[CLS]"), self._encoder.special("[SEP]")
        rows = [[cls, *asked, sep, *e.ids[:room], sep] for e in encoded]
        first = len(asked) + 2
        vectors, mask = self._encoder.word_vectors(rows)
        types = np.where(np.arange(mask.shape[1]) >= first, mask, 0)
        start, end, answerable = self._session.run(
            None, {"word_vectors": vectors, "token_type_ids": types, "attention_mask": mask}
        )
        return [
            best_spans(start[i], end[i], float(answerable[i]), encoding.offsets[: len(rows[i]) - first - 1], first)
            for i, encoding in enumerate(encoded)
        ]
