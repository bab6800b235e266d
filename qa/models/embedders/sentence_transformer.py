"""Embedders of sentence-transformers."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import ModelError, first_line
from qa.system.files import feed

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from qa.protocols import Embedder
    from qa.types import Vectors

_BATCH = 16


class SentenceTransformerEmbedder:
    """Embed with a sentence-transformers model from a folder or from the local cache; never from the network.

    Raises:
        ModelError: the model is not on this machine, or cannot be loaded.
    """

    multilingual = True  # what it knows is not told: it was chosen for every document

    def __init__(self, name: str, *, threads: int = 0) -> None:
        self.name = name
        self._threads = threads
        folder = Path(name).expanduser()
        self._location = str(folder) if folder.is_dir() else name

    @cached_property
    def _model(self) -> SentenceTransformer:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        os.environ.setdefault("DO_NOT_TRACK", "1")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
        if self._threads:
            torch.set_num_threads(self._threads)
        try:
            return SentenceTransformer(self._location, device="cpu", local_files_only=True)
        except Exception as error:  # the library raises a different class for each way a model can be broken
            raise ModelError(
                f"embedder {self.name!r} cannot be loaded: {first_line(error)}; give --embedder a folder with a "
                "sentence-transformers model, or bundled"
            ) from error

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the weights, so that an index knows which embedder it was built with."""
        digest = hashlib.sha256()
        folder = Path(self._location)
        if not folder.is_dir():
            digest.update(repr(self._model).encode() + self._location.encode())
            return digest.hexdigest()
        for path in sorted([*folder.rglob("*.safetensors"), *folder.rglob("*.bin"), *folder.rglob("config.json")]):
            digest.update(path.relative_to(folder).as_posix().encode())
            feed(digest, path)
        return digest.hexdigest()

    @property
    def dimensions(self) -> int:
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def max_tokens(self) -> int:
        """Longest text that is embedded whole, in tokens without the special ones."""
        special = int(self._model.tokenizer.num_special_tokens_to_add())
        return int(self._model.max_seq_length or 512) - special

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        """Return float32 of shape (len(texts), dimensions), each row of length 1."""
        import numpy as np

        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        # Sorting by length keeps padding low; the batches are small so that progress is seen.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for at in range(0, len(order), _BATCH):
            rows = order[at : at + _BATCH]
            vectors[rows] = self._model.encode(
                [texts[i] for i in rows],
                batch_size=_BATCH,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
            if progress:
                progress(min(at + _BATCH, len(order)))
        return vectors

    def encode_question(self, question: str) -> Vectors:
        """Return the unit vector of a question, float32 of shape (dimensions,)."""
        vector: Vectors = self.encode([question])[0]
        return vector

    def in_language(self, language: str) -> Embedder:  # noqa: ARG002 - it was chosen for all
        """Return itself: it was chosen for every document."""
        return self

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, without the special ones."""
        if not texts:
            return []
        encoded = self._model.tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]
