"""The reader for other languages than English: multilingual-e5-small, trained on English questions (docs/languages.md).

What it learned in one language holds in the others, since the encoder has one space for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from qa.errors import ModelError
from qa.models.encoder import batches
from qa.models.multilingual import CLOSE, OPEN, MultilingualEncoder
from qa.models.readers.spans import best_spans
from qa.paths import WEIGHTS
from qa.types import Calibration, Reading

if TYPE_CHECKING:
    from tokenizers import Encoding

_MAX_TOKENS = 288  # as in training; the passage is cut, the question to its share
_QUESTION_TOKENS = 64
_BATCH_TOKENS = 1024  # with padding
_UNTRAINED = 4  # lowest layers that are the embedder's


class MultilingualReader:
    """The reader that ships with the package, on the encoder of the multilingual embedder.

    Args:
        calibration: file of the calibration, instead of the one in ``folder``.

    Raises:
        ModelError: a file is missing or cannot be loaded.
    """

    name = "multilingual-reader-1"

    def __init__(
        self, encoder: MultilingualEncoder, *, folder: Path = WEIGHTS, calibration: Path | None = None
    ) -> None:
        self._encoder = encoder
        self._graph = folder / "multilingual_reader.onnx"
        self._calibration = calibration or folder / "multilingual.json"
        for path in (self._graph, self._calibration):
            if not path.is_file():
                raise ModelError(f"{path}: missing; install the package again, or use --reader none")

    @cached_property
    def _session(self) -> Any:
        return self._encoder.session(self._graph, _UNTRAINED)

    @cached_property
    def calibration(self) -> Calibration:
        """Weights of the confidence, by feature (see ``qa.answering.evidence``)."""
        return msgspec.json.decode(self._calibration.read_bytes(), type=Calibration)

    def read(self, question: str, texts: Sequence[str]) -> list[tuple[Reading, ...]]:
        """Read each text, in their order, for its few best answers that do not overlap, best first."""
        (asked,) = self._encoder.tokens([question])
        head = [OPEN, *asked.ids[:_QUESTION_TOKENS], CLOSE, CLOSE]
        room = _MAX_TOKENS - len(head) - 1
        encoded = self._encoder.tokens(texts)
        rows = [[*head, *e.ids[:room], CLOSE] for e in encoded]
        readings: list[tuple[Reading, ...]] = [()] * len(texts)
        for batch in batches(rows, _BATCH_TOKENS):
            scores = self._session.run(None, self._encoder.inputs([rows[i] for i in batch]))
            for i, start, end, answerable in zip(batch, *scores, strict=True):
                spans = best_spans(start, end, float(answerable), _places(texts[i], encoded[i])[:room], len(head))
                readings[i] = tuple(s for s in spans if any(map(str.isalnum, texts[i][s.start : s.end])))
        return readings


def _places(text: str, encoding: Encoding) -> list[tuple[int, int]]:
    """Return the place of each token, without the space before a word that belongs to its first token."""
    return [(s + (e - s > 1 and text[s].isspace()), e) for s, e in encoding.offsets]
