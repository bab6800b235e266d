"""The bundled embedder: without torch for a question or an article, with it for an archive."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.embedder import SentenceTransformerEmbedder
from qa.encoder import BundledEncoder

if TYPE_CHECKING:
    from qa.types import Vectors

_GRAPH = Path(__file__).resolve().parent / "weights" / "embedder.onnx"
_BATCH = 16
# Importing torch takes as long as it takes onnxruntime to encode this many passages.
_WORTH_TORCH = 600


class BundledEmbedder(SentenceTransformerEmbedder):
    """Embed as sentence-transformers does with the same weights, and give the same vectors, but start at once.

    Raises:
        ModelError: a file is missing, or cannot be loaded.
    """

    def __init__(self, encoder: BundledEncoder, *, threads: int = 0) -> None:
        super().__init__(str(encoder.base), threads=threads)
        self.name = "all-MiniLM-L6-v2"
        self._encoder = encoder

    @cached_property
    def _session(self) -> Any:
        return self._encoder.session(_GRAPH, own_weights=False)

    @cached_property
    def _longest(self) -> int:
        settings = json.loads((self._encoder.base / "sentence_bert_config.json").read_text(encoding="utf-8"))
        return int(settings["max_seq_length"])

    @property
    def dimensions(self) -> int:
        return self._encoder.dimensions

    @property
    def max_tokens(self) -> int:
        """Longest text that is embedded whole, in tokens without the special ones."""
        return self._longest - self._encoder.tokenizer.num_special_tokens_to_add(is_pair=False)

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        """Return float32 of shape (len(texts), dimensions), each row of length 1."""
        import numpy as np

        if len(texts) >= _WORTH_TORCH:
            return super().encode(texts, progress=progress)
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        rows = [self._row(e.ids) for e in self._encoder.tokens(texts, special=True)]
        # Sorting by length keeps padding low; the batches are small so that progress is seen.
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        for at in range(0, len(order), _BATCH):
            chosen = order[at : at + _BATCH]
            words, mask = self._encoder.word_vectors([rows[i] for i in chosen])
            (vectors[chosen],) = self._session.run(None, {"word_vectors": words, "attention_mask": mask})
            if progress:
                progress(min(at + _BATCH, len(order)))
        return vectors

    def _row(self, ids: list[int]) -> list[int]:
        return ids if len(ids) <= self._longest else [*ids[: self._longest - 1], ids[-1]]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, without the special ones."""
        return [len(e.ids) for e in self._encoder.tokens(texts)]
