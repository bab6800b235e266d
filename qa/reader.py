"""The trained reader: for a question and a passage, the span that answers it and how sure that is.

The only module that knows onnxruntime. The network is the embedder's encoder, trained further (docs/reader.md); its
word vectors are not stored twice but looked up in the embedder's package.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import ModelError
from qa.types import Reading

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_FOLDER = Path(__file__).resolve().parent / "weights"
_TABLE = "embeddings.word_embeddings.weight"
_MAX_TOKENS = 288  # as in training; the passage is cut, the question to its share
_QUESTION_TOKENS = 64
_LONGEST_ANSWER = 40  # tokens
_BATCH = 16


class OnnxReader:
    """The reader that ships with the package.

    Args:
        base: the folder of the bundled embedder, for the tokenizer and the word vectors.

    Raises:
        ModelError: a file is missing or cannot be loaded.
    """

    name = "minilm-reader-1"

    def __init__(self, base: Path, *, threads: int = 0, folder: Path = _FOLDER) -> None:
        self._base, self._folder = base, folder
        self._threads = threads or os.cpu_count() or 1
        for path in (base / "tokenizer.json", base / "model.safetensors", folder / "reader.onnx"):
            if not path.is_file():
                raise ModelError(f"{path}: missing; install the package again, or use --reader none")

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            return onnxruntime.InferenceSession(
                str(self._folder / "reader.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's errors have no public common class
            raise ModelError(f"{self._folder / 'reader.onnx'}: cannot be loaded: {error}") from error

    @cached_property
    def _table(self) -> Any:
        from safetensors import safe_open

        with safe_open(self._base / "model.safetensors", framework="numpy") as file:
            return file.get_tensor(_TABLE)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._base / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def calibration(self) -> dict[str, float]:
        """Weights of the confidence, by feature (see ``qa.confidence``)."""
        weights: dict[str, float] = json.loads((self._folder / "calibration.json").read_text(encoding="utf-8"))
        return weights

    def read(self, question: str, texts: Sequence[str]) -> list[Reading]:
        """Read each text for an answer; one reading a text, in their order."""
        asked = self._tokenizer.encode(question, add_special_tokens=False).ids[:_QUESTION_TOKENS]
        room = _MAX_TOKENS - len(asked) - 3
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        readings: list[Reading] = []
        for at in range(0, len(texts), _BATCH):
            readings += self._batch(asked, encoded[at : at + _BATCH], room)
        return readings

    def _batch(self, asked: list[int], encoded: Sequence[Any], room: int) -> list[Reading]:
        import numpy as np

        cls, sep = self._tokenizer.token_to_id("[CLS]"), self._tokenizer.token_to_id("[SEP]")
        rows = [[cls, *asked, sep, *e.ids[:room], sep] for e in encoded]
        length, first = max(map(len, rows)), len(asked) + 2
        ids = np.zeros((len(rows), length), dtype=np.int64)
        types, mask = np.zeros_like(ids), np.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            types[i, first : len(row)] = 1
            mask[i, : len(row)] = 1
        start, end, answerable = self._session.run(
            None,
            {"word_vectors": self._table[ids].astype(np.float32), "token_type_ids": types, "attention_mask": mask},
        )
        readings = []
        for i, one in enumerate(encoded):
            count = len(rows[i]) - first - 1
            offsets = one.offsets[:count]
            begins, ends = start[i, first : first + count], end[i, first : first + count]
            null = float(start[i, 0] + end[i, 0])
            # All pairs (begin, end) with begin <= end < begin + longest, as a band of the outer sum.
            scores = begins[:, None] + ends[None, :]
            band = np.triu(np.ones_like(scores, dtype=bool)) & ~np.triu(
                np.ones_like(scores, dtype=bool), _LONGEST_ANSWER
            )
            scores = np.where(band, scores, -np.inf)
            best = int(scores.argmax())
            b, e = divmod(best, count)
            readings.append(
                Reading(
                    start=offsets[b][0],
                    end=offsets[e][1],
                    score=float(scores[b, e]) - null,
                    answerable=float(answerable[i]),
                )
            )
        return readings
