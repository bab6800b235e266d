"""The bundled embedder: its weights in 8 bits for a question or an article, in half precision for an archive."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from qa.models.embedders.sentence_transformer import SentenceTransformerEmbedder
from qa.models.encoder import BundledEncoder, batches
from qa.paths import WEIGHTS
from qa.protocols import Embedder
from qa.text.language import KNOWN

if TYPE_CHECKING:
    from qa.types import Vectors

_GRAPH = WEIGHTS / "embedder.onnx"
_BATCH_TOKENS = 2048  # with padding; what they need stays in the processor's caches
# Importing torch takes as long as it takes onnxruntime to encode this many passages.
_WORTH_TORCH = 1000
_SAME = 0.999  # cosine between the vectors of full and of half precision


class BundledEmbedder(SentenceTransformerEmbedder):
    """Embed as sentence-transformers does, but start at once: a cosine of 0.999 or more between the vectors of both.

    Args:
        others: the embedder for documents in other languages than English; None where this one takes them too.

    Raises:
        ModelError: a file is missing, or cannot be loaded.
    """

    multilingual = False

    def __init__(self, encoder: BundledEncoder, *, threads: int = 0, others: Embedder | None = None) -> None:
        super().__init__(str(encoder.base), threads=threads)
        self.name = "all-MiniLM-L6-v2"
        self._encoder, self._others = encoder, others
        self._half: Any = None  # the encoder in half precision; False if that does not pay here

    @cached_property
    def _session(self) -> Any:
        return self._encoder.session(_GRAPH)

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

        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        rows = [self._row(e.ids) for e in self._encoder.tokens(texts, special=True)]
        done = 0
        encode = self._at_once if len(rows) < _WORTH_TORCH else self._in_bulk
        for chosen in batches(rows, _BATCH_TOKENS):
            vectors[chosen] = encode([rows[i] for i in chosen])
            done += len(chosen)
            if progress:
                progress(done)
        return vectors

    def _row(self, ids: list[int]) -> list[int]:
        return ids if len(ids) <= self._longest else [*ids[: self._longest - 1], ids[-1]]

    def _at_once(self, rows: Sequence[Sequence[int]]) -> Vectors:
        words, mask = self._encoder.word_vectors(rows)
        (vectors,) = self._session.run(None, {"word_vectors": words, "attention_mask": mask})
        return vectors  # type: ignore[no-any-return]

    def _in_bulk(self, rows: Sequence[Sequence[int]]) -> Vectors:
        if self._half is None:
            self._half = self._trial(rows)
        return _pooled(self._half, rows) if self._half else self._at_once(rows)

    def _trial(self, rows: Sequence[Sequence[int]]) -> Any:
        # Half precision is twice as fast on a processor that multiplies in it, and slower on one that does not. A trial
        # tells which this is, and that the vectors are the same but for rounding.
        half = copy.deepcopy(self._model[0].auto_model).bfloat16()
        half.set_attn_implementation("eager")  # with padding, the fused one is slower here
        same = (self._at_once(rows) * _pooled(half, rows)).sum(axis=1).min() >= _SAME
        seconds = []
        for encode in (self._at_once, lambda r: _pooled(half, r)):
            began = time.perf_counter()
            encode(rows)
            seconds.append(time.perf_counter() - began)
        return half if same and seconds[1] < seconds[0] else False

    def in_language(self, language: str) -> Embedder:
        """Return itself for English, and what else there is for other languages."""
        return self if language == KNOWN or self._others is None else self._others

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, without the special ones."""
        return [len(e.ids) for e in self._encoder.tokens(texts)]


def _pooled(network: Any, rows: Sequence[Sequence[int]]) -> Vectors:
    """Run the encoder and take the mean over the tokens; the mean of many needs full precision."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    with torch.inference_mode():
        ids = pad_sequence([torch.tensor(row) for row in rows], batch_first=True)
        mask = pad_sequence([torch.ones(len(row), dtype=torch.long) for row in rows], batch_first=True)
        states = network(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        weights = mask[:, :, None].float()
        vectors = torch.nn.functional.normalize((states * weights).sum(1) / weights.sum(1), dim=-1)
    return vectors.numpy()  # type: ignore[no-any-return]
