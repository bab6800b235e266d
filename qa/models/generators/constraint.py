"""Constrained decoding: what llama.cpp writes matches a regular expression."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llama_cpp import Llama


class PatternConstraint:
    """A logits processor that rules out the likeliest token until the pattern allows it.

    llama.cpp's own grammars test every token of the vocabulary at every step, which takes as long as the model.
    """

    def __init__(self, pattern: str, llama: Llama, start: int) -> None:
        import llama_cpp
        import regex

        self._matches = regex.compile(pattern, regex.DOTALL).fullmatch
        self._llama, self._start = llama, start
        self._ends = llama_cpp.llama_vocab_is_eog
        self._vocabulary = llama_cpp.llama_model_get_vocab(llama.model)

    def __call__(self, tokens: Any, logits: Any) -> Any:
        written = [int(t) for t in tokens[self._start : self._llama.n_tokens]]
        while not self._allows(written, int(logits.argmax())):
            logits[logits.argmax()] = -math.inf
        return logits

    def _allows(self, written: list[int], token: int) -> bool:
        if self._ends(self._vocabulary, token):
            return bool(self._matches(self._text(written)))
        text = self._text([*written, token])
        return text != self._text(written) and bool(self._matches(text, partial=True))

    def _text(self, tokens: list[int]) -> str:
        text: str = self._llama.detokenize(tokens).decode(errors="replace")
        return text
