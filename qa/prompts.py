"""The prompt templates: plain files that a user can edit, checked when they are loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from qa.errors import PromptError
from qa.settings import CHECKOUT, PACKAGE
from qa.types import Generator, Message

_PLACEHOLDERS = {
    "system": frozenset[str](),
    "answer": frozenset({"question", "passages"}),
}


@dataclass(frozen=True)
class Prompts:
    """The templates, one for each file of the folder."""

    system: str
    answer: str

    def answer_messages(self, question: str, passages: Sequence[str]) -> list[Message]:
        """Fill in the answer prompt; passages are numbered from 1."""
        numbered = "\n".join(f"[{n}] {' '.join(p.split())}" for n, p in enumerate(passages, start=1))
        return [
            Message("system", self.system),
            Message("user", self.answer.format(question=question, passages=numbered)),
        ]

    def fit(
        self, question: str, passages: Sequence[str], generator: Generator, *, answer_tokens: int
    ) -> tuple[list[Message], int]:
        """Fill in the answer prompt with as many passages as the window holds; drop from the end.

        Returns the messages and how many passages are in them.

        Raises:
            PromptError: not even one passage fits.
        """
        room = generator.context_tokens - answer_tokens
        for kept in range(len(passages), 0, -1):
            messages = self.answer_messages(question, passages[:kept])
            if generator.count_tokens(messages) <= room:
                return messages, kept
        raise PromptError(
            f"the question and one passage do not fit into {generator.context_tokens} tokens; "
            "ask a shorter question or raise context_tokens"
        )


def load_prompts(folder: str = "") -> Prompts:
    """Read the templates from ``folder``, or the ones that come with the package.

    Raises:
        PromptError: a file is missing, or its placeholders are not the ones that the program fills.
    """
    path = Path(folder).expanduser() if folder else (CHECKOUT / "prompts" if CHECKOUT else PACKAGE / "templates")
    texts = {}
    for name, expected in _PLACEHOLDERS.items():
        file = path / f"{name}.txt"
        try:
            text = file.read_text(encoding="utf-8").strip()
            found = {field for _, field, _, _ in Formatter().parse(text) if field is not None}
        except OSError as error:
            raise PromptError(f"{file}: cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise PromptError(f"{file}: {error}; a literal brace is written twice") from error
        if found != expected:
            wrong = min(found ^ expected)
            verb = "lacks the" if wrong in expected else "has an unknown"
            raise PromptError(f"{file}: {verb} placeholder {{{wrong}}}")
        texts[name] = text
    return Prompts(**texts)
