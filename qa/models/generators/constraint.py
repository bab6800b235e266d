"""Constrained decoding: what llama.cpp writes matches a regular expression."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llama_cpp import Llama

_TRIED = 300  # tokens, the likeliest ones; what comes behind them is no language


class PatternConstraint:
    """A logits processor that rules out the likeliest token until the pattern allows it.

    llama.cpp's own grammars test every token of the vocabulary at every step, which takes as long as the model.
    """

    def __init__(self, pattern: str, llama: Llama, start: int) -> None:
        import llama_cpp
        import regex

        self._matches = regex.compile(pattern, regex.DOTALL).fullmatch
        self._llama, self._start = llama, start
        self.forced = 0.0  # log-odds by which the worst of the chosen tokens was behind the model's own choice
        self._ends = llama_cpp.llama_vocab_is_eog
        self._vocabulary = llama_cpp.llama_model_get_vocab(llama.model)

    def __call__(self, tokens: Any, logits: Any) -> Any:
        written = [int(t) for t in tokens[self._start : self._llama.n_tokens]]
        likeliest = float(logits.max())
        for _ in range(_TRIED):
            token = int(logits.argmax())
            if self._allows(written, token):
                self.forced = max(self.forced, likeliest - float(logits[token]))
                return logits
            logits[token] = -math.inf
        # There is no way on: the text ends here, and is none.
        self.forced = math.inf
        logits[self._llama.token_eos()] = likeliest
        return logits

    def _allows(self, written: list[int], token: int) -> bool:
        if self._ends(self._vocabulary, token):
            return bool(self._matches(self._text(written)))
        text = self._text([*written, token])
        return text != self._text(written) and bool(self._matches(text, partial=True))

    def _text(self, tokens: list[int]) -> str:
        text: str = self._llama.detokenize(tokens).decode(errors="replace")
        return text
