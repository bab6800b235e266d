"""A question that leans on the conversation to one that stands alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.checker import content_stems
from qa.prompts import Prompts
from qa.types import Generator, Message, Turn

_LEANS = re.compile(
    r"^(and|but|so|or|also|then|what about|how about)\b"
    r"|\b(it|its|they|them|their|theirs|he|him|his|she|her|hers|this|that|these|those|there|one|ones|else|same|other)\b",
    re.IGNORECASE,
)
_FRAGMENT = 2  # words; "Why?" and "Which cities?" are questions about the last answer
_QUESTION_TOKENS = 48
_TURNS = 3


def leans(question: str) -> bool:
    """Tell whether a question seems to need the conversation to be understood."""
    return bool(_LEANS.search(question.strip())) or len(question.split()) <= _FRAGMENT


class Rewriter:
    """Rewrites with the generator, and keeps the result only if it adds nothing of its own."""

    def __init__(self, generator: Generator, prompts: Prompts) -> None:
        self._generator, self._prompts = generator, prompts

    def standalone(self, question: str, history: Sequence[Turn]) -> str:
        """Return ``question`` itself, or with what it leans on put in from ``history`` (oldest first)."""
        if not history or not leans(question):
            return question
        turns = history[-_TURNS:]
        shown = "\n".join(f"Question: {q}\nAnswer: {a}" for q, a in turns)
        prompt = self._prompts.rewrite.format(history=shown, question=question)
        grammar = r'root ::= [^\n?]+ "?"'
        generation = self._generator.generate([Message("user", prompt)], max_tokens=_QUESTION_TOKENS, grammar=grammar)
        written = "".join(generation).strip()
        known = content_stems(question) | content_stems(shown)
        if written.endswith("?") and content_stems(question) <= content_stems(written) <= known:
            return written
        return f"{question} ({turns[-1][0]} {turns[-1][1]})"
