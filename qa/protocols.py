"""The interfaces of the models, and of what reports progress; implementations are in ``qa.models``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from qa.types import Calibration, Message, Reading, Usage

if TYPE_CHECKING:
    from qa.types import Vectors

# Called with what is going on, how much is done and how much there is, which is 0 where that is not known.
Progress = Callable[[str, int, int], None]


class Generation(Protocol):
    """A text being written; ``usage`` is complete when the iteration has ended."""

    usage: Usage

    def __iter__(self) -> Iterator[str]: ...


class Generator(Protocol):
    """A chat model that runs on this machine."""

    name: str
    context_tokens: int

    def load(self) -> None:
        """Load the model now instead of at the first question."""
        ...

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Count the tokens of the whole prompt, the chat template's included."""
        ...

    def generate(self, messages: Sequence[Message], *, max_tokens: int, pattern: str | None = None) -> Generation:
        """Write greedily; ``pattern`` is a regular expression that the whole text matches."""
        ...


class Reader(Protocol):
    """Finds the span of a text that answers a question."""

    name: str

    @property
    def calibration(self) -> Calibration:
        """Weights of the confidence, by feature."""
        ...

    def read(self, question: str, texts: Sequence[str]) -> list[tuple[Reading, ...]]:
        """Read each text, in their order, for its few best answers that do not overlap, best first."""
        ...


class Embedder(Protocol):
    """Maps texts to unit vectors."""

    name: str
    multilingual: bool
    """Whether texts in other languages than English are embedded by what they mean."""

    @property
    def fingerprint(self) -> str:
        """A hash of the weights."""
        ...

    @property
    def dimensions(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """Longest text that is embedded whole, in tokens without the special ones."""
        ...

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        """Return float32 of shape (len(texts), dimensions), each row of length 1; ``progress`` gets counts done."""
        ...

    def encode_question(self, question: str) -> Vectors:
        """Return the unit vector of a question, float32 of shape (dimensions,), to search passages with."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, without the special ones."""
        ...

    def in_language(self, language: str) -> Embedder:
        """Return the embedder for documents in a language, an ISO 639 code: itself, or a better one for it."""
        ...
