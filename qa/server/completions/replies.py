"""What a client of chat completions gets: an answer as a whole, or as the chunks of a stream."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from qa.text.display import one_line
from qa.text.markers import MARKER
from qa.types import Answer, Citation, Count

# What would make a front end load a picture, follow a link or run markup, if an article says it.
# A "<" behind an odd number of backslashes is escaped already.
_ACTIVE = re.compile(r"(?<=!)\[|(?<=\])\(|(?<!\\)(?:\\\\)*<(?=[A-Za-z/!?])")
_LINE = "\n\n> [{}] “"

Link: TypeAlias = Callable[[Citation], tuple[str, str]]  # an address to look at, and the name of the source


class Place(msgspec.Struct, frozen=True):
    """A marker of an answer and what it stands for; ``start`` and ``end`` are the quote's place in the source."""

    url: str
    title: str
    start_index: Count
    end_index: Count
    number: Count
    quote: str
    source: str
    start: Count
    end: Count


class Annotation(msgspec.Struct, frozen=True):
    """A citation, in the only form that there is for one."""

    url_citation: Place
    type: Literal["url_citation"] = "url_citation"


class CachedTokens(msgspec.Struct, frozen=True):
    """Of the prompt's tokens, those that were not evaluated again."""

    cached_tokens: Count


class TokenUsage(msgspec.Struct, frozen=True):
    """Tokens of the generator; 0 where the answer is in the article's own words."""

    prompt_tokens: Count
    completion_tokens: Count
    total_tokens: Count
    prompt_tokens_details: CachedTokens


class Message(msgspec.Struct, frozen=True):
    """The answer."""

    content: str
    annotations: list[Annotation]
    role: Literal["assistant"] = "assistant"
    refusal: None = None


class Choice(msgspec.Struct, frozen=True):
    """The only choice."""

    message: Message
    index: Literal[0] = 0
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = None


class ChatCompletion(msgspec.Struct, frozen=True):
    """A whole answer."""

    id: str
    created: int
    model: str
    choices: list[Choice]
    usage: TokenUsage
    article_qa: Answer
    object: Literal["chat.completion"] = "chat.completion"


class Delta(msgspec.Struct, frozen=True):
    """What a chunk adds to the message."""

    role: Literal["assistant"] | UnsetType = UNSET
    content: str | UnsetType = UNSET
    annotations: list[Annotation] | UnsetType = UNSET


class ChunkChoice(msgspec.Struct, frozen=True):
    """The only choice of a chunk."""

    delta: Delta
    index: Literal[0] = 0
    finish_reason: Literal["stop"] | None = None
    logprobs: None = None


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an answer; the one with the finish_reason has the whole of it too."""

    id: str
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: TokenUsage | UnsetType | None = UNSET
    article_qa: Answer | UnsetType = UNSET
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """All articles, or one of them; ``name`` is the one to show. When an article was made a model is not known."""

    id: str
    name: str
    created: Literal[0] = 0
    owned_by: str = "article-qa"
    object: Literal["model"] = "model"


class ModelList(msgspec.Struct, frozen=True):
    """What can be asked."""

    data: list[Model]
    object: Literal["list"] = "list"


@dataclass(frozen=True)
class Reply:
    """How one request is answered.

    Args:
        quotes: whether the quotes stand under the answer.
        usage: whether a stream ends with the numbers of tokens.
    """

    model: str
    link: Link
    quotes: bool = True
    usage: bool = False
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, answer: Answer) -> ChatCompletion:
        """Make the answer that is not streamed."""
        message = Message(self._content(answer), self._annotations(answer))
        return ChatCompletion(self.id, self.created, self.model, [Choice(message)], _usage_of(answer), answer)

    def begin(self) -> Chunk:
        """Make the first chunk."""
        return self._chunk(Delta(role="assistant", content=""))

    def piece(self, text: str) -> Chunk:
        """Make the chunk of a piece of the answer."""
        return self._chunk(Delta(content=inert(text)))

    def end(self, answer: Answer, sent: str) -> Iterator[Chunk]:
        """Make the last chunks, where the pieces ``sent`` have been made into chunks already."""
        if rest := self._content(answer)[len(inert(sent)) :]:
            yield self._chunk(Delta(content=rest))
        yield self._chunk(Delta(annotations=self._annotations(answer)), "stop", answer)
        if self.usage:
            yield Chunk(id=self.id, created=self.created, model=self.model, choices=[], usage=_usage_of(answer))

    def _chunk(self, delta: Delta, finish: Literal["stop"] | None = None, answer: Answer | UnsetType = UNSET) -> Chunk:
        return Chunk(
            id=self.id,
            created=self.created,
            model=self.model,
            choices=[ChunkChoice(delta, finish_reason=finish)],
            usage=None if self.usage else UNSET,
            article_qa=answer,
        )

    def _content(self, answer: Answer) -> str:
        lines = [self._line(citation) for citation in answer.citations] if self.quotes else []
        return inert(answer.answer) + "".join(lines)

    def _line(self, citation: Citation) -> str:
        _, name = self.link(citation)
        where = f"{one_line(name)}, characters {citation.start}-{citation.end}"
        return _LINE.format(citation.number) + inert(f"{one_line(citation.quote)}” ({where})")

    def _annotations(self, answer: Answer) -> list[Annotation]:
        citations = {citation.number: citation for citation in answer.citations}
        return [
            Annotation(self._place(citations[int(match[1])], match.start(), match.end()))
            for match in MARKER.finditer(inert(answer.answer))
            if int(match[1]) in citations
        ]

    def _place(self, citation: Citation, begin: int, end: int) -> Place:
        url, name = self.link(citation)
        return Place(
            url=url,
            title=citation.title or name,
            start_index=begin,
            end_index=end,
            number=citation.number,
            quote=citation.quote,
            source=citation.source,
            start=citation.start,
            end=citation.end,
        )


def inert(text: str) -> str:
    """Escape what a front end that reads Markdown would load or run; the rest stays as it is."""
    return _ACTIVE.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", text)


def without_quotes(content: str) -> str:
    """Cut off the lines of quotes from an answer that comes back as history."""
    return content.partition(_LINE.format(1))[0]


def _usage_of(answer: Answer) -> TokenUsage:
    spent = answer.timings
    return TokenUsage(
        spent.prompt_tokens,
        spent.completion_tokens,
        spent.prompt_tokens + spent.completion_tokens,
        CachedTokens(spent.reused_tokens),
    )
