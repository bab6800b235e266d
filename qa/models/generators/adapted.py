"""A generator on this machine with an adapter: the same weights in memory, tuned for one job while it writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qa.models.generators.llama import LlamaGeneration, LlamaGenerator
from qa.types import Message


class AdaptedGenerator:
    """``base`` with the low-rank adapter (LoRA, Hu et al., 2021) in the GGUF file ``adapter``."""

    def __init__(self, base: LlamaGenerator, adapter: Path) -> None:
        self._base, self._adapter = base, adapter
        self.name, self.context_tokens = base.name, base.context_tokens

    def load(self) -> None:
        """Load the model now instead of at the first question."""
        self._base.load()

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Count the tokens of the whole prompt, the chat template's included."""
        return self._base.count_tokens(messages)

    def generate(self, messages: Sequence[Message], *, max_tokens: int, pattern: str | None = None) -> LlamaGeneration:
        """Write greedily; ``pattern`` is a regular expression that the whole text matches.

        Raises:
            ModelError: the adapter cannot be loaded.
        """
        return self._base.generate(messages, max_tokens=max_tokens, pattern=pattern, adapter=self._adapter)
