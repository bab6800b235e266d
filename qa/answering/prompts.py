"""The prompt templates: plain files that a user can edit, checked when they are loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from string import Formatter

import msgspec

from qa.errors import PromptError
from qa.paths import CHECKOUT, PACKAGE
from qa.protocols import Generator
from qa.types import Message, Turn

_PLACEHOLDERS = {
    "system": frozenset[str](),
    "answer": frozenset({"question", "passages", "key_words"}),
    "read": frozenset({"question", "passages"}),
    "long": frozenset({"question", "passages"}),
    "again": frozenset({"reasons"}),
}
_UNKNOWN = "-"


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question with its passages and a good answer, shown to the model before the real one."""

    question: str
    passages: list[str]
    key_words: str
    answer: str


class _Examples(msgspec.Struct, forbid_unknown_fields=True):
    examples: list[Example] = []


@dataclass(frozen=True)
class Prompts:
    """The templates and examples, one for each file of the folder."""

    system: str
    answer: str
    read: str
    long: str
    again: str
    examples: tuple[Example, ...] = ()

    def without_examples(self) -> Prompts:
        """Leave the examples out: a model that is tuned for the answer prompt needs none."""
        return replace(self, examples=())

    def answer_messages(self, question: str, passages: Sequence[str], key_words: str = "") -> list[Message]:
        """Fill in the answer prompt; passages are numbered from 1, ``key_words`` are what the reader found."""
        messages = [Message("system", self.system)]
        for example in self.examples:
            messages.append(Message("user", self._ask(example.question, example.passages, example.key_words)))
            messages.append(Message("assistant", example.answer))
        messages.append(Message("user", self._ask(question, passages, key_words)))
        return messages

    def _ask(self, question: str, passages: Sequence[str], key_words: str) -> str:
        words = " ".join(key_words.split()) or _UNKNOWN
        return self.answer.format(question=question, passages=_numbered(passages), key_words=words)

    def fit(
        self, question: str, passages: Sequence[str], key_words: str, generator: Generator, *, answer_tokens: int
    ) -> tuple[list[Message], int]:
        """Fill in the answer prompt with as many passages as the window holds; drop from the end.

        Returns the messages and how many passages are in them.

        Raises:
            PromptError: not even one passage fits.
        """
        return _fitting(
            lambda count: self.answer_messages(question, passages[:count], key_words),
            len(passages),
            generator,
            answer_tokens,
        )

    def fit_reading(
        self,
        question: str,
        passages: Sequence[str],
        history: Sequence[Turn],
        generator: Generator,
        *,
        answer_tokens: int,
        at_length: bool = False,
    ) -> tuple[list[Message], int]:
        """Fill in the prompt of a model that reads for itself, after the turns of ``history``; else as ``fit``.

        ``at_length`` asks for several sentences.
        """
        turns: list[Message] = []
        for asked, told in history:
            turns.extend((Message("user", asked), Message("assistant", told)))

        def messages(count: int) -> list[Message]:
            template = self.long if at_length else self.read
            filled = template.format(question=question, passages=_numbered(passages[:count]))
            return [*turns, Message("user", filled)]

        return _fitting(messages, len(passages), generator, answer_tokens)


def _numbered(passages: Sequence[str]) -> str:
    return "\n".join(f"[{n}] {' '.join(p.split())}" for n, p in enumerate(passages, start=1))


def _fitting(
    messages: Callable[[int], list[Message]], passages: int, generator: Generator, answer_tokens: int
) -> tuple[list[Message], int]:
    room = generator.context_tokens - answer_tokens
    for count in range(passages, 0, -1):
        filled = messages(count)
        if generator.count_tokens(filled) <= room:
            return filled, count
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
    texts = {name: _template(path / f"{name}.txt", expected) for name, expected in _PLACEHOLDERS.items()}
    file = path / "examples.toml"
    try:
        examples = msgspec.toml.decode(_read(file), type=_Examples).examples
    except (msgspec.DecodeError, ValueError) as error:
        raise PromptError(f"{file}: {error}") from error
    return Prompts(**texts, examples=tuple(examples))


def _template(file: Path, expected: frozenset[str]) -> str:
    text = _read(file).strip()
    try:
        placeholders = {field for _, field, _, _ in Formatter().parse(text) if field is not None}
    except ValueError as error:
        raise PromptError(f"{file}: {error}; a literal brace is written twice") from error
    if placeholders != expected:
        wrong = min(placeholders ^ expected)
        verb = "lacks the" if wrong in expected else "has an unknown"
        raise PromptError(f"{file}: {verb} placeholder {{{wrong}}}")
    return text


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise PromptError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PromptError(f"{file}: not UTF-8 text") from error
