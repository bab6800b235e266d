"""The embedder for other languages than English: multilingual-e5-small, in about 100 languages, one space for all.

A question finds what means the same, in whichever of the languages it is said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import ModelError
from qa.models.encoder import batches
from qa.models.multilingual import CLOSE, OPEN, MultilingualEncoder
from qa.paths import WEIGHTS
from qa.system.files import feed

if TYPE_CHECKING:
    from qa.types import Vectors

# The model was trained with one of these before each text.
_QUESTION, _PASSAGE = "query: ", "passage: "
_BATCH_TOKENS = 2048  # with padding
_SPECIAL = 2  # tokens that open and close a text


class MultilingualEmbedder:
    """Embed passages, and questions in the same space.

    Raises:
        ModelError: the graph is missing, or cannot be loaded.
    """

    name = "multilingual-e5-small"
    multilingual = True

    def __init__(self, encoder: MultilingualEncoder, *, folder: Path = WEIGHTS) -> None:
        self._encoder, self._graph = encoder, folder / "multilingual.onnx"
        if not self._graph.is_file():
            raise ModelError(f"{self._graph}: missing; install the package again")

    @cached_property
    def _session(self) -> Any:
        return self._encoder.session(self._graph, self._encoder.weights.layers)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the weights."""
        digest = hashlib.sha256()
        feed(digest, self._encoder.weights.path)
        return digest.hexdigest()

    @property
    def dimensions(self) -> int:
        return self._encoder.weights.hidden

    @property
    def max_tokens(self) -> int:
        """Longest text that is embedded whole, in tokens without the special ones and the prefix."""
        return self._encoder.weights.longest - _SPECIAL - len(self._prefixes[_PASSAGE])

    @cached_property
    def _prefixes(self) -> dict[str, list[int]]:
        return {prefix: self._encoder.tokens([prefix.strip()])[0].ids for prefix in (_QUESTION, _PASSAGE)}

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        """Return float32 of shape (len(texts), dimensions), each row of length 1."""
        return self._encoded(texts, _PASSAGE, progress)

    def encode_question(self, question: str) -> Vectors:
        """Return the unit vector of a question, float32 of shape (dimensions,)."""
        vector: Vectors = self._encoded([question], _QUESTION, None)[0]
        return vector

    def in_language(self, language: str) -> MultilingualEmbedder:  # noqa: ARG002 - it knows them all
        """Return itself."""
        return self

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, without the special ones and the prefix."""
        return [len(e.ids) for e in self._encoder.tokens(texts)]

    def _encoded(self, texts: Sequence[str], prefix: str, progress: Callable[[int], None] | None) -> Vectors:
        import numpy as np

        longest = self._encoder.weights.longest - 1
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        rows = [[*[OPEN, *e.ids][:longest], CLOSE] for e in self._encoder.tokens([f"{prefix}{text}" for text in texts])]
        done = 0
        for batch in batches(rows, _BATCH_TOKENS):
            (found,) = self._session.run(None, self._encoder.inputs([rows[i] for i in batch]))
            vectors[batch] = found
            done += len(batch)
            if progress:
                progress(done)
        return vectors
